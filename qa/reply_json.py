"""The reply as the JSON that every face gives out, the schema that promises its shape, and the way back.

Offsets are code points, as in the nouns. A reply that was kept as JSON is read
back here; whether its quotes still stand is for `qa.citing.recheck` to say.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, get_args
from urllib.parse import quote

from index.article import Hit, Passage, Span
from qa.answer import Abstention, AbstentionReason, Answer, Citation, CitationStatus, Reply, Trace
from qa.errors import ReplyError

EDGE_WORDS = 5
"""Words at each end of a long quote: a page finds a long quote by where it begins and ends."""


def reply_to_json(reply: Reply, *, to_keep: bool = False) -> dict[str, Any]:
    """Return the reply as JSON values, the same keys whether it answers or abstains.

    An abstention has the empty string as its answer and no citations; what it
    withheld is under ``best_guess``, and ``nearest`` is not an answer.
    ``to_keep`` adds the text of the passages consulted, which the published
    shape leaves out: without it nobody could tell later whether they still stand.
    """
    place = _place_with_text if to_keep else place_to_json
    outcome = _answer_fields(reply) if isinstance(reply, Answer) else _abstention_fields(reply)
    return {
        "id": reply.id,
        "question": reply.question,
        "standalone_question": reply.trace.standalone_question,
        "confidence": reply.confidence,
        "consulted": [place(hit) for hit in reply.trace.consulted],
        "timings_ms": dict(reply.trace.timings_ms),
        "models": dict(reply.trace.models),
        "notice": reply.notice,
        **outcome,
    }


def reply_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) that every `reply_to_json` document meets."""
    schema: dict[str, Any] = json.loads(files("qa").joinpath("reply.schema.json").read_text(encoding="utf-8"))
    return schema


def text_fragment(passage: str, url: str | None = None) -> str:
    """Return the link that makes a browser scroll to a quote and highlight it.

    A quote of more than ``2 * EDGE_WORDS`` words, or of several lines, is named
    by its first and last words, since a page may break or mark up its middle.

    Source: WICG, "URL Fragment Text Directives", 2023.
    """
    words = passage.split()
    lines = passage.splitlines() or [""]
    if len(words) > 2 * EDGE_WORDS or len(lines) > 1:
        ends = [lines[0].split()[:EDGE_WORDS], lines[-1].split()[-EDGE_WORDS:]]
    else:
        ends = [words]
    directive = ":~:text=" + ",".join(_escape(" ".join(end)) for end in ends)
    page = (url or "").partition(":~:")[0]
    return page + directive if "#" in page else f"{page}#{directive}"


def _escape(text: str) -> str:
    """Percent-encode; the hyphen too, which marks prefix and suffix in a directive."""
    return quote(text, safe="", errors="replace").replace("-", "%2D")


def _answer_fields(answer: Answer) -> dict[str, Any]:
    return {
        "status": "partial" if answer.partial else "answered",
        "answer": answer.text,
        "short_answer": answer.short_answer,
        "citations": [citation_to_json(citation) for citation in answer.citations],
        "unsupported": [{"start": span.start, "end": span.end} for span in answer.unsupported],
        "nearest": [],
        "reason": None,
        "best_guess": None,
    }


def _abstention_fields(abstention: Abstention) -> dict[str, Any]:
    guess = abstention.best_guess
    return {
        "status": "abstained",
        "answer": "",
        "short_answer": None,
        "citations": [],
        "unsupported": [],
        "nearest": [_place_with_text(hit) for hit in abstention.nearest],
        "reason": abstention.reason,
        "best_guess": None if guess is None else citation_to_json(guess),
    }


def place_to_json(hit: Hit) -> dict[str, Any]:
    """Return where a hit stands, without its text."""
    return {
        "article_id": hit.passage.article_id,
        "start_char_index": hit.passage.span.start,
        "end_char_index": hit.passage.span.end,
        "score": hit.score,
    }


