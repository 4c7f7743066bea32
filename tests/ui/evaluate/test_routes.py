"""Evaluations over HTTP: what is sent is read, asked and kept, for those who may; and what goes wrong is told."""

from __future__ import annotations

import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from filelock import FileLock

from index.storage.library import Library
from qa.config import ReadingConfig
from qa.evaluation.compare.paired_bootstrap import read_run
from qa.evaluation.data.template import template_text
from qa.evaluation.run.evaluations import Evaluations
from qa.evaluation.run.lock import NAMED, PLACE
from tests.ui.fakes import PacedAssistant, seed_product
from tests.world import ARTICLES, CHUNKING, FINGERPRINT, WordCountingEmbedder, library_of
from ui.app import wiring
from ui.app.settings import Settings
from ui.app.wiring import Indexer, OpenProduct, product_over
from ui.evaluate.evaluate_file import open_evaluations
from ui.http.permission import NOBODY, Writers
from ui.http.security import LARGE_REQUESTS
from ui.server import app as api
from ui.server.app import create_app

ROUTE = "/v1/evaluations"
TOKEN = "correct horse battery"  # noqa: S105  # of a test
LOCAL = Writers(is_local=True)
FROM_HERE = {"X-Footnote-Request": "1"}
NILE, TEA, CAESAR = "Where does the Nile flow?", "What is tea a drink of?", "Who was Caesar?"
PAIRS = (
    "id,question,answer,quote,article,topic\n"
    f"1,{NILE},north,It flows north to the sea.,Rivers,water\n"
    f"2,{TEA},leaves,Tea is a drink of leaves.,Tea,food\n"
    f"3,{CAESAR},,,,history\n"
).encode()
SQUAD = {
    "version": "v2.0",
    "data": [
        {
            "title": "Milk",
            "paragraphs": [
                {
                    "context": "Milk is white. Cows give it.",
                    "qas": [
                        {
                            "id": "m1",
                            "question": "Who gives milk?",
                            "answers": [{"text": "Cows", "answer_start": 15}],
                            "is_impossible": False,
                        }
                    ],
                }
            ],
        }
    ],
}


