"""Evaluations over HTTP: a file of questions is sent, read, asked in the background, and its report fetched.

What changes anything, and the list, take what changing the library takes. Who
knows the id of an evaluation, which nobody can guess, may read it: a frame and
a link carry no header.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

from fastapi import FastAPI, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, StreamingResponse

from qa.errors import EvaluationNotFoundError
from qa.evaluation.comparison import Comparison, comparison_to_json
from qa.evaluation.data import parse_columns
from qa.evaluation.data.template import FORMATS, write_template
from qa.evaluation.run.evaluations import Evaluations
from qa.evaluation.run.uploads import Evaluation, Stage, State
from ui.http.permission import WHO_MAY, Writers

ROUTE = "/v1/evaluations"
TEMPLATE = "/v1/evaluation-template"
PRIVATE = {"Cache-Control": "no-store"}
REPORT = "report.html"
# The report's own policy names its script and its style by their hashes; this one adds that it is of no origin,
# wherever it is opened, and that nobody else frames it. A frame of ours may not loosen it.
REPORT_POLICY = "; ".join(
    (
        "sandbox allow-scripts allow-popups allow-downloads allow-modals",
        "default-src 'none'",
        "script-src 'unsafe-inline'",
        "script-src-attr 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
)
MEDIA_TYPES = {
    "csv": "text/csv",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "trec": "text/plain",
    "xml": "application/xml",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
OTHERWISE = "application/octet-stream"
BLOCK = 1 << 16


class UnderstoodExample(BaseModel):
    """A row as it was understood."""

    question: str
    answers: list[str]
    answerable: bool


class UnderstoodFile(BaseModel):
    """What was read of the file."""

    questions: int = Field(description="That are asked.")
    answerable: int
    unusable: int = Field(description="Rows that are not asked.")
    lack_gold: int = Field(description="Problems of what a row names as right; the row is asked all the same.")
    articles: int = Field(description="That the file brings along; it is asked of them, and not of the library.")
    columns: dict[str, list[str]] = Field(description="Of each field, the file's own columns.")
    others: list[str] = Field(description="Columns that mean nothing here; the figures can be looked at by them.")
    problems: list[str] = Field(description="The first of them, a line each, with the file's line.")
    examples: list[UnderstoodExample]


class MainFigure(BaseModel):
    """A main figure of the report, with its 95 % interval."""

    value: float | None
    low: float | None
    high: float | None
    n: int


class EvaluationDocument(BaseModel):
    """An evaluation as it stands."""

    id: str
    name: str = Field(description="Of the file.")
    created: str = Field(description="ISO 8601, UTC.")
    state: State = Field(description="Stopped is also what a server left that is gone; both go on.")
    stage: Stage = Field(description="Of a run: articles are read, questions asked, figures made.")
    done: int
    total: int
    seconds_left: float | None
    message: str = Field(description="Why it failed.")
    failed: int = Field(description="Questions that are in no figure, since they failed.")
    figures: dict[str, MainFigure]
    files: list[str]
    understood: UnderstoodFile


class EvaluationList(BaseModel):
    """The evaluations beside the library, newest first."""

    evaluations: list[EvaluationDocument]
    lasts: bool = Field(description="False where they are kept until the server stops.")


class DifferenceDocument(BaseModel):
    """How one metric changed, on the questions of both."""

    metric: str
    before: float
    now: float
    gain: float = Field(description="How much better it is, also where lower is better.")
    low: float
    high: float
    p: float
    n: int
    verdict: Literal["better", "worse", "same", "unclear"]
    words: str = Field(description="The finding, as footnote eval compare says it.")


class ChangeDocument(BaseModel):
    """A question that one metric scores otherwise than before."""

    metric: str
    question_id: str
    question: str
    before: float
    now: float


class ComparisonDocument(BaseModel):
    """One run beside another."""

    name: str
    baseline: str
    questions: int
    left_out: dict[str, int]
    newly_failed: int
    differences: list[DifferenceDocument]
    changes: list[ChangeDocument] = Field(description="Losses, then wins.")


UPLOAD: dict[str, Any] = {
    **WHO_MAY,
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "required": ["file"],
                    "additionalProperties": False,
                }
            }
        },
    },
}
Columns = Annotated[
    list[str],
    Query(alias="column", max_length=20, description="FIELD=COLUMN, over the usual names: question=Frage."),
]


def _content(*kinds: str) -> dict[int | str, dict[str, Any]]:
    anything: dict[str, Any] = {}
    text = {"type": "string"}
    return {200: {"content": {k: {"schema": anything if k == "application/json" else text} for k in kinds}}}


FILES = _content("text/html", *MEDIA_TYPES.values(), OTHERWISE)


def add_evaluation_routes(app: FastAPI, evaluations: Evaluations, writers: Writers) -> None:
    """Let those who may evaluate what an application asks."""

    def document(evaluation: Evaluation) -> EvaluationDocument:
        return _document(evaluation, evaluations)

    @app.post(ROUTE, status_code=202, openapi_extra=UPLOAD)
    async def add_evaluation(
        request: Request,
        response: Response,
        start_now: Annotated[
            bool, Query(alias="start", description="False: the file is only read, and started later.")
        ] = True,
        column: Columns = [],  # noqa: B006  # FastAPI copies it
    ) -> EvaluationDocument:
        """Read a file of questions with known answers, and ask them in the background."""
        writers.require(request)
        mapped = parse_columns(column)
        if start_now:
            await run_in_threadpool(evaluations.require_idle)
        name, content = await _upload(request)
        try:
            made = await run_in_threadpool(evaluations.add, name, content, mapped)
        finally:
            content.close()
        if start_now:
            made = await run_in_threadpool(evaluations.start, made.id)
        response.headers["Location"] = f"{ROUTE}/{made.id}"
        return document(made)

    @app.get(ROUTE, openapi_extra=WHO_MAY)
    def list_evaluations(request: Request, response: Response) -> EvaluationList:
        """List the evaluations, newest first."""
        writers.require(request)
        response.headers.update(PRIVATE)
        return EvaluationList(evaluations=[document(each) for each in evaluations.all()], lasts=evaluations.lasts)

    @app.get(TEMPLATE, response_class=Response, responses=_content(*map(_kind_of, FORMATS)))
    def template(form: Annotated[Literal["csv", "jsonl", "xlsx"], Query(alias="format")] = "csv") -> Response:
        """Return a file to begin with, which shows what each column is for."""
        return Response(_template(form), media_type=_kind_of(form), headers=_saved_as(f"questions.{form}"))

    @app.get(ROUTE + "/{evaluation_id}")
    def evaluation(evaluation_id: str, response: Response) -> EvaluationDocument:
        """Tell how far an evaluation is."""
        response.headers.update(PRIVATE)
        return document(evaluations.get(evaluation_id))

    @app.post(ROUTE + "/{evaluation_id}/start", status_code=202, openapi_extra=WHO_MAY)
    def start_evaluation(evaluation_id: str, request: Request) -> EvaluationDocument:
        """Ask its questions, or those that are left after a stop."""
        writers.require(request)
        return document(evaluations.start(evaluation_id))

    @app.post(ROUTE + "/{evaluation_id}/stop", status_code=202, openapi_extra=WHO_MAY)
    def stop_evaluation(evaluation_id: str, request: Request) -> EvaluationDocument:
        """Stop it after the question that is being answered; what was answered is kept."""
        writers.require(request)
        return document(evaluations.stop(evaluation_id))

    @app.delete(ROUTE + "/{evaluation_id}", status_code=204, response_class=Response, openapi_extra=WHO_MAY)
    def delete_evaluation(evaluation_id: str, request: Request) -> None:
        """Delete an evaluation with all its files."""
        writers.require(request)
        evaluations.delete(evaluation_id)

    @app.get(ROUTE + "/{evaluation_id}/comparison")
    def comparison(
        evaluation_id: str,
        response: Response,
        baseline: Annotated[str, Query(max_length=100, description="The id of the evaluation to compare with.")],
    ) -> ComparisonDocument:
        """Say how a finished run differs from another of the same questions."""
        response.headers.update(PRIVATE)
        return comparison_document(evaluations.compare(evaluation_id, baseline))

    @app.get(ROUTE + "/{evaluation_id}/files", response_class=Response, responses=_content("application/zip"))
    def all_files(evaluation_id: str) -> Response:
        """Return all its files as a ZIP archive."""
        found = evaluations.get(evaluation_id)
        packed = _zipped(evaluations.files(evaluation_id))
        return StreamingResponse(_blocks(packed), media_type="application/zip", headers=_saved_as(f"{found.stem}.zip"))

    @app.get(ROUTE + "/{evaluation_id}/files/{name}", response_class=Response, responses=FILES)
    def one_file(evaluation_id: str, name: str) -> Response:
        """Return one of its files; the report opens in a browser, the others are saved."""
        path = evaluations.file(evaluation_id, name)
        if name == REPORT:
            headers = {**PRIVATE, "Content-Security-Policy": REPORT_POLICY}
            return FileResponse(path, media_type="text/html; charset=utf-8", headers=headers)
        return FileResponse(path, media_type=_kind_of(path.suffix[1:]), filename=name, headers=PRIVATE)


def comparison_document(found: Comparison) -> ComparisonDocument:
    """Return a comparison as it is sent."""
    return ComparisonDocument.model_validate(comparison_to_json(found), extra="ignore")


def _document(evaluation: Evaluation, evaluations: Evaluations) -> EvaluationDocument:
    try:
        files = [path.name for path in evaluations.files(evaluation.id)]
    except EvaluationNotFoundError:  # deleted meanwhile
        files = []
    known = {name: getattr(evaluation, name) for name in EvaluationDocument.model_fields if name != "files"}
    return EvaluationDocument.model_validate({**known, "files": files}, from_attributes=True)


async def _upload(request: Request) -> tuple[str, BinaryIO]:
    """Return the one file that a request sends."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise HTTPException(415, "Send the file of questions as multipart/form-data.")
    form = await request.form(max_files=1, max_fields=1)
    parts = [part for _, part in form.multi_items()]
    if len(parts) == 1 and isinstance(parts[0], UploadFile) and parts[0].filename:
        return parts[0].filename, parts[0].file
    await form.close()
    raise HTTPException(422, "The form holds no file; choose one.")


def _kind_of(suffix: str) -> str:
    return MEDIA_TYPES.get(suffix, OTHERWISE)


@cache
def _template(form: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="footnote-") as folder:
        path = Path(folder, f"questions.{form}")
        write_template(form, path)
        return path.read_bytes()


def _zipped(paths: Sequence[Path]) -> BinaryIO:
    packed = tempfile.TemporaryFile()  # noqa: SIM115  # closed once it is sent
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            archive.write(path, path.name)
    packed.seek(0)
    return packed


def _saved_as(name: str) -> dict[str, str]:
    stem, _, suffix = name.rpartition(".")
    plain = "".join(character if character.isascii() and character.isalnum() else "-" for character in stem)
    return {**PRIVATE, "Content-Disposition": f'attachment; filename="{plain or "evaluation"}.{suffix}"'}


def _blocks(content: BinaryIO) -> Iterator[bytes]:
    with content:
        while block := content.read(BLOCK):
            yield block
