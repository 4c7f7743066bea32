"""``footnote eval calibrate``: what is chosen, what is refused, and what becomes of the user's settings."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from index.article import Span
from qa.answer import Reply
from qa.evaluation.data.datasets import Gold, Question
from qa.evaluation.run.evaluate import evaluate
from tests.ui.cli.test_main import NILE, CommandLine
from tests.ui.fakes import abstention, answer, citation, seed_article
from tests.world import WordCountingEmbedder
from ui.app import wiring
from ui.app.settings import Settings, read_settings

SURE, UNSURE = 0.9, 0.5
OWN = """# ours, since 2025
[retrieval]  # hands off
background = 0.5

[answering]
most_quotes = 2   # two are enough
"""


@pytest.fixture
def footnote(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CommandLine:
    monkeypatch.setattr(
        wiring, "make_embedder", lambda settings: WordCountingEmbedder(fingerprint=f"{settings.embedding.model}@1")
    )
    monkeypatch.setattr(wiring, "make_span_model", lambda settings: None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("FOOTNOTE_LIBRARY", raising=False)
    return CommandLine(capsys, monkeypatch)


@pytest.fixture
def stored(footnote: CommandLine, tmp_path: Path) -> Path:
    """A library that holds the Nile."""
    file, folder = tmp_path / "The Nile.txt", tmp_path / "library"
    file.write_text(NILE, "utf-8")
    assert footnote("index", file, "--library", folder).code == 0
    return folder


def run_in(folder: Path, *, sure: int, unsure: int, unanswerable: int = 0, fingerprint: str | None = None) -> Path:
    """A run that is done: the sure ones right, every second of the others too; what is unanswerable is unsure."""
    if fingerprint is None:
        fingerprint = wiring.indexer_of(Settings()).fingerprint
    folder.mkdir()
    for name, written in _files_of_run(sure, unsure, unanswerable, fingerprint).items():
        (folder / name).write_bytes(written)
    return folder


@cache
def _files_of_run(sure: int, unsure: int, unanswerable: int, fingerprint: str) -> dict[str, bytes]:
    article = seed_article()
    good = citation(article, article.text[:30])
    bad = citation(article, article.text[40:60])
    questions, replies = [], dict[str, Reply]()
    for n in range(sure + unsure + unanswerable):
        is_right, answerable = n < sure or n % 2 == 0, n < sure + unsure
        gold = (Gold(f"article {n}", None), Gold(article.id, Span(0, 30))) if answerable else ()
        questions.append(Question(f"q{n}", f"Question {n}?", (), gold, answerable))
        guess = good if is_right else bad
        replies[f"Question {n}?"] = (
            answer(article, "?", guess.quote, confidence=SURE)
            if n < sure
            else replace(abstention("?"), best_guess=guess, confidence=UNSURE)
        )
    with TemporaryDirectory() as folder:
        evaluate(
            questions,
            lambda question, *, history=(): replies[question],
            lambda article_id: article.text,
            out=Path(folder),
            fingerprint=fingerprint,
        )
        return {file.name: file.read_bytes() for file in Path(folder).iterdir()}


def settings_of(library: Path) -> str:
    return (library / "footnote.toml").read_text("utf-8")


def test_the_threshold_is_written_and_everything_else_stays(
    footnote: CommandLine, stored: Path, tmp_path: Path
) -> None:
    (stored / "footnote.toml").write_text(OWN, "utf-8")
    run = run_in(tmp_path / "run", sure=200, unsure=200)
    ran = footnote("eval", "calibrate", run, "--library", stored)
    assert ran.code == 0
    assert f"wrote abstain_below = 0.9 to {stored / 'footnote.toml'}" in ran.out
    assert settings_of(stored).startswith(OWN + "abstain_below = 0.9\n")
    answering = read_settings(stored).answering
    assert (answering.abstain_below, answering.most_quotes) == (0.9, 2)
    assert answering.calibrated.pairs == 400
    assert answering.calibrated.target_precision == 0.95
    assert answering.calibrated.date == date.today().isoformat()


def test_calibrating_again_replaces_what_was_calibrated_before(
    footnote: CommandLine, stored: Path, tmp_path: Path
) -> None:
    footnote("eval", "calibrate", run_in(tmp_path / "first", sure=200, unsure=200), "--library", stored)
    second = run_in(tmp_path / "second", sure=300, unsure=200)
    assert footnote("eval", "calibrate", second, "--library", stored, "--target-precision", "0.6").code == 0
    assert read_settings(stored).answering.abstain_below == 0.5
    assert read_settings(stored).answering.calibrated.pairs == 500
    assert settings_of(stored).count("abstain_below") == 1


def test_a_dry_run_shows_the_same_and_writes_nothing(footnote: CommandLine, stored: Path, tmp_path: Path) -> None:
    run = run_in(tmp_path / "run", sure=200, unsure=200)
    dry = footnote("eval", "calibrate", run, "--library", stored, "--dry-run")
    assert dry.code == 0
    assert not (stored / "footnote.toml").exists()
    wet = footnote("eval", "calibrate", run, "--library", stored)
    assert wet.out.splitlines()[:-1] == dry.out.splitlines()


def test_what_the_target_costs_and_gives_is_told(footnote: CommandLine, stored: Path, tmp_path: Path) -> None:
    (stored / "footnote.toml").write_text("[answering]\nabstain_below = 0.4\n", "utf-8")
    run = run_in(tmp_path / "run", sure=200, unsure=200, unanswerable=40)
    ran = footnote("eval", "calibrate", run, "--library", stored, "--dry-run")
    lines = ran.out.splitlines()
    assert lines[0] == "440 pairs about 400 articles, 40 unanswerable"
    assert lines[2].split()[:3] == ["now", "0.400", "0.682"]
    assert lines[3].split()[:4] == ["for", "0.95", "0.900", "1.000"]
    assert "a precision of 0.95 costs 50.0 points of coverage" in ran.out
    assert "no pair is unanswerable" not in ran.out


def test_json_holds_all_of_it_and_nothing_else(footnote: CommandLine, stored: Path, tmp_path: Path) -> None:
    run = run_in(tmp_path / "run", sure=200, unsure=200)
    found = footnote("eval", "calibrate", run, "--library", stored, "--json", "--dry-run").json
    assert found["choice"]["level"]["threshold"] == 0.9
    assert found["choice"]["level"]["precision"]["value"] == 1.0
    assert found["check"]["chose"] == 5
    assert [each["target"] for each in found["alternatives"]] == [0.8, 0.9, 0.99]
    assert (found["written"], found["refusal"]) == (None, None)


def test_too_few_pairs_write_nothing_and_say_how_many_it_takes(
    footnote: CommandLine, stored: Path, tmp_path: Path
) -> None:
    ran = footnote("eval", "calibrate", run_in(tmp_path / "run", sure=20, unsure=20), "--library", stored)
    assert ran.code == 1
    assert "too few pairs: there are 40, and it takes roughly 2" in ran.err
    assert ran.err.endswith("nothing was written\n")
    assert not (stored / "footnote.toml").exists()


def test_a_target_out_of_reach_writes_nothing_and_names_the_best(
    footnote: CommandLine, stored: Path, tmp_path: Path
) -> None:
    ran = footnote("eval", "calibrate", run_in(tmp_path / "run", sure=0, unsure=300), "--library", stored)
    assert ran.code == 1
    assert "no threshold that answers a fifth of these pairs has a precision of 0.95; the best has 0.500" in ran.err
    assert not (stored / "footnote.toml").exists()


def test_pairs_are_asked_and_kept_as_a_run_that_can_be_calibrated_from(
    footnote: CommandLine, stored: Path, tmp_path: Path
) -> None:
    pairs, out = tmp_path / "pairs.csv", tmp_path / "out"
    pairs.write_text("Frage,answer\nWhich river is long?,The Nile\nWhere does it flow?,north\n", "utf-8")
    asked = footnote("eval", "calibrate", pairs, "--library", stored, "--column", "question=Frage", "--out", out)
    assert asked.code == 1
    assert "too few pairs: there are 2" in asked.err
    assert len((out / "answers.jsonl").read_text("utf-8").splitlines()) == 2
    again = footnote("eval", "calibrate", out, "--library", stored)
    assert again.out == asked.out


def test_one_s_own_library_is_calibrated_where_none_is_named(
    footnote: CommandLine, stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTNOTE_LIBRARY", str(stored))
    assert footnote("eval", "calibrate", run_in(tmp_path / "run", sure=200, unsure=200)).code == 0
    assert tomllib.loads(settings_of(stored))["answering"]["abstain_below"] == 0.9


def test_the_seed_library_keeps_its_threshold(footnote: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_text("question,answer\nWho?,He\n", "utf-8")
    for pairs in (tmp_path / "pairs.csv", run_in(tmp_path / "run", sure=200, unsure=200)):
        ran = footnote("eval", "calibrate", pairs)
        assert ran.code == 2
        assert "there is no library in" in ran.err
        assert "the seed article's stays as it is" in ran.err


def test_pairs_that_bring_articles_need_a_library_that_is_named(
    footnote: CommandLine, stored: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTNOTE_LIBRARY", str(stored))
    folder = tmp_path / "dataset"
    folder.mkdir()
    (folder / "corpus.jsonl").write_text(json.dumps({"_id": "nile", "title": "Nile", "text": NILE}) + "\n", "utf-8")
    (folder / "questions.jsonl").write_text('{"id": "1", "question": "Long?", "answers": ["The Nile"]}\n', "utf-8")
    ran = footnote("eval", "calibrate", folder)
    assert ran.code == 2
    assert "brings articles of its own; name the library that holds them: --library DIR" in ran.err


def test_a_run_of_another_library_is_refused(footnote: CommandLine, stored: Path, tmp_path: Path) -> None:
    run = run_in(tmp_path / "run", sure=200, unsure=200, fingerprint="another")
    ran = footnote("eval", "calibrate", run, "--library", stored)
    assert ran.code == 2
    assert "was asked of a library that was cut or embedded otherwise" in ran.err


def test_pairs_that_are_all_unanswerable_are_refused(footnote: CommandLine, stored: Path, tmp_path: Path) -> None:
    run = run_in(tmp_path / "run", sure=0, unsure=0, unanswerable=5)
    ran = footnote("eval", "calibrate", run, "--library", stored)
    assert ran.code == 2
    assert "none of its 5 answers is to a question that can be answered" in ran.err


@pytest.mark.parametrize("target", ["0", "1", "1.5", "-0.5", "nan"])
def test_a_target_that_is_no_share_is_refused(footnote: CommandLine, tmp_path: Path, target: str) -> None:
    ran = footnote("eval", "calibrate", tmp_path, f"--target-precision={target}")
    assert ran.code == 2
    assert "is no share of answers; give one such as 0.95" in ran.err


def test_the_doctor_knows_where_the_threshold_is_from(footnote: CommandLine, stored: Path, tmp_path: Path) -> None:
    assert "abstaining: below 0.19, as shipped" in footnote("doctor", "--library", stored).out
    footnote("eval", "calibrate", run_in(tmp_path / "run", sure=200, unsure=200), "--library", stored)
    ran = footnote("doctor", "--library", stored)
    assert f"ok   abstaining: below 0.9, calibrated on {date.today()} on 400 pairs for a precision of 0.95" in ran.out
    text = settings_of(stored).replace("abstain_below = 0.9", "abstain_below = 0.7")
    (stored / "footnote.toml").write_text(text, "utf-8")
    assert "below 0.7, set by hand over the 0.9 that was calibrated on" in footnote("doctor", "--library", stored).out


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ('[embedding]\nmodel = "another"\n', "another embedding model"),
        ('[reading]\nreranker = "another"\n', "another reranker"),
    ],
    ids=["embedder", "reranker"],
)
def test_the_doctor_finds_a_threshold_that_was_made_for_other_models(
    footnote: CommandLine, stored: Path, tmp_path: Path, change: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTNOTE_TRUST", "1")
    footnote("eval", "calibrate", run_in(tmp_path / "run", sure=200, unsure=200), "--library", stored)
    (stored / "footnote.toml").write_text(f"{change}\n{settings_of(stored)}", "utf-8")
    ran = footnote("doctor", "--library", stored)
    assert ran.code == 2
    (line,) = [line for line in ran.out.splitlines() if "abstaining" in line]
    assert line.startswith("BAD  abstaining: below 0.9, calibrated on")
    assert f"with {words}: it does not hold any more" in line
    assert line.endswith("make it anew with footnote eval calibrate DATASET --target-precision 0.95")
