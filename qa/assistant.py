"""Answer a question: retrieve, read, choose, verify, compose, decide; the whole path on one screen."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypedDict, Unpack

from index.article import Article, Retrieval
from index.errors import ArticleNotFoundError
from index.protocols import Retriever
from qa.abstaining import Calibration, features
from qa.answer import Abstention, Answer, Citation, Reply, Trace
from qa.citing import cite, verify
from qa.composing import apart, asks_for_several, choose, compose, contradicting, parts_of, short_answer
from qa.config import MAX_QUESTION_CHARACTERS, AnsweringConfig
from qa.errors import QuestionError
from qa.events import Event, Finished, Found
from qa.followups import standalone as conversation
from qa.followups.standalone import Turn
from qa.readers.protocols import Candidate, Reader
from qa.readers.reranker import Reranker

MOST_PARTS = 3  # of one question that are asked each on its own
PASSAGES_FOR_PARTS = 9  # read for them all together: reading is most of what a question costs


class Writer(Protocol):
    """Words answers: the seam of a language model."""

    def write(self, quoted: Answer) -> Generator[Event]:
        """Word an answer that is made of quotes: tell what is sure as it comes, and last, `Finished`, the reply.

        Whatever goes wrong, there is a reply: at worst the answer as it was.
        Closing the generator ends the work at once.
        """
        ...

    def warm_up(self) -> None:
        """Load now what takes time to load; nothing is asked."""
        ...


@dataclass(frozen=True, slots=True)
class _Reading:
    """What came of one question, or of one part of it."""

    found: Retrieval
    candidates: Sequence[Candidate]
    confidence: float


class Asking(TypedDict, total=False):
    """What may be said with a question: the keywords of every ``ask``, ``stream`` and ``quote``, here and in front.

    ``history`` are the turns before it, by which a follow-up is understood; ``standalone`` is what to read it as
    instead, given by who knows better. ``article_ids`` are the articles that are asked, None all of the library.
    """

    history: Sequence[Turn]
    article_ids: Sequence[str] | None
    standalone: str | None


class Assistant:
    """Answers questions about one library; safe to use from several threads."""

    def __init__(
        self,
        *,
        retriever: Retriever,
        reader: Reader,
        article_of: Callable[[str], Article],
        calibration: Calibration,
        config: AnsweringConfig,
        embedder_name: str,
        reranker: Reranker | None = None,
        writer: Writer | None = None,
    ) -> None:
        self._retriever = retriever
        self._reader = reader
        self._reranker = reranker
        self._writer = writer
        self._article_of = article_of
        self._calibration = calibration
        self._config = config
        self._models = {"embedder": embedder_name, "reader": reader.name, "llm": None}

    def ask(self, question: str, **asking: Unpack[Asking]) -> Reply:
        """Answer from the library, or from some of its articles; the same question gets the same reply.

        What is read for is the question as it stands alone (`qa.followups.standalone`);
        the reply's trace holds it. A language model, where there is one, may
        word the reply otherwise another time.

        Raises:
            QuestionError: the question, or ``standalone``, is empty, longer than 2,000 characters or no text; or a
                turn is no text.
            ArticleNotFoundError: one of ``article_ids`` is not in the library.
        """
        return next(event.reply for event in self.stream(question, **asking) if isinstance(event, Finished))

    def stream(self, question: str, **asking: Unpack[Asking]) -> Generator[Event]:
        """Answer as `ask` does, telling what is known as soon as it is; the last event holds the reply.

        Only an answer is worded, never an abstention. Closing the generator ends the work.

        Raises:
            QuestionError, ArticleNotFoundError: see `ask`; with the first event.
        """
        reply = self.quote(question, **asking)
        yield Found(reply.trace.consulted)
        if self._writer is not None and isinstance(reply, Answer):
            yield from self._writer.write(reply)
        else:
            yield Finished(reply)

    def quote(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        article_ids: Sequence[str] | None = None,
        standalone: str | None = None,
    ) -> Reply:
        """Answer in the articles' own words, or abstain, as `ask` does where no language model is.

        Raises:
            QuestionError, ArticleNotFoundError: see `ask`.
        """
        question = checked_question(question)
        for turn in history:
            _check_turn(turn)
        asked = conversation.standalone(question, history) if standalone is None else checked_question(standalone)
        before = conversation.background(asked, history)
        for article_id in article_ids or ():
            self._article_of(article_id)
        timings: dict[str, float] = {}
        with _timed(timings, "total"):
            found = self._find(asked, before, article_ids, timings)
            pieces = parts_of(asked)
            parts = self._read_parts(pieces[:MOST_PARTS], before, article_ids, timings) if pieces[1:] else []
            answered = [part for part in parts if part.confidence >= self._threshold]
            readings = answered or [self._read(asked, found, timings)]  # the whole, where no part can be answered
            chosen = self._verified(self._choose_of(answered) if answered else self._choose(readings[0]))
            text, citations = compose([citation for _, citation in chosen])
        trace = Trace(asked, tuple(found.passages), timings, self._models)
        reply_id = _reply_id(question, article_ids, trace)
        confidence = readings[0].confidence  # of what is quoted first
        if citations and confidence >= self._threshold:
            quoted = [candidate for candidate, _ in chosen]
            several = bool(answered) or asks_for_several(asked)
            short = short_answer(quoted if several else [*quoted[:1], *contradicting(quoted)])
            partial = 0 < len(answered) < len(pieces)
            return Answer(reply_id, question, text, short, citations, confidence, trace, partial)
        return Abstention(
            id=reply_id,
            question=question,
            reason=self._calibration.reason(found),
            nearest=apart(found.passages)[: self._config.nearest],
            confidence=confidence,
            trace=trace,
            best_guess=citations[0] if citations else None,
        )

    def _find(
        self,
        question: str,
        before: str,
        article_ids: Sequence[str] | None,
        timings: dict[str, float],
        *,
        most: int | None = None,
    ) -> Retrieval:
        """Return what is found for a question, ``most`` passages of it, or as many as are consulted."""
        consulted = self._config.consulted
        k = consulted if most is None else min(most, consulted)
        with _timed(timings, "retrieve"):
            wanted = k if self._reranker is None else consulted
            found = self._retriever.retrieve(question, k=wanted, article_ids=article_ids, background=before)
        if self._reranker is None:
            return found
        with _timed(timings, "read"):
            return self._reranker.rerank(found, k=k)

    def _read(self, question: str, found: Retrieval, timings: dict[str, float]) -> _Reading:
        with _timed(timings, "read"):
            candidates = self._reader.read(question, found)
        confidence = self._calibration.confidence(features(found, candidates)) if candidates else 0.0
        return _Reading(found, candidates, confidence)

    def _read_parts(
        self, parts: Sequence[str], before: str, article_ids: Sequence[str] | None, timings: dict[str, float]
    ) -> list[_Reading]:
        """Read what is found for each part, so few passages of each that all of them cost little more than one."""
        most = PASSAGES_FOR_PARTS // len(parts)
        return [self._read(part, self._find(part, before, article_ids, timings, most=most), timings) for part in parts]

    def _choose(self, whole: _Reading) -> list[Candidate]:
        """Quote what the question as a whole needs."""
        return choose(whole.candidates, whole.found, most=self._config.most_quotes)

    def _choose_of(self, answered: Sequence[_Reading]) -> list[Candidate]:
        """Quote the best of each part that can be answered."""
        by_place = {part.candidates[0].sentence.passage.id: part.candidates[0] for part in answered}
        return list(by_place.values())[: self._config.most_quotes]

    def warm_up(self) -> None:
        """Load the models, the vectors and the writer now, so that the first question does not wait for them."""
        self._read("?", self._find("?", "", None, {}), {})
        if self._writer is not None:
            self._writer.warm_up()

    @property
    def _threshold(self) -> float:
        override = self._config.abstain_below
        return self._calibration.threshold if override is None else override

    def _verified(self, candidates: Sequence[Candidate]) -> list[tuple[Candidate, Citation]]:
        """Cite candidates; what does not stand in its article, as it is now, is left out."""
        verified = []
        for candidate in candidates:
            try:
                article = self._article_of(candidate.sentence.passage.article_id)
            except ArticleNotFoundError:  # removed since it was found
                continue
            if (citation := verify(cite(candidate, article), article)) is not None:
                verified.append((candidate, citation))
        return verified


def checked_question(question: str) -> str:
    """Return the question without the white space around it.

    Raises:
        QuestionError: nothing is left, more than 2,000 characters, or what is no text.
    """
    stripped = question.strip()
    if not _is_text(stripped):
        raise QuestionError("the question holds bytes that are not text; type it again, in UTF-8")
    if not stripped:
        raise QuestionError("the question is empty; type what you want to know")
    if len(stripped) > MAX_QUESTION_CHARACTERS:
        raise QuestionError(
            f"the question has {len(stripped):,} characters, at most {MAX_QUESTION_CHARACTERS:,} are read; shorten it"
        )
    return stripped


def _check_turn(turn: Turn) -> None:
    if not _is_text(turn.text):
        raise QuestionError(
            "a turn before the question holds bytes that are not text; leave it out, or send it in UTF-8"
        )


def _is_text(text: str) -> bool:
    """Tell whether a string can be written down: half a surrogate pair cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _reply_id(question: str, article_ids: Sequence[str] | None, trace: Trace) -> str:
    """Name a reply by what it depends on: the question, what was asked and what was found."""
    parts = [
        question,
        trace.standalone_question,
        repr(sorted(article_ids) if article_ids is not None else None),
        repr(sorted(trace.models.items())),
    ]
    parts += [f"{hit.passage.id} {hit.passage.text}" for hit in trace.consulted]
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


@contextmanager
def _timed(timings: dict[str, float], stage: str) -> Iterator[None]:
    """Add up how many milliseconds a stage takes."""
    began = time.perf_counter()
    yield
    timings[stage] = timings.get(stage, 0.0) + (time.perf_counter() - began) * 1000
