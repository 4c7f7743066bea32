"""The loop: groups to batches to steps, with checkpoints that a stopped run goes on from."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from qa.readers.pair_encoding import PairEncoder, Pairs, stack, token_range
from qa.training.groups import Group
from qa.training.network import ReaderNetwork

FORBIDDEN = -1e4
WIDTH_MULTIPLE = 32  # tokens; a step on odd widths takes a third longer


@dataclass(frozen=True, slots=True)
class Recipe:
    """How it is learnt. Rates per step; a batch holds at most ``batch_tokens`` word pieces, padding counted.

    The rate rises over ``warmup`` steps, stays, and falls in a line over the
    last ``falling`` steps: a run may be lengthened until it begins to fall.
    """

    seed: int = 20261122
    epochs: int = 1
    steps: int | None = None  # at most; None for all that the epochs hold
    batch_tokens: int = 4096
    learning_rate: float = 8e-5
    warmup: int = 60
    falling: int = 300
    weight_decay: float = 0.01
    frozen_layers: int = 2
    answer_weight: float = 0.5  # of the answer-or-not loss beside the span loss
    shared_normalisation: bool = True
    negatives: bool = True
    checkpoint_every: int = 50
    averaged: int = 2  # last checkpoints


@dataclass(frozen=True, slots=True)
class Batch:
    """Passages side by side: which group each belongs to, and its answers' tokens."""

    pairs: Pairs
    group: Tensor  # (batch,) int64, counted from 0
    begins: Tensor  # (batch, tokens) bool
    ends: Tensor
    allowed: Tensor  # (batch, tokens) bool: what the normalisation sees
    answers: Tensor  # (batch,) float: 1 where the passage holds an answer


