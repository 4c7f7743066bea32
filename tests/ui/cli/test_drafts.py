"""``footnote eval draft``, ``review`` and ``candidates`` as a person runs them, over the tiny world's embedder."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from index.storage.conversations import ConversationStore, Feedback, StoredTurn
from qa.evaluation.review.rows import read_rows, write_rows
from tests.world import WordCountingEmbedder
from ui.app import wiring
from ui.cli.main import main

NILE = (
    "The Nile has three long tributaries. The river was named by Homer in 1890. "
    "In 1902, a flood destroyed the old dam. Ada Holm, who drew the plans of the new dam, lived in Cairo."
)


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@dataclass(frozen=True, slots=True)
class Typed:
    """A keyboard on which each line comes from a function."""

    readline: Callable[[], str]


@pytest.fixture
def footnote(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setattr(wiring, "make_embedder", lambda settings: WordCountingEmbedder(name=settings.embedding.model))
    monkeypatch.setattr(wiring, "make_span_model", lambda settings: None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("FOOTNOTE_LIBRARY", raising=False)

    def run(*arguments: str | Path, typed: str | Typed = "") -> Ran:
        monkeypatch.setattr(sys, "argv", ["footnote", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed) if isinstance(typed, str) else typed)
        with pytest.raises(SystemExit) as stopped:
            main()
        captured = capsys.readouterr()
        return Ran(stopped.value.code if isinstance(stopped.value.code, int) else 0, captured.out, captured.err)

    return run


@pytest.fixture
def nile(tmp_path: Path) -> Path:
    file = tmp_path / "nile.txt"
    file.write_text(NILE, "utf-8")
    return file


@pytest.fixture
def drafts(footnote: Run, nile: Path, tmp_path: Path) -> Path:
    file = tmp_path / "drafts.jsonl"
    assert footnote("eval", "draft", nile, "--count", "3", "--out", file).code == 0
    return file


def statuses(file: Path) -> list[str]:
    return [row["status"] for row in read_rows(file)]


def test_drafts_are_printed_one_json_object_a_line_and_their_gold_is_exact(footnote: Run, nile: Path) -> None:
    ran = footnote("eval", "draft", nile, "--count", "3")
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.code == 0
    assert [row["status"] for row in rows] == ["draft"] * 3
    assert all(NILE[row["start"] : row["end"]] == row["quote"] for row in rows)
    assert ran.err.startswith("footnote: 3 drafts, 0 of them unanswerable\n")


def test_drafts_are_the_same_each_time_and_are_not_added_twice(footnote: Run, nile: Path, drafts: Path) -> None:
    before = drafts.read_bytes()
    ran = footnote("eval", "draft", nile, "--count", "3", "--out", drafts)
    assert drafts.read_bytes() == before
    assert f"0 added to {drafts}, 3 were there" in ran.err


def test_an_article_of_the_library_is_named_by_its_id(footnote: Run, nile: Path, tmp_path: Path) -> None:
    library = tmp_path / "library"
    assert footnote("index", nile, "--library", library).code == 0
    (listed,) = json.loads(footnote("list", "--library", library, "--json").out)
    ran = footnote("eval", "draft", listed["id"], "--library", library, "--count", "1")
    assert json.loads(ran.out)["article"] == listed["id"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["draft", "nowhere.txt"], "'nowhere.txt' is neither an article of the library nor a file"),
        (["draft", "nowhere.txt", "--out", "a.xlsx"], "drafts are kept as .jsonl or .csv"),
        (["review", "nowhere.jsonl"], "nowhere.jsonl"),
        (["candidates", "--out", "a.txt"], "drafts are kept as .jsonl or .csv"),
        (["candidates", "--library", "nowhere"], "there is no library at"),
    ],
    ids=["no article", "no such form", "no file", "no form of candidates", "no library"],
)
def test_a_wrong_input_is_one_line_and_exit_code_2(
    footnote: Run, arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = footnote("eval", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert message in ran.err


def test_a_text_in_a_language_without_rules_says_so(footnote: Run, tmp_path: Path) -> None:
    file = tmp_path / "pont.txt"
    file.write_text("Il ponte di Lissen fu costruito nel 1890. Il ponte è lungo e non si muove.", "utf-8")
    ran = footnote("eval", "draft", file)
    assert ran.out == ""
    assert "rules for English and German only, and no language model is set" in ran.err


def test_a_review_accepts_refuses_and_passes_over(footnote: Run, drafts: Path, nile: Path) -> None:
    ran = footnote("eval", "review", drafts, "--corpus", nile, typed="a\nr\ns\n")
    assert ran.code == 0
    assert statuses(drafts) == ["accepted", "refused", "draft"]
    assert f"{drafts}: 1 accepted, 1 draft, 1 refused" in ran.out
    assert f"1 still wait; go on with: footnote eval review {drafts}" in ran.out


def test_a_review_goes_on_where_it_ended(footnote: Run, drafts: Path, nile: Path) -> None:
    footnote("eval", "review", drafts, typed="a\nx\n")
    ran = footnote("eval", "review", drafts, typed="r\na\n")
    assert "1 of 2" in ran.out
    assert statuses(drafts) == ["accepted", "refused", "accepted"]
    assert "nothing waits" in footnote("eval", "review", drafts).out


def test_what_is_shown_is_the_question_its_answer_and_the_words_around_it(
    footnote: Run, drafts: Path, nile: Path
) -> None:
    (first, *_) = read_rows(drafts)
    shown = " ".join(footnote("eval", "review", drafts, "--corpus", nile, typed="x\n").out.split())
    assert first["question"] in shown
    assert f">>>{first['quote']}<<<" in shown


def test_edits_are_kept_and_gold_moves_with_the_answer(footnote: Run, drafts: Path, nile: Path) -> None:
    ran = footnote("eval", "review", drafts, "--corpus", nile, typed="q\nWhat was lost?\nn\nthe old dam\na\nx\n")
    row = read_rows(drafts)[0]
    assert (row["status"], row["question"], row["answers"]) == ("accepted", "What was lost?", ["the old dam"])
    assert NILE[row["start"] : row["end"]] == row["quote"] == "the old dam"
    assert "the gold place is now characters" in ran.out


def test_an_answer_that_is_not_in_the_article_loses_its_gold_and_that_is_said(
    footnote: Run, drafts: Path, nile: Path
) -> None:
    ran = footnote("eval", "review", drafts, "--corpus", nile, typed="n\ncrocodiles\na\n")
    row = read_rows(drafts)[0]
    assert "kept without a gold place" in ran.out
    assert row["answers"] == ["crocodiles"]
    assert "quote" not in row


def test_an_unknown_key_is_told_and_asked_again(footnote: Run, drafts: Path) -> None:
    assert "'w' is none of the keys" in footnote("eval", "review", drafts, typed="w\nx\n").out
    assert statuses(drafts) == ["draft"] * 3


def test_the_end_of_what_is_typed_ends_the_review_and_keeps_what_was_decided(footnote: Run, drafts: Path) -> None:
    ran = footnote("eval", "review", drafts, typed="a\n")
    assert ran.code == 0
    assert statuses(drafts) == ["accepted", "draft", "draft"]


def test_ctrl_c_keeps_what_was_decided(footnote: Run, drafts: Path) -> None:
    lines = iter(["r\n"])

    def readline() -> str:
        for line in lines:
            return line
        raise KeyboardInterrupt

    ran = footnote("eval", "review", drafts, typed=Typed(readline))
    assert ran.code == 0
    assert statuses(drafts) == ["refused", "draft", "draft"]
    assert "2 still wait" in ran.out


def test_with_out_the_file_stays_and_the_decisions_go_there(footnote: Run, drafts: Path, tmp_path: Path) -> None:
    before, out = drafts.read_bytes(), tmp_path / "reviewed.csv"
    footnote("eval", "review", drafts, "--out", out, typed="a\nx\n")
    footnote("eval", "review", drafts, "--out", out, typed="r\nx\n")
    assert drafts.read_bytes() == before
    assert statuses(out) == ["accepted", "refused", "draft"]


def test_a_file_that_somebody_else_changes_meanwhile_is_not_overwritten(footnote: Run, drafts: Path) -> None:
    def readline() -> str:
        write_rows(drafts, [{"id": "theirs"}])
        return "a\n"

    ran = footnote("eval", "review", drafts, typed=Typed(readline))
    assert ran.code == 2
    assert "was changed by somebody else meanwhile" in ran.err
    assert read_rows(drafts) == [{"id": "theirs"}]


def test_what_a_stranger_wrote_cannot_drive_the_terminal(footnote: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    write_rows(file, [{"id": "1", "status": "candidate", "question": "\x1b[2JWho?\r\n9 of 9", "answers": []}])
    out = footnote("eval", "review", file, typed="x\n").out
    assert "\x1b" not in out
    assert "Question   [2JWho? 9 of 9" in out


@pytest.fixture
def asked(footnote: Run, nile: Path, tmp_path: Path) -> Path:
    """A library whose chat answered one question badly, and another not at all, twice."""
    library = tmp_path / "asked"
    assert footnote("index", nile, "--library", library).code == 0
    noon = datetime(2026, 11, 1, tzinfo=UTC)

    def turn(question: str, answer: str = "") -> StoredTurn:
        reply: dict[str, Any] = {"id": f"r {question}", "status": "answered" if answer else "abstained"}
        return StoredTurn(question, question, answer, json.dumps({**reply, "answer": answer, "citations": []}), noon)

    store = ConversationStore.open(library)
    store.create("ada", "one", "One", [turn("Where did Ada live?", "Rome. [1]"), turn("Who paid?")], created=noon)
    store.create("bob", "two", "Two", [turn("who paid")], created=noon)
    reply = turn("Where did Ada live?", "Rome. [1]").reply_json
    store.add_feedback(
        Feedback("r Where did Ada live?", "down", "Where did Ada live?", noon, "wrong", "no", "one", 0, reply)
    )
    store.close()
    return library


def test_what_the_chat_could_not_help_with_becomes_candidates(footnote: Run, asked: Path, tmp_path: Path) -> None:
    out = tmp_path / "candidates.jsonl"
    ran = footnote("eval", "candidates", "--library", asked, "--out", out)
    assert ran.out == ""
    assert ran.err.startswith(f"footnote: 1 thumb down and 2 unanswered questions: 2 candidates; 2 added to {out}\n")
    assert [(row["question"], row["draft"]["asked"]) for row in read_rows(out)] == [
        ("Who paid?", 2),
        ("Where did Ada live?", 1),
    ]


def test_a_candidate_is_accepted_with_an_answer_and_is_then_asked(footnote: Run, asked: Path, tmp_path: Path) -> None:
    out = tmp_path / "candidates.jsonl"
    footnote("eval", "candidates", "--library", asked, "--out", out)
    ran = footnote("eval", "review", out, "--library", asked, typed="a\nu\na\nn\nCairo\na\n")
    assert "it has no answer yet" in ran.out
    assert "Replied    Rome. [1]" in ran.out
    assert "Comments   wrong: no" in ran.out
    first, second = read_rows(out)
    assert (first["answerable"], second["quote"], second["status"]) == (False, "Cairo", "accepted")
    assert footnote("eval", "candidates", "--library", asked, "--out", out).err.count("0 added") == 1
    assert statuses(out) == ["accepted", "accepted"]
    assert footnote("eval", out, "--library", asked).code == 0


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_told(footnote: Run, nile: Path, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    assert footnote("eval", "draft", nile, "--out", locked / "a.jsonl").code == 2
