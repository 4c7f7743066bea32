"""Cut an article into sentences, and pack whole sentences into passages.

Every span is exact: ``article.text[span.start:span.end]`` is the passage. What
a sentence is, is decided in `index.sentences` and here once; a passage edge
never cuts one. A sentence too long for the embedding model (a table, a list
without full stops) is cut at its best inner boundary, and each piece then
counts as a sentence, so nothing is lost to truncation. The same is done to one
of more than 2,000 characters, whatever a model counts: to some a "word" of any
length is one token, and white space is none.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.article import MOST_PASSAGE_CHARACTERS, Article, Passage, Span, has_own_title
from index.config import ChunkingConfig
from index.protocols import Embedder
from index.sentences import split_sentences, trimmed, whole_characters

_INNER_BOUNDARIES = (re.compile(r"[;:。；：،؛।]\s*"), re.compile(r"[,，、]\s*"), re.compile(r"\s+"))

STRETCH_CHARACTERS = 200_000
MOST_TITLE_CHARACTERS = 300  # of a title that the model reads before each passage


@dataclass(frozen=True, slots=True)
class Chunks:
    """What one article is cut into; each in order of place."""

    sentences: tuple[Passage, ...]
    passages: tuple[Passage, ...]


def cut_article(article: Article, embedder: Embedder, config: ChunkingConfig) -> Chunks:
    """Cut an article into sentences and passages; an article of white space gives none."""
    token_starts = _token_starts(article.text, embedder)
    budget = min(config.max_passage_tokens, embedder.max_tokens)
    if config.title_in_embedding and has_own_title(article):
        budget -= min(len(embedder.tokens(embedded_title(article))) + 1, budget // 4)

    def count(span: Span) -> int:
        return bisect_left(token_starts, span.end) - bisect_left(token_starts, span.start)

    sentences = [
        piece
        for sentence in split_sentences(article.text, language=article.language)
        for piece in _cut_to_budget(article.text, sentence, token_starts, budget)
    ]
    heading_starts = {mark.span.start for mark in article.marks if mark.kind == "heading"}
    packed = _pack(sentences, [count(s) for s in sentences], heading_starts, budget, config.overlap_sentences)
    return Chunks(
        sentences=tuple(Passage(article.id, s, s.slice(article.text), "sentence") for s in sentences),
        passages=tuple(Passage(article.id, p, p.slice(article.text), "passage") for p in packed),
    )


def _token_starts(text: str, embedder: Embedder) -> Sequence[int]:
    """Return where each token begins; a long text is read in stretches, so that a book needs little memory."""
    starts = array("q")
    begin = 0
    while begin < len(text):
        end = begin + STRETCH_CHARACTERS
        if end < len(text):
            gap = max(text.rfind(" ", begin, end), text.rfind("\n", begin, end))
            end = gap if gap > begin else end
        starts.extend(begin + token.start for token in embedder.tokens(text[begin:end]))
        begin = end
    return starts


def embedded_title(article: Article) -> str:
    """Return what the model reads of a title."""
    return article.title[:MOST_TITLE_CHARACTERS]


def _cut_to_budget(text: str, sentence: Span, token_starts: Sequence[int], budget: int) -> Iterator[Span]:
    """Yield a sentence, or its pieces when it has more tokens than the budget, or too many characters."""
    first, last = bisect_left(token_starts, sentence.start), bisect_left(token_starts, sentence.end)
    start = sentence.start
    while last - first > budget or sentence.end - start > MOST_PASSAGE_CHARACTERS:
        # Several tokens may stand at one character; a piece has at least one.
        later = (token_starts[position] for position in range(first + budget, last))
        limit = next((begin for begin in later if begin > start), sentence.end)
        cut = _best_cut(text, start, min(limit, start + MOST_PASSAGE_CHARACTERS))
        piece = trimmed(text, Span(start, cut))
        if piece.start < piece.end:
            yield piece
        start, first = cut, bisect_left(token_starts, cut)
    if (rest := trimmed(text, Span(start, sentence.end))).start < rest.end:
        yield rest


def _best_cut(text: str, start: int, limit: int) -> int:
    """Return the last good boundary in the second half of ``[start, limit]``, or the last between two characters."""
    for boundary in _INNER_BOUNDARIES:
        ends = [match.end() for match in boundary.finditer(text, start, limit)]
        if ends and ends[-1] > (start + limit) // 2:
            return ends[-1]
    return whole_characters(text, start, limit)


def _pack(
    sentences: Sequence[Span], sizes: Sequence[int], heading_starts: set[int], budget: int, overlap: int
) -> list[Span]:
    """Fill passages with whole sentences up to the budget, and 2,000 characters; a heading opens a new one."""

    def fits(first: int, last: int) -> bool:
        return sentences[last].end - sentences[first].start <= MOST_PASSAGE_CHARACTERS

    passages: list[Span] = []
    for section in _sections(sentences, heading_starts):
        first = section.start
        while first < section.stop:
            last, size = first, sizes[first]
            while last + 1 < section.stop and size + sizes[last + 1] <= budget and fits(first, last + 1):
                last += 1
                size += sizes[last]
            passages.append(Span(sentences[first].start, sentences[last].end))
            if last + 1 == section.stop:
                break
            # So many sentences back as still leave room for a new one.
            begins = range(max(first + 1, last + 1 - overlap), last + 1)
            roomy = (n for n in begins if sum(sizes[n : last + 2]) <= budget and fits(n, last + 1))
            first = next(roomy, last + 1)
    return passages


def _sections(sentences: Sequence[Span], heading_starts: set[int]) -> Iterator[range]:
    """Yield runs of sentences that share a section; headings that follow each other stay together."""
    begin = 0
    for position in range(1, len(sentences)):
        opens = sentences[position].start in heading_starts
        if opens and sentences[position - 1].start not in heading_starts:
            yield range(begin, position)
            begin = position
    if sentences:
        yield range(begin, len(sentences))
