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
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from index.storage.conversations import Verdict
from qa.answer import Abstention, Answer, Citation, CitationStatus, Reply
from ui.chat.acting import aside_html, read_as_html
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

_STATUSES: Mapping[CitationStatus, tuple[str, str, str]] = {
    "verified": ("✓", "status.verified", "legend.verified"),
    "repaired": ("≈", "status.repaired", "legend.repaired"),
    "unverified": ("!", "status.unverified", "legend.unverified"),
}


class Standing(NamedTuple):
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
    body = f'{read_as_html(read_as, words, can_edit=False)}<div class="fn-answer"></div>{waiting}'
    turn = _turn(question, body, kind="pending", number=number, attributes=f' data-before="{before}"')
    return f"<template>{turn}</template>"


def failure_html(
    question: str, message: str, *, turn: int, words: Wording, read_as: str = "", language: str = ""
) -> str:
    """Return a turn that could not be answered because something went wrong.

    ``language`` is that of the message, where it is not the page's.
    """
    statement = words.text("failure.title")
    body = f'<p class="fn-lead">{escape(statement)}</p><p dir="auto"{spoken_in(language, words)}>{escape(message)}</p>'
    body = f'{read_as_html(read_as, words)}<div class="fn-failure">{body}</div>{aside_html(words)}'
    return _turn(question, body, kind="failure", number=turn, announce=f"{statement} {message}")


def stopped_html(question: str, *, turn: int, words: Wording, read_as: str = "") -> str:
    """Return a turn whose reply was not waited for."""
    statement = words.text("turn.stopped")
    body = f'{read_as_html(read_as, words)}<p class="fn-stopped">{escape(statement)}</p>{aside_html(words)}'
    return _turn(question, body, kind="stopped", number=turn, announce=statement)


def reply_html(
    reply: Reply, *, turn: int, titles: Mapping[str, str], words: Wording, standing: Standing | None = None
) -> str:
    """Return a turn of the conversation; ``turn`` tells its footnotes from those of other turns.

    ``titles`` names by id the articles of passages that are not cited.
    """
    standing = standing or Standing()
    body = (
        _answer_body(reply, turn, titles, words) + _answer_aside(reply, words, standing.verdict)
        if isinstance(reply, Answer)
        else abstention_body(reply, turn, titles, words, asked=standing.asked)
        + aside_html(words, can_rate=True, verdict=standing.verdict)
    )
    note = _unkept_html(standing.unkept, words) if standing.unkept else ""
    place = "" if standing.place is None else f' data-place="{standing.place}"'
    return _turn(
        reply.question,
        read_as_html(standing.read_as, words) + body + note,
        kind=_kind(reply),
        number=turn,
        key=turn_key(reply, turn),
        places=places(reply),
        announce=_announcement(reply, words, asked=standing.asked),
        attributes=f' data-reply="{escape(reply.id)}"{place}',
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
    key: str = "",
    places: Sequence[Place] = (),
    announce: str = "",
    attributes: str = "",
) -> str:
    return (
        f'<article class="fn-turn fn-is-{kind}" {_shows(key, places)} data-number="{number}"{attributes}'
        f' data-announce="{escape(announce)}">'
        f'<h2 class="fn-question" dir="auto">{escape(question)}</h2>{body}</article>'
    )


def _shows(key: str, places: Sequence[Place]) -> str:
    """Return the attributes of an element whose buttons show places."""
    listed = json.dumps([[p.number, p.article_id, p.span.start, p.span.end] for p in places])
    return f'data-turn="{escape(key)}" data-places="{escape(listed)}"'


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
    leads = answer.short_answer and is_quoted  # prose is painted as it comes: nothing above it
    quotes = " fn-quotes" if is_quoted else ""  # a line end in a sentence of an article is no new line of an answer
    short = f'<p class="fn-short" dir="auto">{escape(answer.short_answer or "")}</p>' if leads else ""
    notice = f'<p class="fn-notice" dir="auto">{escape(answer.notice)}</p>' if answer.notice else ""
    notes = "".join(_note(citation, words) for citation in distinct(answer.citations))
    return (
        f'{short}<div class="fn-answer{quotes}" dir="{direction(answer.text)}">{_prose(answer, turn, words)}</div>'
        f"{notice}"
        f'<section class="fn-cited"><h3>{escape(words.text("cited.title"))}</h3>'
        f'<ol class="fn-notes">{notes}</ol></section>'
        f"{_also(answer, turn, titles, words)}{_legend(answer, words)}"
    )


