"""Word an answer with a language model; whatever goes wrong, the answer made of quotes stands, with a line saying why.

The model is asked only where the quotes are sure enough to be an answer, so
that what is calibrated decides whether to answer. Each of its statements is
checked (`qa.llm.drafting`) before anybody sees it.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace

from index.article import Article, Hit, Passage
from index.errors import ArticleNotFoundError
from qa.answer import Abstention, Answer, Reply, Trace
from qa.composing import apart
from qa.config import LLMConfig
from qa.errors import LanguageModelError
from qa.events import Event, Finished, Waiting
from qa.llm.drafting import StatementDraft, is_whole
from qa.llm.model import LanguageModel
from qa.llm.prompting import PromptSource, build_prompt
from qa.llm.statements import StatementStream
from qa.llm.supporting import Evidence

OWN_WORDS = "this answer is made of the articles' own words"
NEAREST = 3  # passages shown where the model found no answer

_REFUSAL = re.compile(
    r"\b(?:can ?no|can'|won'|will no|am no|'m no)t (?:able to )?(?:help|assist|answer|provide|comply|do|discuss|fulfil)"
    r"|\bunable to (?:help|assist|answer|provide|comply|do|discuss|fulfil)",
    re.IGNORECASE,
)


class Writer:
    """Words answers; safe to use from several threads."""

    def __init__(self, model: LanguageModel, *, article_of: Callable[[str], Article], config: LLMConfig) -> None:
        """Take the model, where articles are read, and the settings."""
        self._model = model
        self._article_of = article_of
        self._config = config

    def write(self, quoted: Answer) -> Generator[Event]:
        """Word an answer that was made of quotes: tell what is sure as it comes, and last the reply.

        The reply is the worded answer; the quoted one, with a notice, where the
        model failed or nothing that it wrote is borne out; or an abstention
        where it wrote that the passages do not state the answer. Closing the
        generator ends the request to the model.
        """
        began = time.perf_counter()
        try:
            draft = yield from self._draft(quoted)
            reply = self._reply(quoted, draft)
        except LanguageModelError as error:
            reply = _quoted_because(quoted, str(error))
        yield Finished(replace(reply, trace=_timed(reply.trace, time.perf_counter() - began)))

    def warm_up(self) -> None:
        """Load now what the first answer would wait for."""
        self._model.warm_up()

    def _draft(self, quoted: Answer) -> Generator[Event, None, StatementDraft]:
        consulted = self._sources(quoted)
        room = self._config.context_tokens - self._config.max_tokens
        question = quoted.trace.standalone_question
        prompt, given = build_prompt(question, consulted[: self._config.passages], room=room)
        evidence = [Evidence(source) for source in consulted]
        quotes = [(citation.article_id, citation.span) for citation in quoted.citations]
        draft = StatementDraft(evidence[: len(given)], evidence, self._config.unsupported, quotes)
        prose = StatementStream(len(given))
        is_cut = False
        with closing(self._model.stream(prompt)) as pieces:
            for piece in pieces:
                is_cut = is_cut or piece.cut
                if not piece.text:
                    yield Waiting()
                for said in prose.feed(piece.text):
                    yield from draft.take(said)
        for said in prose.finish():
            if is_cut and not said.numbers and not is_whole(said.text):
                draft.cut = True  # half a sentence may say the opposite of the whole
            else:
                yield from draft.take(said)
        return draft

    def _sources(self, quoted: Answer) -> list[PromptSource]:
        """Return the passages consulted, numbered, as their articles have them now: those that are quoted first.

        A quote from outside of them stands for itself.
        """
        hits = list(quoted.trace.consulted)
        for citation in quoted.citations:
            if not any(_holds(hit, citation.article_id, citation.span.start, citation.span.end) for hit in hits):
                place = Passage(citation.article_id, citation.span, citation.quote, "sentence")
                hits.append(Hit(place, citation.score, len(hits) + 1))
        quotes = [(c.article_id, c.span.start, c.span.end) for c in quoted.citations]
        hits.sort(key=lambda hit: not any(_holds(hit, *quote) for quote in quotes))  # stable: else as they were ranked
        sources: list[PromptSource] = []
        for hit in hits:
            try:
                article = self._article_of(hit.passage.article_id)
            except ArticleNotFoundError:  # removed since it was found
                continue
            if hit.passage.span.slice(article.text) == hit.passage.text:
                sources.append(PromptSource(len(sources) + 1, hit.passage, article, hit.score))
        return sources

    def _reply(self, quoted: Answer, draft: StatementDraft) -> Reply:
        if not draft.citations:
            if draft.found_nothing and any(evidence.orders for evidence in draft.given):
                return _quoted_because(
                    quoted,
                    "the language model found no answer, but passages that give it orders were among those it read",
                )
            if draft.found_nothing:
                return _abstained(quoted)
            if _REFUSAL.search(" ".join(draft.written).replace("’", "'")):
                return _quoted_because(quoted, "the language model declined to answer")
            if not draft.written:
                return _quoted_because(quoted, "the language model wrote nothing")
            return _quoted_because(quoted, "what the language model wrote is not borne out by the articles")
        return self._worded(quoted, draft)

    def _worded(self, quoted: Answer, draft: StatementDraft) -> Answer:
        best = quoted.citations[0]
        quotes_best = any(c.article_id == best.article_id and c.span.overlaps(best.span) for c in draft.citations)
        key = "\x00".join([quoted.id, self._model.name, draft.text])
        return replace(
            quoted,
            id=hashlib.sha256(key.encode()).hexdigest()[:16],
            text=draft.text,
            short_answer=quoted.short_answer if quotes_best else None,
            citations=tuple(sorted(draft.citations, key=lambda citation: citation.number)),
            unsupported=tuple(draft.unsupported),
            partial=quoted.partial or draft.found_nothing,
            notice=_notice(draft),
            trace=replace(quoted.trace, models={**quoted.trace.models, "llm": self._model.name}),
        )


def _holds(hit: Hit, article_id: str, start: int, end: int) -> bool:
    place = hit.passage
    return place.article_id == article_id and place.span.start <= start and end <= place.span.end


def _quoted_because(quoted: Answer, reason: str) -> Answer:
    return replace(quoted, notice=_sentence(f"{reason}; {OWN_WORDS}"))


def _abstained(quoted: Answer) -> Abstention:
    return Abstention(
        id=quoted.id,
        question=quoted.question,
        reason="not_stated",
        nearest=apart(quoted.trace.consulted)[:NEAREST],
        confidence=quoted.confidence,
        trace=quoted.trace,
        best_guess=quoted.citations[0],
        notice="The language model found no answer in the passages it read.",
    )


def _notice(draft: StatementDraft) -> str | None:
    """Say what of the model's words is not in the answer; None where all is."""
    reasons = []
    if draft.left_out == 1:
        reasons.append("One statement of the language model was left out: the articles do not bear it out.")
    elif draft.left_out:
        reasons.append(
            f"{draft.left_out} statements of the language model were left out: the articles do not bear them out."
        )
    if draft.cut:
        reasons.append("The language model wrote as much as it may, and its last sentence was left out.")
    return " ".join(reasons) or None


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _timed(trace: Trace, seconds: float) -> Trace:
    """Add the time it took to word an answer to those of a trace."""
    spent = seconds * 1000
    total = trace.timings_ms.get("total", 0.0) + spent
    return replace(trace, timings_ms={**trace.timings_ms, "write": spent, "total": total})
