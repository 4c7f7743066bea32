"""Find the exact sentences that bear a statement out, or say that none do.

A statement is borne out by a passage when `qa.llm.checking` finds it supported
by the passage's sentences, those left out that speak to the model
(`qa.llm.orders`); it is quoted from the fewest of them that bear it out alone.
What code cannot check, as an address or markup, nothing bears out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from index.article import Article, Span
from index.sentences import split_sentences
from qa.english.comparison_words import folded, has_verb, normalised, tokens_of
from qa.llm.checking import LEAST_SHARED, check_statement, shared_words
from qa.llm.orders import gives_orders, orders_near
from qa.llm.prompting import PromptSource

_UNCHECKABLE = re.compile(
    r"https?:|www\.|\b[\w-]+\.[a-z]{2,}/\S|\b(?:javascript|data|file|ftp|mailto):\S|</?[a-z!][^>]*>?|!?\[[^\]]*\]\s*\(|\]\s*:\s*\S|\bon\w+\s*=",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"[?？؟]\W*\Z")
_NEGATIONS = {
    "de": "nicht nichts nie niemals niemand kein keine keinen keinem keiner keines ohne weder",
    "fr": "ne n pas jamais aucun aucune sans rien ni",
    "it": "non mai nessun nessuno nessuna senza niente nulla né",
    "es": "no nunca jamás sin ningún ninguno ninguna nada nadie ni",
    "pt": "não nunca jamais sem nenhum nenhuma nada ninguém nem",
    "nl": "niet niets nooit niemand geen zonder noch",
    "pl": "nie nigdy nikt nic bez żaden żadna żadne ani",
    "ru": "не нет ни никогда никто ничего ничто без нельзя",
    "uk": "не немає ні ніколи ніхто нічого без",
}
_NEGATION_WORDS = {code: frozenset(map(folded, words.split())) for code, words in _NEGATIONS.items()}


@dataclass(frozen=True, slots=True)
class Support:
    """Sentences that bear a statement out: a place in the article of a source."""

    source: PromptSource
    span: Span


@dataclass(frozen=True)
class Evidence:
    """A source as statements are checked against it, read once for all of them."""

    source: PromptSource

    @property
    def article(self) -> Article:
        """The article that the source stands in."""
        return self.source.article

    @cached_property
    def orders(self) -> list[Span]:
        """The stretches of the article about the passage that speak to the model."""
        return orders_near(self.article.text, self.source.passage.span)

    @cached_property
    def sentences(self) -> list[Span]:
        """The places of the passage's sentences that may bear a statement out."""
        place = self.source.passage.span
        spans = split_sentences(self.source.passage.text, language=self.article.language)
        placed = [Span(place.start + span.start, place.start + span.end) for span in spans]
        return [span for span in placed if not any(span.overlaps(order) for order in self.orders)]

    @cached_property
    def title(self) -> str:
        """The article's title, which names what sentences call "he" or "it"; nothing where it gives orders."""
        return "" if gives_orders(self.article.title) else self.article.title

    def text(self, *spans: Span) -> str:
        """Return sentences as statements are checked against them: after the title."""
        return "\n\n".join([self.title, *(span.slice(self.article.text) for span in spans)])

    def nearest(self, statement: str) -> Span | None:
        """Return the sentence that has most of a statement's words, the first of equals."""
        text = self.article.text
        return max(self.sentences, key=lambda span: shared_words(statement, span.slice(text)), default=None)


def is_checkable(statement: str) -> bool:
    """Tell whether a statement is words alone: no address, markup or link, which could do more than be read."""
    return _UNCHECKABLE.search(unicodedata.normalize("NFKC", statement)) is None


def is_fragment(statement: str, language: str | None) -> bool:
    """Tell whether a statement only names something: true or not, it says nothing without the question.

    In other languages than English three words are taken for a sentence.
    """
    tokens = tokens_of(normalised(statement))
    words = [token.text for token in tokens if token.kind == "word"]
    is_latin = 2 * sum(map(str.isascii, words)) >= len(words)
    return not has_verb(tokens) if (language or "en")[:2].lower() == "en" and is_latin else len(words) < 3


