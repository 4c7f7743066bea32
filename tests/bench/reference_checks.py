"""A real run scored again by references: ``python -m tests.bench.reference_checks RUN DATASET [--official FILE]``.

RUN is a folder that ``footnote eval --out`` wrote, DATASET the folder of its
questions, whose gold is read anew. Answers are scored by
`tests.qa.evaluation.metrics.squad_reference` and, where FILE is a module with the
official script's ``compute_exact`` and ``compute_f1`` (that of transformers 4,
``data/metrics/squad_metrics.py``), by that too; rankings by trec_eval, from
``run.trec``. Prints the largest differences as Markdown; exit code 1 above 1e-9.
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytrec_eval

from qa.evaluation.data.datasets import Question, load_dataset
from qa.evaluation.metrics.answer import best_score, exact_match, measure_answers, token_f1
from qa.evaluation.metrics.retrieval import article_metrics
from qa.evaluation.outcome import Outcome
from qa.evaluation.report import read_report
from qa.reply_json import reply_from_json
from tests.qa.evaluation.metrics import squad_reference

WITHIN = 1e-9
WITHIN_REPORT = 5e-7  # report.json has six digits
Score = Callable[[str, str], float]


class Check(NamedTuple):
    what: str
    n: int
    ours: float
    theirs: float
    largest: float
    within: float = WITHIN


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.reference_checks")
    parser.add_argument("run", type=Path)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--official", type=Path)
    arguments = parser.parse_args()
    questions = load_dataset(arguments.dataset).questions
    outcomes = read_outcomes(arguments.run, questions)
    references: dict[str, tuple[Score, Score]] = {"reference": (squad_reference.exact, squad_reference.f1)}
    if arguments.official is not None:
        references["official script"] = official_scores(arguments.official)
    checks = [check for name, scores in references.items() for check in answer_checks(outcomes, name, *scores)]
    checks += ranking_checks(outcomes, trec_run(arguments.run / "run.trec"))
    checks += list(report_checks(arguments.run, outcomes))
    print("| what | n | ours | reference | largest difference |\n|---|---|---|---|---|")
    for check in checks:
        print(f"| {check.what} | {check.n:,} | {check.ours:.9f} | {check.theirs:.9f} | {check.largest:.2e} |")
    sys.exit(any(check.largest > check.within for check in checks))


def read_outcomes(run: Path, questions: Sequence[Question]) -> list[Outcome]:
    asked = {question.id: question for question in questions}
    records = [json.loads(line) for line in (run / "answers.jsonl").read_bytes().splitlines()]
    return [Outcome(asked[each["id"]], reply_from_json(each["reply"]), 0.0) for each in records if "reply" in each]


def predicted(outcome: Outcome) -> str:
    """Return what was answered, as a file of predictions has it: an abstention is the empty text."""
    if not outcome.answered:
        return ""
    short: str | None = getattr(outcome.reply, "short_answer", None)
    places = dict.fromkeys((each.article_id, each.span, each.quote) for each in outcome.citations)
    return short or " ".join(quote for _, _, quote in places)


def answer_checks(outcomes: Sequence[Outcome], name: str, exact: Score, f1: Score) -> Iterator[Check]:
    listed = [each for each in outcomes if each.question.answers or not each.question.answerable]
    measured = measure_answers(outcomes)
    for words, ours, theirs in (("exact_match", exact_match, exact), ("f1", token_f1, f1)):
        differences, total = [], 0.0
        for outcome in listed:
            asked = outcome.question
            reference = squad_reference.best(theirs, predicted(outcome), asked.answers if asked.answerable else ())
            own = best_score(ours, outcome) if asked.answerable else float(not outcome.answered)
            differences.append(abs(own - reference))
            total += reference
        mean, value = total / len(listed), measured[f"answer.{words}_with_unanswerable"].value
        assert value is not None
        yield Check(f"{words}, each question, {name}", len(listed), value, mean, max(differences))
        yield Check(f"{words}, over all, {name}", len(listed), value, mean, abs(value - mean))


def ranking_checks(outcomes: Sequence[Outcome], run: Mapping[str, Mapping[str, float]]) -> Iterator[Check]:
    judged = [each for each in outcomes if each.question.answerable and each.question.gold]
    measured = article_metrics(judged)
    qrels = {each.question.id: {gold.article_id: 1 for gold in each.question.gold} for each in judged}
    first_ten = {name: dict(sorted(scores.items(), key=lambda item: -item[1])[:10]) for name, scores in run.items()}
    found = pytrec_eval.RelevanceEvaluator(qrels, {"recall.1,5,10", "ndcg_cut.10"}).evaluate(run)
    ranks = pytrec_eval.RelevanceEvaluator(qrels, {"recip_rank"}).evaluate(first_ten)
    for ours, theirs, values in (
        ("recall@1", "recall_1", found),
        ("recall@5", "recall_5", found),
        ("recall@10", "recall_10", found),
        ("ndcg@10", "ndcg_cut_10", found),
        ("mrr@10", "recip_rank", ranks),
    ):
        mean = sum(values.get(each.question.id, {}).get(theirs, 0.0) for each in judged) / len(judged)
        value = measured[f"retrieval.{ours}"].value
        assert value is not None
        yield Check(f"{ours}, trec_eval on run.trec", len(judged), value, mean, abs(value - mean))


def report_checks(run: Path, outcomes: Sequence[Outcome]) -> Iterator[Check]:
    """What report.json says is what the answers beside it give."""
    reported = read_report(run / "report.json").metrics
    judged = [each for each in outcomes if each.question.answerable and each.question.gold]
    for name, metric in sorted({**measure_answers(outcomes), **article_metrics(judged)}.items()):
        written = reported[name].value
        if metric.value is not None and written is not None:
            off = abs(metric.value - written)
            yield Check(f"{name}, in report.json", metric.n, metric.value, written, off, WITHIN_REPORT)


def trec_run(path: Path) -> dict[str, dict[str, float]]:
    run: dict[str, dict[str, float]] = {}
    for line in path.read_text("utf-8").splitlines():
        question, _, article, _, score, _ = line.split()
        run.setdefault(question, {})[article] = float(score)
    return run


def official_scores(path: Path) -> tuple[Score, Score]:
    """Return the two functions of the official script, from a file that imports more than is installed here."""
    wanted = {"normalize_answer", "get_tokens", "compute_exact", "compute_f1"}
    tree = ast.parse(path.read_text("utf-8"))
    kept: list[ast.stmt] = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in wanted]
    names: dict[str, Any] = {}
    exec("import collections, re, string", names)  # noqa: S102  # the file was named by whoever runs this
    exec(compile(ast.Module(kept, []), str(path), "exec"), names)  # noqa: S102  # the same

    def flipped(score: Score) -> Score:
        return lambda given, gold: float(score(gold, given))

    return flipped(names["compute_exact"]), flipped(names["compute_f1"])


if __name__ == "__main__":
    main()
