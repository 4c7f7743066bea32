"""The report as CSV, as JUnit XML and as a page: what is in them, and that no text gets out of its place."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

from qa.evaluation.compare.baseline import Against
from qa.evaluation.compare.paired_bootstrap import Run
from qa.evaluation.comparison import Comparison, Difference
from qa.evaluation.data.datasets import Question
from qa.evaluation.metrics import measure
from qa.evaluation.metrics.descriptions import WORDS, headlines, interval_words, value_words
from qa.evaluation.metrics.interval import UNMEASURED, Metric
from qa.evaluation.metrics.slices import measure_slices
from qa.evaluation.outcome import Outcome
from qa.evaluation.report import Report
from qa.evaluation.reports.charts import distribution
from qa.evaluation.reports.files import comparison_page, files_of
from qa.evaluation.reports.junit import report_junit
from qa.evaluation.reports.rows import rows

if TYPE_CHECKING:
    from tests.qa.evaluation.conftest import World

HOSTILE = '</script><!--<script>alert(1)</script> & "\u2028'


def files(world: World, *, gates: Mapping[str, float] | None = None, **changed: Any) -> dict[str, str]:
    """Return the files of the world's run, the first question changed as is said, and a question that failed."""
    first, *others = world.outcomes()
    outcomes = [replace(first, question=replace(first.question, **changed)), *others]
    failed = Question("q6", "Too long?", ("yes",), (), True)
    report = Report(
        dataset="tiny",
        n_questions=6,
        n_unanswerable=2,
        failed={"q6": "cannot be asked"},
        metrics=measure(outcomes, world.text),
        slices=measure_slices(outcomes),
    )
    return files_of(report, [*(each.question for each in outcomes), failed], outcomes, world.text, gates)


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text, newline="")))


