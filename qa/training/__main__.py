"""Make the shipped reader: ``python -m qa.training make BENCH --work DIR --out DIR``.

For those who work on the product, not for its users. ``BENCH`` is a folder
with ``train/`` and ``dev/squad2``; ``--work`` keeps what was mined and the
checkpoints, so that a run that was stopped goes on; ``--out`` gets the reader.
``split SET OUT --part test`` writes a copy of a data set with only the
questions about articles of one part, to be judged by `footnote eval`.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import Tensor

from index.embedding.onnx_encoder import blocks_of, usable_cores
from index.embedding.quantised import SCALES, quantised
from index.embedding.weights import WORD_EMBEDDINGS, file_sha256
from qa.readers.pair_encoding import PairEncoder
from qa.readers.shipped import BODY, DESCRIPTION_FILE, TOKENIZER_FILE, WEIGHTS_FILE, WORDS_FILE
from qa.training.body import fetched_body
from qa.training.groups import Group, Swaps, groups_of
from qa.training.learning import Recipe, average, learn
from qa.training.mining import Mined, mine
from qa.training.network import network_from
from qa.training.sets import QuestionSet, load_training_set, only, part_of

NAME = "footnote-reader"

# Of each set, how often a question is taken in each epoch, on average. Odd, long or easy questions are few on
# purpose: what is asked of a text is mostly a short fact, in a full sentence.
ENGLISH: Mapping[str, float] = {
    "squad1_train44": 1.0,
    "squad2-train": 2.5,
    "squad2_train10": 2.5,
    "squadshifts_newwiki": 0.5,
    "squadshifts_reddit": 0.15,
    "squadshifts_amazon": 0.08,
    "nq_oracle": 1.0,
    "qed_dev": 0.8,
    "afriqa_en": 0.25,
    "timeqa_human": 0.5,
    "quoref_contrast": 0.75,
    "multispanqa_valid": 1.0,
    "sleepqa": 0.75,
    "fairytaleqa": 0.2,
    "policyqa_dev": 0.12,
    "qamr": 0.05,
    "selqa": 0.25,
}
CHANGED = ("squad1_train44", "squadshifts_newwiki", "policyqa_dev", "squad2-train")  # whose questions are also changed


def main() -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="python -m qa.training")
    commands = parser.add_subparsers(required=True, dest="command")
    making = commands.add_parser("make", help="mine, learn, average, write")
    making.add_argument("bench", type=Path, help="folder with train/ and dev/squad2")
    making.add_argument("--body", type=Path, help="folder of the encoder to begin with (default: fetched)")
    making.add_argument("--work", type=Path, required=True, help="where mined passages and checkpoints are kept")
    making.add_argument("--out", type=Path, required=True, help="folder of the reader")
    making.add_argument("--steps", type=int, help="at most so many; a run that was stopped may be given another number")
    making.add_argument("--seed", type=int, default=Recipe().seed)
    making.add_argument("--falling", type=int, default=Recipe().falling, help="steps at the end with a falling rate")
    making.add_argument("--separately", action="store_true", help="normalise each passage alone (ablation)")
    making.add_argument("--no-negatives", action="store_true", help="without hard negatives (ablation)")
    making.add_argument("--share", type=float, default=1.0, help="of the questions, for a shorter run (ablation)")
    making.add_argument("--without", nargs="*", default=[], help="sets that are left out (ablation)")
    splitting = commands.add_parser("split", help="keep the questions of one part of a set")
    splitting.add_argument("dataset", type=Path)
    splitting.add_argument("out", type=Path)
    splitting.add_argument("--part", choices=["train", "calibrate", "test"], required=True)
    arguments = parser.parse_args()
    if arguments.command == "make":
        _make(arguments)
    else:
        split(arguments.dataset, arguments.out, part=arguments.part)


def split(dataset: Path, out: Path, *, part: str) -> None:
    """Write a data set whose corpus is whole and whose questions are about the articles of one part."""
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(dataset / "corpus.jsonl", out / "corpus.jsonl")
    titles = {
        record["_id"]: record["title"]
        for record in map(json.loads, (dataset / "corpus.jsonl").read_text("utf-8").splitlines())
    }
    kept = []
    for line in (dataset / "questions.jsonl").read_text("utf-8").splitlines():
        record = json.loads(line)
        article = record["gold"][0]["doc"] if record["gold"] else record["context_doc"]
        if part_of(titles[article], dataset.resolve().name) == part:
            kept.append(line)
    (out / "questions.jsonl").write_text("".join(f"{line}\n" for line in kept), "utf-8")


def _make(arguments: argparse.Namespace) -> None:
    recipe = Recipe(
        seed=arguments.seed,
        steps=arguments.steps,
        falling=arguments.falling,
        shared_normalisation=not arguments.separately,
        negatives=not arguments.no_negatives,
    )
    began = time.monotonic()
    body = arguments.body or fetched_body(arguments.work)
    shares = {name: share for name, share in ENGLISH.items() if name not in arguments.without}
    sets = [_set(arguments.bench, name) for name in shares]
    mined = {each.name: mine(each, arguments.work / "mined") for each in sets}
    _say(f"{sum(map(len, mined.values()))} questions after {(time.monotonic() - began) / 60:.0f} minutes")
    epochs = make_epochs(sets, mined, recipe, {name: share * arguments.share for name, share in shares.items()})
    torch.set_num_threads(usable_cores())
    torch.manual_seed(recipe.seed)
    checkpoints = learn(
        network_from(body), epochs, PairEncoder(body / TOKENIZER_FILE), recipe, arguments.work / "checkpoints", _say
    )
    write_reader(average(checkpoints), body, arguments.out)
    _say(f"{arguments.out / WEIGHTS_FILE} after {(time.monotonic() - began) / 60:.0f} minutes")


def _set(bench: Path, name: str) -> QuestionSet:
    base, _, part = name.partition("-")
    return only(load_training_set(bench / "dev" / base), "train") if part else load_training_set(bench / "train" / name)


def make_epochs(
    sets: Sequence[QuestionSet], mined: Mapping[str, Sequence[Mined]], recipe: Recipe, shares: Mapping[str, float]
) -> list[list[Group]]:
    """Return what is learnt in each epoch; the recipe's seed decides every choice."""
    swaps: dict[str, Swaps] = {}
    for questions in (questions for questions in sets if questions.name in CHANGED):
        by_article: dict[str, list[str]] = defaultdict(list)
        for question in questions.questions:
            by_article[question.cluster].append(question.question)
        of_article = {article: Swaps(questions) for article, questions in by_article.items()}
        swaps |= {question.id: of_article[question.cluster] for question in questions.questions}
    epochs = []
    for epoch in range(recipe.epochs):
        chance = random.Random(recipe.seed * 10 + epoch)  # reproducible on purpose
        groups: list[Group] = []
        for name, share in shares.items():
            for each in mined[name]:
                for _ in range(int(share) + (chance.random() < share % 1)):
                    groups += groups_of(each, chance, swaps.get(each.id), negatives=recipe.negatives)
        epochs.append(groups)
    return epochs


