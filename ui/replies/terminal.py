"""Replies as plain text for the terminal, in English; `ui.app.terminal` makes harmless what they hold."""

from __future__ import annotations

from collections.abc import Mapping

from qa.answer import Abstention, Answer, Reply
from ui.app.terminal import harmless, one_line
from ui.replies.abstentions import reason_in_words
from ui.replies.messages import DEFAULT_LANGUAGE, confidence_in_words, wording_of
from ui.replies.places import distinct, where


def render_terminal(reply: Reply, titles: Mapping[str, str] | None = None, *, asked: int = 1) -> str:
    """Return the reply as plain text, ending without a newline.

    An answer begins with its own words, where they are known, and is followed
    by the sentences they stand in, its footnotes and how sure it is, in the words of the
    page; an abstention by its reason and the passages that came nearest. ``titles``
    names the articles of those passages by id; an article it leaves out is named
    by its id. ``asked`` is how many articles were.
    """
    return _answer_lines(reply) if isinstance(reply, Answer) else _abstention_lines(reply, titles or {}, asked)


def _answer_lines(answer: Answer) -> str:
    english = wording_of(DEFAULT_LANGUAGE)
    partly = ["This answers only part of the question."] if answer.partial else []
    unsupported = [f"Not supported by any quote: “{harmless(s.slice(answer.text))}”" for s in answer.unsupported]
    notice = [harmless(answer.notice)] if answer.notice else []
    notes = [
        f"[{c.number}] “{harmless(c.quote)}”\n"
        f"    {one_line(where(c, english))}, characters {c.span.start}–{c.span.end}, "
        f"{english.text(f'status.{c.status}')}"
        for c in distinct(answer.citations)
    ]
    short = [harmless(answer.short_answer)] if answer.short_answer else []
    sure = confidence_in_words(answer.confidence, english)
    return "\n\n".join([*short, harmless(answer.text), *partly, *unsupported, "\n".join(notes), sure, *notice])


def _abstention_lines(abstention: Abstention, titles: Mapping[str, str], asked: int) -> str:
    english = wording_of(DEFAULT_LANGUAGE)
    nearest = [
        f"  · “{harmless(hit.passage.text)}”\n"
        f"    {one_line(titles.get(hit.passage.article_id, hit.passage.article_id))},"
        f" characters {hit.passage.span.start}–{hit.passage.span.end}"
        for hit in abstention.nearest
    ]
    listed = [f"{english.text('abstention.nearest')}:\n" + "\n".join(nearest)] if nearest else []
    notice = [harmless(abstention.notice)] if abstention.notice else []
    return "\n\n".join([" ".join(reason_in_words(abstention.reason, english, asked=asked)), *notice, *listed])