def data(page: str) -> Any:
    found = re.search(r'<script type="application/json" id="rows">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def cases(text: str, suite: str) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(text.partition("\n")[2])  # noqa: S314  # our own
    return list(root.iterfind(f"testsuite[@name='{suite}']/testcase"))


def test_the_table_has_a_row_a_question_in_order(world: World) -> None:
    found = table(files(world)["report.csv"])
    assert [(row["id"], row["verdict"], row["counts_as_wrong"]) for row in found] == [
        ("q1", "right", "false"),
        ("q2", "right", "false"),
        ("q3", "abstained", "true"),
        ("q4", "rightly_abstained", "false"),
        ("q5", "false_answer", "true"),
        ("q6", "failed", "true"),
    ]
    assert found[1]["quote"] == "Tea is a drink.\nIt is made of leaves."
    assert found[1]["quote_start"] == "0\n16"
    assert found[2]["withheld_quote"] == "🙂 Paper was made in China."
    assert found[5]["notice"] == "cannot be asked"
    assert found[3]["by type of question"] == "who"


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_the_table_runs_no_formula(world: World, sign: str) -> None:
    found = table(files(world, answers=(f"{sign}HYPERLINK(1)",))["report.csv"])
    assert found[0]["expected"] == f"'{sign}HYPERLINK(1)"


def test_junit_has_a_case_a_question_and_fails_those_that_count_as_wrong(world: World) -> None:
    found = cases(files(world)["junit.xml"], "questions")
    assert [(case.attrib["name"], [child.tag for child in case]) for case in found] == [
        ("q1: Where does the Nile flow?", []),
        ("q2: What is tea made of?", []),
        ("q3: Where was paper made?", ["failure"]),
        ("q4: Who drinks tea?", []),
        ("q5: How wide is the Nile?", ["failure"]),
        ("q6: Too long?", ["error"]),
    ]
    assert found[0].attrib["time"] == "0.500"
    assert found[2][0].text == (
        "expected: China\ngiven: nothing\n"
        "abstention.coverage: It was not answered; the quote that was withheld is right."
    )


def test_junit_counts_its_cases(world: World) -> None:
    root = ElementTree.fromstring(files(world)["junit.xml"].partition("\n")[2])  # noqa: S314  # our own
    assert [suite.attrib for suite in root] == [
        {"name": "questions", "tests": "6", "failures": "2", "errors": "1", "skipped": "0"}
    ]


def test_junit_has_a_case_a_gate(world: World) -> None:
    wanted = {"citation.recall": 0.5, "abstention.false_answers": 0.1, "citation.recal": 0.5}
    incomplete, missed, unknown = cases(files(world, gates=wanted)["junit.xml"], "gates")
    assert incomplete[0].attrib["message"] == "1 questions failed and are in no metric"
    assert (missed.attrib["name"], missed[0].tag) == ("abstention.false_answers=0.1", "failure")
    assert "abstention.false_answers is 0.5000, over 0.1" in missed[0].attrib["message"]
    assert (unknown[0].tag, unknown[0].attrib["message"]) == ("error", "no metric 'citation.recal'")


def test_a_gate_that_is_met_passes() -> None:
    report = Report("tiny", 1, 0, {}, {"citation.recall": Metric(0.5, 0.4, 0.6, 1)})
    (met,) = cases(report_junit(report, [], {"citation.recall": 0.5}), "gates")
    assert (met.attrib["name"], list(met)) == ("citation.recall=0.5", [])


def test_what_no_xml_may_hold_is_replaced(world: World) -> None:
    name = cases(files(world, question="a\x00b\ud800c]]>\ufffe🙂")["junit.xml"], "questions")[0].attrib["name"]
    assert name == "q1: a\ufffdb\ufffdc]]>\ufffd🙂"


def test_no_text_leaves_its_place_in_the_page(world: World) -> None:
    page = files(world, question=HOSTILE, answers=(HOSTILE,), tags=(HOSTILE,))["report.html"]
    assert data(page)["rows"][0]["question"] == HOSTILE
    assert page.count("<script") == page.count("</script>") == 2
    assert "<!--" not in page
    assert "alert(1)</script> &amp; " not in page.replace("&lt;/script&gt;", "")


def test_a_half_of_a_surrogate_pair_does_not_stop_the_page(world: World) -> None:
    page = files(world, question="a\ud800b")["report.html"]
    page.encode("utf-8")
    assert data(page)["rows"][0]["question"] == "a?b"


def test_the_policy_names_the_script_and_the_style_and_allows_nothing_else(world: World) -> None:
    page = files(world)["report.html"]
    script = page[page.rindex("<script>") + len("<script>") : page.rindex("</script>")]
    style = page[page.index("<style>") + len("<style>") : page.index("</style>")]
    script_hash, style_hash = (base64.b64encode(hashlib.sha256(t.encode()).digest()).decode() for t in (script, style))
    assert (
        f"default-src &#x27;none&#x27;; script-src &#x27;sha256-{script_hash}&#x27;; "
        f"script-src-attr &#x27;none&#x27;; style-src &#x27;sha256-{style_hash}&#x27;; img-src data:;"
    ) in page


def test_a_quote_is_shown_between_what_stands_around_it(world: World) -> None:
    (quote,) = data(files(world)["report.html"])["rows"][0]["quotes"]
    assert quote == {
        "article_id": "rivers",
        "start": 18,
        "before": "The Nile is long. ",
        "text": "It flows north.",
        "title": "Rivers",
        "number": 1,
        "holds": True,
    }


def test_a_long_article_is_cut_around_the_quote(world: World) -> None:
    text = "a" * 200 + "🙂 quoted" + "b" * 200
    citation = replace(world.citation("rivers", "It flows north."), span=world.span("rivers", "It flows north."))
    start = 200
    moved = replace(citation, span=type(citation.span)(start, start + 8), quote="🙂 quoted")
    outcome = Outcome(world.questions()[4], world.answer(moved), 0.5)
    (row,) = rows([outcome.question], [outcome], {}, lambda _: text)
    assert (row.quotes[0].before, row.quotes[0].after) == ("…" + "a" * 160, "b" * 160 + "…")


def test_an_article_that_is_gone_leaves_what_the_citation_kept(world: World) -> None:
    gone = replace(world.citation("rivers", "It flows north."), article_id="burnt", prefix="long. ", suffix=" End")
    outcome = Outcome(world.questions()[4], world.answer(gone), 0.5)
    (row,) = rows([outcome.question], [outcome], {}, world.text)
    assert (row.quotes[0].before, row.quotes[0].text, row.quotes[0].after) == ("long. ", "It flows north.", " End")


def test_a_run_without_a_question_has_its_page_too(world: World) -> None:
    report = Report("empty", 0, 0, {}, measure([], world.text))
    found = files_of(report, [], [], world.text)
    assert data(found["report.html"])["rows"] == []
    assert found["report.html"].count("Not measured: that takes ") > 8


def section(page: str, opening: str, closing: str) -> str:
    return page.partition(opening)[2].partition(closing)[0]


def test_pairs_without_a_known_place_have_their_citations_at_the_top_and_what_is_missing_is_said(world: World) -> None:
    outcomes = [replace(each, question=replace(each.question, gold=())) for each in world.outcomes()[:3]]
    report = Report("plain", 3, 0, {}, measure(outcomes, world.text), slices=measure_slices(outcomes))
    page = files_of(report, [each.question for each in outcomes], outcomes, world.text)["report.html"]
    tiles = re.findall(r"<code>(.*?)</code></div>", section(page, '<div class="headlines">', "\n"))
    assert tiles == [
        "citation.answer_in_quote_recall",
        "citation.answer_in_quote_precision",
        "answer.f1",
        "abstention.coverage",
        "citation.exact_quote",
    ]
    assert re.findall(r"<li>(.*?)</li>", section(page, 'id="unmeasured">', "</ul>")) == [
        "Quotes the answer (<code>citation.recall</code>). Not measured: that takes a question that says where its "
        "answer stands (a quote, or start and end), and there is none.",
        "Answers what it cannot (<code>abstention.false_answers</code>). Not measured: that takes a question that is "
        "marked as unanswerable, and there is none.",
        "Finds the place (<code>retrieval.span_recall@10</code>). Not measured: that takes a question that says where "
        "its answer stands (a quote, or start and end), and there is none.",
    ]
    assert '<th scope="col">citation.answer_in_quote_recall</th>' in page


def test_where_places_are_known_nothing_is_said_of_words_in_quotes(world: World) -> None:
    assert 'id="unmeasured"' not in files(world)["report.html"]


@pytest.mark.parametrize(("known", "unknown", "first"), [(166, 1, False), (1, 166, True), (5, 5, False), (0, 0, True)])
def test_words_in_quotes_come_first_where_fewer_places_are_known(known: int, unknown: int, first: bool) -> None:
    names = ("citation.recall", "citation.answer_in_quote_recall")
    metrics = {name: Metric(0.5, None, None, n) for name, n in zip(names, (known, unknown), strict=True)}
    assert headlines(metrics) == list(names[: 1 + first])


def test_the_page_says_what_it_was_measured_with_and_which_rows_it_could_not_use(world: World) -> None:
    report = Report(
        *("tiny", 0, 0, {}, measure([], world.text)),
        fingerprint="f1",
        configuration="c1",
        versions={"torch": "2"},
        models={"reader": None},
        hardware={"processors": "2"},
        jobs=3,
        unusable=["a.csv:3: the question is missing or empty; write <one>"],
    )
    page = files_of(report, [], [], world.text)["report.html"]
    assert "<li>a.csv:3: the question is missing or empty; write &lt;one&gt;</li>" in page
    assert re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page) == [
        ("library (fingerprint)", "f1"),
        ("configuration", "c1"),
        ("model: reader", "none"),
        ("torch", "2"),
        ("processors", "2"),
        ("questions at a time", "3"),
    ]