def stands_in(statement: str, quote: str) -> bool:
    """Tell whether the words of a statement stand in a quote, in a row."""
    words, found = (" ".join(folded(t.text) for t in tokens_of(normalised(text))) for text in (statement, quote))
    return f" {words.rstrip(' .')} " in f" {found} "


def find_support(statement: str, cited: Sequence[Evidence]) -> list[Support]:
    """Return the sentences that bear a statement out, of each source that does; else of all of them together.

    None where nothing does; a question states nothing that could be.
    """
    if not is_checkable(statement) or _QUESTION.search(statement):
        return []
    alone = [Support(each.source, span) for each in cited if (span := _narrowest(statement, each)) is not None]
    return alone or _together(statement, cited)


def _narrowest(statement: str, evidence: Evidence) -> Span | None:
    """Return the fewest sentences in a row that bear a statement out; of as many, those that share most with it."""
    sentences, text, language = evidence.sentences, evidence.article.text, evidence.article.language
    if not check_statement(statement, {1: evidence.text(*sentences)}, language=language).supported:
        return None
    nearest = evidence.nearest(statement)
    if nearest is None or _denies(statement, language) != _denies(nearest.slice(text), language):
        return None
    for length in range(1, len(sentences) + 1):
        rows = [sentences[start : start + length] for start in range(len(sentences) - length + 1)]
        wholes = [Span(row[0].start, row[-1].end) for row in rows if _is_unbroken(row, evidence)]
        for whole in sorted(wholes, key=lambda whole: -shared_words(statement, whole.slice(text))):
            if _bears_out(statement, evidence.text(whole), language):
                return whole
    return None


def _is_unbroken(row: Sequence[Span], evidence: Evidence) -> bool:
    """Tell whether no order stands between sentences, which quoting them as one would take in."""
    whole = Span(row[0].start, row[-1].end)
    return not any(whole.overlaps(order) for order in evidence.orders)


def _together(statement: str, cited: Sequence[Evidence]) -> list[Support]:
    """Return the nearest sentence of each of several sources, if together they bear a statement out."""
    if len(cited) < 2:
        return []
    nearest = [(each, span) for each in cited if (span := each.nearest(statement)) is not None]
    text = "\n\n".join(each.text(span) for each, span in nearest)
    languages = {each.article.language for each, _ in nearest}
    if len(languages) != 1 or not _bears_out(statement, text, language := languages.pop()):
        return []
    if _denies(statement, language) != _denies(text, language):
        return []
    return [Support(each.source, span) for each, span in nearest]


def _bears_out(statement: str, text: str, language: str | None) -> bool:
    """Tell whether a text bears a statement out: the check's word, and in any language some of the words."""
    if not check_statement(statement, {1: text}, language=language).supported:
        return False
    if (language or "en")[:2].lower() == "en":
        return shared_words(statement, text) > 0  # "yes" and "it is so" hold nothing that can be looked up
    return _shares_letters(statement, text)


def _denies(text: str, language: str | None) -> bool:
    """Tell whether a text denies something; False in English, which the check reads closer, and where we know no words.

    A text that does not say its language may be Russian: no English word is written like theirs.
    """
    words = _NEGATION_WORDS.get((language or "ru")[:2].lower(), frozenset())
    return any(folded(token.text) in words for token in tokens_of(normalised(text)) if token.kind == "word")


def _shares_letters(statement: str, text: str) -> bool:
    """Tell whether a text has half of a statement's words, whatever the language: what begins alike is one word."""
    whole = folded(normalised(text))
    said = [folded(token.text) for token in tokens_of(normalised(statement)) if token.kind == "word"]
    words = [word for word in said if len(word) > 3 or not word.isascii()]
    found = sum(word[: max(4, len(word) - 3)] in whole for word in words)
    return 0 < LEAST_SHARED * len(words) <= found