def _prose(answer: Answer, turn: int, words: Wording) -> str:
    shown, markers = [], 0
    titles = _titles_by_number(answer, words)
    for piece in pieces(answer):
        if isinstance(piece, Marker):
            markers += 1
            shown.append(_marker(piece.numbers, f"marker-{turn}-{markers}", words))
            shown.append(_from(piece, titles))
        else:
            shown.append(_words(piece, words))
    return "".join(shown)


def _titles_by_number(answer: Answer, words: Wording) -> dict[int, str]:
    """Return what the articles of the citations are called; nothing where they are all of one."""
    titles = {c.number: c.title or words.text("source.untitled") for c in answer.citations}
    return titles if len({citation.article_id for citation in answer.citations}) > 1 else {}


def _from(marker: Marker, titles: Mapping[int, str]) -> str:
    """Say which article a marker leads to, where an answer is of several."""
    named = ", ".join(dict.fromkeys(titles[number] for number in marker.numbers if number in titles))
    return f' <small class="fn-from" dir="auto">{escape(named)}</small>' if named else ""


def _words(piece: Words, words: Wording) -> str:
    if piece.unsupported is None:
        return f"<bdi>{escape(piece.text)}</bdi>"
    label = f' <small class="fn-doubt">{escape(words.text("answer.unsupported"))}</small>' if piece.is_last else ""
    return f'<bdi class="fn-unsupported">{escape(piece.text)}</bdi>{label}'


def _marker(numbers: Sequence[int], key: str, words: Wording) -> str:
    if len(numbers) == 1:
        label = words.text("marker.one", number=str(numbers[0]))
        does = f'data-show="{numbers[0]}"'
    else:
        label = words.text("marker.several", numbers=", ".join(map(str, numbers)))
        does = f'data-sources="{" ".join(map(str, numbers))}" aria-haspopup="dialog" aria-expanded="false"'
        does += f' data-title="{escape(words.text("card.several", count=len(numbers)))}"'
    return (
        f'<sup><button type="button" class="fn-marker" {does} id="{key}"'
        f' aria-label="{escape(label)}">[{", ".join(map(str, numbers))}]</button></sup>'
    )


def _note(citation: Citation, words: Wording) -> str:
    return (
        f'<li data-note="{citation.number}"><button type="button" class="fn-note" data-show="{citation.number}">'
        f'<span class="fn-number">{citation.number}</span><q dir="auto">{escape(citation.quote)}</q></button>'
        f'<span class="fn-where"><cite dir="auto">{escape(where(citation, words))}</cite>'
        f"{_status(citation.status, words)}{link_html(citation.url, words)}</span></li>"
    )


def _status(status: CitationStatus, words: Wording) -> str:
    icon, name, _ = _STATUSES[status]
    return (
        f' <span class="fn-status fn-is-{status}"><span aria-hidden="true">{icon}</span> '
        f"{escape(words.text(name))}</span>"
    )


def link_html(url: str | None, words: Wording) -> str:
    """Return a link to the original if it is a web page, and nothing for what a browser might run."""
    if not is_web_address(url):
        return ""
    title = escape(words.text("source.original"))
    return f' <a href="{escape(url or "")}" target="_blank" rel="noopener noreferrer">{title}</a>'


def _also(answer: Answer, turn: int, titles: Mapping[str, str], words: Wording) -> str:
    hits = also_read(answer)
    if not hits:
        return ""
    return (
        f'<details class="fn-also" {_shows(f"also-{turn}", also_read_places(answer))}>'
        f"<summary>{escape(words.text('also.title', count=len(hits)))}</summary>"
        f"<p>{escape(words.text('also.explained'))}</p>{nearest_html(hits, f'also-{turn}', titles, words)}</details>"
    )


def _legend(answer: Answer, words: Wording) -> str:
    rows = "".join(
        f"<div><dt>{_status(status, words)}</dt><dd>{escape(words.text(legend))}</dd></div>"
        for status, (_, _, legend) in _STATUSES.items()
    )
    if answer.unsupported:
        name = escape(words.text("answer.unsupported"))
        said = escape(words.text("legend.unsupported"))
        rows += f'<div><dt><span class="fn-unsupported">{name}</span></dt><dd>{said}</dd></div>'
    title = escape(words.text("legend.title"))
    return f'<details class="fn-legend"><summary>{title}</summary><dl>{rows}</dl></details>'


def _answer_aside(answer: Answer, words: Wording, verdict: Verdict | None) -> str:
    partly = f'<span class="fn-partly">{escape(words.text("answer.partly"))}</span>' if answer.partial else ""
    says = f"{partly}<span>{escape(confidence_in_words(answer.confidence, words))}</span>"
    return aside_html(words, says=says, clipboard=copied(answer, words), can_rate=True, verdict=verdict)
