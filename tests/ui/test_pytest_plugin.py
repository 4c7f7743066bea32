"""The pytest plugin as a project uses it: a run of pytest of its own, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.checkout import PYPROJECT, ROOT

pytest_plugins = ["pytester"]

PLUGIN = "footnote_pytest"
STRICT = ("-W", "error", "--strict-markers", "--strict-config", "-p", "no:cacheprovider", "-p", "no:schemathesis")
NILE = "The Nile is a long river. It flows north to the sea."
PAIRS = """id,question,answer,quote,article
n1,Which river is long?,The Nile,The Nile is a long river,Nile
n2,Where does the Nile flow to?,a lake,,Nile
"""
CONFTEST = """
from tests.world import WordCountingEmbedder
from ui.app import wiring

wiring.make_embedder = lambda settings: WordCountingEmbedder(name=settings.embedding.model)
wiring.make_span_model = lambda settings: None
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with an article, questions about it, and no model to load."""
    plugin_folder = str(ROOT / "ui" / "pytest_plugin")
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{':' if sys.platform != 'win32' else ';'}{plugin_folder}")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makeconftest(CONFTEST)
    (pytester.path / "Nile.txt").write_text(NILE, "utf-8")
    (pytester.path / "questions.csv").write_text(PAIRS, "utf-8")
    return pytester


def ran(project: pytest.Pytester, test: str, *options: str) -> pytest.RunResult:
    project.makepyfile(test_thresholds=test)
    return project.runpytest_subprocess("-p", PLUGIN, *STRICT, *options)


def test_a_threshold_that_is_met_passes_and_a_run_is_made_once(project: pytest.Pytester) -> None:
    result = ran(
        project,
        """
        def test_the_articles_answer(footnote_eval):
            global first
            first = report = footnote_eval("questions.csv", corpus="Nile.txt")
            assert report["citation.recall"] >= 0.5
            assert report["citation.exact_quote"] == 1
            assert report.questions[0].right
            assert (report.folder / "report.html").is_file()

        def test_another(footnote_eval):
            assert footnote_eval("questions.csv", corpus="Nile.txt") is first
            assert footnote_eval("questions.csv", corpus="Nile.txt", out="kept") is not first
        """,
    )
    result.assert_outcomes(passed=2)
    assert (project.path / "kept" / "report.json").is_file()


def test_a_threshold_that_is_not_met_says_on_what_and_which_questions(project: pytest.Pytester) -> None:
    result = ran(
        project,
        """
        def test_the_articles_answer(footnote_eval):
            report = footnote_eval("questions.csv", corpus="Nile.txt")
            assert report["answer.exact_match"] >= 0.8
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E * assert 0.0000 >= 0.8",
            "E * answer.exact_match of questions: 95 % 0.0000 to 0.0000, n 2",
            "E * report: *report.html",
            "E * n1: Which river is long? expected 'The Nile', given 'The Nile is a long river.*'",
            "E * n2: Where does the Nile flow to? expected 'a lake', given *",
        ]
    )


EACH = """
import pytest

@pytest.mark.footnote_questions("questions.csv", corpus="Nile.txt")
def test_each(footnote_question):
    assert footnote_question.right, footnote_question.why
"""


def test_each_question_is_a_test_with_its_id_and_says_why_it_is_wrong(project: pytest.Pytester) -> None:
    result = ran(project, EACH, "-v", "--junit-xml=junit.xml")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*::test_each?n1? PASSED*", "*::test_each?n2? FAILED*"])
    result.stdout.fnmatch_lines(["E * n2: Where does the Nile flow to?", "E * expected: a lake"])
    written = (project.path / "junit.xml").read_text("utf-8")
    assert 'name="test_each[n1]"' in written
    assert 'name="test_each[n2]"' in written


def test_listing_the_questions_asks_none(project: pytest.Pytester) -> None:
    project.makeconftest("from ui.app import wiring\nwiring.make_embedder = None")
    result = ran(project, EACH, "--collect-only", "-q")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["test_thresholds.py::test_each[[]n1[]]", "test_thresholds.py::test_each[[]n2[]]"])


def test_what_cannot_be_measured_fails_in_one_line(project: pytest.Pytester) -> None:
    result = ran(
        project,
        """
        def test_no_file(footnote_eval):
            footnote_eval("nowhere.csv", corpus="Nile.txt")

        def test_no_library(footnote_eval):
            footnote_eval("questions.csv", library="nowhere")

        def test_no_metric(footnote_eval):
            footnote_eval("questions.csv", corpus="Nile.txt")["recall"]

        def test_nothing_to_measure_it_on(footnote_eval):
            footnote_eval("questions.csv", corpus="Nile.txt")["abstention.false_answers"]
        """,
    )
    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines(
        [
            "footnote: *nowhere.csv*",
            "footnote: *nowhere*",
            "footnote: no metric 'recall'; *answer.f1*",
            "footnote: abstention.false_answers was not measured: the questions have none for it",
        ]
    )
    assert "Traceback" not in result.stdout.str()


def test_a_question_without_the_marker_says_what_to_write(project: pytest.Pytester) -> None:
    result = ran(project, "def test_it(footnote_question): ...")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*@pytest.mark.footnote_questions*"])


def test_a_project_with_a_package_called_ui_runs_all_its_other_tests(project: pytest.Pytester) -> None:
    project.makeconftest("")
    (project.path / "ui").mkdir()
    (project.path / "ui" / "__init__.py").write_text("", "utf-8")
    project.makeini("[pytest]\npythonpath = .\n")
    result = ran(
        project,
        """
        import ui

        def test_its_own():
            assert ui.__file__

        def test_the_articles(footnote_eval):
            footnote_eval("questions.csv", corpus="Nile.txt")
        """,
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["footnote cannot be imported (No module named 'ui.evaluate')*"])


def test_a_text_cannot_command_the_terminal(project: pytest.Pytester) -> None:
    (project.path / "questions.csv").write_text(
        "id,question,answer\nn1,Which river \x9b31m is long?,\u202e\x9b5n gone\n", "utf-8"
    )
    result = ran(project, EACH, "--color=no")
    result.assert_outcomes(failed=1)
    said = "\n".join(line for line in result.outlines if line.startswith("E "))
    assert "n1: Which river  31m is long?" in said
    assert not {"\x9b", "\u202e"} & set(said)


def test_a_project_that_does_not_use_it_loads_nothing_of_the_product() -> None:
    program = (
        "import sys, pytest; before = set(sys.modules); import footnote_pytest;"
        " print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    folder = ROOT / "ui" / "pytest_plugin"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True)
    assert set(loaded.stdout.split()) - set(sys.stdlib_module_names) == {PLUGIN}


def test_it_can_be_turned_off(project: pytest.Pytester) -> None:
    project.makepyfile(test_thresholds="def test_it(footnote_eval): ...")
    result = project.runpytest_subprocess("-p", f"no:{PLUGIN}")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'footnote_eval' not found*"])


def test_the_entry_point_has_the_name_of_the_module_so_that_it_is_loaded_once() -> None:
    assert PYPROJECT["project"]["entry-points"]["pytest11"] == {PLUGIN: PLUGIN}
    assert (Path(ROOT) / "ui" / "pytest_plugin" / f"{PLUGIN}.py").is_file()
