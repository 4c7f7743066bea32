"""The examples of the evaluations' routes, as `ui.server.examples` has those of the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ui.server.examples import DEFECT, EVALUATION_ID, MAY_NOT, QUESTION, SENT, UNREADABLE, Operation, in_json

FIGURE = {"value": 0.81, "low": 0.78, "high": 0.84, "n": 240}
EVALUATION: Mapping[str, Any] = {
    "id": EVALUATION_ID,
    "name": "pairs.csv",
    "created": "2026-11-23T10:15:00+00:00",
    "state": "finished",
    "stage": "measuring",
    "done": 250,
    "total": 250,
    "seconds_left": None,
    "message": "",
    "failed": 0,
    "figures": {"citation.recall": FIGURE},
    "files": ["answers.jsonl", "questions.csv", "report.html", "report.json"],
    "understood": {
        "questions": 250,
        "answerable": 240,
        "unusable": 1,
        "lack_gold": 0,
        "articles": 0,
        "columns": {"question": ["question"], "answers": ["answer"]},
        "others": ["topic"],
        "problems": ["pairs.csv:17: the question is missing or empty; write one"],
        "examples": [{"question": QUESTION, "answers": ["nine times"], "answerable": True}],
    },
}
COMPARISON = {
    "name": "pairs.csv (2026-11-23 10:15:00)",
    "baseline": "pairs.csv (2026-11-20 09:00:00)",
    "questions": 250,
    "left_out": {},
    "newly_failed": 0,
    "differences": [
        {
            "metric": "citation.recall",
            "before": 0.79,
            "now": 0.811,
            "gain": 0.021,
            "low": 0.008,
            "high": 0.034,
            "p": 0.004,
            "n": 240,
            "verdict": "better",
            "words": "better by 2.1 points, 95 % 0.8 to 3.4",
        }
    ],
    "changes": [
        {"metric": "answer.f1", "question_id": "7", "question": QUESTION, "before": 0.0, "now": 1.0},
    ],
}

NO_EVALUATION = "there is no evaluation 'none'; it may have been deleted"
ONE_RUNS = "'pairs.csv' is being evaluated, and one evaluation runs at a time; wait for it, or stop it"
_EVALUATED = {404: NO_EVALUATION, 500: DEFECT, 503: UNREADABLE}
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

OPERATIONS: Mapping[str, Operation] = {
    "post /v1/evaluations": Operation(
        {"multipart/form-data": {"file": "question,answer\nHow big is Kazakhstan?,nine times the size of Italy\n"}},
        in_json(EVALUATION),
        {
            **SENT,
            403: MAY_NOT,
            409: ONE_RUNS,
            415: "Send the file of questions as multipart/form-data.",
            422: "pairs.csv:1: no column of questions among 'a', 'b'; name one 'question'",
            500: DEFECT,
            503: UNREADABLE,
        },
        {"start": False},
    ),
    "get /v1/evaluations": Operation(
        response=in_json({"evaluations": [EVALUATION], "lasts": True}),
        problems={403: MAY_NOT, 500: DEFECT, 503: UNREADABLE},
    ),
    "get /v1/evaluation-template": Operation(
        response={
            "text/csv": "id,question,answer\n",
            "application/x-ndjson": '{"id": "1", "question": "Why?", "answers": ["so"]}\n',
            _WORKBOOK: "PK",
        },
        problems={422: "query.format: Input should be 'csv', 'jsonl' or 'xlsx'", 500: DEFECT},
        parameters={"format": "csv"},
    ),
    "get /v1/evaluations/{evaluation_id}": Operation(response=in_json(EVALUATION), problems=_EVALUATED),
    "post /v1/evaluations/{evaluation_id}/start": Operation(
        response=in_json({**EVALUATION, "state": "running", "done": 12, "seconds_left": 48.0, "figures": {}}),
        problems={**_EVALUATED, 403: MAY_NOT, 409: ONE_RUNS},
    ),
    "post /v1/evaluations/{evaluation_id}/stop": Operation(
        response=in_json({**EVALUATION, "state": "stopped", "done": 13, "figures": {}}),
        problems={**_EVALUATED, 403: MAY_NOT, 409: "pairs.csv is run by another program; stop it there"},
    ),
    "delete /v1/evaluations/{evaluation_id}": Operation(
        problems={**_EVALUATED, 403: MAY_NOT, 409: "pairs.csv runs; stop it first"}
    ),
    "get /v1/evaluations/{evaluation_id}/comparison": Operation(
        response=in_json(COMPARISON),
        problems={
            **_EVALUATED,
            409: "pairs.csv is not finished; compare runs that are",
            422: "they have no question in common; compare runs of one dataset",
        },
    ),
    "get /v1/evaluations/{evaluation_id}/files": Operation(response={"application/zip": "PK"}, problems=_EVALUATED),
    "get /v1/evaluations/{evaluation_id}/files/{name}": Operation(
        response={
            "text/html": "<!doctype html>",
            "text/csv": "id,question,answer\n",
            "application/json": {"dataset": "pairs"},
            "application/x-ndjson": '{"id": "1"}\n',
            "application/xml": "<testsuites/>",
            "text/plain": "1 Q0 article 1 1.000000 footnote\n",
            "application/octet-stream": "id\tquestion\n",
            _WORKBOOK: "PK",
        },
        problems=_EVALUATED,
    ),
}