class Served:
    """An application over the tiny world, and what becomes of its evaluations."""

    def __init__(self, product: OpenProduct, writers: Writers = LOCAL) -> None:
        self.product = product
        self.paced: Any = product.assistant
        self.folder = product.library.folder / "evaluations"
        self.evaluations = open_evaluations(product)
        app = create_app(product, writers=writers, evaluations=self.evaluations)
        self.client = TestClient(app, base_url="http://127.0.0.1:7860", headers=FROM_HERE)

    def send(self, content: bytes = PAIRS, name: str = "pairs.csv", **query: Any) -> Any:
        return self.client.post(ROUTE, files={"file": (name, content)}, params=query)

    def read(self, content: bytes = PAIRS, name: str = "pairs.csv", **query: Any) -> dict[str, Any]:
        response = self.send(content, name, start=False, **query)
        assert response.status_code == 202, response.text
        told: dict[str, Any] = response.json()
        return told

    def told(self, evaluation_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(f"{ROUTE}/{evaluation_id}").json()
        return found

    def ended(self, evaluation_id: str) -> dict[str, Any]:
        """Wait until a run has ended."""
        for _ in range(600):
            told = self.told(evaluation_id)
            if told["state"] != "running":
                return told
            time.sleep(0.05)
        raise AssertionError("it runs for ever")

    def finished(self, content: bytes = PAIRS, name: str = "pairs.csv") -> dict[str, Any]:
        told = self.ended(self.send(content, name).json()["id"])
        assert told["state"] == "finished", told["message"]
        return told

    def begun(self, *held: str) -> str:
        """Start a run that waits at a question."""
        self.paced.held = set(held)
        evaluation_id: str = self.send().json()["id"]
        assert self.paced.reached.wait(30)
        return evaluation_id


@pytest.fixture(autouse=True)
def without_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the chat page out, which takes half a second to make."""
    monkeypatch.setattr(api, "mount_chat", lambda *_: None)


@pytest.fixture
def product(folder: Path) -> Iterator[OpenProduct]:
    library_of(folder, *ARTICLES).close()
    settings = Settings(chunking=CHUNKING, reading=ReadingConfig(model="none"))
    with Library.open(folder, fingerprint=FINGERPRINT) as library:
        opened = product_over(library, Indexer(settings, WordCountingEmbedder(), FINGERPRINT))
        paced: Any = PacedAssistant(opened.assistant)
        yield replace(opened, assistant=paced)
        paced.let_go.set()
        for thread in threading.enumerate():
            if thread.name == "evaluation":
                thread.join(30)


@pytest.fixture
def served(product: OpenProduct) -> Served:
    return Served(product)


def problem(response: Any) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["detail"]


# Reading


def test_a_file_is_read_before_anything_is_asked(served: Served) -> None:
    told = served.read(PAIRS + b"4,,nothing,,,\n5,Is paper thin?,yes,Paper is thick.,Paper,\n")
    assert told["understood"] == {
        "questions": 4,
        "answerable": 3,
        "unusable": 1,
        "lack_gold": 1,
        "articles": 0,
        "columns": {"id": ["id"], "question": ["question"], "answers": ["answer"], "quote": ["quote"],
                    "article": ["article"]},
        "others": ["topic"],
        "problems": [
            "pairs.csv:5: the question is missing or empty; write one",
            "pairs.csv:6: the quote 'Paper is thick.' does not stand in article 'Paper'; copy its words from there",
        ],
        "examples": [
            {"question": NILE, "answers": ["north"], "answerable": True},
            {"question": TEA, "answers": ["leaves"], "answerable": True},
            {"question": CAESAR, "answers": [], "answerable": False},
        ],
    }  # fmt: skip
    assert (told["state"], told["done"], told["total"], served.paced.asked) == ("ready", 0, 4, [])


def test_columns_of_other_names_can_be_named(served: Served) -> None:
    told = served.read("Frage;Lösung\nWohin?;Norden\n".encode(), column=["question=Frage", "answer=Lösung"])
    assert told["understood"]["columns"] == {"question": ["Frage"], "answers": ["Lösung"]}


@pytest.mark.parametrize(
    ("name", "content", "detail"),
    [
        ("a.csv", b"", "a.csv: is empty; give CSV, TSV, JSONL, SQuAD JSON, XLSX, or a folder of a data set"),
        ("../../a.json", b"7", "a.json: is neither SQuAD nor a JSON list of objects; give CSV, TSV, JSONL, SQuAD JSON,"
         " XLSX, or a folder of a data set"),
        ("a\u2028b.csv", b"question,answer\n,\n", "a\ufffdb.csv: there is no question in it; write one a row"),
    ],
    ids=["empty", "a path and no list", "a line separator in its name"],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused_by_its_name_and_not_kept(
    served: Served, name: str, content: bytes, detail: str
) -> None:
    assert problem(served.send(content, name)) == (422, detail)
    assert list(served.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("request_", "status", "detail"),
    [
        ({"content": b"x", "headers": {"Content-Type": "text/csv"}}, 415,
         "Send the file of questions as multipart/form-data."),
        ({"data": {"file": "x"}}, 415, "Send the file of questions as multipart/form-data."),
        ({"files": {"file": (None, b"x")}}, 422, "The form holds no file; choose one."),
    ],
    ids=["no form", "a form of another kind", "a field that is no file"],
)  # fmt: skip
def test_what_is_no_upload_is_refused(served: Served, request_: Any, status: int, detail: str) -> None:
    assert problem(served.client.post(ROUTE, **request_)) == (status, detail)


def test_two_files_at_once_are_refused(served: Served) -> None:
    sent = [("file", ("a.csv", PAIRS)), ("file", ("b.csv", PAIRS))]
    assert problem(served.client.post(ROUTE, files=sent))[0] == 400


def test_a_file_that_is_too_large_is_refused(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LARGE_REQUESTS, ("POST", ROUTE), 2_000_000)
    assert problem(served.send(b"x" * 2_100_000))[0] == 413
    assert list(served.folder.iterdir()) == []


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_template_is_given(served: Served, form: str) -> None:
    response = served.client.get("/v1/evaluation-template", params={"format": form})
    assert response.text == template_text(form)
    assert response.headers["content-disposition"] == f'attachment; filename="questions.{form}"'


def test_a_template_as_a_workbook_is_read_again(served: Served) -> None:
    content = served.client.get("/v1/evaluation-template", params={"format": "xlsx"}).content
    assert served.read(content, "mine.xlsx")["understood"]["questions"] == 3


# Running


def test_a_file_that_is_sent_is_asked_and_its_files_are_those_of_the_command_line(served: Served) -> None:
    response = served.send()
    assert response.status_code == 202
    assert response.headers["location"] == f"{ROUTE}/{response.json()['id']}"
    told = served.ended(response.json()["id"])
    assert (told["state"], told["done"], told["total"], told["failed"]) == ("finished", 3, 3, 0)
    assert told["figures"]["abstention.coverage"] == {"value": 1.0, "low": 1.0, "high": 1.0, "n": 2}
    assert told["files"] == [
        *("answers.jsonl", "junit.xml", "questions.csv", "report.csv", "report.html", "report.json", "run.trec"),
    ]
    run = read_run(served.folder / told["id"])
    assert (run.report.dataset, sorted(run.outcomes)) == ("pairs", ["1", "2", "3"])


def test_articles_that_a_file_brings_along_are_asked_instead_of_the_library(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "make_embedder", lambda _: WordCountingEmbedder())
    told = served.finished(json.dumps(SQUAD).encode(), "milk.json")
    assert told["understood"]["articles"] == 1
    answers = (served.folder / told["id"] / "answers.jsonl").read_text("utf-8")
    assert "Cows give it." in answers
    assert not (served.folder / told["id"] / "library").exists()


def test_a_second_run_is_told_what_runs(served: Served) -> None:
    served.begun(NILE)
    other = served.read(name="other.csv")["id"]
    told = "'pairs.csv' is being evaluated, and one evaluation runs at a time; wait for it, or stop it"
    assert problem(served.client.post(f"{ROUTE}/{other}/start")) == (409, told)
    assert problem(served.send(name="third.csv")) == (409, told)
    assert [each["name"] for each in served.client.get(ROUTE).json()["evaluations"]] == ["other.csv", "pairs.csv"]


def test_progress_is_told_while_it_runs(served: Served) -> None:
    evaluation_id = served.begun(TEA)
    told = served.told(evaluation_id)
    assert (told["state"], told["stage"], told["done"], told["total"]) == ("running", "asking", 1, 3)


def test_a_run_that_is_stopped_goes_on_without_asking_again(served: Served) -> None:
    evaluation_id = served.begun(TEA)
    threading.Timer(0.2, served.paced.let_go.set).start()
    stopped = served.client.post(f"{ROUTE}/{evaluation_id}/stop").json()
    assert (stopped["state"], stopped["done"]) == ("stopped", 2)
    assert "report.html" not in stopped["files"]
    assert served.client.post(f"{ROUTE}/{evaluation_id}/start").status_code == 202
    assert served.ended(evaluation_id)["state"] == "finished"
    assert served.paced.asked == [NILE, TEA, CAESAR]


def test_a_server_that_ends_stops_its_run_and_keeps_what_was_answered(served: Served) -> None:
    evaluation_id = served.begun(TEA)
    threading.Timer(0.2, served.paced.let_go.set).start()
    served.evaluations.close()
    told = served.told(evaluation_id)
    assert (told["state"], told["done"]) == ("stopped", 2)
    served.evaluations.close()  # where nothing runs there is nothing to do


def test_stopping_what_does_not_run_changes_nothing(served: Served) -> None:
    told = served.finished()
    assert served.client.post(f"{ROUTE}/{told['id']}/stop").json() == told


def test_what_is_finished_is_not_started_again(served: Served) -> None:
    told = served.finished()
    detail = "pairs.csv is finished; upload it again to ask it again"
    assert problem(served.client.post(f"{ROUTE}/{told['id']}/start")) == (409, detail)


def test_a_run_that_a_dead_server_left_is_stopped_and_goes_on(served: Served) -> None:
    evaluation_id = served.read()["id"]
    record = served.folder / evaluation_id / "run.json"
    left = json.loads(record.read_text("utf-8")) | {"state": "running", "done": 1, "seconds_left": 12.0}
    record.write_text(json.dumps(left), "utf-8")
    (served.folder / NAMED).write_text(evaluation_id, "utf-8")
    (served.folder / PLACE).touch()  # a dead process leaves the file, and no lock
    told = Served(served.product).told(evaluation_id)
    assert (told["state"], told["done"], told["seconds_left"]) == ("stopped", 1, None)
    assert served.client.post(f"{ROUTE}/{evaluation_id}/start").status_code == 202
    assert served.ended(evaluation_id)["state"] == "finished"


def test_a_run_of_another_process_is_shown_and_left_alone(served: Served) -> None:
    evaluation_id = served.begun(NILE)
    other = Served(served.product)  # as another server on the same library: it has no run of its own
    assert other.told(evaluation_id)["state"] == "running"
    assert problem(other.client.post(f"{ROUTE}/{evaluation_id}/stop")) == (
        409,
        "pairs.csv is run by another program; stop it there",
    )
    assert problem(other.client.delete(f"{ROUTE}/{evaluation_id}")) == (409, "pairs.csv runs; stop it first")
    assert problem(other.send(name="other.csv"))[0] == 409


def test_a_lock_that_names_nothing_is_still_a_lock(served: Served) -> None:
    evaluation_id = served.read()["id"]
    with FileLock(served.folder / PLACE):
        assert problem(served.client.post(f"{ROUTE}/{evaluation_id}/start"))[0] == 409


def test_a_run_that_fails_says_why_and_can_go_on(served: Served) -> None:
    evaluation_id = served.read()["id"]
    (served.folder / evaluation_id / "questions.csv").write_bytes(b"")
    served.client.post(f"{ROUTE}/{evaluation_id}/start")
    told = served.ended(evaluation_id)
    assert (told["state"], told["message"].partition(";")[0]) == ("failed", "pairs.csv: is empty")
    (served.folder / evaluation_id / "questions.csv").write_bytes(PAIRS)
    served.client.post(f"{ROUTE}/{evaluation_id}/start")
    assert served.ended(evaluation_id)["state"] == "finished"


def test_a_defect_is_in_the_log_and_not_in_what_is_told(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    served.paced.assistant = None
    told = served.ended(served.send().json()["id"])
    assert told["state"] == "failed"
    assert told["message"].startswith("Something went wrong here. The log has more under ")
    assert "NoneType" in caplog.text


def test_people_who_ask_go_first(served: Served) -> None:
    waited: list[bool] = []
    give_way = served.evaluations.give_way
    served.evaluations.give_way = lambda: waited.append(give_way() is None)
    served.finished()
    assert waited == [True] * 3


# Reading what there is


def test_the_report_is_shown_in_a_frame_of_no_origin(served: Served) -> None:
    response = served.client.get(f"{ROUTE}/{served.finished()['id']}/files/report.html")
    policy = response.headers["content-security-policy"].split("; ")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert {"default-src 'none'", "frame-ancestors 'self'", "form-action 'none'"} <= set(policy)
    assert policy[0].split()[0] == "sandbox"
    assert "allow-same-origin" not in policy[0]


def test_what_was_uploaded_is_never_shown_as_a_page(served: Served) -> None:
    evaluation_id = served.read(PAIRS, "page.tsv")["id"]
    response = served.client.get(f"{ROUTE}/{evaluation_id}/files/questions.tsv")
    assert response.headers["content-disposition"] == 'attachment; filename="questions.tsv"'
    assert response.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize("name", ["run.json", "..%2F..%2Flibrary.sqlite3", "answers.jsonl.part", "none"])
def test_no_other_file_is_given(served: Served, name: str) -> None:
    evaluation_id = served.finished()["id"]
    (served.folder / evaluation_id / "answers.jsonl.part").touch()
    assert problem(served.client.get(f"{ROUTE}/{evaluation_id}/files/{name}"))[0] == 404


def test_all_files_are_one_archive(served: Served) -> None:
    told = served.finished(name="Größe 1.csv")
    response = served.client.get(f"{ROUTE}/{told['id']}/files")
    assert response.headers["content-disposition"] == 'attachment; filename="Gr--e-1.zip"'
    assert zipfile.ZipFile(io.BytesIO(response.content)).namelist() == told["files"]


def test_two_runs_are_compared_in_the_words_of_the_command_line(served: Served) -> None:
    first, second = served.finished(name="a.csv"), served.finished(name="b.csv")
    told = served.client.get(f"{ROUTE}/{second['id']}/comparison", params={"baseline": first["id"]}).json()
    assert (told["questions"], told["left_out"], told["changes"]) == (3, {}, [])
    assert {each["words"] for each in told["differences"]} == {"the same"}
    assert str(served.folder) not in json.dumps(told)


def test_what_is_not_finished_is_not_compared(served: Served) -> None:
    first, second = served.finished(), served.read(name="b.csv")
    response = served.client.get(f"{ROUTE}/{first['id']}/comparison", params={"baseline": second["id"]})
    assert problem(response) == (409, "b.csv is not finished; compare runs that are")


def test_runs_without_a_common_question_are_not_compared(served: Served) -> None:
    first, second = served.finished(), served.finished(b"question,answer\nWhy?,so\n", "b.csv")
    response = served.client.get(f"{ROUTE}/{first['id']}/comparison", params={"baseline": second["id"]})
    assert problem(response)[0] == 422


def test_what_is_deleted_is_gone_with_its_files(served: Served) -> None:
    evaluation_id = served.finished()["id"]
    assert served.client.delete(f"{ROUTE}/{evaluation_id}").status_code == 204
    assert not (served.folder / evaluation_id).exists()
    detail = f"there is no evaluation '{evaluation_id}'; it may have been deleted"
    assert problem(served.client.get(f"{ROUTE}/{evaluation_id}")) == (404, detail)
    assert served.client.get(ROUTE).json()["evaluations"] == []


def test_what_runs_is_not_deleted(served: Served) -> None:
    evaluation_id = served.begun(NILE)
    assert problem(served.client.delete(f"{ROUTE}/{evaluation_id}")) == (409, "pairs.csv runs; stop it first")


@pytest.mark.parametrize("evaluation_id", ["none", "..", ".running", "A" * 32, "0" * 32])
def test_an_id_that_nothing_has_is_not_found(served: Served, evaluation_id: str) -> None:
    assert served.client.get(f"{ROUTE}/{evaluation_id}").status_code == 404
    assert served.client.post(f"{ROUTE}/{evaluation_id}/start").status_code == 404


def test_a_record_that_cannot_be_read_does_not_hide_the_others(served: Served) -> None:
    broken, good = served.read(name="a.csv")["id"], served.read(name="b.csv")["id"]
    (served.folder / broken / "run.json").write_text('{"id": 7}', "utf-8")
    assert [each["id"] for each in served.client.get(ROUTE).json()["evaluations"]] == [good]
    assert problem(served.client.get(f"{ROUTE}/{broken}"))[0] == 404


def test_a_record_does_not_say_where_it_stands(served: Served) -> None:
    given, elsewhere = served.read()["id"], served.folder.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "run.json").write_text("theirs", "utf-8")
    file = served.folder / given / "run.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | {"id": "../elsewhere"}), "utf-8")
    assert served.client.get(f"{ROUTE}/{given}").json()["id"] == given
    served.client.post(f"{ROUTE}/{given}/start")
    served.ended(given)
    assert [(file.name, file.read_text("utf-8")) for file in elsewhere.iterdir()] == [("run.json", "theirs")]


def test_a_record_that_is_nested_beyond_reading_does_not_hide_the_others(served: Served) -> None:
    broken, good = served.read(name="a.csv")["id"], served.read(name="b.csv")["id"]
    (served.folder / broken / "run.json").write_text("[" * 200_000, "utf-8")
    assert [each["id"] for each in served.client.get(ROUTE).json()["evaluations"]] == [good]


# Who may


def test_all_but_reading_one_takes_permission(product: OpenProduct) -> None:
    served = Served(product, Writers(token=TOKEN))
    allowed = {"Authorization": f"Bearer {TOKEN}"}
    told = served.client.post(f"{ROUTE}?start=false", files={"file": ("a.csv", PAIRS)}, headers=allowed).json()
    here = f"{ROUTE}/{told['id']}"
    refused = [
        served.send(),
        served.client.get(ROUTE),
        served.client.post(f"{here}/start"),
        served.client.post(f"{here}/stop"),
        served.client.delete(here),
    ]
    assert [response.status_code for response in refused] == [403] * 5
    assert "Authorization: Bearer" in problem(refused[0])[1]
    assert served.client.get(here).json() == told
    assert served.client.get(ROUTE, headers=allowed).status_code == 200


def test_where_nobody_may_nothing_is_read(product: OpenProduct) -> None:
    served = Served(product, NOBODY)
    assert served.send().status_code == 403
    assert list(served.folder.iterdir()) == []


# Where they are


def test_without_a_folder_they_last_as_long_as_they_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    client = TestClient(create_app(seed_product(), writers=LOCAL), base_url="http://localhost", headers=FROM_HERE)
    assert client.get(ROUTE).json() == {"evaluations": [], "lasts": False}
    assert list(tmp_path.iterdir()) == []
    client.post(f"{ROUTE}?start=false", files={"file": ("a.csv", PAIRS)})
    assert len(client.get(ROUTE).json()["evaluations"]) == 1


def test_a_library_that_cannot_be_written_keeps_them_for_the_server_only(
    product: OpenProduct, caplog: pytest.LogCaptureFixture
) -> None:
    (product.library.folder / "evaluations").write_text("a file in its place")
    evaluations: Evaluations = open_evaluations(replace(product))
    assert not evaluations.lasts
    assert "evaluations are kept until the server stops" in caplog.text