def batches(groups: Sequence[Group], recipe: Recipe, chance: random.Random) -> list[list[Group]]:
    """Put groups of like length together, in an order that ``chance`` decides."""
    order = list(groups)
    chance.shuffle(order)
    packed: list[list[Group]] = []
    for begin in range(0, len(order), 2048):
        stretch = sorted(order[begin : begin + 2048], key=lambda g: max(len(text) for text in g.texts))
        current: list[Group] = []
        tokens = 0
        widest = 0
        for group in stretch:
            width = max(widest, min(256, max(len(t) for t in group.texts) // 4 + 24))
            count = tokens + len(group.texts)
            if current and width * count > recipe.batch_tokens:
                packed.append(current)
                current, count, width = [], len(group.texts), min(256, max(len(t) for t in group.texts) // 4 + 24)
            current.append(group)
            tokens, widest = count, width
        if current:
            packed.append(current)
    chance.shuffle(packed)
    return packed


def to_batch(groups: Sequence[Group], encoder: PairEncoder, *, shared: bool) -> Batch:
    """Encode groups; without ``shared`` each passage is normalised alone, as a group of its own."""
    members = [(g, position) for g in groups for position in range(len(g.texts))]
    pairs = stack(
        encoder.encode(
            [(g.question, g.texts[position]) for g, position in members],
            [g.contexts[position] if g.contexts else "" for g, position in members],
        ),
        multiple_of=WIDTH_MULTIPLE,
    )
    shape = pairs.ids.shape
    begins, ends, allowed = np.zeros(shape, bool), np.zeros(shape, bool), pairs.starts >= 0
    group_ids, answers = np.zeros(shape[0], np.int64), np.zeros(shape[0], np.float32)
    numbers = {id(g): number for number, g in enumerate(groups)}
    for row, (g, position) in enumerate(members):
        group_ids[row] = numbers[id(g)] if shared else row
        for answer in g.answers[position]:
            place = token_range(answer, pairs.starts[row], pairs.ends[row])
            if place is not None:
                begins[row, place[0]] = ends[row, place[1]] = not g.sentence
                answers[row] = 1.0
        silent = not answers[row]
        if silent and (not shared or not any(g.answers)):
            begins[row, 0] = ends[row, 0] = allowed[row, 0] = True
        elif not silent:
            allowed[row, 0] = True
    return Batch(
        pairs, torch.from_numpy(group_ids), torch.from_numpy(begins), torch.from_numpy(ends),
        torch.from_numpy(allowed), torch.from_numpy(answers),
    )  # fmt: skip


def span_loss(scores: Tensor, gold: Tensor, batch: Batch) -> Tensor:
    """Return -log of the probability of all gold tokens, normalised over every passage of a group.

    Source: Clark & Gardner, "Simple and Effective Multi-Paragraph Reading
    Comprehension" (ACL 2018), shared normalisation.
    """
    whole = _log_sum_by_group(scores.masked_fill(~batch.allowed, FORBIDDEN), batch.group)
    right = _log_sum_by_group(scores.masked_fill(~gold, FORBIDDEN), batch.group)
    counted = torch.zeros(len(whole), dtype=torch.bool).index_put((batch.group,), gold.any(-1), accumulate=True)
    return (whole - right)[counted].sum() / max(1, int(counted.sum()))


def _log_sum_by_group(scores: Tensor, group: Tensor) -> Tensor:
    by_row = scores.logsumexp(-1)
    highest = torch.full((int(group.max()) + 1,), FORBIDDEN).scatter_reduce(0, group, by_row.detach(), "amax")
    total = torch.zeros_like(highest).index_add(0, group, (by_row - highest[group]).exp())
    return total.clamp_min(1e-30).log() + highest


def loss_of(network: nn.Module, batch: Batch, recipe: Recipe) -> Tensor:
    """Return the loss of one batch."""
    ids, mask, types = (torch.from_numpy(each) for each in (batch.pairs.ids, batch.pairs.mask, batch.pairs.types))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        begin, end, answers = network(ids, mask, types)
    begin, end, answers = begin.float(), end.float(), answers.float()
    spans = (span_loss(begin, batch.begins, batch) + span_loss(end, batch.ends, batch)) / 2
    return spans + recipe.answer_weight * nn.functional.binary_cross_entropy_with_logits(answers, batch.answers)


def learn(
    network: ReaderNetwork,
    epochs: Sequence[Sequence[Group]],
    encoder: PairEncoder,
    recipe: Recipe,
    folder: Path,
    report: Callable[[str], None],
) -> list[Path]:
    """Train, and return the checkpoints to average; goes on from the last one found in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    packed = [batches(groups, recipe, random.Random(recipe.seed + n)) for n, groups in enumerate(epochs)]
    plan = [batch for epoch in packed for batch in epoch]
    plan = plan[: recipe.steps]
    network.freeze(recipe.frozen_layers)
    optimizer = torch.optim.AdamW(_decayed(network, recipe), lr=recipe.learning_rate, fused=True)
    first = _resume(network, optimizer, folder)
    network.train()
    began, losses, passages = time.monotonic(), [], 0
    for step in range(first, len(plan)):
        for group in optimizer.param_groups:
            group["lr"] = recipe.learning_rate * _rate(step, len(plan), recipe)
        loss = loss_of(network, to_batch(plan[step], encoder, shared=recipe.shared_normalisation), recipe)
        loss.backward()  # type: ignore[no-untyped-call]  # theirs
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.item())
        passages += sum(len(group.texts) for group in plan[step])
        if (step + 1) % 25 == 0:
            taken = time.monotonic() - began
            left = taken / (step + 1 - first) * (len(plan) - step - 1) / 60
            report(
                f"step {step + 1} of {len(plan)}: loss {np.mean(losses[-50:]):.3f}, "
                f"{passages / taken:.2f} passages a second, {left:.0f} min left"
            )
        if (step + 1) % recipe.checkpoint_every == 0 or step + 1 == len(plan):
            _checkpoint(network, optimizer, step + 1, recipe, folder)
    return sorted(folder.glob("step-*.safetensors"))[-recipe.averaged :]


def average(checkpoints: Sequence[Path]) -> dict[str, Tensor]:
    """Return the mean of some checkpoints' weights."""
    loaded = [load_file(path) for path in checkpoints]
    return {name: torch.stack([each[name].float() for each in loaded]).mean(0) for name in loaded[0]}


def _decayed(network: ReaderNetwork, recipe: Recipe) -> list[dict[str, object]]:
    trained = [p for p in network.parameters() if p.requires_grad]
    return [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]


def _rate(step: int, steps: int, recipe: Recipe) -> float:
    """Return the rate of a step beside the highest: up in a short warm-up, level, then down in a line to nothing."""
    return min(1.0, (step + 1) / recipe.warmup, (steps - step) / recipe.falling)


def _checkpoint(network: nn.Module, optimizer: torch.optim.Optimizer, step: int, recipe: Recipe, folder: Path) -> None:
    """Write the weights, then what it takes to go on from them; a run killed between the two goes on from before."""
    for name, write in (
        (f"step-{step:06d}.safetensors", lambda file: save_file(network.state_dict(), file)),
        ("resume.pt", lambda file: torch.save({"step": step, "optimizer": optimizer.state_dict()}, file)),
    ):
        unfinished = folder / "unfinished.part"
        write(unfinished)
        unfinished.replace(folder / name)
    (folder / "recipe.json").write_text(json.dumps(asdict(recipe), indent=1) + "\n", "utf-8")
    for old in sorted(folder.glob("step-*.safetensors"))[: -max(2, recipe.averaged)]:
        old.unlink()


def _resume(network: nn.Module, optimizer: torch.optim.Optimizer, folder: Path) -> int:
    if not (folder / "resume.pt").is_file():
        return 0
    kept = torch.load(folder / "resume.pt", weights_only=True)
    network.load_state_dict(load_file(folder / f"step-{kept['step']:06d}.safetensors"))
    optimizer.load_state_dict(kept["optimizer"])
    return int(kept["step"])
