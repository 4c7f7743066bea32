"""A pytest plugin: a project asserts its own thresholds on its own questions.

pytest loads this file in every run of every project that shares an environment
with the product, so it imports nothing else of it until a test asks for a
figure; and it has a name of its own, beside the rooms, because a project may
have a package called ``ui`` itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ui.evaluate.results import AskedQuestion, RunResults

MARKER = (
    "footnote_questions(questions, **arguments of footnote_eval): the questions of a file, each a test of its own,"
    " for a test that takes footnote_question"
)
SHOWN_QUESTIONS = 4


class Score(float):
    """A metric's value; an assertion on it that fails says what it was measured on, and which questions cost it."""

    def __new__(cls, name: str, measured: RunResults) -> Score:
        """Take the value of a metric that was measured."""
        score = super().__new__(cls, measured.value(name))
        score.name, score.measured = name, measured
        return score

    name: str
    measured: RunResults

    def explained(self) -> list[str]:
        """Return what there is to know about it, a line each."""
        return self.measured.explain(self.name, shown=SHOWN_QUESTIONS)


@dataclass(frozen=True)
class Scores:
    """What was measured: ``scores["citation.recall"]`` is a number, ``questions`` are what came of each question."""

    measured: RunResults

    def __getitem__(self, name: str) -> Score:
        """Return a metric; the test fails where it was not measured, or where a question failed and is not in it."""
        problem = self.measured.problem_of(name)
        if problem is not None:
            pytest.fail(problem, pytrace=False)
        return Score(name, self.measured)

    @property
    def questions(self) -> Sequence[AskedQuestion]:
        """What came of each question, in the order of the file."""
        return self.measured.questions

    @property
    def folder(self) -> Path:
        """Where the run's files are: report.html, answers.jsonl and the others."""
        return self.measured.folder


class Evaluation:
    """What the fixture ``footnote_eval`` gives; the same run is made once a session."""

    def __init__(self, root: Path, temporary: pytest.TempPathFactory) -> None:
        """Take the folder that paths count from."""
        self._root, self._temporary = root, temporary
        self._made: dict[Any, Scores] = {}

    def __call__(
        self,
        questions: str | Path,
        *,
        library: str | Path | None = None,
        corpus: str | Path | None = None,
        columns: Sequence[str] = (),
        out: str | Path | None = None,
        jobs: int | None = None,
    ) -> Scores:
        """Ask every question of a file and return the figures; see ``footnote eval --help``.

        Args:
            questions: a file or folder; paths count from pytest's root folder.
            library: the library that is asked; without it, the user's own.
            corpus: articles to ask instead.
            columns: ``FIELD=COLUMN``, where columns have other names than usual.
            out: where the files go, and what is asked again only as far as something changed.
            jobs: how many questions are asked at a time.
        """
        key = (questions, library, corpus, tuple(columns), out, jobs)
        if key not in self._made:
            with _our_errors():
                from ui.evaluate.results import measure_pairs

                folder = self._temporary.mktemp("footnote-eval") if out is None else self._root / out
                self._made[key] = Scores(
                    measure_pairs(
                        self._root / questions,
                        library=None if library is None else self._root / library,
                        corpus=None if corpus is None else self._root / corpus,
                        columns=columns,
                        out=folder,
                        jobs=jobs,
                    )
                )
        return self._made[key]


class _our_errors:  # noqa: N801 - a context manager, used as a function
    """What the product words itself fails the test in one line; so does a package of the project that hides it."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, *_: object) -> None:
        if isinstance(error, ImportError) and (error.name or "").partition(".")[0] in ("index", "qa", "ui"):
            pytest.fail(f"footnote cannot be imported ({error}): does the project have such a package?", pytrace=False)
        if error is not None and any(each.__module__ == "index.errors" for each in type(error).__mro__):
            pytest.fail(f"footnote: {error}", pytrace=False)


@pytest.fixture(scope="session")
def footnote_eval(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    """Score questions: ``footnote_eval("questions.csv", library="library")["citation.recall"] >= 0.8``."""
    return Evaluation(request.config.rootpath, tmp_path_factory)


@pytest.fixture
def footnote_question(request: pytest.FixtureRequest, footnote_eval: Evaluation) -> AskedQuestion:
    """Give what came of one question; a test that takes it runs once for each, see the marker."""
    marker = _marker_of(request.node)
    return footnote_eval(*marker.args, **marker.kwargs).measured.question(request.param)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, so that --strict-markers takes it."""
    config.addinivalue_line("markers", MARKER)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test for each question; the file is read, and nothing is asked yet."""
    if "footnote_question" not in metafunc.fixturenames:
        return
    marker = _marker_of(metafunc.definition)
    root = metafunc.config.rootpath
    with _our_errors():
        from ui.evaluate.results import question_ids

        corpus = marker.kwargs.get("corpus")
        ids = question_ids(
            root / marker.args[0],
            corpus=None if corpus is None else root / corpus,
            columns=marker.kwargs.get("columns", ()),
        )
    metafunc.parametrize("footnote_question", ids, indirect=True)


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Explain an assertion on a figure that failed."""
    for figure in (left, right):
        if isinstance(figure, Score):
            return [f"{float(left):.4f} {op} {float(right):g}", *figure.explained()]  # type: ignore[arg-type]  # both are numbers where one is compared with the other
    return None


def _marker_of(node: pytest.Item | pytest.Function) -> pytest.Mark:
    marker = node.get_closest_marker("footnote_questions")
    if marker is None or len(marker.args) != 1:
        pytest.fail(
            "a test that takes footnote_question says which questions:"
            ' @pytest.mark.footnote_questions("questions.csv", library="library")',
            pytrace=False,
        )
    return marker
