"""All that the rules ask of an English article, what reads badly left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from index.article import Article, Span
from qa.english.clauses import clauses_of
from qa.english.lexicon import BE, PLACES, POINTING
from qa.english.names import names_in
from qa.english.tokens import words_of
from qa.question_generation.english import questions_about
from qa.question_generation.english_parts import joined, shortened
from qa.question_generation.nouns import Asked

MOST_CHARACTERS = 140
LEAST_WORDS = 4
_POINTS = (POINTING - {"there", "one", "that"}) | frozenset("ago latter above below following".split())
_THAT = re.compile(
    r"\bthat (?!(?:is|are|was|were|has|have|had|can|could|will|would|may|might|must|should|the|an?)\b"
    r"|[A-Z]|\w+(?:s|ed)\b)"
)  # that points at something, and opens no clause
_MOMENTS = re.compile(r" (?:today|yesterday|tomorrow|now)\b(?=[ ?])")  # true of the day it was written
_AFTERTHOUGHT = re.compile(r" (?:as well|too|also|either|again)\?$")
# What a sentence went on after, so that the question is cut short.
_LOOSE_END = re.compile(
    r"(?:\band \w+ed| and began| (?:beginning|starting|including|former|latter|s)|-\d{4}| and [\d,.]+)\?$"
)
_OWN = frozenset("his her its their our".split())


def english_questions(article: Article, sentences: Sequence[Span]) -> Iterator[Asked]:
    """Yield the questions of each sentence, in order, each with the place of its answer."""
    title = re.sub(r"^(?:the|an?) |\s*\(.*\)$", "", article.title.casefold())
    kinds = {title: "thing"} | {name.text.removeprefix("the "): name.kind for name in names_in(article.text)}
    for span in sentences:
        for asked in _of_sentence(article.text, span, kinds):
            yield from _kept(asked, article.text)


def _kept(asked: Asked, text: str) -> Iterator[Asked]:
    """Yield a question as a person would write it, without its answer's quotation marks, if it reads well."""
    question = _AFTERTHOUGHT.sub("?", _MOMENTS.sub("", asked.question))
    answer = asked.answer
    if answer.slice(text)[:1] == "“" and answer.slice(text)[-1:] == "”" and answer.slice(text).count("“") == 1:
        answer = Span(answer.start + 1, answer.end - 1)
    tidied = replace(asked, question=question, answer=answer)
    if reads_well(tidied, text):
        yield tidied


def _of_sentence(text: str, span: Span, kinds: Mapping[str, str]) -> Iterator[Asked]:
    sentence = span.slice(text)
    if not sentence.rstrip('”"’)').endswith((".", "…")) or len(sentence.split()) < LEAST_WORDS:
        return
    yield from _who(text, span)
    for clause in clauses_of(words_of(text, span)):
        yield from questions_about(clause, text, span, kinds)


_LARGE = r"[A-Z][\w’'-]*\w"
_NAME = rf"{_LARGE}(?:[ .]{{1,2}}(?:(?:of|de|von|van|al) )?{_LARGE}){{0,3}}"
_WHO = re.compile(
    rf"(?P<name>(?:(?:the|another|a) (?:[a-z]+ ){{0,3}}[a-z]+, )?{_NAME})(?:,| –|—) who (?P<did>[a-z]\w+[^,;:.–—()]*)"
)


def _who(text: str, sentence: Span) -> Iterator[Asked]:
    """For example: "… by Ada Holm, who drew the plans of the bridge." — "Who drew the plans of the bridge?"."""
    for match in _WHO.finditer(text, *sentence):
        did, name = shortened(words_of(text, Span(*match.span("did")))), match["name"].split(", ")[-1]
        cut = re.match(r"\.\d", text[match.end() :]) is not None  # a number in two
        if len(did) < 3 or cut or any(word.low in BE for word in did[2:]) or did[0].low in {"are", "were", "have"}:
            continue
        if name.split()[-1].lower() not in PLACES:
            answer = Span(match.end("name") - len(name), match.end("name"))
            yield Asked(f"Who {joined(text, did)}?", "who", answer, sentence, 4)


def reads_well(asked: Asked, text: str) -> bool:
    """Tell whether a question can stand alone: whole, short, pointing at nothing, and not holding its answer."""
    question, answer = asked.question, asked.answer.slice(text)
    words = [word.lower() for word in re.findall(r"[\w’'-]+", question)]
    own = [word for word in words if word in _OWN]
    return (
        len(question) <= MOST_CHARACTERS
        and len(words) >= (LEAST_WORDS - (asked.kind == "definition"))
        and not any(word in _POINTS for word in words[1:])
        and not _THAT.search(question)
        and not (own and asked.kind not in {"who", "which"})
        and question.count("“") == question.count("”")
        and question.count('"') % 2 == 0
        and not re.search(r"[:;\n\[\]{}<>()–—]", question)
        and "/" not in question
        and not _LOOSE_END.search(question)
        and not re.search(r"\bbetween\b(?!.* and )", question)
        and answer.strip() != ""
        and not re.search(rf"(?<!\w){re.escape(answer.lower())}(?!\w)", question.lower())
        and not any(word.lower() in _POINTS for word in re.findall(r"[\w’'-]+", answer)[:2])
        and not (asked.kind in {"who", "which"} and set(answer.lower().split()) & _OWN)
    )
