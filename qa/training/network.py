"""The reader's network: the body of an encoder, a span head, and an answer-or-not output.

For each token of a passage two scores, of beginning and of ending the answer.
The first token stands for "not in this passage". A third output, read at the
first token, says whether the passage answers the question at all.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PreTrainedModel

TYPED = ("bert",)  # kinds of body that tell question and passage apart by a type


class ReaderNetwork(nn.Module):
    """Scores of one batch of (question, passage) pairs."""

    def __init__(self, body: PreTrainedModel) -> None:
        super().__init__()
        self.body = body
        self.span = nn.Linear(body.config.hidden_size, 2)
        self.answers = nn.Linear(body.config.hidden_size, 1)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return begin and end scores, each (batch, tokens), and the answer logit, (batch,)."""
        types = {"token_type_ids": token_type_ids} if self.body.config.model_type in TYPED else {}
        hidden = self.body(input_ids=input_ids, attention_mask=attention_mask, **types).last_hidden_state
        begin, end = self.span(hidden).unbind(-1)
        return begin, end, self.answers(hidden[:, 0]).squeeze(-1)

    def freeze(self, layers: int) -> None:
        """Leave the embeddings and the first layers as they are; what is left untouched costs no backward pass."""
        self.body.requires_grad_(False)  # what all layers share too: a gradient for it would go through them all
        for layer in cast("nn.ModuleList", self.body.get_submodule("encoder.layer"))[layers:]:
            layer.requires_grad_(True)


def network_from(folder: Path) -> ReaderNetwork:
    """Return a network whose body is a sentence embedder's, its heads new; no dropout: it trains briefly."""
    body = AutoModel.from_pretrained(
        folder, add_pooling_layer=False, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )
    return ReaderNetwork(body)


def empty_network(config: dict[str, Any]) -> ReaderNetwork:
    """Return a network of a shape, to load weights into."""
    kind = AutoConfig.for_model(**config)
    return ReaderNetwork(AutoModel.from_config(kind, add_pooling_layer=False))  # type: ignore[no-untyped-call]  # theirs
