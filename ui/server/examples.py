"""An example of each request, each response and each error that the HTTP face describes, from the seed article.

Values only; `ui.server.openapi` puts them into the description, and a test holds each
to the schema beside it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ARTICLE_ID = "8e6b8759e0f47286"
CONVERSATION_ID = "5f0c3c1b9a7e4d0f8a6b2c4d6e8f0a1b"
EVALUATION_ID = "9b1f6a3c5d7e4f209b1f6a3c5d7e4f20"
TITLE = "Kazakhstan’s crisis, 6 January 2022"
QUESTION = "How big is Kazakhstan compared with Italy?"
QUOTE = (
    "But Kazakhstan is nine times the size of Italy, has a young and educated population, and a secular and "
    "industrialized society."
)
PARAMETERS: Mapping[str, Any] = {
    "article_id": ARTICLE_ID,
    "baseline": EVALUATION_ID,
    "column": ["question=Frage"],
    "conversation_id": CONVERSATION_ID,
    "end": 3530,
    "evaluation_id": EVALUATION_ID,
    "format": "md",
    "lang": "de",
    "about": ["a1"],
    "limit": 50,
    "model": "footnote",
    "name": "questions.csv",
    "offset": 0,
    "search": "italy",
    "start": 3404,
    "X-Footnote-Owner": "c0ffee00c0ffee00c0ffee00c0ffee00",
    "X-Footnote-Request": "1",
    "X-Session-Id": "0123456789abcdef0123456789abcdef",
}
CITATION = {
    "n": 1,
    "answer": {"start": 0, "end": 126},
    "source": {
        "article_id": ARTICLE_ID,
        "title": TITLE,
        "url": None,
        "page": None,
        "heading": None,
        "start_char_index": 3404,
        "end_char_index": 3530,
        "quote": {
            "exact": QUOTE,
            "prefix": " of Hungary and Czechoslovakia. ",
            "suffix": " He is not an enemy of Russia, b",
        },
        "text_fragment": "#:~:text=But%20Kazakhstan%20is%20nine%20times,a%20secular%20and%20industrialized%20society.",
    },
    "status": "verified",
    "score": 6.23,
}
HIT = {"article_id": ARTICLE_ID, "start_char_index": 3404, "end_char_index": 4044, "score": 1.24}
REPLY: Mapping[str, Any] = {
    "id": "4efd3c8a00422749",
    "question": QUESTION,
    "standalone_question": QUESTION,
    "status": "answered",
    "answer": f"{QUOTE} [1]",
    "short_answer": "nine times the size",
    "confidence": 0.84,
    "citations": [CITATION],
    "unsupported": [],
    "nearest": [],
    "reason": None,
    "best_guess": None,
    "consulted": [HIT],
    "timings_ms": {"retrieve": 6.1, "read": 38.5, "total": 44.9},
    "models": {"embedder": "multilingual-e5-small", "reader": "footnote-reader", "llm": None},
    "notice": None,
}
COMPLETION = {
    "id": "chatcmpl-0b1c2d3e4f5061728394a5b6c7d8e9f0",
    "object": "chat.completion",
    "created": 1795392000,
    "model": "footnote",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": f"{QUOTE} [1]",
                "refusal": None,
                "annotations": [
                    {
                        "type": "file_citation",
                        "file_citation": {
                            "start_index": 0,
                            "end_index": 126,
                            "file_id": ARTICLE_ID,
                            "filename": TITLE,
                        },
                    }
                ],
            },
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "footnote": REPLY,
}
CHUNK = {
    **{name: COMPLETION[name] for name in ("id", "created", "model")},
    "object": "chat.completion.chunk",
    "choices": [
        {
            "index": 0,
            "delta": {"role": "assistant", "content": f"{QUOTE} [1]"},
            "logprobs": None,
            "finish_reason": None,
        }
    ],
}
CARD = {"id": ARTICLE_ID, "title": TITLE, "url": None, "published": None, "characters": 4547, "passages": 7}
ADDED = {"name": "Tea", "state": "added", "message": "1 passage", "article_ids": ["f2a1c4b6d8e0f213"]}
CONVERSATION_CARD = {
    "id": CONVERSATION_ID,
    "title": QUESTION,
    "created": "2026-11-22T20:15:00Z",
    "updated": "2026-11-22T20:15:00Z",
    "article_ids": None,
    "turns": 1,
}
CONVERSATION = {
    **{name: CONVERSATION_CARD[name] for name in ("id", "title", "created", "updated", "article_ids")},
    "format": "footnote-conversation/1",
    "turns": [{"position": 0, "created": "2026-11-22T20:15:00Z", "reply": REPLY}],
}
MODEL = {"id": "footnote", "object": "model", "created": 1795392000, "owned_by": "footnote"}
NO_ARTICLE = "no article has the id 'none'; list them with: footnote list"
NO_CONVERSATION = "there is no conversation 'none'"
BUSY = "Too many questions are being answered; ask again in 5 seconds."
UNREADABLE = "the library cannot be read (database disk image is malformed); restore it from a copy"
TOO_LARGE = "The request has more than 1,048,576 bytes; ask a shorter question."
MAY_NOT = "Changing the library takes the header Authorization: Bearer, with the token set in FOOTNOTE_ADMIN_TOKEN."
WRONG_TOKENS = "too many wrong tokens came from this address; try again in 8 s"
SEED_IS_FIXED = "the seed article's library is not changed; serve one of your own with: footnote serve --library DIR"
DEFECT = "Something went wrong here. The log has more under 1f2e3d4c."
NOT_A_BODY = "There was an error parsing the body"
OWNER_MISSING = "header.X-Footnote-Owner: Field required"


@dataclass(frozen=True, slots=True)
class Operation:
    """The examples of one operation, by kind of content, and the details of its problems, by status.

    ``parameters`` are those that mean something else here than in `PARAMETERS`.
    """

    request: Mapping[str, Any] = field(default_factory=dict)
    response: Mapping[str, Any] = field(default_factory=dict)
    problems: Mapping[int, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)


def in_json(example: Any) -> dict[str, Any]:
    """Return an example of the one kind of content there is."""
    return {"application/json": example}


def _event(name: str, document: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(document)}\n\n"


_TOLD = _event("hits", {"hits": [HIT]}) + _event("reply", REPLY)
_CHUNKS = f"data: {json.dumps(CHUNK)}\n\ndata: [DONE]\n\n"
_ADDING = _event("results", {"results": [ADDED]})
_OWNED = {404: NO_CONVERSATION, 422: OWNER_MISSING, 500: DEFECT, 503: UNREADABLE}
SENT = {400: NOT_A_BODY, 413: TOO_LARGE}
_NOT_LET_IN = {
    401: "the request names no site key; send it as X-Site-Key",
    403: "the site key is not for pages of 'https://stranger.example'",
    413: "The request has more than 65,536 bytes; ask a shorter question.",
    429: "this session has asked as often as it may in one hour; try again in 47 min",
    500: DEFECT,
    503: UNREADABLE,
}
_NO_SESSION = {422: "header.X-Session-Id: Field required"}

OPERATIONS: Mapping[str, Operation] = {
    "get /healthz": Operation(response=in_json({"status": "ok"}), problems={500: DEFECT}),
    "get /readyz": Operation(
        response=in_json({"status": "ready", "articles": 1}), problems={500: DEFECT, 503: UNREADABLE}
    ),
    "get /metrics": Operation(
        response={"text/plain": 'footnote_replies_total{status="answered"} 7.0\n'}, problems={500: DEFECT}
    ),
    "post /v1/ask": Operation(
        in_json({"question": QUESTION}),
        {**in_json(REPLY), "text/event-stream": _TOLD},
        {**SENT, 404: NO_ARTICLE, 422: "the question is empty; type what you want to know", 500: DEFECT, 503: BUSY},
    ),
    "post /v1/chat/completions": Operation(
        in_json({"model": "footnote", "messages": [{"role": "user", "content": QUESTION}]}),
        {**in_json(COMPLETION), "text/event-stream": _CHUNKS},
        {400: "body.messages: Field required", 413: TOO_LARGE, 500: DEFECT, 503: BUSY},
    ),
    "get /v1/models": Operation(response=in_json({"object": "list", "data": [MODEL]}), problems={500: DEFECT}),
    "get /v1/models/{model}": Operation(
        response=in_json(MODEL), problems={404: "There is no model 'gpt'; there is 'footnote'.", 500: DEFECT}
    ),
    "get /v1/articles": Operation(response=in_json({"articles": [CARD]}), problems={500: DEFECT, 503: UNREADABLE}),
    "get /v1/articles/{article_id}": Operation(
        response=in_json(
            {
                **{name: CARD[name] for name in ("id", "title", "url", "published")},
                "language": "en",
                "format": "text",
                "characters": len(QUOTE),
                "text": QUOTE,
            }
        ),
        problems={404: NO_ARTICLE, 500: DEFECT, 503: UNREADABLE},
    ),
    "post /v1/articles": Operation(
        {
            **in_json({"title": "Tea", "text": "Tea is made of leaves."}),
            "multipart/form-data": {"file": ["Tea is made of leaves."]},
        },
        {**in_json({"results": [ADDED]}), "text/event-stream": _ADDING},
        {
            **SENT,
            403: MAY_NOT,
            409: SEED_IS_FIXED,
            415: 'Send files as multipart/form-data, or {"url": …} or {"text": …} as application/json.',
            422: "body: Value error, give either url or text",
            500: DEFECT,
            503: UNREADABLE,
        },
    ),
    "delete /v1/articles/{article_id}": Operation(
        problems={403: MAY_NOT, 404: NO_ARTICLE, 409: SEED_IS_FIXED, 500: DEFECT, 503: UNREADABLE}
    ),
    "post /v1/feedback": Operation(
        in_json({"reply_id": REPLY["id"], "verdict": "up", "question": QUESTION}),
        problems={**SENT, **_OWNED, 429: "this address has asked as often as it may in one hour; try again in 40 min"},
    ),
    "get /v1/conversations": Operation(
        response=in_json({"conversations": [CONVERSATION_CARD], "lasts": True}),
        problems={422: OWNER_MISSING, 500: DEFECT, 503: UNREADABLE},
    ),
    "get /v1/conversations/{conversation_id}": Operation(response=in_json(CONVERSATION), problems=_OWNED),
    "patch /v1/conversations/{conversation_id}": Operation(
        in_json({"title": "Kazakhstan and Italy"}), problems={**SENT, **_OWNED}
    ),
    "delete /v1/conversations/{conversation_id}": Operation(problems=_OWNED),
    "get /v1/conversations/{conversation_id}/export": Operation(
        response={"text/markdown": f"# {QUESTION}\n\n{QUOTE}[^1]\n", **in_json(CONVERSATION)}, problems=_OWNED
    ),
    "get /v1/widget/config": Operation(
        response=in_json(
            {
                "language": "en",
                "direction": "ltr",
                "words": {"widget.ask": "Ask"},
                "articles": 1,
                "article_ids": ["a1"],
                "pages": False,
                "most_question_characters": 2000,
                "suggestions": [QUESTION],
            }
        ),
        problems={**_NOT_LET_IN, 422: "query.lang: String should have at most 100 characters"},
    ),
    "post /v1/widget/ask": Operation(
        in_json({"question": QUESTION}),
        {**in_json(REPLY), "text/event-stream": _TOLD},
        {
            **_NOT_LET_IN,
            **_NO_SESSION,
            400: NOT_A_BODY,
            404: NO_ARTICLE,
            504: "the reply was not there after 60 seconds; ask again, or a simpler question",
        },
    ),
    "get /v1/widget/session": Operation(
        response=in_json({"turns": [{"question": QUESTION, "reply": REPLY}]}), problems={**_NOT_LET_IN, **_NO_SESSION}
    ),
    "delete /v1/widget/session": Operation(problems={**_NOT_LET_IN, **_NO_SESSION}),
    "post /v1/widget/feedback": Operation(
        in_json({"reply_id": REPLY["id"], "thumb": "up"}),
        problems={
            **_NOT_LET_IN,
            **_NO_SESSION,
            400: NOT_A_BODY,
            404: "this session has no reply 'none'; it may have been deleted",
        },
    ),
    "get /v1/widget/source": Operation(
        response=in_json(
            {
                "article_id": ARTICLE_ID,
                "title": TITLE,
                "url": None,
                "page": None,
                "before": "of Hungary and Czechoslovakia. ",
                "quote": QUOTE,
                "after": " He is not an enemy of Russia",
            }
        ),
        problems={
            **_NOT_LET_IN,
            404: NO_ARTICLE,
            422: "query.end: it must be after start, and at most 10,000 characters after it",
        },
    ),
    "post /v1/widget/page": Operation(
        in_json({"url": "https://example.org/articles/1"}),
        in_json({"article_id": ARTICLE_ID, "title": TITLE, "state": "added"}),
        {
            **_NOT_LET_IN,
            400: NOT_A_BODY,
            409: SEED_IS_FIXED,
            422: "https://example.org/articles/1: the page cannot be read",
        },
    ),
    "get /widget/v1/manifest.json": Operation(
        response=in_json(
            {
                "version": "0.1.0",
                "url": "/widget/v1/footnote-0123456789ab.js",
                "size": 44820,
                "gzip_size": 14950,
                "integrity": "sha384-ASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8BI0VniavN7wEjRWeJq83v",
            }
        ),
        problems={500: DEFECT},
    ),
}
