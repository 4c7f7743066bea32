"""Questions that a sentence answers, by rules: where a rule does not fit wholly, it makes none.

English has rules for what a sentence says; Italian, German and Russian ask what
the article says about one of its headings or names. No question is sure to be
good: `qa.question_generation.suggest` asks each before a person sees it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.article import Article, Span
from index.sentences import split_sentences
from qa.english.lexicon import FILLERS
from qa.english.names import Mention, names_in
from qa.followups.languages import language_of
from qa.question_generation.sentence_rules import questions_from

LANGUAGES = ("en", "it", "de", "ru")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question made from an article: its kind, and the places of which one must be cited in answer."""

    question: str
    kind: str
    places: tuple[Span, ...]


def candidates(article: Article) -> list[Candidate]:
    """Return the questions that rules make from an article, in its order, each wording once.

    An article in a language that has no rules gives none.
    """
    language = (article.language or language_of(article.text)).lower().partition("-")[0]
    if language not in LANGUAGES:
        return []
    sentences = split_sentences(article.text, language=language)
    found = [
        Candidate(made.question, made.kind, (made.sentence,))
        for made in (questions_from(article.text, sentences, article.title) if language == "en" else ())
    ]
    found += _about(article, sentences, language)
    found.sort(key=lambda candidate: candidate.places[0])
    return list({candidate.question: candidate for candidate in reversed(found)}.values())[::-1]


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
    return list(dict.fromkeys(match["name"] for match in found if match["name"].lower() not in FILLERS))


def _with_article(name: Mention, text: str) -> str:
    """Return a name with "the" where the article mostly writes it so: "the Kremlin"."""
    bare = name.text.removeprefix("the ").removeprefix("The ")
    with_the = len(re.findall(rf"\b[Tt]he {re.escape(bare)}(?!\w)", text))
    return f"the {bare}" if with_the * 2 > len(re.findall(rf"(?<!\w){re.escape(bare)}(?!\w)", text)) else name.text
