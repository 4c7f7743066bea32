"""Folders: questions beside their articles, and BEIR's corpus, queries and relevance judgements.

Source of BEIR's layout: Thakur et al., "BEIR: A Heterogeneous Benchmark for
Zero-shot Evaluation of Information Retrieval Models", 2021.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from index.formats import readable_files
from index.formats.files import printable
from qa.errors import DatasetError
from qa.evaluation.data.datasets import Gold, Question
from qa.evaluation.data.decoding import read_file
from qa.evaluation.data.nouns import Pair, Problem, Row
from qa.evaluation.data.tables import read_json_lines

SUFFIXES = (".jsonl", ".ndjson", ".csv", ".tsv", ".xlsx", ".json")
_CORPUS, _QUERIES = "corpus.jsonl", "queries.jsonl"
_SPLITS = ("test", "dev", "validation", "train")  # which is read, of several: what results are reported on


class _Judgement(NamedTuple):
    place: str
    query: str
    article: str
    score: int


def questions_in(folder: Path) -> Path:
    """Return the file of questions in a folder.

    Raises:
        DatasetError: there is none, or there are several.
    """
    found = sorted(file for file in folder.glob("questions.*") if file.suffix.lower() in SUFFIXES)
    if not found:
        raise DatasetError(
            f"{printable(folder)}: no such file as questions.jsonl in it, nor .csv or .xlsx; "
            f"a data set is a folder with questions and articles, or BEIR's with {_CORPUS} and {_QUERIES}"
        )
    if len(found) > 1:
        named = ", ".join(file.name for file in found)
        raise DatasetError(f"{printable(folder)}: holds {named}; keep one, or name the one to ask with --corpus FOLDER")
    return found[0]


def articles_in(folder: Path) -> tuple[Path, ...]:
    """Return the files of articles beside the questions: ``corpus.jsonl``, or every file but a README.

    Raises:
        DatasetError: there is none.
    """
    if (folder / _CORPUS).is_file():
        return (folder / _CORPUS,)
    files = [
        file
        for file in readable_files(folder)
        if not file.name.startswith("questions.") and file.stem.lower() != "readme"
    ]
    if not files:
        raise DatasetError(f"{printable(folder)} has neither corpus.jsonl nor article files beside its questions")
    return tuple(files)


def is_beir(folder: Path) -> bool:
    """Tell BEIR's folders from others by their queries."""
    return (folder / _QUERIES).is_file()


def read_beir(folder: Path) -> list[Pair | Problem]:
    """Return the queries of one split, in file order, each with the articles judged relevant; scores of 0 are not.

    Raises:
        DatasetError: there are no judgements, or none can be read.
    """
    relevant: dict[str, list[_Judgement]] = {}
    found: list[Pair | Problem] = []
    for judgement in _judgements(_qrels(folder)):
        if isinstance(judgement, Problem):
            found.append(judgement)
        elif judgement.score > 0:
            relevant.setdefault(judgement.query, []).append(judgement)
    for row in read_json_lines(folder / _QUERIES):
        if isinstance(row, Problem):
            found.append(row)
            continue
        found += _query(row, relevant)
    for query, judged in relevant.items():
        found.append(Problem(f"{judged[0].place}: there is no query {query!r} in {_QUERIES}, or it came before"))
    return found


def _query(row: Row, relevant: dict[str, list[_Judgement]]) -> Iterator[Pair | Problem]:
    """Give the query of a line; one that the split does not judge is another split's, and no problem."""
    identifier, text = row.values.get("_id", row.values.get("id")), row.values.get("text")
    if isinstance(identifier, bool) or not isinstance(identifier, str | int):
        yield Problem(f"{row.place}: '_id' is {identifier!r:.40}; write a string that is not empty")
        return
    judged = relevant.pop(str(identifier), None)
    if judged is None:
        return
    if not isinstance(text, str) or not text.strip():
        yield Problem(f"{row.place}: the text of query {identifier!r} is missing or empty; write one")
        return
    places = tuple(dict.fromkeys(Gold(each.article, None) for each in judged))
    yield Pair(row.place, Question(str(identifier), text, (), (), True), None, (), places)


def _qrels(folder: Path) -> Path:
    files = {file.stem: file for file in sorted((folder / "qrels").glob("*.tsv"))}
    named = [files[split] for split in _SPLITS if split in files] + list(files.values())
    if not named:
        raise DatasetError(f"{printable(folder)}: has queries and no judgements; put them in qrels/test.tsv")
    return named[0]


def _judgements(path: Path) -> Iterator[_Judgement | Problem]:
    """Give each line's judgement: query, article, score, or TREC's four columns; a header has no number for a score."""
    for number, line in enumerate(read_file(path).text.split("\n"), start=1):
        cells = line.split("\t") if "\t" in line else line.split()
        if not line.strip() or (number == 1 and not _is_number(cells[-1])):
            continue
        place = f"{printable(path)}:{number}"
        score = cells[-1].strip()
        if len(cells) not in (3, 4) or not score.lstrip("-").isdecimal():
            yield Problem(f"{place}: {line!r:.60} is no judgement; write query, article and score, with tabs between")
            continue
        yield _Judgement(place, cells[0].strip(), cells[-2].strip(), int(score))


def _is_number(cell: str) -> bool:
    """Tell a score, usable or not, from the name of a column."""
    try:
        float(cell)
    except ValueError:
        return False
    return True
