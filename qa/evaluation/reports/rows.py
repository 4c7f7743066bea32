"""Each question of a run as one flat record, for a table: what was expected, what came, why it counts as it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from index.article import Span
from index.errors import ArticleNotFoundError
from qa.answer import Abstention, Citation
from qa.evaluation.data.datasets import Question
from qa.evaluation.metrics.answer import best_score, exact_match, token_f1
from qa.evaluation.metrics.per_question import Changed, changed_scores
from qa.evaluation.metrics.slices import slice_values
from qa.evaluation.metrics.verdicts import ArticleText, Shortfall, Verdict, holds, shortfalls, verdict_of
from qa.evaluation.outcome import Outcome

AROUND = 160  # characters of an article shown on each side of a quote
MOST_GOLD = 3  # expected places shown; some sets name dozens
ARTICLES_AT_HAND = 64  # questions about one article mostly follow each other


@dataclass(frozen=True, slots=True)
class QuotePlace:
    """A stretch of an article between what stands before and after it; ``holds`` the answer, or None where untold."""

    article_id: str
    start: int | None
    before: str
    text: str
    after: str
    title: str = ""
    page: int | None = None
    number: int | None = None
    holds: bool | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a baseline replied to the same question, where that was another reply; ``scores`` are before and now."""

    verdict: Verdict
    status: str
    answer: str
    short_answer: str | None
    quotes: tuple[QuotePlace, ...]
    withheld: QuotePlace | None
    confidence: float | None
    scores: Changed


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A question and what came of it. ``withheld`` is the guess of an abstention; it was not given."""

    id: str
    question: str
    verdict: Verdict
    status: str
    before: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()
    gold: tuple[QuotePlace, ...] = ()
    answer: str = ""
    short_answer: str | None = None
    quotes: tuple[QuotePlace, ...] = ()
    withheld: QuotePlace | None = None
    confidence: float | None = None
    exact_match: float | None = None
    f1: float | None = None
    milliseconds: float | None = None
    shortfalls: tuple[Shortfall, ...] = ()
    notice: str | None = None
    slices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    earlier: Earlier | None = None


def rows(
    questions: Sequence[Question],
    outcomes: Sequence[Outcome],
    failed: Mapping[str, str],
    article_text: ArticleText | None,
    earlier: Mapping[str, Outcome] | None = None,
) -> Iterator[ReportRow]:
    """Yield a row a question, in the order of the questions; one that was not asked has none.

    Args:
        questions: what was asked.
        outcomes: what came of each that did not fail.
        failed: the errors of those that did, by id.
        article_text: gives an article by id; None where there is no library at hand: then quotes stand between the few
            words that a citation keeps, and whether they still stand there is not told.
        earlier: a baseline's outcomes by id, to stand beside a reply that is another.
    """
    text_of = None if article_text is None else lru_cache(maxsize=ARTICLES_AT_HAND)(article_text)
    outcome_of = {outcome.question.id: outcome for outcome in outcomes}
    for question in questions:
        if question.id in outcome_of:
            row = _row(outcome_of[question.id], text_of)
            before = (earlier or {}).get(question.id)
            if before is not None and before.question == question:
                row = replace(row, earlier=_earlier(before, outcome_of[question.id], row, text_of))
            yield row
        elif question.id in failed:
            yield _failed(question, failed[question.id], text_of)


def _row(outcome: Outcome, text_of: ArticleText | None) -> ReportRow:
    question, reply = outcome.question, outcome.reply
    scored = question.answerable and question.answers
    exact, f1 = (best_score(score, outcome) if scored else None for score in (exact_match, token_f1))
    is_abstention = isinstance(reply, Abstention)
    return ReportRow(
        id=question.id,
        question=question.question,
        verdict=verdict_of(outcome),
        status=f"abstained: {reply.reason}" if isinstance(reply, Abstention) else _answered(reply.partial),
        before=tuple(f"{turn.role}: {turn.text}" for turn in question.history),
        expected=question.answers,
        gold=_gold(question, text_of),
        answer="" if isinstance(reply, Abstention) else reply.text,
        short_answer=None if isinstance(reply, Abstention) else reply.short_answer,
        quotes=tuple(_quoted(outcome, citation, text_of) for citation in outcome.citations),
        withheld=_quoted(outcome, outcome.first_candidate, text_of)
        if is_abstention and outcome.first_candidate is not None
        else None,
        confidence=round(reply.confidence, 4),
        exact_match=exact,
        f1=None if f1 is None else round(f1, 4),
        milliseconds=round(outcome.seconds * 1000, 1),
        shortfalls=tuple(shortfalls(outcome, text_of)),
        notice=reply.notice,
        slices=slice_values(question),
    )


def _earlier(before: Outcome, now: Outcome, row: ReportRow, text_of: ArticleText | None) -> Earlier | None:
    """Return the baseline's reply, or nothing where a reader would see the same."""
    scores, was = changed_scores(before, now), _row(before, text_of)
    replied = [(each.status, each.answer, each.short_answer, each.quotes, each.withheld) for each in (was, row)]
    if not scores and replied[0] == replied[1]:
        return None
    status, answer, short_answer, quotes, withheld = replied[0]
    return Earlier(was.verdict, status, answer, short_answer, quotes, withheld, was.confidence, scores)


def _answered(partial: bool) -> str:
    return "partly answered" if partial else "answered"


def _failed(question: Question, error: str, text_of: ArticleText | None) -> ReportRow:
    return ReportRow(
        id=question.id,
        question=question.question,
        verdict="failed",
        status="failed",
        expected=question.answers,
        gold=_gold(question, text_of),
        notice=error,
        slices=slice_values(question),
    )


def _gold(question: Question, text_of: ArticleText | None) -> tuple[QuotePlace, ...]:
    """Return the expected places, the shortest first: it says best what is meant."""
    spans = sorted(set(question.gold_spans), key=lambda place: (place[1].end - place[1].start, place))
    places = [_place(article_id, span, None, text_of) for article_id, span in spans]
    whole = [QuotePlace(gold.article_id, None, "", "", "") for gold in question.gold if gold.span is None]
    return tuple((places + whole)[:MOST_GOLD])


def _quoted(outcome: Outcome, citation: Citation, text_of: ArticleText | None) -> QuotePlace:
    place = _place(citation.article_id, citation.span, citation, text_of)
    return QuotePlace(
        place.article_id,
        place.start,
        place.before,
        citation.quote,
        place.after,
        title=citation.title,
        page=citation.page,
        number=citation.number,
        holds=holds(outcome, citation) if outcome.question.answerable else None,
    )


def _place(article_id: str, span: Span, citation: Citation | None, text_of: ArticleText | None) -> QuotePlace:
    """Return a place as it stands in its article; of an article that is gone, what the citation itself kept."""
    text = _text(article_id, text_of)
    if text is None:
        before, after = (citation.prefix, citation.suffix) if citation else ("", "")
        return QuotePlace(article_id, span.start, before, "", after)
    before = ("…" if span.start > AROUND else "") + text[max(0, span.start - AROUND) : span.start]
    after = text[span.end : span.end + AROUND] + ("…" if span.end + AROUND < len(text) else "")
    return QuotePlace(article_id, span.start, before, span.slice(text), after)


def _text(article_id: str, text_of: ArticleText | None) -> str | None:
    try:
        return None if text_of is None else text_of(article_id)
    except ArticleNotFoundError:
        return None
