"""What each metric says, in plain words: for people who read a report and have not read the metrics."""

from __future__ import annotations

from collections.abc import Mapping

from qa.evaluation.metrics.interval import UNMEASURED, Metric

HEADLINES = {
    "citation.recall": "Quotes the answer",
    "citation.answer_in_quote_recall": "Quotes the words of the answer",
    "citation.answer_in_quote_precision": "Quotes with the answer's words",
    "answer.f1": "Gives the words expected",
    "abstention.coverage": "Answers what it can",
    "abstention.false_answers": "Answers what it cannot",
    "retrieval.span_recall@10": "Finds the place",
    "citation.exact_quote": "Quotes exactly",
}
WORDS = {
    "abstention.auroc_answerable": "chance that an answerable question has more confidence than an unanswerable one",
    "abstention.auroc_right": "chance that a right reply has more confidence than a wrong one",
    "abstention.aurc": "share wrong, averaged over all thresholds of confidence; lower is better",
    "abstention.coverage": "of the answerable questions were answered",
    "abstention.ece": "mean distance between confidence and share right; lower is better",
    "abstention.false_answers": "of the unanswerable questions were answered all the same; lower is better",
    "answer.exact_match": "of the answers are an expected one word for word, as SQuAD counts",
    "answer.exact_match_with_unanswerable": "the same, an unanswerable question counting 1 when it is not answered",
    "answer.f1": "agreement of the answer's words with the nearest expected answer, as SQuAD counts",
    "answer.f1_with_unanswerable": "the same, an unanswerable question counting 1 when it is not answered",
    "citation.answer_in_quote_precision": "of the quotes given have the words of an expected answer (place unknown)",
    "citation.answer_in_quote_recall": "of the answerable questions got a quote with the words of an expected answer",
    "citation.any_overlaps": "of the answerable questions have a quote that shares characters with the expected place",
    "citation.exact_quote": "of the quotes stand in the article, character by character, where they say",
    "citation.first_candidate_covers": "first quotes that hold the expected place, withheld guesses counted",
    "citation.first_candidate_overlaps": "first quotes that share characters with it, withheld guesses counted",
    "citation.first_covers": "of the answerable questions have a first quote that holds the expected place",
    "citation.first_overlaps": "of the answerable questions have a first quote that shares characters with it",
    "citation.precision": "of the quotes given hold the expected place",
    "citation.recall": "of the answerable questions got a quote that holds the expected place",
    "judged.correctness": "of the answers that a language model judged are right, it says; see judge and judge prompt",
    "judged.faithfulness": "of the statements that it judged follow from their quotes, it says; quotes are not judged",
    "judged.not_judged": "of what was put to it got no verdict: no reply, or one that is none; lower is better",
    "retrieval.first_rank": "one over the rank of the first passage with the expected place; of one question",
    "retrieval.char_iou@5": "expected characters found in the first 5 passages, over all found and all missed",
    "retrieval.char_precision@5": "of the characters of the first 5 passages were expected ones",
    "retrieval.char_recall@5": "of the expected characters are in the first 5 passages",
    "retrieval.mrr@10": "one over the rank of the first right article, 0 beyond 10",
    "retrieval.ndcg@10": "how near the top the right articles are, among 10",
    "retrieval.recall@1": "of the right articles come first",
    "retrieval.recall@10": "of the right articles are among the first 10",
    "retrieval.recall@4000chars": "of the expected characters are in the first 4,000 found",
    "retrieval.recall@5": "of the right articles are among the first 5",
    "retrieval.span_recall@1": "of the questions have the expected place in the first passage found",
    "retrieval.span_recall@10": "of the questions have the expected place among the first 10 passages found",
    "retrieval.span_recall@5": "of the questions have the expected place among the first 5 passages found",
    "speed.questions_per_second": "questions a second; how many at a time is under “What it was measured with”",
}
NEEDS = {
    "abstention.coverage": "an answerable question",
    "abstention.false_answers": "a question that is marked as unanswerable",
    "abstention.auroc_answerable": "answerable and unanswerable questions",
    "abstention.": "questions that say in which article the answer stands, or that are unanswerable",
    "answer.": "a question that lists an expected answer",
    "citation.answer_in_quote": "a question that lists an expected answer and does not say where it stands",
    "citation.exact_quote": "a question that was answered",
    "citation.": "a question that says where its answer stands (a quote, or start and end)",
    "retrieval.mrr": "a question that says in which article its answer stands",
    "retrieval.ndcg": "a question that says in which article its answer stands",
    "retrieval.recall@4000chars": "a question that says where its answer stands (a quote, or start and end)",
    "retrieval.recall": "a question that says in which article its answer stands",
    "retrieval.": "a question that says where its answer stands (a quote, or start and end)",
}
SHARES = frozenset(name for name, words in WORDS.items() if words.startswith(("of the ", "of what ")))


def headlines(metrics: Mapping[str, Metric]) -> list[str]:
    """Return the metrics that are shown first, in their order.

    An answer's words are looked for where its place is not known; where more places are, they do not come first.
    """
    known, unknown = (metrics.get(f"citation.{name}recall", UNMEASURED).n for name in ("", "answer_in_quote_"))
    return [
        name
        for name in HEADLINES
        if name in metrics and (unknown > known or not known or not name.startswith("citation.answer_in_quote"))
    ]


def unmeasured_words(name: str) -> str:
    """Return why a metric was not measured: what the data set would need, by the first prefix that fits."""
    need = next((words for prefix, words in NEEDS.items() if name.startswith(prefix)), "a question that was asked")
    return f"Not measured: that takes {need}, and there is none."


def value_words(name: str, metric: Metric) -> str:
    """Return a metric's value as people read it: a share in percent, a time in milliseconds."""
    if metric.value is None:
        return "not measured"
    return number_words(name, metric.value)


def interval_words(name: str, metric: Metric) -> str:
    """Return the 95 % interval in words, or nothing where there is none."""
    if metric.low is None or metric.high is None:
        return ""
    return f"{number_words(name, metric.low)} to {number_words(name, metric.high)}"


def number_words(name: str, value: float) -> str:
    """Return a value of a metric as people read it."""
    if name in SHARES:
        return f"{100 * value:.1f} %"
    if name.endswith("_ms"):
        return f"{value:,.0f} ms"
    return f"{value:.3f}" if name in WORDS and not name.startswith("speed.") else f"{value:,.2f}"
