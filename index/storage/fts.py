"""BM25 by SQLite's FTS5: what words are indexed, and how a question becomes a query.

The two word tables hold no text of their own (``content=''``): the article is
stored once, and what is indexed may differ from what is quoted (CJK characters
are indexed one by one, since FTS5's tokenizer has no dictionary for them).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence

from index.article import PassageKind
from index.storage.sqlite import Connection

WORD_TABLE: dict[PassageKind, str] = {"passage": "passage_words", "sentence": "sentence_words"}

SCHEMA = "".join(
    f"""
CREATE VIRTUAL TABLE {table} USING fts5(
    body, content='', tokenize="porter unicode61 remove_diacritics 2");
"""
    for table in WORD_TABLE.values()
)

# Scripts written without spaces between words: one indexed word a character.
_UNSPACED = re.compile(r"([぀-ヿ㐀-䶿一-鿿豈-﫿฀-๿຀-໿က-႟ក-៿])")
# In large libraries the words that stand in most rows are not searched: they take most of a search's time and
# add next to nothing to its scores, in every language, without a list of stop words.
COMMON_ROWS = 1_000  # a word in fewer rows than this is always searched
COMMON_SHARE = 0.25  # of all rows
# What a question may cost, whoever writes it: questions of people have 10 words, 50 at most.
MOST_WORDS = 64  # searched: the rarest
MOST_LOOKED_UP = 256  # distinct words, the first, of which those are chosen
MOST_POSTINGS = 50_000  # rows that hold them, added up over the words searched: a twentieth of a second
# Letters and digits, without what is one to Python and a separator to FTS5 (the underscore; marks that a later
# Unicode made letters): with it a word would be searched as a phrase, whose parts cost as much as they are many.
_WORD = re.compile(r"[^\W_\u19b0-\u19c0\u19c8\u19c9\u1cf2\u1cf3]+")


def indexed_form(text: str) -> str:
    """Return the text as the word tables see it."""
    return _UNSPACED.sub(r" \1 ", text)


def question_words(question: str) -> list[str]:
    """Return the distinct words of a question, in order, lower case."""
    return list(dict.fromkeys(_WORD.findall(indexed_form(question).lower())))


def word_weights(connection: Connection, kind: PassageKind, words: Sequence[str]) -> dict[str, float]:
    """Weigh the words worth searching by how few rows hold them: ln((N - n + 0.5) / (n + 0.5)), at least 1e-6.

    It is what FTS5's BM25 weighs with: a word that no row holds weighs most, one
    that half of them hold next to nothing. Words that stand in most rows of a
    large library are left out, unless no other is left. Of the others the
    rarest are kept: at most 64, which stand in at most 50,000 rows together, or
    the rarest alone. Of more than 64 those come first that some row holds.
    """
    total = _count(connection, kind)
    most = int(max(COMMON_ROWS, total * COMMON_SHARE))
    looked_up = words[:MOST_LOOKED_UP]
    holding = {word: _rows_with(connection, kind, word, most=most + 1) for word in looked_up}
    if not (kept := [word for word in looked_up if holding[word] <= most]):
        kept, holding = list(looked_up), {word: _rows_with(connection, kind, word, most=total) for word in looked_up}
    searched = _rarest(kept, holding)
    return {word: _weight(total, holding[word]) for word in kept if word in searched}


def _rows_with(connection: Connection, kind: PassageKind, word: str, *, most: int) -> int:
    """Count the rows that hold a word, up to ``most``."""
    table = WORD_TABLE[kind]
    counting = f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {table} MATCH ? LIMIT ?)"
    return int(connection.execute(counting, (f'"{word}"', most)).fetchone()[0])


def _rarest(words: Sequence[str], holding: Mapping[str, int]) -> set[str]:
    """Choose what a search can afford; ties by the order given."""
    chosen: set[str] = set()
    postings = 0
    for word in sorted(words, key=lambda word: (holding[word] == 0, holding[word])):
        if len(chosen) < MOST_WORDS and (not chosen or postings + holding[word] <= MOST_POSTINGS):
            chosen.add(word)
            postings += holding[word]
    return chosen


def search_words(
    connection: Connection,
    kind: PassageKind,
    weights: Mapping[str, float],
    *,
    k: int,
    also: Sequence[int] = (),
    article_ids: Sequence[str] | None = None,
) -> dict[int, float]:
    """Return the relative BM25 of the ``k`` best rows, and of the rows in ``also`` that hold any of the words.

    Relative: divided by the sum of the words' ``weights`` (`word_weights`), so
    that scores of different questions and libraries are alike; 0 to 2.2, which
    FTS5's k1 of 1.2 sets. It is then multiplied by the share of the words that
    stand anywhere in the library: where few do, question and articles are of
    different languages, and what words they share are names, or chance. Best
    first, ties by row. No words give no rows.

    Source: Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25
    and Beyond", 2009; FTS5 fixes k1 = 1.2 and b = 0.75.
    """
    if not weights:
        return {}
    table = WORD_TABLE[kind]
    joined, some_articles, some_rows = "", "", ""
    if article_ids is not None:
        joined = f"CROSS JOIN passage ON passage.row = {table}.rowid"  # CROSS: the words first, then their articles
        some_articles = "AND article_id IN (SELECT value FROM json_each(:articles))"
    if k <= 0:  # +: FTS5 would begin its search anew for each row, and count every word's rows again
        some_rows = f"AND +{table}.rowid IN (SELECT value FROM json_each(:also))"
    found = connection.execute(
        f"""WITH matching AS MATERIALIZED (
                SELECT {table}.rowid AS row, -bm25({table}) AS score
                FROM {table} {joined}
                WHERE {table} MATCH :query {some_articles} {some_rows})
            SELECT row, score FROM matching WHERE row IN (SELECT value FROM json_each(:also))
            UNION SELECT row, score FROM (SELECT row, score FROM matching ORDER BY score DESC, row LIMIT :k)
            ORDER BY score DESC, row""",
        {
            "query": " OR ".join(f'"{word}"' for word in weights),
            "articles": json.dumps(list(article_ids or ())),
            "also": json.dumps([int(row) for row in also]),
            "k": k,
        },
    )
    total = max(1.0, sum(weights.values()))  # at least 1: where every word is common, none tells much
    of_absent = _weight(_count(connection, kind), 0)
    known = sum(weight < of_absent for weight in weights.values()) / len(weights)
    return {int(row): float(score) / total * known for row, score in found}


def _count(connection: Connection, kind: PassageKind) -> int:
    return int(connection.execute("SELECT count(*) FROM passage WHERE kind = ?", (kind,)).fetchone()[0])


def _weight(total: int, holding: int) -> float:
    return max(1e-6, math.log((total - holding + 0.5) / (holding + 0.5)))


def articles_holding(connection: Connection, words: Sequence[str]) -> set[str]:
    """Return the ids of the articles with a passage that holds all of some words, of the last one any beginning.

    That is how one searches while typing. No words give no articles.
    """
    if not words:
        return set()
    table = WORD_TABLE["passage"]
    found = connection.execute(
        f"SELECT DISTINCT article_id FROM {table} JOIN passage ON passage.row = {table}.rowid WHERE {table} MATCH ?",
        (" AND ".join(f'"{word}"' for word in words) + "*",),
    )
    return {article_id for (article_id,) in found}


def rows_holding(connection: Connection, kind: PassageKind, word: str, rows: Sequence[int]) -> list[int]:
    """Return those of some rows that hold a word."""
    table = WORD_TABLE[kind]
    found = connection.execute(  # +: see `search_words`
        f"""SELECT rowid FROM {table}
            WHERE {table} MATCH ? AND +rowid IN (SELECT value FROM json_each(?))""",
        (f'"{word}"', json.dumps(list(rows))),
    )
    return [row for (row,) in found]
