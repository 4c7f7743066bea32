"""The command line over the tiny world's embedder: what is printed, where, and with which exit code."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import shlex
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from index.storage.library import Library
from qa.evaluation.run.lock import only_run_in
from qa.reply_json import reply_schema, reply_to_json
from tests.architecture.checkout import ROOT
from tests.ui.fakes import abstention
from tests.world import WordCountingEmbedder
from ui.app import wiring
from ui.cli.main import main

NILE = "The Nile is a long river. It flows north to the sea."


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def last(self) -> str:
        """The last line, behind what became of each source."""
        return self.out.splitlines()[-1]


class CommandLine:
    """Runs commands in this process, as the console script would."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: str | Path) -> Ran:
        self._monkeypatch.setattr(sys, "argv", ["footnote", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
        captured = self._capsys.readouterr()
        code = stopped.value.code
        return Ran(code if isinstance(code, int) else 0, captured.out, captured.err)


@pytest.fixture
def footnote(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CommandLine:
    monkeypatch.setattr(wiring, "make_embedder", lambda settings: WordCountingEmbedder(name=settings.embedding.model))
    monkeypatch.setattr(wiring, "make_span_model", lambda settings: None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("FOOTNOTE_LIBRARY", raising=False)
    return CommandLine(capsys, monkeypatch)


@pytest.fixture
def nile(tmp_path: Path) -> Path:
    file = tmp_path / "The Nile.txt"
    file.write_text(NILE, "utf-8")
    return file


@pytest.fixture
def stored(footnote: CommandLine, nile: Path, tmp_path: Path) -> Path:
    """A library that holds the Nile."""
    folder = tmp_path / "library"
    assert footnote("index", nile, "--library", folder).code == 0
    return folder


@pytest.fixture
def site() -> Iterator[str]:
    """A web site on this machine that has the Nile, and nothing else; gives its host and port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/nile.txt" else 404)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            self.wfile.write(NILE.encode())

        def log_message(self, format: str, *arguments: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def id_of(footnote: CommandLine, library: Path) -> str:
    return str(footnote("list", "--library", library, "--json").json[0]["id"])


def test_indexing_says_what_changed(footnote: CommandLine, nile: Path, tmp_path: Path) -> None:
    library = tmp_path / "library"
    assert footnote("index", nile, "--library", library).last.startswith("1 added, 0 replaced, 0 unchanged")
    assert footnote("index", nile, "--library", library).last.startswith("0 added, 0 replaced, 1 unchanged")
    nile.write_text(NILE + " It is old.", "utf-8")
    ran = footnote("index", nile, "--library", library)
    assert ran.last.startswith("0 added, 1 replaced, 0 unchanged")
    assert "(2 passages and sentences embedded, 2 reused)" in ran.out  # the new sentence and the passage it is in


def test_one_bad_file_does_not_stop_the_others(footnote: CommandLine, nile: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.touch()
    ran = footnote("index", empty, nile, tmp_path / "missing", "--library", tmp_path / "library")
    assert ran.code == 2
    assert ran.last.startswith("1 added")
    assert len(ran.err.splitlines()) == 2
    assert str(empty) in ran.err
    assert "missing" in ran.err


def test_what_became_of_each_source_is_a_line_where_nobody_looks(
    footnote: CommandLine, nile: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.txt"
    empty.touch()
    ran = footnote("index", nile, empty, "--library", tmp_path / "library")
    assert sorted(ran.out.splitlines()[:-1]) == [f"added      {nile}", f"failed     {empty}"]
    assert footnote("index", nile, "--library", tmp_path / "library").out.splitlines()[0] == f"unchanged  {nile}"


def test_an_address_is_added_and_known_again(footnote: CommandLine, tmp_path: Path, site: str) -> None:
    library = tmp_path / "library"
    library.mkdir()
    (library / "footnote.toml").write_text(f'[fetching]\nallow_hosts = ["{site}"]\n', "utf-8")
    url = f"http://{site}/nile.txt"
    ran = footnote("index", url, f"http://{site}/missing", "--library", library, "--trust")
    assert (ran.code, ran.last[:7]) == (2, "1 added")
    assert ran.err == f"footnote: http://{site}/missing: was answered with 404 (Not Found); check the address\n"
    assert footnote("index", url, "--library", library).last.startswith("0 added, 0 replaced, 1 unchanged")
    (listed,) = footnote("list", "--library", library, "--json").json
    assert (listed["source"], listed["url"]) == (url, url)


def test_what_is_piped_in_is_added_under_its_title(
    footnote: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "library"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((NILE + "\r\n").encode("utf-16"))))
    assert footnote("index", "-", "--title", "A river", "--library", library).last.startswith("1 added")
    (listed,) = footnote("list", "--library", library, "--json").json
    assert (listed["title"], listed["source"]) == ("A river", f"pasted:{listed['id']}")
    assert footnote("show", listed["id"], "--library", library, "--json").json["text"] == NILE + "\n"


@pytest.mark.parametrize(
    ("piped", "complaint"),
    [
        (b"", "pasted text: holds no text; paste some"),
        (b"\x00\x01\x02\x03" * 99, "standard input: is not text but binary data"),
    ],
    ids=["nothing", "binary"],
)
def test_what_is_piped_in_and_no_text_does_not_stop_the_others(
    footnote: CommandLine, nile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piped: bytes, complaint: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(piped)))
    ran = footnote("index", "-", nile, "--library", tmp_path / "library")
    assert (ran.code, ran.last[:7]) == (2, "1 added")
    assert ran.err.startswith(f"footnote: {complaint}")


def test_asking_prints_the_answer_and_its_footnotes(footnote: CommandLine, stored: Path) -> None:
    ran = footnote("ask", "Which river is long?", "--library", stored)
    assert ran.code == 0
    assert ran.out.startswith("The Nile is a long river. [1]\n")
    assert "[1] “The Nile is a long river.”" in ran.out


@pytest.mark.parametrize(("question", "code"), [("Which river is long?", 0), ("Which metal melts?", 1)])
def test_json_is_one_document_that_fits_the_schema_and_nothing_else(
    footnote: CommandLine, stored: Path, question: str, code: int
) -> None:
    ran = footnote("ask", question, "--library", stored, "--json")
    assert ran.code == code
    jsonschema.validate(ran.json, reply_schema())
    assert ran.err == ""


def test_citations_count_characters_of_what_show_prints(footnote: CommandLine, stored: Path) -> None:
    (citation,) = footnote("ask", "Which river is long?", "--library", stored, "--json").json["citations"]
    text = footnote("show", id_of(footnote, stored), "--library", stored, "--json").json["text"]
    source = citation["source"]
    assert text[source["start_char_index"] : source["end_char_index"]] == source["quote"]["exact"]


def test_without_a_library_of_ones_own_the_seed_article_is_the_library(footnote: CommandLine) -> None:
    (seed,) = footnote("list", "--json").json
    assert seed["title"] == "Kazakhstan’s crisis, 6 January 2022"


def test_a_path_that_was_mistyped_leaves_the_example_where_it_was(footnote: CommandLine, tmp_path: Path) -> None:
    ran = footnote("index", tmp_path / "no" / "such" / "path")
    assert (ran.code, len(ran.err.splitlines())) == (2, 1)
    assert " in " not in ran.out  # no library is named that nothing was written to
    assert not (tmp_path / "data").exists()
    (seed,) = footnote("list", "--json").json
    assert seed["title"] == "Kazakhstan’s crisis, 6 January 2022"


def test_a_library_of_ones_own_is_asked_where_none_is_named(footnote: CommandLine, nile: Path) -> None:
    assert footnote("index", nile).code == 0
    assert [article["title"] for article in footnote("list", "--json").json] == ["The Nile"]


def test_the_library_may_be_named_by_the_environment(
    footnote: CommandLine, stored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTNOTE_LIBRARY", str(stored))
    assert footnote("ask", "Which river is long?").code == 0


def test_removing_removes(footnote: CommandLine, stored: Path) -> None:
    assert footnote("remove", id_of(footnote, stored), "--library", stored).code == 0
    assert footnote("list", "--library", stored, "--json").json == []
    assert footnote("ask", "Which river is long?", "--library", stored).code == 1


def test_removing_what_is_not_there_removes_nothing(footnote: CommandLine, stored: Path) -> None:
    ran = footnote("remove", id_of(footnote, stored), "no-such-article", "--library", stored)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "footnote: no article 'no-such-article' in the library; see: footnote list\n"
    assert len(footnote("list", "--library", stored, "--json").json) == 1


def test_a_library_made_with_other_settings_is_embedded_anew_on_request(footnote: CommandLine, stored: Path) -> None:
    (stored / "footnote.toml").write_text("[chunking]\nmax_passage_tokens = 7\n", "utf-8")
    refused = footnote("ask", "Which river is long?", "--library", stored)
    assert refused.code == 2
    assert f"footnote index --re-embed --library {stored}" in refused.err
    assert footnote("index", "--re-embed", "--library", stored).out == f"1 articles embedded anew in {stored}\n"
    assert footnote("ask", "Which river is long?", "--library", stored).code == 0


def test_the_doctor_finds_a_sound_library_sound(footnote: CommandLine, stored: Path) -> None:
    ran = footnote("doctor", "--library", stored)
    assert ran.code == 0
    assert f"library: {stored}: 1 article, state 1" in ran.out
    assert "recall@10 against exact search 1.000" in ran.out


def test_the_doctor_finds_a_damaged_library_damaged(footnote: CommandLine, stored: Path) -> None:
    (stored / "library.sqlite3").write_bytes(b"this is no database" * 100)
    ran = footnote("doctor", "--library", stored)
    assert ran.code == 2
    assert "BAD  library: " in ran.out


def test_a_lost_faiss_file_heals_itself_and_is_said(
    footnote: CommandLine, stored: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (stored / "sentences.faiss").unlink()
    assert footnote("ask", "Which river is long?", "--library", stored).code == 0
    assert "rebuilt the FAISS files" in caplog.text
    assert (stored / "sentences.faiss").is_file()


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "dataset"
    folder.mkdir()
    (folder / "corpus.jsonl").write_text(json.dumps({"_id": "nile", "title": "Nile", "text": NILE}) + "\n", "utf-8")
    questions = [
        {
            "id": "1",
            "question": "Which river is long?",
            "answers": ["The Nile"],
            "gold": [{"doc": "nile", "start": 0, "end": 8}],
        },
        {"id": "2", "question": "Which metal melts?", "answers": [], "gold": [], "answerable": False},
    ]
    (folder / "questions.jsonl").write_text("".join(json.dumps(q) + "\n" for q in questions), "utf-8")
    return folder


def test_evaluation_writes_its_files_and_prints_its_table(footnote: CommandLine, dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = footnote("eval", dataset, "--out", out)
    assert ran.code == 0
    assert "first_covers" in ran.out
    written = ["answers.jsonl", "junit.xml", "report.csv", "report.html", "report.json", "run.trec"]
    assert sorted(file.name for file in out.glob("[!.]*")) == written
    metrics = json.loads((out / "report.json").read_text("utf-8"))["metrics"]
    assert metrics["citation.first_covers"]["value"] == 1.0
    assert metrics["citation.exact_quote"]["value"] == 1.0


def test_a_gate_that_fails_is_a_failure_in_junit_too(footnote: CommandLine, dataset: Path, tmp_path: Path) -> None:
    ran = footnote("eval", dataset, "--out", tmp_path, "--fail-under", "answer.exact_match=0.9")
    assert ran.code == 1
    assert '<testsuite name="gates" tests="1" failures="1"' in (tmp_path / "junit.xml").read_text("utf-8")


PAIRS = """Frage;Antwort;Zitat;Artikel;Thema
Which river is long?;The Nile;The Nile is a long  river;the nile.txt;rivers
;nothing;;;rivers
Where does it flow?;north;It flows south;The Nile;rivers
"""


def test_pairs_are_asked_of_a_library_and_what_of_them_is_unusable_is_told(
    footnote: CommandLine, stored: Path, tmp_path: Path
) -> None:
    pairs, out = tmp_path / "pairs.csv", tmp_path / "out"
    pairs.write_text(PAIRS, "utf-8")
    mapped = ("question=Frage", "answer=Antwort", "quote=Zitat", "article=Artikel")
    flags = [part for each in mapped for part in ("--column", each)]
    ran = footnote("eval", pairs, "--library", stored, "--out", out, *flags)
    assert ran.code == 0
    assert ran.err.splitlines() == [
        f"footnote: {pairs}:3: the question is missing or empty; write one",
        f"footnote: {pairs}:4: the quote 'It flows south' does not stand in article 'The Nile'; "
        "copy its words from there",
        "footnote: 2 problems in the questions; 2 asked",
    ]
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert [line.partition(": ")[0] for line in report["unusable"]] == [f"{pairs}:3", f"{pairs}:4"]
    assert report["n_questions"] == 2
    assert report["metrics"]["citation.recall"]["n"] == 1
    assert report["metrics"]["citation.answer_in_quote_recall"]["n"] == 1


def test_pairs_are_asked_of_a_corpus_that_is_named(footnote: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "pairs.jsonl").write_text('{"question": "Which river is long?", "answer": "The Nile"}\n', "utf-8")
    (tmp_path / "river.txt").write_text(NILE, "utf-8")
    ran = footnote("eval", tmp_path / "pairs.jsonl", "--corpus", tmp_path / "river.txt")
    assert (ran.code, ran.err) == (0, "")
    assert "answer_in_quote_recall" in ran.out


def test_a_template_is_printed_or_written_and_can_be_asked(footnote: CommandLine, stored: Path, tmp_path: Path) -> None:
    printed = footnote("eval", "--template", "csv")
    assert printed.out.splitlines()[0] == "id,question,answer,answer_2,quote,article,answerable,topic"
    written = footnote("eval", "--template", "xlsx", tmp_path / "pairs.xlsx")
    assert (
        written.out == f"wrote {tmp_path / 'pairs.xlsx'}; fill it in, then: footnote eval {tmp_path / 'pairs.xlsx'}\n"
    )
    ran = footnote("eval", tmp_path / "pairs.xlsx", "--library", stored)
    assert ran.code == 0
    assert "pairs.xlsx:questions:2: there is no article 'lighthouse.txt'" in ran.err


def test_a_gate_that_fails_is_exit_code_1_with_the_reason(footnote: CommandLine, dataset: Path) -> None:
    ran = footnote("eval", dataset, "--fail-under", "answer.exact_match=0.9")
    assert ran.code == 1
    assert "answer.exact_match" in ran.err


def test_a_baseline_that_is_met_is_exit_code_0(footnote: CommandLine, dataset: Path, tmp_path: Path) -> None:
    footnote("eval", dataset, "--out", tmp_path / "out")
    assert footnote("eval", dataset, "--baseline", tmp_path / "out" / "report.json").code == 0


def test_a_run_beside_an_earlier_one_says_what_changed(footnote: CommandLine, dataset: Path, tmp_path: Path) -> None:
    footnote("eval", dataset, "--out", tmp_path / "out")
    ran = footnote("eval", dataset, "--baseline", tmp_path / "out", "--fail-if-worse", "citation.recall")
    assert ran.code == 0
    assert f"this run beside {tmp_path / 'out'}: 2 questions of both" in ran.out
    assert re.search(r"citation\.recall +1\.0000 -> 1\.0000  the same\n", ran.out)


def test_a_run_beside_an_earlier_one_keeps_the_comparison_in_all_its_files(
    footnote: CommandLine, dataset: Path, tmp_path: Path
) -> None:
    footnote("eval", dataset, "--out", tmp_path / "a")
    footnote(
        *("eval", dataset, "--baseline", tmp_path / "a", "--out", tmp_path / "b", "--fail-if-worse", "citation.recall")
    )
    compared = json.loads((tmp_path / "b" / "report.json").read_text("utf-8"))["comparison"]
    assert (compared["questions"], compared["baseline"]) == (2, str(tmp_path / "a"))
    assert f"this run beside {tmp_path / 'a'}" in (tmp_path / "b" / "report.html").read_text("utf-8")
    assert "citation.recall is not worse than in" in (tmp_path / "b" / "junit.xml").read_text("utf-8")


def test_a_gate_on_an_unknown_metric_is_refused_before_anything_is_asked(
    footnote: CommandLine, dataset: Path, tmp_path: Path
) -> None:
    footnote("eval", dataset, "--out", tmp_path / "a")
    ran = footnote("eval", dataset, "--baseline", tmp_path / "a", "--out", tmp_path / "b", "--fail-if-worse", "f1")
    assert (ran.code, ran.err.partition(";")[0]) == (2, "footnote: no metric 'f1' to compare")
    assert not (tmp_path / "b" / "answers.jsonl").exists()


def test_two_runs_are_compared_on_a_page(footnote: CommandLine, dataset: Path, tmp_path: Path) -> None:
    footnote("eval", dataset, "--out", tmp_path / "a")
    page = tmp_path / "pages" / "a.html"
    assert footnote("eval", "compare", tmp_path / "a", tmp_path / "a", "--out", page).code == 0
    assert "questions of both." in page.read_text("utf-8")
    ran = footnote("eval", "compare", tmp_path / "a", tmp_path / "a", "--out", tmp_path / "a")
    assert (ran.code, ran.err) == (
        2,
        f"footnote: --out '{tmp_path / 'a'}' is a page of one run beside its baseline; name one RUN, and FILE.html\n",
    )


def test_a_second_run_into_one_folder_is_refused_and_breaks_nothing(
    footnote: CommandLine, dataset: Path, tmp_path: Path
) -> None:
    footnote("eval", dataset, "--out", tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.*") if path.is_file()}
    with only_run_in(tmp_path):
        ran = footnote("eval", dataset, "--out", tmp_path, "--restart")
    assert ran.code == 2
    assert ran.err.startswith(f"footnote: {tmp_path}: another evaluation writes there (process {os.getpid()}, since ")
    assert {path.name: path.read_bytes() for path in tmp_path.glob("[!.]*.*") if path.is_file()} == {
        name: content for name, content in before.items() if not name.startswith(".")
    }


def test_a_baseline_without_answers_is_compared_by_its_values(
    footnote: CommandLine, dataset: Path, tmp_path: Path
) -> None:
    footnote("eval", dataset, "--out", tmp_path / "out")
    (tmp_path / "out" / "answers.jsonl").unlink()
    ran = footnote("eval", dataset, "--baseline", tmp_path / "out", "--fail-if-worse", "citation.recall")
    assert (ran.code, "1.0000 ->    1.0000" in ran.out) == (0, True)


def test_an_evaluation_that_was_done_is_not_done_again_unless_something_changed(
    footnote: CommandLine, dataset: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    out = tmp_path / "out"
    footnote("eval", dataset, "--out", out)
    answers = (out / "answers.jsonl").read_bytes()
    footnote("eval", dataset, "--out", out)
    assert caplog.messages == [f"{out}: 2 of 2 questions are answered there; only the others are asked"]
    assert (out / "answers.jsonl").read_bytes() == answers
    caplog.clear()
    corpus = dataset / "corpus.jsonl"
    corpus.write_text(json.dumps({"_id": "nile", "title": "Nile", "text": NILE + " It is wide."}) + "\n", "utf-8")
    footnote("eval", dataset, "--out", out)
    assert "all 2 are asked anew" in caplog.text


def test_a_run_that_is_worse_is_exit_code_1_with_the_reason(
    footnote: CommandLine, dataset: Path, tmp_path: Path
) -> None:
    better, worse = tmp_path / "better", tmp_path / "worse"
    many(dataset)
    footnote("eval", dataset, "--out", better)
    copied = [json.loads(line) for line in (better / "answers.jsonl").read_text("utf-8").splitlines()]
    for record in copied:
        record["reply"]["short_answer"] = "Something else"
    worse.mkdir()
    (worse / "report.json").write_bytes((better / "report.json").read_bytes())
    (worse / "answers.jsonl").write_text("".join(json.dumps(record) + "\n" for record in copied), "utf-8")
    ran = footnote("eval", "compare", better, worse, "--fail-if-worse", "answer.f1")
    assert ran.code == 1
    assert ran.err == f"footnote: {worse}: answer.f1 is worse by 15.4 points, 95 % 15.4 to 15.4, beside {better}\n"
    assert "lost: 24 questions\n  answer.f1: 24\n" in ran.out
    assert "\x1b" not in ran.out
    assert "    and 19 more; footnote eval compare --json lists all" in ran.out
    assert footnote("eval", "compare", worse, better, "--fail-if-worse", "answer.f1").code == 0


def test_a_comparison_as_json_lists_every_question(footnote: CommandLine, dataset: Path, tmp_path: Path) -> None:
    footnote("eval", dataset, "--out", tmp_path / "out")
    (compared,) = json.loads(footnote("eval", "compare", tmp_path / "out", tmp_path / "out", "--json").out)
    assert (compared["questions"], compared["changes"], compared["left_out"]) == (2, [], {})
    assert {each["words"] for each in compared["differences"]} == {"the same"}


def many(dataset: Path) -> None:
    """Ask one question about each of many articles."""
    articles = [{"_id": f"nile{n}", "title": "Nile", "text": NILE} for n in range(24)]
    questions = [
        {
            "id": f"{n}\x1b[2J",
            "question": "Which river is long?",
            "answers": ["The Nile"],
            "gold": [{"doc": f"nile{n}", "start": 0, "end": 8}],
        }
        for n in range(24)
    ]
    for name, records in (("corpus.jsonl", articles), ("questions.jsonl", questions)):
        (dataset / name).write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ask", ""], "the question is empty"),
        (["ask", "a" * 20_000], "20,000 characters"),
        (["ask", "?", "--library", "nowhere"], "there is no library at 'nowhere'"),
        (["index"], "nothing to index"),
        (["index", "file:///etc/passwd"], "is of the kind 'file', and only http and https are fetched"),
        (["index", "http://127.0.0.1:1/"], "has the port 1, and only 80, 443, 8080, 8443 are fetched from"),
        (["index", "http://me:secret@127.0.0.1/"], "holds a user name or password"),
        (["index", "a.txt", "--title", "A"], "--title is for standard input"),
        (["eval", "nowhere"], "nowhere: does not exist; give CSV, TSV, JSONL, SQuAD JSON, XLSX, or a folder"),
        (["eval"], "nothing to evaluate; name a file or folder of questions"),
        (["eval", "pairs.csv", "--column", "question"], "--column 'question' is not of the form FIELD=COLUMN"),
        (["eval", "--template", "ods"], "--template 'ods': there is none of that form"),
        (["eval", ".", "--fail-under", "recall"], "not of the form METRIC=VALUE"),
        (["eval", ".", "--fail-if-worse", "answer.f1"], "--fail-if-worse 'answer.f1' needs a --baseline"),
        (["eval", "--baseline", "nowhere", "."], "nowhere: cannot be read (No such file or directory)"),
        (["eval", "compare", "nowhere", "."], "nowhere: cannot be read (No such file or directory)"),
        (["show", "nothing"], "no article 'nothing'"),
        (["serve", "--host", "203.0.113.1"], "cannot listen on 203.0.113.1:7860"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_bad_input_is_one_line_and_exit_code_2(footnote: CommandLine, arguments: list[str], message: str) -> None:
    ran = footnote(*arguments)
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 1
    assert ran.err.startswith("footnote: ")
    assert message in ran.err


@pytest.mark.parametrize(("started_by", "command"), [("", "footnote serve --port "), ("make", "make serve PORT=")])
def test_a_port_that_is_taken_is_said_before_a_model_is_loaded_in_the_words_it_was_started_with(
    footnote: CommandLine, monkeypatch: pytest.MonkeyPatch, started_by: str, command: str
) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("FOOTNOTE_STARTED_BY", started_by)
        ran = footnote("serve", "--port", str(port))
    assert ran.code == 2
    busy = (
        f"footnote: cannot listen on 127.0.0.1:{port} (Address already in use); perhaps Footnote runs there already; "
    )
    assert re.fullmatch(re.escape(f"{busy}choose another port: {command}") + r"(\d+)\n", ran.err)


def test_a_huge_file_is_refused_without_reading_it(footnote: CommandLine, tmp_path: Path) -> None:
    huge = tmp_path / "huge.txt"
    with huge.open("wb") as stream:
        os.truncate(stream.fileno(), 200_000_000)
    ran = footnote("index", huge, "--library", tmp_path / "library")
    assert ran.code == 2
    assert "huge.txt" in ran.err


def test_a_damaged_copy_of_the_seed_library_is_made_anew(footnote: CommandLine, tmp_path: Path) -> None:
    assert footnote("list").code == 0
    (file,) = tmp_path.glob("cache/footnote/seed-*/library.sqlite3")
    file.write_bytes(b"this is no database" * 100)
    assert len(footnote("list", "--json").json) == 1


def readme_commands() -> list[str]:
    """Return the lines of the README that start with ``footnote``, but for those that serve, or need a server."""
    readme = (ROOT / "README.md").read_text("utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", readme, re.DOTALL)
    lines = [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("footnote ") and "serve" not in line]


def test_the_commands_of_the_readme_work_in_their_order(
    footnote: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "articles").mkdir()
    lighthouse = "# Brantsund\n\nThe lighthouse of Brantsund was built in 1912 by two brothers.\n"
    (tmp_path / "articles" / "lighthouse.md").write_text(lighthouse, "utf-8")
    (tmp_path / "seeds").symlink_to(ROOT / "seeds")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO("a\n" * 50))  # who reviews the drafts accepts them all
    codes = {line: footnote(*map(os.path.expanduser, shlex.split(line)[1:])).code for line in readme_commands()}
    assert len(codes) >= 6
    assert set(codes.values()) == {0}, codes
    assert (tmp_path / "reports" / "now" / "report.html").is_file()


@pytest.mark.model
def test_the_questions_of_the_readme_are_answered_as_it_promises(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the real models, on a machine where nothing of Footnote is yet."""
    (tmp_path / "articles").mkdir()
    lighthouse = "# Brantsund\n\nThe lighthouse of Brantsund was built in 1912 by two brothers.\n"
    (tmp_path / "articles" / "lighthouse.md").write_text(lighthouse, "utf-8")
    for name in ("HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("FOOTNOTE_LIBRARY", raising=False)
    run, ran = CommandLine(capsys, monkeypatch), {}
    commands = [line for line in readme_commands() if not line.startswith(("footnote eval", "footnote widget"))]
    for line in commands:
        ran[line] = run(*map(os.path.expanduser, shlex.split(line)[1:]))
    assert {line: each.code for line, each in ran.items()} == dict.fromkeys(commands, 0)
    example, added, own, as_json, listed, doctor = ran.values()
    assert example.out.startswith("Tokaev\n")
    assert "Kazakhstan’s crisis, 6 January 2022" in example.out
    assert added.last.startswith("1 added, 0 replaced, 0 unchanged")
    assert own.out.startswith("1912\n")
    jsonschema.validate(as_json.json, reply_schema())
    (quote,) = as_json.json["citations"]
    span = slice(quote["source"]["start_char_index"], quote["source"]["end_char_index"])
    assert run("show", quote["source"]["article_id"]).out[span] == quote["source"]["quote"]["exact"]
    assert "Brantsund" in listed.out
    assert f"your data: {tmp_path / 'footnote'}; uninstalling leaves it" in doctor.out
    assert "BAD" not in doctor.out


# Feedback


def test_feedback_is_printed_a_line_each_with_the_reply_where_it_is_known(
    footnote: CommandLine, nile: Path, tmp_path: Path
) -> None:
    footnote("index", nile, "--library", tmp_path / "library")
    assert footnote("feedback", "--library", tmp_path / "library") == Ran(0, "", "")
    with Library.open(tmp_path / "library") as library:
        history = wiring.open_history(library)
        reply = abstention("Чай?")
        conversation_id, _ = history.append("a" * 32, reply)
        history.give_feedback_on_turn("a" * 32, conversation_id, 0, reply.id, "down", comment="a\nb")
        history.give_feedback("r7", "up")
        history.close()
    first, second = map(json.loads, footnote("feedback", "--library", tmp_path / "library").out.splitlines())
    assert (first["verdict"], first["question"], first["comment"]) == ("down", "Чай?", "a\nb")
    assert first["reply"] == reply_to_json(reply, to_keep=True)
    assert (second["reply_id"], second["verdict"], second["reply"]) == ("r7", "up", None)


def test_a_folder_that_cannot_be_opened_does_not_stop_the_one_it_is_in(
    footnote: CommandLine, nile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, scandir = tmp_path / "closed", os.scandir
    closed.mkdir()

    def refuse(folder: str | Path | int = ".") -> object:
        if str(folder) == str(closed):
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    ran = footnote("index", tmp_path, "--library", tmp_path / "library")
    assert ran.code == 2
    assert ran.last.startswith("1 added")
    assert f"{closed}: cannot be read (Permission denied)" in ran.err


def damaged(library: Path, *changes: tuple[bytes, bytes]) -> None:
    """Change some bytes of a library's file, as a bad disk does."""
    file = library / "library.sqlite3"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw = file.read_bytes()
    for old, new in changes:
        assert old in raw
        assert len(old) == len(new)
        raw = raw.replace(old, new)
    file.write_bytes(raw)


@pytest.mark.parametrize(
    "change",
    [
        (b"CREATE TABLE meta", b"CREATE TABLE m\x96ta"),
        (b"CREATE TABLE article", b"CREATE \x96ABLE article"),
    ],
    ids=["a table's name", "SQL"],
)
def test_the_doctor_says_what_to_do_about_a_damaged_page(
    footnote: CommandLine, stored: Path, change: tuple[bytes, bytes]
) -> None:
    damaged(stored, change)
    ran = footnote("doctor", "--library", stored)
    assert ran.code == 2
    assert "is damaged; restore it from a backup, or index the articles again elsewhere" in ran.out
    assert "Traceback" not in ran.out + ran.err


def test_the_doctor_looks_no_further_where_pages_are_lost(footnote: CommandLine, stored: Path) -> None:
    damaged(stored)
    file = stored / "library.sqlite3"
    raw = bytearray(file.read_bytes())
    for page in range(2, len(raw) // 4096, 3):
        raw[page * 4096 : (page + 1) * 4096] = b"\xff" * 4096
    file.write_bytes(raw)
    ran = footnote("doctor", "--library", stored)
    assert ran.code == 2
    assert "the file is damaged; restore it from a backup, or index the articles again elsewhere" in ran.out
    assert "vectors" not in ran.out
