"""The reply as the JSON that every face gives out, and the schema that promises its shape.

One direction only: nothing reads a reply back from JSON. Offsets are code
points, as in the nouns.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from index.article import Hit
from qa.answer import Abstention, Answer, Citation, Reply

EDGE_WORDS = 5
"""Words at each end of a long quote: a page finds a long quote by where it begins and ends."""


def reply_to_json(reply: Reply) -> dict[str, Any]:
    """Return the reply as JSON values, the same keys whether it answers or abstains.

    An abstention has the empty string as its answer and no citations; what it
    withheld is under ``best_guess``, and ``nearest`` is not an answer.
    """
    outcome = _answer_fields(reply) if isinstance(reply, Answer) else _abstention_fields(reply)
    return {
        "id": reply.id,
        "question": reply.question,
        "standalone_question": reply.trace.standalone_question,
        "confidence": reply.confidence,
        "consulted": [place_to_json(hit) for hit in reply.trace.consulted],
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
        "nearest": [{**place_to_json(hit), "text": hit.passage.text} for hit in abstention.nearest],
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