def against(world: World) -> tuple[Against, Report, list[Outcome]]:
    """Return a baseline that abstained from the first question, and a run that quotes it, compared."""
    first, *others = world.outcomes()
    silent = Outcome(first.question, world.abstention(0.2, consulted=first.consulted), 0.5)
    baseline = Run("before", Report("tiny", 5, 2, {}, {}), {each.question.id: each for each in (silent, *others)})
    gated = Against(baseline, ["citation.recall", "abstention.false_answers"])
    report = gated.compared(Report("tiny", 5, 2, {"q9": "no"}, measure([first, *others], world.text)), [first, *others])
    return gated, report, [first, *others]


def compared_files(world: World) -> dict[str, str]:
    gated, report, outcomes = against(world)
    return files_of(report, [each.question for each in outcomes], outcomes, world.text, None, gated)


def test_the_page_of_a_compared_run_shows_each_metric_before_and_now(world: World) -> None:
    page = compared_files(world)["report.html"]
    assert "this run beside before, on the 5 questions of both." in page
    assert (
        '<tr><th scope="row">citation.recall</th><td>33.3 %</td><td>66.7 %</td>'
        "<td>no difference can be told (+33.3 points, 95 % +0.0 to +100.0)</td><td>3</td>"
    ) in page
    assert '<a data-change="won:citation.recall" aria-label="1 won, citation.recall" href="#questions">1</a>' in page
    assert "<li>1 questions failed that did not before.</li>" in page


