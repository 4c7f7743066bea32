"""The reader's network: the body of a small encoder, a span head, and an answer-or-not output.

For each token of a passage two scores, of beginning and of ending the answer.
The first token ([CLS]) stands for "not in this passage". A third output, read
at [CLS], says whether the passage answers the question at all.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor, nn
from transformers import BertConfig, BertModel

HIDDEN = 384


class ReaderNetwork(nn.Module):
    """Scores of one batch of (question, passage) pairs."""

    def __init__(self, body: BertModel) -> None:
        super().__init__()
        self.body = body
        self.span = nn.Linear(body.config.hidden_size, 2)
        self.answers = nn.Linear(body.config.hidden_size, 1)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return begin and end scores, each (batch, tokens), and the answer logit, (batch,)."""
        hidden = self.body(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        begin, end = self.span(hidden).unbind(-1)
        return begin, end, self.answers(hidden[:, 0]).squeeze(-1)


def network_from(folder: Path) -> ReaderNetwork:
    """Return a network whose body is a sentence embedder's, its heads new; no dropout: it trains briefly."""
    body = BertModel.from_pretrained(
        folder, add_pooling_layer=False, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )
    return ReaderNetwork(body)


def empty_network(config: dict[str, Any]) -> ReaderNetwork:
    """Return a network of a shape, to load weights into."""
    return ReaderNetwork(BertModel(BertConfig(**config), add_pooling_layer=False))