def write_reader(weights: Mapping[str, Tensor], body: Path, out: Path, *, name: str = NAME) -> None:
    """Write a reader: its dense layers and its word table in 8 bits, the rest as it is, and what checks them.

    Args:
        weights: of a `ReaderNetwork`, by name.
        body: the folder of the encoder it began with: its ``config.json`` and ``tokenizer.json`` are the reader's.
        out: a folder.
        name: what the reader is called.
    """
    out.mkdir(parents=True, exist_ok=True)
    stored: dict[str, NDArray[Any]] = {}
    words: dict[str, NDArray[Any]] = {}
    for key, tensor in weights.items():
        values = tensor.float().numpy()
        into, own = (words, key.removeprefix(BODY)) if key == BODY + WORD_EMBEDDINGS else (stored, key)
        blocks = 1 if into is words else blocks_of(key)
        if blocks is None:
            into[own] = values.astype(np.float32)
        else:
            into[own], into[own + SCALES] = quantised(values, blocks)
    save_file(stored, out / WEIGHTS_FILE)
    save_file(words, out / WORDS_FILE)
    shutil.copyfile(body / TOKENIZER_FILE, out / TOKENIZER_FILE)
    described = {
        "name": name,
        "sha256": file_sha256(out / WEIGHTS_FILE),
        "files": {file: file_sha256(out / file) for file in (WORDS_FILE, TOKENIZER_FILE)},
        "config": json.loads((body / "config.json").read_text("utf-8")),
        "reads_contexts": True,
    }
    (out / DESCRIPTION_FILE).write_text(json.dumps(described, indent=1, sort_keys=True) + "\n", "utf-8")


def _say(text: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