def _place_with_text(hit: Hit) -> dict[str, Any]:
    return {**place_to_json(hit), "text": hit.passage.text}


def citation_to_json(citation: Citation) -> dict[str, Any]:
    """Return a citation as it stands in a reply."""
    return {
        "n": citation.number,
        "answer": {"start": citation.supports.start, "end": citation.supports.end},
        "source": {
            "article_id": citation.article_id,
            "title": citation.title,
            "url": citation.url,
            "page": citation.page,
            "heading": citation.heading,
            "start_char_index": citation.span.start,
            "end_char_index": citation.span.end,
            "quote": {"exact": citation.quote, "prefix": citation.prefix, "suffix": citation.suffix},
            "text_fragment": text_fragment(citation.quote, citation.url),
        },
        "status": citation.status,
        "score": citation.score,
    }


def reply_from_json(document: Mapping[str, Any]) -> Reply:
    """Return the reply that a document of `reply_to_json` was made from.

    All that a face shows is as it was; how hits were found, which no document
    says, is not. A key that is missing has its default and one that is unknown
    is passed over, so that what another version kept can be read; a status or a
    reason that is unknown becomes the one that promises least.

    Raises:
        ReplyError: the document is no reply.
    """
    try:
        return _abstention(document) if document["status"] == "abstained" else _answer(document)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise ReplyError(f"a kept document is no reply ({error!r}); ask the question again") from error


def _answer(document: Mapping[str, Any]) -> Answer:
    return Answer(
        id=document["id"],
        question=document["question"],
        text=document["answer"],
        short_answer=document.get("short_answer"),
        citations=tuple(_citation(citation) for citation in document["citations"]),
        confidence=float(document["confidence"]),
        trace=_trace(document),
        partial=document["status"] == "partial",
        unsupported=tuple(Span(gap["start"], gap["end"]) for gap in document.get("unsupported", ())),
        notice=document.get("notice"),
    )


def _abstention(document: Mapping[str, Any]) -> Abstention:
    guess = document.get("best_guess")
    return Abstention(
        id=document["id"],
        question=document["question"],
        reason=_known(document.get("reason"), AbstentionReason, "not_stated"),
        nearest=_hits(document.get("nearest", ())),
        confidence=float(document["confidence"]),
        trace=_trace(document),
        best_guess=None if guess is None else _citation(guess),
        notice=document.get("notice"),
    )


def _trace(document: Mapping[str, Any]) -> Trace:
    return Trace(
        standalone_question=document.get("standalone_question", document["question"]),
        consulted=_hits(document.get("consulted", ())),
        timings_ms=dict(document.get("timings_ms", {})),
        models=dict(document.get("models", {})),
    )


def _hits(places: Sequence[Mapping[str, Any]]) -> tuple[Hit, ...]:
    return tuple(
        Hit(
            Passage(
                place["article_id"], Span(place["start_char_index"], place["end_char_index"]), place.get("text", "")
            ),
            score=float(place["score"]),
            rank=rank,
        )
        for rank, place in enumerate(places, start=1)
    )


def _citation(document: Mapping[str, Any]) -> Citation:
    source, supports = document["source"], document["answer"]
    return Citation(
        number=document["n"],
        article_id=source["article_id"],
        title=source["title"],
        span=Span(source["start_char_index"], source["end_char_index"]),
        quote=source["quote"]["exact"],
        supports=Span(supports["start"], supports["end"]),
        status=_known(document.get("status"), CitationStatus, "unverified"),
        score=float(document["score"]),
        url=source.get("url"),
        page=source.get("page"),
        heading=source.get("heading"),
        prefix=source["quote"].get("prefix", ""),
        suffix=source["quote"].get("suffix", ""),
    )


def _known(value: Any, choices: Any, otherwise: str) -> Any:
    """Return a value if it is one of a closed set, else the one that promises least."""
    return value if value in get_args(choices) else otherwise
