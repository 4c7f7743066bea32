"""What a file of questions gives: rows, pairs that can be asked, and problems. Pure values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from index.article import Article
from qa.evaluation.data.datasets import Gold, Question


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row, or what it says of its gold, cannot be used.

    ``message`` is one line: where, what, what to do. ``asked`` tells that only
    the gold is lost: the question is asked all the same. ``refused``: a person
    has decided so, and need not be told row by row.
    """

    message: str
    asked: bool = False
    refused: bool = False


class Row(NamedTuple):
    """One row as it stands in the file: ``place`` is its ``file:line``, values are by the column's own name."""

    place: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """A question that can be asked; where its answer stands is still to be looked up in the articles.

    ``article`` is what the row calls the article: an id, a title, a file or an
    address. ``places`` were given by offsets, ``quotes`` only by their words.
    """

    place: str
    question: Question
    article: str | None = None
    quotes: tuple[str, ...] = ()
    places: tuple[Gold, ...] = ()


@dataclass(frozen=True, slots=True)
class PairFile:
    """The pairs of a file or folder, in its order, what could not be used, and the articles that came along.

    Without articles or files of its own it is asked of a library that is there.
    ``refused`` counts the rows that a person has refused: they are no problem.
    ``columns`` are the file's own names for each field that was understood, ``others`` the rest; both
    are empty where there are no columns.
    """

    name: str
    pairs: tuple[Pair, ...]
    problems: tuple[Problem, ...]
    own_articles: tuple[Article, ...] = ()
    own_files: tuple[Path, ...] = ()
    refused: int = 0
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    others: tuple[str, ...] = ()

    @property
    def brings_articles(self) -> bool:
        """Whether it is asked of its own articles."""
        return bool(self.own_articles or self.own_files)


Rows = Iterable[Row | Problem]