def test_a_question_that_was_replied_to_otherwise_holds_both_replies(world: World) -> None:
    first, *others = data(compared_files(world)["report.html"])["rows"]
    assert first["earlier"] == {
        "verdict": "abstained",
        "status": "abstained: not_stated",
        "confidence": 0.2,
        "scores": {
            "answer.exact_match": [0.0, 1.0],
            "answer.f1": [0.0, 1.0],
            "citation.recall": [0.0, 1.0],
            "abstention.coverage": [0.0, 1.0],
        },
    }
    assert [each for each in others if "earlier" in each] == []


def test_junit_has_a_case_for_each_metric_that_may_not_be_worse(world: World) -> None:
    found = cases(compared_files(world)["junit.xml"], "gates")
    assert [case.attrib["name"] for case in found] == [
        "citation.recall is not worse than in before",
        "abstention.false_answers is not worse than in before",
    ]
    assert [case[0].attrib["message"] for case in found] == ["1 questions failed that did not in before"] * 2


def test_a_metric_that_is_worse_is_a_failed_case() -> None:
    worse = Difference("answer.f1", 0.9, 0.5, -0.4, -0.5, -0.3, 0.001, 40)
    comparison = Comparison("this run", "before", 40, {}, 0, (worse,), ())
    report = Report("tiny", 1, 0, {}, {}, comparison=comparison)
    lost, silent = cases(report_junit(report, [], None, ["answer.f1", "citation.recall"]), "gates")
    assert lost[0].tag == "failure"
    assert lost[0].attrib["message"] == "answer.f1 is worse by 40.0 points, 95 % 30.0 to 50.0, beside before"
    assert silent[0].attrib["message"] == "citation.recall was not measured: no question of both runs is for it"


def test_a_page_of_two_runs_needs_no_articles_and_doubts_no_quote(world: World) -> None:
    gated, report, outcomes = against(world)
    assert report.comparison is not None
    failed = Question("q9", "Too long?", (), (), True)
    asked = (*(each.question for each in outcomes), failed)
    run = Run("now", report, {each.question.id: each for each in outcomes}, asked)
    first, *_, last = data(comparison_page(run, gated.baseline, report.comparison))["rows"]
    assert (first["quotes"][0]["text"], first["earlier"]["verdict"]) == ("It flows north.", "abstained")
    assert [each["metric"] for each in first.get("shortfalls", [])] == []
    assert (last["id"], last["verdict"]) == ("q9", "failed")


def test_a_page_without_a_baseline_says_nothing_of_one(world: World) -> None:
    assert 'id="comparison"' not in files(world)["report.html"]


def test_every_metric_is_explained(world: World) -> None:
    measured = {name for name in measure(world.outcomes(), world.text) if not name.endswith("_ms")}
    assert measured - set(WORDS) == set()


@pytest.mark.parametrize(
    ("name", "metric", "words", "interval"),
    [
        ("citation.recall", Metric(0.8, 0.7123, 1.0, 6), "80.0 %", "71.2 % to 100.0 %"),
        ("answer.f1", Metric(0.5, 0.25, 0.75, 6), "0.500", "0.250 to 0.750"),
        ("speed.total_p50_ms", Metric(1234.5, None, None, 6), "1,234 ms", ""),
        ("speed.questions_per_second", Metric(9.876, None, None, 6), "9.88", ""),
        ("answer.f1", UNMEASURED, "not measured", ""),
    ],
)
def test_a_figure_reads_as_people_say_it(name: str, metric: Metric, words: str, interval: str) -> None:
    assert (value_words(name, metric), interval_words(name, metric)) == (words, interval)


def test_confidences_fall_into_tenths_and_one_into_the_last() -> None:
    assert distribution({"right": [0.0, 0.09, 0.1, 0.95, 1.0]}) == {"right": [2, 1, 0, 0, 0, 0, 0, 0, 0, 2]}
