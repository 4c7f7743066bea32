"""An abstention as HTML: why nothing is answered, and what came nearest, labelled as no answer."""

from __future__ import annotations

from collections.abc import Mapping

from index.article import Hit
from qa.answer import Abstention, AbstentionReason
from ui.replies.messages import Wording
from ui.replies.templating import SHARED, html_of

_REASONS: Mapping[AbstentionReason, tuple[str, str]] = {
    "empty_library": ("abstention.empty.title", "abstention.empty"),
    "off_topic": ("abstention.title", "abstention.off_topic"),
    "not_stated": ("abstention.title", "abstention.not_stated"),
}


def reason_in_words(reason: AbstentionReason, words: Wording, *, asked: int) -> tuple[str, str]:
    """Return that nothing is answered, and why; ``asked`` is how many articles were."""
    several = min(asked, 2)  # the number itself is not said, and Russian says 21 as it says 1
    statement, why = (words.text(key, count=several) for key in _REASONS[reason])
    return statement, why


def abstention_body(abstention: Abstention, turn: int, titles: Mapping[str, str], words: Wording, *, asked: int) -> str:
    """Return what stands below the question when the articles do not say."""
    statement, why = reason_in_words(abstention.reason, words, asked=asked)
    return html_of(
        SHARED,
        "abstention.html",
        words,
        statement=statement,
        why=why,
        notice=abstention.notice,
        hits=abstention.nearest,
        key=f"near-{turn}",
        titles=titles,
    )


def nearest_html(hits: tuple[Hit, ...] | list[Hit], key: str, titles: Mapping[str, str], words: Wording) -> str:
    """Return passages as a list of buttons that show them in their place; none give nothing."""
    return html_of(SHARED, "nearest.html", words, hits=hits, key=key, titles=titles)
