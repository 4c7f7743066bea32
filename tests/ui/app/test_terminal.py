"""Nothing that a terminal would obey gets to it: whatever command prints it, wherever it came from."""

from __future__ import annotations

import ast
import io
import json
import logging
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from index.storage.library import Library
from tests.architecture.checkout import ROOT
from tests.ui.cli.test_main import CommandLine, Ran, id_of
from tests.ui.fakes import abstention
from tests.world import WordCountingEmbedder
from ui.app import wiring
from ui.app.terminal import harmless, log_to_terminal, one_line, say_as_stored

HOSTILE = "Red\x1b[31m\x1b]0;owned\x07 \x9b2J\u202egnp.exe\u2066\u200f\r\x08\x7f"
"""Colours, the window's title, a cleared screen, turned letters, an overwritten line."""
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
TEXT = f"The Nile is a long river. It flows {HOSTILE} north to the sea."
ALLOWED = {"terminal.py", "install.py", "calibrating.py", "follow_ups.py"}  # the last three are for developers


@pytest.fixture
def footnote(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CommandLine:
    monkeypatch.setattr(wiring, "make_embedder", lambda settings: WordCountingEmbedder(name=settings.embedding.model))
    monkeypatch.setattr(wiring, "make_span_model", lambda settings: None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return CommandLine(capsys, monkeypatch)


@pytest.fixture
def hostile(footnote: CommandLine, tmp_path: Path) -> Path:
    """A library whose only article is hostile in its id, title and text; from a file that is hostile in its name."""
    folder = tmp_path / "library"
    file = tmp_path / "corpus.jsonl"
    article = {"_id": f"river\x1b[5m{HOSTILE[:4]}\n2", "title": f"{HOSTILE}\nsecond line", "text": TEXT}
    file.write_text(json.dumps(article) + "\n", "utf-8")
    assert footnote("index", file, "--library", folder).code == 0
    with Library.open(folder) as library:
        history = wiring.open_history(library)
        conversation_id, _ = history.append("a" * 32, replace(abstention(f"Tea {HOSTILE}?"), notice=HOSTILE))
        history.give_feedback_on_turn("a" * 32, conversation_id, 0, "reply-2", "down", comment=HOSTILE)
        history.close()
    return folder


def assert_harmless(ran: Ran) -> None:
    assert UNSAFE.findall(ran.out) == []
    assert UNSAFE.findall(ran.err) == []


@pytest.mark.parametrize(
    "command",
    [
        ["list"],
        ["list", "--json"],
        ["show", "ID", "--json"],
        ["ask", "Which river is long?"],
        ["ask", "Which river is long?", "--json"],
        ["ask", HOSTILE],
        ["ask", "Which tea?", "--article", f"none{HOSTILE}"],
        ["show", f"none{HOSTILE}"],
        ["remove", f"none{HOSTILE}"],
        ["remove", "ID"],
        ["index", f"none{HOSTILE}"],
        ["feedback"],
        ["doctor"],
        ["eval", "draft", "--count", "3"],
        ["eval", "candidates"],
        ["eval", f"none{HOSTILE}.csv"],
        ["widget", "key", "list"],
        ["widget", "key", "revoke", f"pk_{HOSTILE}"],
        ["widget", "key", "add", "--origin", f"https://{HOSTILE}"],
    ],
    ids=lambda command: " ".join(word for word in command if word.isprintable()),
)
def test_no_command_prints_what_a_terminal_would_obey(
    footnote: CommandLine, hostile: Path, command: Sequence[str]
) -> None:
    article_id = id_of(footnote, hostile)
    ran = footnote(*(article_id if word == "ID" else word for word in command), "--library", hostile)
    assert ran.out or ran.err
    assert_harmless(ran)


def test_an_article_is_one_line_of_the_list_whatever_its_title(footnote: CommandLine, hostile: Path) -> None:
    (line,) = footnote("list", "--library", hostile).out.splitlines()
    assert line.startswith("river\\x1b[5m")
    assert "Red\\x1b[31m\\x1b]0;owned\\x07 \\x9b2J\\u202egnp.exe" in line


def test_json_says_the_same_to_a_program(footnote: CommandLine, hostile: Path) -> None:
    ran = footnote("show", id_of(footnote, hostile), "--json", "--library", hostile)
    assert "\x1b[31m" in ran.json["title"]
    assert "\u202egnp.exe" in ran.json["title"]


def test_an_evaluation_says_nothing_that_a_terminal_would_obey(
    footnote: CommandLine, hostile: Path, tmp_path: Path
) -> None:
    questions = tmp_path / f"q\x1b[1m{HOSTILE[:3]}.csv"
    questions.write_text(f'question,answer\n"Which river {HOSTILE[:20]} is long?",Nile\n"",\n', "utf-8")
    out = tmp_path / "out\x1b[2J"
    commands: list[list[str | Path]] = [
        ["eval", questions, "--out", out, "--library", hostile],
        ["eval", "compare", out, out],
        ["eval", "compare", out, out, "--json"],
        ["eval", "export", out, "--to", "ragas"],
        ["eval", "review", questions, "--library", hostile],
    ]
    for command in commands:
        ran = footnote(*command)
        assert ran.out or ran.err
        assert_harmless(ran)


def test_a_text_is_exact_for_a_program_and_harmless_for_a_person(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    say_as_stored(HOSTILE)
    assert capsys.readouterr().out == f"{HOSTILE}\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    say_as_stored(HOSTILE)
    assert UNSAFE.findall(capsys.readouterr().out) == []


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (harmless, "a\n\tb\\x1b\\x9b\\u202e\\ud800 👩‍🚀"),
        (one_line, "a\\n b\\x1b\\x9b\\u202e\\ud800 👩‍🚀"),
    ],
)
def test_what_a_terminal_obeys_is_written_out_and_the_rest_stays(make: Callable[[str], str], shown: str) -> None:
    assert make("a\n\tb\x1b\x9b\u202e\ud800 👩‍🚀") == shown


def test_a_warning_and_its_traceback_are_harmless(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    log_to_terminal()
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        logging.getLogger("ui").exception("a page is called %s", HOSTILE)
    assert written.getvalue().startswith("footnote: a page is called Red\\x1b[31m")
    assert "Traceback" in written.getvalue()
    assert UNSAFE.findall(written.getvalue()) == []


def test_one_module_alone_prints() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in sorted((ROOT / "ui").rglob("*.py"))
        if file.name not in ALLOWED
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and _prints(node.func)
    ]
    assert found == []


def _prints(called: ast.expr) -> bool:
    """Tell whether a call is one of ``print``, ``typer.echo`` and its kin, ``sys.stdout.write``."""
    if isinstance(called, ast.Name):
        return called.id == "print"
    if not isinstance(called, ast.Attribute):
        return False
    on = ast.unparse(called.value)
    return called.attr in ("echo", "secho") or (on in ("sys.stdout", "sys.stderr") and called.attr == "write")
