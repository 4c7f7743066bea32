"""An abstention as HTML: why nothing is answered, and what came nearest, labelled as no answer."""

from __future__ import annotations

from collections.abc import Mapping

from index.article import Hit
from qa.answer import Abstention, AbstentionReason
from ui.replies.messages import Wording
from ui.replies.places import escape

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
    statement, why = (escape(text) for text in reason_in_words(abstention.reason, words, asked=asked))
    nearest = nearest_html(abstention.nearest, f"near-{turn}", titles, words)
    heading = f"<h3>{escape(words.text('abstention.nearest'))}</h3>" if nearest else ""
    notice = f'<p class="fn-notice" dir="auto">{escape(abstention.notice)}</p>' if abstention.notice else ""
    return f'<div class="fn-abstention"><p class="fn-lead">{statement}</p><p>{why}</p>{notice}{heading}{nearest}</div>'


def nearest_html(hits: tuple[Hit, ...] | list[Hit], key: str, titles: Mapping[str, str], words: Wording) -> str:
    """Return passages as a list of buttons that show them in their place; none give nothing."""
    rows = "".join(_nearest(n, hit, key, titles, words) for n, hit in enumerate(hits, start=1))
    return f'<ol class="fn-nearest">{rows}</ol>' if rows else ""


def _nearest(number: int, hit: Hit, key: str, titles: Mapping[str, str], words: Wording) -> str:
    title = titles.get(hit.passage.article_id) or words.text("source.untitled")
    return (
        f'<li><button type="button" class="fn-near" data-show="{number}" id="{escape(key)}-{number}">'
        f'<span class="fn-clip" dir="auto">{escape(hit.passage.text)}</span></button>'
        f'<span class="fn-where"><cite dir="auto">{escape(title)}</cite></span></li>'
    )
