"""Questions to begin with: the best of what the rules ask of an article, each asked before it is shown.

What is suggested is answered: a question is kept only if the assistant answers
it and cites first a sentence that it was made from. No model writes them, so
none is about what the article does not say. Where the rules ask too little, it
is what the article says about one of its headings or names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from index.article import Article, Span
from index.sentences import split_sentences
from qa.answer import Answer, Reply
from qa.english.names import Mention, names_in
from qa.question_generation.select import asked_of, is_alike, language_in

MOST_SUGGESTED = 4
MOST_ASKED = 24  # a question takes a fifth of a second
MOST_CHARACTERS = 90  # of a question: it is a button
LEAST_TRUST = 3  # of the rule that made it
PARTS = 4  # of an article, from which questions come in turn


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question made from an article, the places of which one must be cited in answer, and how far it is trusted."""

    question: str
    kind: str
    places: tuple[Span, ...]
    trust: int = 0


def suggest(article: Article, ask: Callable[[str], Reply]) -> list[str]:
    """Return at most four questions that the article answers, in its order; the same article gets the same ones.

    ``ask`` puts a question to this article alone. It is called up to 24 times,
    which takes seconds: keep the result. It changes only with the article's
    ``content_hash`` and with the models that answer, which every reply's
    ``trace.models`` names.
    """
    waiting, kept = candidates(article), list[Candidate]()
    for _ in range(MOST_ASKED):
        if not waiting or len(kept) == MOST_SUGGESTED:
            break
        candidate = _next(waiting, kept, len(article.text))
        waiting.remove(candidate)
        if _is_answered(candidate, ask(candidate.question), article.id):
            kept.append(candidate)
            waiting = [each for each in waiting if not _asks_the_same(each, candidate)]
    return [candidate.question for candidate in sorted(kept, key=lambda each: each.places[0])]


def candidates(article: Article) -> list[Candidate]:
    """Return what may be suggested of an article, in its order, each wording once; none in a language without rules."""
    language = language_in(article)
    found = [
        Candidate(asked.question, asked.kind, (asked.sentence,), asked.trust)
        for asked in asked_of(article)
        if asked.trust >= LEAST_TRUST and len(asked.question) <= MOST_CHARACTERS
    ]
    if language in _ABOUT:
        found += _about(article, split_sentences(article.text, language=language), language)
    return sorted({each.question: each for each in found}.values(), key=lambda each: each.places[0])


def _next(waiting: Sequence[Candidate], kept: Sequence[Candidate], length: int) -> Candidate:
    """Return the candidate most unlike what is kept: another kind first, then another part of the article."""
    kinds = Counter(candidate.kind for candidate in kept)
    parts = Counter(_part(candidate, length) for candidate in kept)
    return min(
        waiting,
        key=lambda each: (not each.trust, kinds[each.kind], -each.trust, parts[_part(each, length)], each.places[0]),
    )


def _part(candidate: Candidate, length: int) -> int:
    return candidate.places[0].start * PARTS // max(1, length)


def _asks_the_same(one: Candidate, other: Candidate) -> bool:
    return bool(set(one.places) & set(other.places)) or is_alike(one.question, other.question)


def _is_answered(candidate: Candidate, reply: Reply, article_id: str) -> bool:
    """Tell whether a reply answers, and with what the question was made from."""
    if not isinstance(reply, Answer):
        return False
    first = reply.citations[0]
    return first.article_id == article_id and any(first.span.overlaps(place) for place in candidate.places)


_ABOUT = {
    "en": "What does the article say about {}?",
    "it": "Cosa dice l’articolo su {}?",
    "de": "Was sagt der Artikel über {}?",
    "ru": "Что говорится в статье на тему {}?",
}
_QUOTES = {"en": "“{}”", "it": "“{}”", "de": "„{}“", "ru": "«{}»"}
_LEAST_OFTEN = 2  # sentences that speak of a name


def _about(article: Article, sentences: Sequence[Span], language: str) -> Iterator[Candidate]:
    """Ask what the article says under a heading, or about a name that several sentences speak of.

    Headings stand in quotes, so that no grammar bends them; so do names in
    Russian, which inflects them.
    """
    form, quotes = _ABOUT[language], _QUOTES[language]
    for mark in article.marks:
        under = Span(mark.span.start + len(mark.label), mark.span.end)
        inside = tuple(span for span in sentences if under.covers(span))
        if mark.kind == "heading" and inside and _is_label(mark.label):
            yield Candidate(form.format(quotes.format(mark.label.strip())), "heading", inside)
    for name in _names(article.text, language):
        pattern = re.compile(rf"(?<!\w){re.escape(name.removeprefix('the '))}(?!\w)")
        inside = tuple(span for span in sentences if pattern.search(span.slice(article.text)))
        if len(inside) >= _LEAST_OFTEN and name.lower() != article.title.lower():
            yield Candidate(form.format(quotes.format(name) if language == "ru" else name), "name", inside)


def _is_label(label: str) -> bool:
    return 1 <= len(label.split()) <= 8 and label[0].isalpha() and label[-1] not in ":;,.?!"


# Two capitalised words in the middle of a sentence; a single one is too often no name, in German above all.
_FULL_NAME = re.compile(
    r"(?<=[^\W\d_][ ,] )?(?<=\w )(?P<name>[^\W\d_a-zа-яё][\w-]+ [^\W\d_a-zа-яё][\w-]+)(?= [^\W\d_A-ZА-ЯЁ]|[,.])"
)
_RUSSIAN_SUBJECT = re.compile(
    r"(?:^|[.!?\n] ?)(?P<name>[А-ЯЁ][а-яё-]+ [А-ЯЁ][а-яё-]+)(?= [а-яё]+(?:л|ла|ся|лась|ет|ит)\b)"
)


def _names(text: str, language: str) -> list[str]:
    """Return the names that a question may hold unchanged, each once, in order."""
    if language == "en":
        named = [name for name in names_in(text) if " " in name.text or name.kind in {"thing", "plural"}]
        return [
            _with_article(name, text) for name in named if not re.search(rf"{re.escape(name.text)}['’] [A-Z]", text)
        ]
    found = (_RUSSIAN_SUBJECT if language == "ru" else _FULL_NAME).finditer(text)
    return list(dict.fromkeys(match["name"] for match in found))


def _with_article(name: Mention, text: str) -> str:
    """Return a name with "the" where the article mostly writes it so: "the Kremlin"."""
    bare = name.text.removeprefix("the ").removeprefix("The ")
    with_the = len(re.findall(rf"\b[Tt]he {re.escape(bare)}(?!\w)", text))
    return f"the {bare}" if with_the * 2 > len(re.findall(rf"(?<!\w){re.escape(bare)}(?!\w)", text)) else name.text
