"""The turns of the conversation as HTML: a question and its answer, its abstention, or its failure.

Pure functions, nothing fetched, nothing written. The page's scripts rely on
these hooks: ``data-turn`` with ``data-places`` (what a turn can show, as JSON),
``data-show`` (a button that shows place n of its turn), ``data-sources`` (a
marker that lists several footnotes), ``data-note`` (a footnote, by number),
``data-copy`` and ``data-link`` (buttons), ``data-act`` (what a button does with
its turn), ``data-number``, ``data-reply`` and ``data-place`` (which turn it is,
and where it is kept), ``data-before`` (how many turns a waiting one stands
behind), ``data-announce``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from index.storage.conversations import Verdict
from qa.answer import Abstention, Answer, CitationStatus, Reply
from ui.chat.acting import TEMPLATES, aside_html
from ui.replies.abstentions import abstention_body, nearest_html, reason_in_words
from ui.replies.clipboard import copied
from ui.replies.messages import Wording, confidence_in_words
from ui.replies.pieces import Marker, Words, pieces, spoken
from ui.replies.places import (
    Place,
    also_read,
    also_read_places,
    direction,
    distinct,
    escape,
    is_web_address,
    places,
    spoken_in,
    where,
)
from ui.replies.templating import as_html, html_of

_STATUSES: Mapping[CitationStatus, tuple[str, str, str]] = {
    "verified": ("✓", "status.verified", "legend.verified"),
    "repaired": ("≈", "status.repaired", "legend.repaired"),
    "unverified": ("!", "status.unverified", "legend.unverified"),
}


class TurnState(NamedTuple):
    """How a reply stands in its conversation.

    Where it is kept, as what it was read, why it is not kept, what is thought
    of it, and how many articles were asked.
    """

    place: int | None = None
    read_as: str = ""
    unkept: str = ""
    verdict: Verdict | None = None
    asked: int = 1


def pending_html(question: str, *, number: int, before: int, words: Wording, read_as: str = "") -> str:
    """Return a turn whose reply is still being made; what is sure of it is put into ``.fn-answer`` as it comes.

    A template, for the page's scripts: it is put behind the first ``before`` turns, in the place of any others.
    """
    dots = '<span class="fn-dots" aria-hidden="true"><i></i><i></i><i></i></span>'
    waiting = f'<p class="fn-pending">{dots}{escape(words.text("turn.reading"))}</p>'
    body = f'<div class="fn-answer"></div>{waiting}'
    turn = _turn(question, body, kind="pending", number=number, before=before, read_as=read_as, words=words)
    return f"<template>{turn}</template>"


def failure_html(
    question: str, message: str, *, turn: int, words: Wording, read_as: str = "", language: str = ""
) -> str:
    """Return a turn that could not be answered because something went wrong.

    ``language`` is that of the message, where it is not the page's.
    """
    statement = words.text("failure.title")
    body = f'<p class="fn-lead">{escape(statement)}</p><p dir="auto"{spoken_in(language, words)}>{escape(message)}</p>'
    body = f'<div class="fn-failure">{body}</div>{aside_html(words)}'
    announce = f"{statement} {message}"
    return _turn(question, body, kind="failure", number=turn, announce=announce, read_as=read_as, words=words)


def stopped_html(question: str, *, turn: int, words: Wording, read_as: str = "") -> str:
    """Return a turn whose reply was not waited for."""
    statement = words.text("turn.stopped")
    body = f'<p class="fn-stopped">{escape(statement)}</p>{aside_html(words)}'
    return _turn(question, body, kind="stopped", number=turn, announce=statement, read_as=read_as, words=words)


def reply_html(
    reply: Reply, *, turn: int, titles: Mapping[str, str], words: Wording, standing: TurnState | None = None
) -> str:
    """Return a turn of the conversation; ``turn`` tells its footnotes from those of other turns.

    ``titles`` names by id the articles of passages that are not cited.
    """
    standing = standing or TurnState()
    body = (
        _answer_body(reply, turn, titles, words) + _answer_aside(reply, words, standing.verdict)
        if isinstance(reply, Answer)
        else abstention_body(reply, turn, titles, words, asked=standing.asked)
        + aside_html(words, can_rate=True, verdict=standing.verdict)
    )
    note = _unkept_html(standing.unkept, words) if standing.unkept else ""
    return _turn(
        reply.question,
        body + note,
        kind=_kind(reply),
        number=turn,
        key=turn_key(reply, turn),
        places=places(reply),
        announce=_announcement(reply, words, asked=standing.asked),
        reply_id=reply.id,
        place=standing.place,
        read_as=standing.read_as,
        words=words,
    )


def _unkept_html(reason: str, words: Wording) -> str:
    """Say in the page's words that a reply could not be kept, and why in the product's, which are English."""
    before, after = (escape(part) for part in words.text("turn.unkept", reason="\0").split("\0"))
    reason = f'<span dir="auto"{spoken_in("en", words)}>{escape(reason)}</span>'
    return f'<p class="fn-notice" dir="auto">{before}{reason}{after}</p>'


def turn_key(reply: Reply, turn: int) -> str:
    """Return what a turn is told apart by; the styles read from it how to mark its places."""
    return f"{_kind(reply)}-{turn}"


def _kind(reply: Reply) -> Literal["answer", "abstention"]:
    return "answer" if isinstance(reply, Answer) else "abstention"


def _turn(
    question: str,
    body: str,
    *,
    kind: Literal["pending", "failure", "stopped", "answer", "abstention"],
    number: int,
    words: Wording,
    key: str = "",
    places: Sequence[Place] = (),
    announce: str = "",
    read_as: str = "",
    before: int | None = None,
    reply_id: str | None = None,
    place: int | None = None,
) -> str:
    return html_of(
        TEMPLATES,
        "turn.html",
        words,
        question=question,
        body=as_html(body),
        kind=kind,
        number=number,
        key=key,
        places=_listed(places),
        announce=announce,
        read_as=read_as,
        before=before,
        reply_id=reply_id,
        place=place,
    )


def _listed(places: Sequence[Place]) -> str:
    """Return what the buttons of an element can show."""
    return json.dumps([[p.number, p.article_id, p.span.start, p.span.end] for p in places])


def _announcement(reply: Reply, words: Wording, *, asked: int) -> str:
    """Say in one go what a screen reader should hear when a reply has come."""
    if isinstance(reply, Abstention):
        return " ".join(reason_in_words(reply.reason, words, asked=asked))
    short = f"{reply.short_answer}. " if reply.short_answer else ""
    footnotes = words.text("answer.footnotes", count=len(distinct(reply.citations)))
    return f"{short}{spoken(list(pieces(reply)))} {footnotes}"


# An answer


def _answer_body(answer: Answer, turn: int, titles: Mapping[str, str], words: Wording) -> str:
    is_quoted = not answer.trace.models.get("llm")
    also = also_read(answer)
    return html_of(
        TEMPLATES,
        "answer.html",
        words,
        turn=turn,
        is_quoted=is_quoted,  # a line end in a sentence of an article is no new line of an answer
        short=answer.short_answer if is_quoted else "",  # prose is painted as it comes: nothing above it
        direction=direction(answer.text),
        prose=list(_prose(answer, turn, words)),
        notice=answer.notice,
        notes=[(c, where(c, words), as_html(link_html(c.url, words))) for c in distinct(answer.citations)],
        also=also,
        also_places=_listed(also_read_places(answer)),
        nearest=as_html(nearest_html(also, f"also-{turn}", titles, words)),
        statuses=_STATUSES,
        has_unsupported=bool(answer.unsupported),
    )


def _prose(answer: Answer, turn: int, words: Wording) -> Iterator[tuple[Marker | Words, str, str]]:
    """Yield each piece with, where it is a marker, what it is told apart by and, of several, which article it is of."""
    titles, markers = _titles_by_number(answer, words), 0
    for piece in pieces(answer):
        if isinstance(piece, Marker):
            markers += 1
            named = dict.fromkeys(titles[number] for number in piece.numbers if number in titles)
            yield piece, f"marker-{turn}-{markers}", ", ".join(named)
        else:
            yield piece, "", ""


def _titles_by_number(answer: Answer, words: Wording) -> dict[int, str]:
    """Return what the articles of the citations are called; nothing where they are all of one."""
    titles = {c.number: c.title or words.text("source.untitled") for c in answer.citations}
    return titles if len({citation.article_id for citation in answer.citations}) > 1 else {}


def link_html(url: str | None, words: Wording) -> str:
    """Return a link to the original if it is a web page, and nothing for what a browser might run."""
    if not is_web_address(url):
        return ""
    title = escape(words.text("source.original"))
    return f' <a href="{escape(url or "")}" target="_blank" rel="noopener noreferrer">{title}</a>'


def _answer_aside(answer: Answer, words: Wording, verdict: Verdict | None) -> str:
    partly = f'<span class="fn-partly">{escape(words.text("answer.partly"))}</span>' if answer.partial else ""
    says = f"{partly}<span>{escape(confidence_in_words(answer.confidence, words))}</span>"
    return aside_html(words, says=says, clipboard=copied(answer, words), can_rate=True, verdict=verdict)
