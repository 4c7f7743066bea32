"""The examples of the published description, recorded: what a real server says over the seed article.

``python -m tests.contracts.recording`` writes them anew into ``ui/server/examples.json``, an operation a line;
`tests.contracts.test_recording` asks once more and compares. What a reply, a problem or a parameter looks like is
written down nowhere by hand; which problems an operation may have is, at the end of `recorded`.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

from fastapi.testclient import TestClient

from index.formats import read_articles
from index.storage.conversations import ConversationStore
from index.storage.library import FILE_NAME, Library
from qa.conversations import History
from qa.evaluation.run.background_run import asking_only
from qa.evaluation.run.evaluations import Evaluations
from tests.architecture.checkout import ROOT
from tests.ui.fakes import PacedAssistant, ScriptedAssistant, seed_product
from ui.app.config import KeepingConfig, WidgetConfig
from ui.app.settings import Settings
from ui.app.wiring import indexer_of, product_over, seed_articles, with_seed_title
from ui.http.admission import AdmissionQueue
from ui.http.permission import Writers
from ui.http.security import LARGE_REQUESTS, MAX_REQUEST_BYTES
from ui.server import app as faces
from ui.widget.gate import KEY_HEADER, MAX_BYTES
from ui.widget.site_keys import Quotas, SiteKeys

FILE = ROOT / "ui" / "server" / "examples.json"
QUESTION = "How big is Kazakhstan compared with Italy?"
UNSTATED = "When was Tokaev born?"
SITE = "https://example.org"
PAIRS = f"Frage,answer\n{QUESTION},nine times the size of Italy\n{UNSTATED},\n"
CONVERSATION_ID, EVALUATION_ID, BASELINE_ID, OTHER_ID, WORKBOOK_ID = (f"{n:x}" * 32 for n in (5, 9, 11, 12, 13))
OWNER = "c0ffee00c0ffee00c0ffee00c0ffee00"
PARAMETERS: dict[str, Any] = {
    "article_id": "8e6b8759e0f47286",
    "about": ["8e6b8759e0f47286"],
    "baseline": BASELINE_ID,
    "column": ["question=Frage"],
    "conversation_id": CONVERSATION_ID,
    "end": 3530,
    "evaluation_id": EVALUATION_ID,
    "format": "md",
    "lang": "de",
    "limit": 50,
    "model": "footnote",
    "name": "report.html",
    "offset": 0,
    "search": "italy",
    "start": 3404,
    "X-Footnote-Owner": OWNER,
    "X-Footnote-Request": "1",
    "X-Session-Id": "0123456789abcdef0123456789abcdef",
}
LONGEST_TEXT = 1_000  # of which more than the first line is shown
BROKEN: dict[str, Any] = {"content": b"\xff", "type": "application/json"}  # a body that is no text
UNBOUND: dict[str, Any] = {"content": b"x", "type": "multipart/form-data"}  # a form whose parts cannot be told apart


@dataclass
class Recorder:
    """Sends requests as the description has them, and keeps the first example of each kind."""

    described: dict[str, Any]
    folder: Path  # whose name is another each time
    examples: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)

    def send(self, client: TestClient, operation: str, *, without: str = "", **sent: Any) -> Any:
        """Send a request with all its parameters but one; of ``sent``, those that are parameters stand for theirs."""
        method, path = operation.split(" ")
        headers, query, used = {"x-footnote-request": "1", **sent.pop("headers", {})}, {}, {}
        for parameter in self.described["paths"][path][method].get("parameters", ()):
            name, place = parameter["name"], parameter["in"]
            if name == without:
                continue
            value = used[name] = sent.pop(name, PARAMETERS[name])
            if place == "path":
                path = path.replace(f"{{{name}}}", quote(value))
            elif place == "query":
                query[name] = value
            else:
                headers[name.lower()] = value
        if kind := sent.pop("type", None):
            headers["content-type"] = kind
        shown = sent.pop("shown", None)
        response = client.request(method.upper(), path, params=query, headers=headers, **sent)
        self._keep(operation, response, used, {"application/json": sent.get("json"), "multipart/form-data": shown})
        return response

    def _keep(self, operation: str, response: Any, used: dict[str, Any], request: dict[str, Any]) -> None:
        kinds = ("parameters", "request", "response", "problems")
        example = self.examples.setdefault(operation, {kind: {} for kind in kinds})
        if response.status_code >= 400:
            detail = response.json()["detail"].replace(str(self.folder), "/srv")
            example["problems"].setdefault(str(response.status_code), detail)
            return
        kind = response.headers.get("content-type", "").partition(";")[0]
        example["parameters"] = {**used, **example["parameters"]}
        example["request"] = {**{k: v for k, v in request.items() if v is not None}, **example["request"]}
        if response.content:
            example["response"].setdefault(kind, _shown(kind, response))

    def spread(self, status: int, of: str, operations: Iterable[str]) -> None:
        """Say of operations that they have the problem of another, where they have none of that status."""
        for operation in operations:
            problems = self.examples[operation]["problems"]
            problems.setdefault(str(status), self.examples[of]["problems"][str(status)])


def _shown(kind: str, response: Any) -> Any:
    """Return what is shown of a response: of a long file only how it begins."""
    if kind == "application/json" and "content-disposition" in response.headers and "/files/" in str(response.url):
        return {name: value for name, value in response.json().items() if isinstance(value, str | int)}
    if kind == "application/json":
        return response.json()
    if response.content[:2] == b"PK":
        return "PK"
    text: str = response.text
    return text if len(text) <= LONGEST_TEXT or kind == "text/event-stream" else text[: text.index("\n") + 1]


def recorded(folder: Path) -> dict[str, Any]:
    """Return the examples of every operation, of servers over a library that is made in a folder."""
    indexer = indexer_of(Settings())
    seed = [
        replace(with_seed_title(article), url=f"{SITE}/articles/1")
        for file in seed_articles()
        for article in read_articles(file)
    ]
    with indexer.library_of(seed, folder) as library, patch.object(faces, "mount_chat"):
        opened = product_over(library, indexer, [QUESTION])
        opened.assistant.warm_up()  # the times that are shown hold no loading
        paced: Any = PacedAssistant(opened.assistant)
        product = replace(opened, assistant=paced, adding=indexer.adding(folder))
        store, now = ConversationStore.open(folder), lambda: datetime.now(UTC)
        history = History(
            store, library.article, now=now, new_id=_ids(CONVERSATION_ID), conversations_mb=1_000, feedback_mb=100
        )
        place, opening = folder / "evaluations", asking_only(product.library, product.assistant.ask)
        evaluations = Evaluations(
            place, library, opening, new_id=_ids(EVALUATION_ID, BASELINE_ID, OTHER_ID, WORKBOOK_ID)
        )
        keys = SiteKeys.in_memory()
        key = keys.add([SITE], articles=None).key
        local = Writers(is_local=True)
        damaged = folder.parent / "damaged"
        shutil.copytree(folder, damaged)
        slow: Any = ScriptedAssistant(events=[], endless=True)
        fails = ScriptedAssistant({QUESTION: RuntimeError()})
        with closing(history), Library.open(damaged, fingerprint=indexer.fingerprint) as unread:
            for file in damaged.glob(f"{FILE_NAME}*"):
                file.write_bytes(b"damaged" * 1_000)
            apps = (
                faces.create_app(product, history, writers=local, keys=keys, evaluations=evaluations),
                faces.create_app(replace(seed_product(), assistant=fails), writers=local, keys=keys),
                faces.create_app(
                    product,
                    writers=Writers(token="right"),  # noqa: S106  # of a test
                    evaluations=Evaluations(place, library, opening),
                    keeping=KeepingConfig(feedback_per_hour=1),
                    turns=AdmissionQueue(0, 0),
                ),
                faces.create_app(
                    replace(product, library=unread, assistant=slow), keys=keys, widget=WidgetConfig(seconds=0.2)
                ),
            )
            recorder = Recorder(apps[0].openapi(), folder.parent)
            client, fixed, guarded, broken = (TestClient(app, base_url="http://127.0.0.1:7860") for app in apps)
            _ask(recorder, client, fixed, guarded, broken)
            _change(recorder, client, fixed, guarded)
            history.append(OWNER, paced.assistant.ask(QUESTION))
            _converse(recorder, client, guarded)
            _visit(recorder, client, fixed, broken, keys, key)
            _evaluate(recorder, client, guarded, paced)
            for n in range(5):  # three are free
                recorder.send(guarded, "post /v1/articles", headers={"authorization": f"Bearer {n}"})
    _complete(recorder)
    return recorder.examples


def _ids(*first: str) -> Callable[[], str]:
    return chain(first, (uuid.uuid4().hex for _ in count())).__next__


def _ask(recorder: Recorder, client: TestClient, fixed: TestClient, guarded: TestClient, broken: TestClient) -> None:
    send = recorder.send
    asked: dict[str, Any] = {"question": QUESTION}
    said: dict[str, Any] = {"model": "footnote", "messages": [{"role": "user", "content": QUESTION}]}
    for operation in (
        "get /healthz",
        "get /readyz",
        "get /v1/models",
        "get /v1/articles",
        "get /widget/v1/manifest.json",
    ):
        send(client, operation)
    for body in (asked, {**asked, "stream": True}, {"question": " "}, {**asked, "article_ids": ["none"]}):
        send(client, "post /v1/ask", json=body)
    send(client, "post /v1/ask", **BROKEN)
    send(client, "post /v1/ask", content=b"x" * (MAX_REQUEST_BYTES + 1))
    send(fixed, "post /v1/ask", json=asked)
    send(guarded, "post /v1/ask", json=asked)
    send(broken, "get /v1/articles")
    for body in (said, {**said, "stream": True}, {}):
        send(client, "post /v1/chat/completions", json=body)
    for model in ("footnote", "gpt"):
        send(client, "get /v1/models/{model}", model=model)
    send(client, "get /metrics")


def _change(recorder: Recorder, client: TestClient, fixed: TestClient, guarded: TestClient) -> None:
    send, tea = recorder.send, {"title": "Tea", "text": "Tea is made of leaves."}
    (added,) = send(client, "post /v1/articles", json=tea).json()["results"]
    send(client, "post /v1/articles", json=tea, headers={"accept": "text/event-stream"})
    send(client, "post /v1/articles", files={"file": ("tea.txt", tea["text"])}, shown={"file": [tea["text"]]})
    send(client, "post /v1/articles", json={})
    send(client, "post /v1/articles", content=b"x")
    send(client, "post /v1/articles", **UNBOUND)
    send(client, "post /v1/articles", content=b"x" * 10_000_001, type="application/json")
    named = added["article_ids"][0]
    for article_id in (named, "none"):
        send(client, "get /v1/articles/{article_id}", article_id=article_id)
    for article_id in (named, "none"):
        send(client, "delete /v1/articles/{article_id}", article_id=article_id)
    for refusing in (fixed, guarded):
        send(refusing, "post /v1/articles", json=tea)
        send(refusing, "delete /v1/articles/{article_id}")


def _converse(recorder: Recorder, client: TestClient, guarded: TestClient) -> None:
    send, one = recorder.send, "/v1/conversations/{conversation_id}"
    kept = send(client, f"get {one}").json()["turns"][0]["reply"]
    opinion = {"reply_id": kept["id"], "verdict": "up", "question": QUESTION}
    nowhere = {**opinion, "conversation_id": "none", "position": 0}
    for body in (opinion, nowhere, {**opinion, "verdict": "?"}):
        send(client, "post /v1/feedback", json=body)
    for _ in range(2):
        send(guarded, "post /v1/feedback", json=opinion)
    send(client, "get /v1/conversations")
    for form in ("md", "json"):
        send(client, f"get {one}/export", format=form)
    send(client, f"patch {one}", json={"title": "Kazakhstan and Italy"})
    for operation in (f"get {one}", f"get {one}/export", f"patch {one}", f"delete {one}", "get /v1/conversations"):
        body = {"json": {"title": "x"}} if operation.startswith("patch") else {}
        send(client, operation, without="X-Footnote-Owner", **body)
        if one in operation:
            send(client, operation, conversation_id="none", **body)
    send(client, f"delete {one}")


def _visit(
    recorder: Recorder, client: TestClient, fixed: TestClient, broken: TestClient, keys: SiteKeys, key: str
) -> None:
    asked: dict[str, Any] = {"question": QUESTION}

    def send(operation: str, by: TestClient = client, *, site_key: str = key, origin: str = SITE, **sent: Any) -> Any:
        headers = {"origin": origin, **({KEY_HEADER: site_key} if site_key else {})}
        return recorder.send(
            by, f"{operation[: operation.index(' ')]} /v1/widget/{operation.split()[1]}", headers=headers, **sent
        )

    send("get config")
    send("get config", lang="x" * 101)
    send("get config", site_key="")
    send("get config", origin="https://stranger.example")
    reply = send("post ask", json=asked).json()
    send("post ask", json={**asked, "stream": True})
    send("post ask", json={**asked, "article_ids": ["none"]})
    send("post ask", **BROKEN)
    send("post ask", content=b"x" * (MAX_BYTES + 1))
    send("post ask", json=asked, without="X-Session-Id")
    send("post ask", broken, json=asked)
    few = keys.add([SITE], articles=None, quotas=Quotas(per_session=1)).key
    for _ in range(2):
        send("post ask", json=asked, site_key=few)
    for operation in ("get session", "delete session"):
        send(operation, without="X-Session-Id")
    send("get session")
    for reply_id in (reply["id"], "none"):
        send("post feedback", json={"reply_id": reply_id, "thumb": "up"})
    send("post feedback", json={"reply_id": reply["id"], "thumb": "up"}, without="X-Session-Id")
    send("get source")
    send("get source", article_id="none")
    send("get source", end=3000)
    page = {"url": f"{SITE}/articles/1"}
    send("post page", json=page)
    send("post page", json={"url": "ftp://example.org/articles/1"})
    send("post page", fixed, json=page, site_key=keys.add([SITE], pages=True).key)
    send("delete session")


def _evaluate(recorder: Recorder, client: TestClient, guarded: TestClient, paced: PacedAssistant) -> None:
    one = "/v1/evaluations/{evaluation_id}"

    def send(operation: str, by: TestClient = client, **sent: Any) -> Any:
        return recorder.send(by, operation, **sent)

    def upload(content: str | bytes = PAIRS, name: str = "pairs.csv", **sent: Any) -> Any:
        return send("post /v1/evaluations", files={"file": (name, content)}, shown={"file": PAIRS}, **sent)

    def finish(evaluation_id: str) -> Any:
        while (told := client.get(f"/v1/evaluations/{evaluation_id}").json())["state"] == "running":
            time.sleep(0.05)
        assert told["state"] == "finished", told
        return told

    for content, name in ((PAIRS, "pairs.csv"), (PAIRS, "pairs.csv"), (f"Frage\tanswer\n{UNSTATED}\t\n", "pairs.tsv")):
        upload(content, name, start=False)
    for form in ("csv", "jsonl", "pdf"):
        send("get /v1/evaluation-template", format=form)
    template = send("get /v1/evaluation-template", format="xlsx")
    upload(template.content, "pairs.xlsx", start=False, column=[])
    upload("a,b\n1,2\n", start=False, column=[])
    with patch.dict(LARGE_REQUESTS, {("POST", "/v1/evaluations"): MAX_REQUEST_BYTES}):
        upload(b"\0" * MAX_REQUEST_BYTES, start=False)
    send("post /v1/evaluations", content=b"x", start=False)
    send("post /v1/evaluations", **UNBOUND, start=False)
    paced.held.add(QUESTION)
    send(f"post {one}/start")
    assert paced.reached.wait(60)
    upload(start=True)
    send(f"post {one}/start", evaluation_id=BASELINE_ID)
    send(f"get {one}/comparison")
    send(f"delete {one}")
    send(f"post {one}/stop", guarded, headers={"authorization": "Bearer right"})
    paced.let_go.set()
    finish(EVALUATION_ID)
    for evaluation_id in (BASELINE_ID, OTHER_ID):
        send(f"post {one}/start", evaluation_id=evaluation_id)
        finish(evaluation_id)
    send(f"post {one}/stop")
    send("get /v1/evaluations")
    files = send(f"get {one}").json()["files"]
    for baseline in (BASELINE_ID, OTHER_ID):
        send(f"get {one}/comparison", baseline=baseline)
    send(f"get {one}/files")
    for name in ("report.html", *files):
        send(f"get {one}/files/{{name}}", name=name)
    for evaluation_id, name in ((OTHER_ID, "questions.tsv"), (WORKBOOK_ID, "questions.xlsx")):
        send(f"get {one}/files/{{name}}", evaluation_id=evaluation_id, name=name)
    for operation in [each for each in recorder.described["paths"] if each.startswith(one)]:
        for method in recorder.described["paths"][operation]:
            send(f"{method} {operation}", evaluation_id="none")
    send("get /v1/evaluations", guarded)
    send(f"delete {one}", evaluation_id=OTHER_ID)


def _complete(recorder: Recorder) -> None:
    """Say of each operation which problems it has as others have them: the same code answers."""
    every = list(recorder.examples)
    changing = [name for name, operation in _operations(recorder.described) if "adminToken" in json.dumps(operation)]
    widget = [name for name in every if "/v1/widget/" in name]
    bodies = ["post /v1/feedback", "patch /v1/conversations/{conversation_id}"]
    nothing_stored = ("/healthz", "/metrics", "/v1/models", "/v1/evaluation-template", "/widget/")
    reads = [name for name in every if not name.split()[1].startswith(nothing_stored)]
    recorder.spread(500, "post /v1/ask", every)
    recorder.spread(503, "post /v1/ask", ["post /v1/chat/completions"])
    recorder.spread(503, "get /v1/articles", reads)
    recorder.spread(413, "post /v1/ask", ["post /v1/chat/completions", *bodies])
    recorder.spread(400, "post /v1/ask", bodies)
    for status in (403, 429):
        recorder.spread(status, "post /v1/articles", changing)
    for status, of in ((401, "get"), (403, "get"), (413, "post"), (429, "post")):
        recorder.spread(status, f"{of} /v1/widget/{'config' if of == 'get' else 'ask'}", widget)
    recorder.spread(400, "post /v1/widget/ask", ["post /v1/widget/feedback", "post /v1/widget/page"])


def _operations(described: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def main() -> None:
    """Write the examples anew."""
    with tempfile.TemporaryDirectory() as folder:
        examples = recorded(Path(folder) / "library")
    lines = (f"{json.dumps(name)}: {json.dumps(each, ensure_ascii=False)}" for name, each in sorted(examples.items()))
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main()
