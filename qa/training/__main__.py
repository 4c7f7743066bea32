"""Make the shipped reader: ``python -m qa.training make BENCH --work DIR --out DIR``.

For those who work on the product, not for its users. ``BENCH`` is a folder
with ``train/`` and ``dev/squad2``; ``--work`` keeps what was mined and the
checkpoints, so that a run that was stopped goes on; ``--out`` gets the reader.
``split SET OUT --part test`` writes a copy of a data set with only the
questions about articles of one part, to be judged by `footnote eval`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file

from index.encoder import usable_cores
from index.weights import minilm_folder
from qa.pairs import PairEncoder
from qa.training.groups import Group, Swaps, groups_of
from qa.training.learning import Recipe, average, learn
from qa.training.mining import Mined, mine
from qa.training.network import network_from
from qa.training.sets import QuestionSet, load_training_set, only, part_of

NAME = "footnote-reader"
FROZEN = "body.embeddings.word_embeddings.weight"  # the embedding model's own; its package brings it

# Of each set, how often a question is taken in each epoch, on average: the second one leans towards encyclopedic text.
SHARES: Mapping[str, Sequence[float]] = {
    "squadshifts_newwiki": (1.0, 1.0),
    "squadshifts_reddit": (1.0, 0.5),
    "squadshifts_amazon": (1.0, 0.4),
    "policyqa_dev": (0.6, 0.4),
    "squad2-train": (1.0, 1.0),
}
CHANGED = ("squadshifts_newwiki", "policyqa_dev", "squad2-train")  # sets whose questions are also asked changed


def main() -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="python -m qa.training")
    commands = parser.add_subparsers(required=True, dest="command")
    making = commands.add_parser("make", help="mine, learn, average, write")
    making.add_argument("bench", type=Path, help="folder with train/ and dev/squad2")
    making.add_argument("--work", type=Path, required=True, help="where mined passages and checkpoints are kept")
    making.add_argument("--out", type=Path, required=True, help="folder of the reader")
    making.add_argument("--separately", action="store_true", help="normalise each passage alone (ablation)")
    making.add_argument("--no-negatives", action="store_true", help="without hard negatives (ablation)")
    making.add_argument("--share", type=float, default=1.0, help="of the questions, for a shorter run (ablation)")
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
    recipe = Recipe(shared_normalisation=not arguments.separately, negatives=not arguments.no_negatives)
    began = time.monotonic()
    sets = [load_training_set(arguments.bench / "train" / name) for name in SHARES if not name.startswith("squad2")]
    sets.append(only(load_training_set(arguments.bench / "dev" / "squad2"), "train"))
    mined = {each.name: mine(each, arguments.work / "mined") for each in sets}
    epochs = make_epochs(sets, mined, recipe, share=arguments.share)
    torch.set_num_threads(usable_cores())
    torch.manual_seed(recipe.seed)
    folder = minilm_folder()
    checkpoints = learn(
        network_from(folder),
        epochs,
        PairEncoder(folder / "tokenizer.json"),
        recipe,
        arguments.work / "checkpoints",
        _say,
    )
    write_reader(checkpoints, json.loads((folder / "config.json").read_text("utf-8")), arguments.out)
    _say(f"{arguments.out / 'reader.safetensors'} after {(time.monotonic() - began) / 60:.0f} minutes")


def make_epochs(
    sets: Sequence[QuestionSet], mined: Mapping[str, Sequence[Mined]], recipe: Recipe, *, share: float = 1.0
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
        for name, shares in SHARES.items():
            for each in mined[name]:
                times = shares[epoch] * share
                for _ in range(int(times) + (chance.random() < times % 1)):
                    groups += groups_of(each, chance, swaps.get(each.id), negatives=recipe.negatives)
        epochs.append(groups)
    return epochs


def write_reader(checkpoints: Sequence[Path], config: Mapping[str, object], out: Path) -> None:
    """Write the mean of checkpoints in half precision, with what is needed to load and to check it."""
    out.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.half().contiguous() for name, tensor in average(checkpoints).items() if name != FROZEN}
    save_file(weights, out / "reader.safetensors")
    digest = hashlib.sha256((out / "reader.safetensors").read_bytes()).hexdigest()
    described = {"name": NAME, "sha256": digest, "config": dict(config)}
    (out / "reader.json").write_text(json.dumps(described, indent=1, sort_keys=True) + "\n", "utf-8")


def _say(text: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
