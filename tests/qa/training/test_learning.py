"""The loss, worked out by hand, and a run that is stopped and goes on as if it had not been."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel

from index.article import Span
from qa.readers.pair_encoding import PairEncoder, token_range
from qa.training.groups import Group
from qa.training.learning import Recipe, _rate, average, learn, loss_of, span_loss, to_batch
from qa.training.network import ReaderNetwork

pytestmark = pytest.mark.slow  # loads torch and transformers

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "who", "what", "is", "tea", "hot", "ice", "cold", "snow", "white"]
RECIPE = Recipe(
    epochs=1,
    batch_tokens=80,
    learning_rate=2.5e-4,
    warmup=1,
    falling=2,
    frozen_layers=0,
    checkpoint_every=2,
    averaged=2,
)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> PairEncoder:
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))  # noqa: S106  # a word
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    file = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    tokenizer.save(str(file))
    return PairEncoder(file)


def tiny_network() -> ReaderNetwork:
    torch.manual_seed(7)
    shape = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    return ReaderNetwork(BertModel(shape, add_pooling_layer=False))


ANSWERED = Group("what is hot", ("tea hot", "ice cold"), ((Span(0, 3),), ()))
SILENT = Group("who is white", ("tea hot",), ((),))


def test_an_answer_is_the_tokens_it_runs_over() -> None:
    starts, ends = np.array([-1, -1, 0, 4, 8, -1]), np.array([-1, -1, 3, 7, 12, -1])
    assert token_range(Span(4, 12), starts, ends) == (3, 4)
    assert token_range(Span(5, 6), starts, ends) == (3, 3)
    assert token_range(Span(8, 20), starts, ends) is None


def test_the_answer_competes_with_every_token_of_its_group_and_with_silence_where_it_stands(
    encoder: PairEncoder,
) -> None:
    """'tea' against itself, 'hot', the [CLS] of its passage, 'ice' and 'cold'; not the [CLS] of the negative."""
    batch = to_batch([ANSWERED], encoder, shared=True)
    assert batch.allowed.sum().item() == 5
    scores = torch.zeros(batch.begins.shape)
    assert span_loss(scores, batch.begins, batch).item() == pytest.approx(math.log(5))
    scores[batch.begins] = math.log(4)  # e^score = 4 of 8
    assert span_loss(scores, batch.begins, batch).item() == pytest.approx(math.log(2))


def test_normalised_separately_each_passage_is_a_question_of_its_own(encoder: PairEncoder) -> None:
    batch = to_batch([ANSWERED], encoder, shared=False)
    scores = torch.zeros(batch.begins.shape)
    assert batch.allowed.sum().item() == 6  # with the [CLS] of the negative, which is now right
    assert span_loss(scores, batch.begins, batch).item() == pytest.approx(math.log(3))


def test_a_passage_that_does_not_answer_is_to_say_so(encoder: PairEncoder) -> None:
    batch = to_batch([SILENT], encoder, shared=True)
    assert batch.begins.nonzero().tolist() == [[0, 0]]
    assert batch.answers.tolist() == [0.0]


def test_several_gold_answers_are_all_right(encoder: PairEncoder) -> None:
    batch = to_batch([Group("what", ("tea hot",), ((Span(0, 3), Span(4, 7)),))], encoder, shared=True)
    assert span_loss(torch.zeros(batch.begins.shape), batch.begins, batch).item() == pytest.approx(math.log(3 / 2))


def run(folder: Path, encoder: PairEncoder, groups: list[Group], recipe: Recipe = RECIPE) -> dict[str, torch.Tensor]:
    return average(learn(tiny_network(), [groups], encoder, recipe, folder, lambda _: None))


GROUPS = [ANSWERED, SILENT] * 20


def test_what_is_learnt_lowers_the_loss(tmp_path: Path, encoder: PairEncoder) -> None:
    recipe = replace(RECIPE, learning_rate=0.003, checkpoint_every=100)
    learnt = tiny_network()
    learnt.load_state_dict(run(tmp_path, encoder, [ANSWERED] * 160, recipe))
    batch = to_batch([ANSWERED], encoder, shared=True)
    with torch.no_grad():
        before, after = loss_of(tiny_network(), batch, recipe).item(), loss_of(learnt, batch, recipe).item()
    assert after < before / 2


def test_a_stopped_run_goes_on_to_the_same_weights(tmp_path: Path, encoder: PairEncoder) -> None:
    class StoppedError(Exception):
        pass

    whole = run(tmp_path / "whole", encoder, GROUPS)
    checkpoints = sorted((tmp_path / "whole").glob("step-*"))
    assert [path.name for path in checkpoints] == ["step-000026.safetensors", "step-000027.safetensors"]
    steps = 0

    class Counting(ReaderNetwork):
        def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
            nonlocal steps
            steps += 1
            if steps == 4:
                raise StoppedError
            return super().forward(*inputs)

    stopping = tiny_network()
    stopping.__class__ = Counting
    with pytest.raises(StoppedError):
        learn(stopping, [GROUPS], encoder, RECIPE, tmp_path / "stopped", lambda _: None)
    assert [path.name for path in (tmp_path / "stopped").glob("step-*")] == ["step-000002.safetensors"]
    resumed = run(tmp_path / "stopped", encoder, GROUPS)
    for name, weights in whole.items():
        assert torch.equal(weights, resumed[name]), name


def test_the_reader_is_the_mean_of_its_last_checkpoints(tmp_path: Path, encoder: PairEncoder) -> None:
    mean = run(tmp_path, encoder, GROUPS)
    last = [load_file(path) for path in sorted(tmp_path.glob("step-*"))[-2:]]
    assert torch.allclose(mean["span.bias"], (last[0]["span.bias"] + last[1]["span.bias"]) / 2)


def test_the_word_embeddings_stay_those_of_the_embedding_model(tmp_path: Path, encoder: PairEncoder) -> None:
    name = "body.embeddings.word_embeddings.weight"
    assert torch.equal(run(tmp_path, encoder, GROUPS)[name], tiny_network().state_dict()[name])


def test_the_rate_rises_and_falls() -> None:
    rates = [_rate(step, 10, Recipe(warmup=2, falling=4)) for step in range(10)]
    assert rates == [0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.75, 0.5, 0.25]
