"""What a run gives to others, on the command line: exports, judged figures, and the workflow for GitHub Actions."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.architecture.checkout import ROOT
from tests.qa.llm.scripted import Script, saying, serving
from tests.ui.cli import test_main
from tests.ui.cli.test_main import CommandLine, Ran

footnote, dataset, nile, stored = test_main.footnote, test_main.dataset, test_main.nile, test_main.stored
WORKFLOW = ROOT / "ui" / "evaluate" / "workflows" / "evaluation.yml"
VERDICT = '{"reason": "it is the river asked for", "verdict": "correct"}'


@pytest.fixture
def run(footnote: CommandLine, dataset: Path, tmp_path: Path) -> Path:
    """A finished run, and the library that was asked beside it."""
    assert footnote("eval", dataset, "--library", tmp_path / "asked", "--out", tmp_path / "run").code == 0
    return tmp_path / "run"


def test_a_run_is_exported_for_ragas_a_line_a_question(footnote: CommandLine, run: Path, tmp_path: Path) -> None:
    ran = footnote("eval", "export", run, "--to", "ragas", "--library", tmp_path / "asked")
    assert ran.code == 0
    first, second = map(json.loads, ran.out.splitlines())
    assert (first["id"], first["user_input"], first["reference"]) == ("1", "Which river is long?", "The Nile")
    assert first["reference_contexts"] == ["The Nile is a long river."]
    assert first["retrieved_contexts"][0] in test_main.NILE
    assert second["reference"] == "The articles do not say."


def test_a_run_is_exported_for_deepeval_to_a_file(footnote: CommandLine, run: Path, tmp_path: Path) -> None:
    file = tmp_path / "new" / "goldens.json"
    ran = footnote("eval", "export", run, "--to", "deepeval", "--library", tmp_path / "asked", "--out", file)
    assert ran.out == f"wrote 2 records for deepeval to {file}\n"
    assert [record["name"] for record in json.loads(file.read_text("utf-8"))] == ["1", "2"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--to", "mlflow"], "--to 'mlflow': there is no such form; there are ragas, deepeval"),
        (["--to", "ragas"], "name the library that was asked with --library DIR, or export the quotes alone"),
        (["--to", "ragas", "--contexts", "all"], "--contexts 'all' is neither of consulted, quotes"),
        (["--to", "ragas", "--library", "nowhere"], "nowhere"),
    ],
    ids=["form", "no library", "contexts", "library that is not there"],
)
def test_what_cannot_be_exported_is_said_in_one_line(
    options: list[str], message: str, footnote: CommandLine, run: Path
) -> None:
    ran = footnote("eval", "export", run, *options)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert len(ran.err.splitlines()) == 1


def judged(footnote: CommandLine, dataset: Path, tmp_path: Path, *options: str) -> tuple[Ran, list[dict[str, Any]]]:
    """Evaluate with a server that says one verdict as the judge; return what was printed and what it was asked."""
    library = tmp_path / "judged"
    library.mkdir(exist_ok=True)
    with serving(Script([saying(VERDICT)])) as server:
        table = f'[judge]\nbase_url = "{server.address}"\nmodel = "small"\n'
        (library / "footnote.toml").write_text(table, "utf-8")
        ran = footnote("eval", dataset, "--library", library, "--out", tmp_path / "out", "--judge", "--trust", *options)
    return ran, server.requests


def test_a_judge_adds_figures_of_its_own_and_is_not_asked_twice(
    footnote: CommandLine, dataset: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first, asked = judged(footnote, dataset, tmp_path)
    assert first.code == 0
    assert re.search(r"^judged\n  correctness +1\.0000", first.out, re.MULTILINE)
    assert len(asked) == 1
    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert (report["models"]["judge"], report["models"].get("llm")) == ("small", None)
    again, asked = judged(footnote, dataset, tmp_path)
    assert asked == []
    assert "2 of 2 questions are answered there" in caplog.text
    assert [line for line in again.out.splitlines() if "correctness" in line] == [
        line for line in first.out.splitlines() if "correctness" in line
    ]


def test_a_gate_may_name_what_was_judged(footnote: CommandLine, dataset: Path, tmp_path: Path) -> None:
    ran, _ = judged(footnote, dataset, tmp_path, "--fail-under", "judged.faithfulness=0.9")
    assert ran.code == 1
    assert "judged.faithfulness was not measured" in ran.err


def test_without_a_language_model_there_is_no_judge_and_nothing_is_asked(
    footnote: CommandLine, dataset: Path, tmp_path: Path
) -> None:
    ran = footnote("eval", dataset, "--out", tmp_path / "out", "--judge")
    assert ran.code == 2
    assert "--judge: no language model is set up; name its base_url and model under [judge]" in ran.err
    assert not (tmp_path / "out").exists()


def steps() -> dict[str, dict[str, Any]]:
    document = yaml.safe_load(WORKFLOW.read_text("utf-8"))
    return {step.get("name", step.get("uses")): step for step in document["jobs"]["evaluation"]["steps"]}


def test_a_failed_gate_fails_the_workflow_though_its_output_is_piped() -> None:
    document = yaml.safe_load(WORKFLOW.read_text("utf-8"))
    assert document["defaults"] == {"run": {"shell": "bash"}}  # with it GitHub sets pipefail, and without it does not
    assert "| tee" in steps()["Evaluate"]["run"]


def test_the_workflow_names_only_options_and_metrics_that_there_are(footnote: CommandLine, run: Path) -> None:
    text = WORKFLOW.read_text("utf-8")
    helped = footnote("eval", "run", "--help").out + footnote("index", "--help").out
    assert [flag for flag in set(re.findall(r" (--[a-z-]+)", steps()["Evaluate"]["run"])) if flag not in helped] == []
    metrics = json.loads((run / "report.json").read_text("utf-8"))["metrics"]
    named = set(re.findall(r"\b((?:citation|answer|abstention|retrieval)\.[\w@]+)", text))
    gated = {"citation.recall", "citation.exact_quote", "answer.f1"}
    assert named == gated | {"citation.answer_in_quote_recall"}
    assert named <= set(metrics)


def test_the_workflow_keeps_the_report_and_the_baseline() -> None:
    kept = {name: step["with"]["path"] for name, step in steps().items() if "path" in step.get("with", {})}
    assert kept == {
        "Restore the library": "${{ env.LIBRARY }}",
        "Restore the baseline": "${{ env.BASELINE }}",
        "Keep the report": "${{ env.REPORT }}",
        "Keep the baseline": "${{ env.BASELINE }}",
    }
