"""Files of questions and right answers, as people have them: what can be asked, and what cannot and why.

`read_pairs` takes a CSV or TSV, JSONL, SQuAD's JSON, an Excel workbook, a
BEIR folder or a folder of questions beside their articles; a file is read in
another process (`apart`). `locate` looks up,
in the library that is asked, where each answer stands. A row that cannot be
used is a `Problem` with its line, and never stops the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from index.article import Article
from index.errors import SourceError
from index.formats import readable_files
from index.formats.files import printable, require_file
from index.formats.limits import ReadingLimits
from qa.errors import DatasetError
from qa.evaluation.data.building import pairs_of
from qa.evaluation.data.columns import Mapped, fields_of, parse_columns
from qa.evaluation.data.decoding import FORMATS
from qa.evaluation.data.folders import articles_in, is_beir, questions_in, read_beir
from qa.evaluation.data.limited_reading import parcels_of, read_apart
from qa.evaluation.data.locating import locate
from qa.evaluation.data.nouns import Pair, PairFile, Problem, Row, Rows
from qa.evaluation.data.squad import is_squad, read_squad
from qa.evaluation.data.tables import read_csv, read_json, read_json_lines, rows_of_list

PACKED = (".gz", ".bz2", ".xz", ".zip", ".7z", ".zst", ".tar", ".tgz")
__all__ = ["Pair", "PairFile", "Problem", "locate", "parse_columns", "read_pairs"]

MOST_HEADERS = 100  # of JSON objects, each with keys of its own; what the later ones have is not told


def read_pairs(path: Path, *, mapped: Mapped = (), corpus: Path | None = None) -> PairFile:
    """Return the pairs of a file or a folder.

    Args:
        path: a file of questions, or the folder of a data set.
        mapped: columns that the user names, over their usual names.
        corpus: a file or folder of the articles that the questions are about;
            without it a folder's or SQuAD's own, or none.

    Raises:
        DatasetError: it cannot be read, or has no question that can be asked.
        SourceError: the corpus is not there, or has nothing to read.
    """
    own_files = tuple(readable_files(corpus)) if corpus is not None else ()
    if path.is_dir():
        return _folder(path, mapped, own_files)
    found = read_apart(path, mapped)
    return replace(found, own_articles=(), own_files=own_files) if own_files else found


def handed_over(path: Path, limits: ReadingLimits, mapped: Sequence[Sequence[str]]) -> Iterator[tuple[str, bytes]]:
    """Read a file of questions, in the process that `read_apart` started, and give the parts of what it holds.

    Raises:
        DatasetError: it cannot be read, or has no question that can be asked.
    """
    columns = tuple((field, name) for field, name in mapped)
    if path.suffix.lower() == ".json":
        document = read_json(path)
        if is_squad(document):
            articles, squad = read_squad(document, path)
            yield from parcels_of(_pair_file(path.stem, squad, path, own_articles=articles))
            return
        rows: Rows = _listed(document, path)
    else:
        rows = _rows(path, columns)
    yield from parcels_of(_table(rows, path, columns))


def _table(rows: Rows, path: Path, mapped: Mapped) -> PairFile:
    """Return the pairs of rows with columns, and what the columns were taken for."""
    headers: dict[tuple[str, ...], None] = {}
    found = _pair_file(path.stem, pairs_of(_noting(rows, headers), mapped), path)
    columns: dict[str, dict[str, None]] = {}
    for names in headers:
        for each, taken in fields_of(names, mapped).items():
            columns.setdefault(each, {}).update(dict.fromkeys(taken))
    used = {name for taken in columns.values() for name in taken}
    others = dict.fromkeys(name for names in headers for name in names if name not in used)
    return replace(found, columns={each: tuple(taken) for each, taken in columns.items()}, others=tuple(others))


def _noting(rows: Rows, headers: dict[tuple[str, ...], None]) -> Rows:
    """Pass the rows on, and note which columns they have: a table's are all alike, JSON objects' need not be."""
    for row in rows:
        if isinstance(row, Row) and len(headers) < MOST_HEADERS:
            headers[tuple(row.values)] = None
        yield row


def _folder(folder: Path, mapped: Mapped, own_files: tuple[Path, ...]) -> PairFile:
    name = folder.resolve().name
    if is_beir(folder):
        return _pair_file(name, read_beir(folder), folder, own_files=own_files or articles_in(folder))
    questions = questions_in(folder)
    found = read_pairs(questions, mapped=mapped)
    own_files = own_files or (() if found.own_articles else articles_in(folder))
    own_articles = () if own_files else found.own_articles
    return replace(found, name=name, own_articles=own_articles, own_files=own_files)


def _rows(path: Path, mapped: Mapped) -> Rows:
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv", ".tab"):
        return read_csv(path, mapped)
    if suffix in (".jsonl", ".ndjson"):
        return read_json_lines(path)
    if suffix in (".xlsx", ".xlsm"):
        # Imported when needed: it takes a tenth of a second.
        from qa.evaluation.data.workbook import read_workbook

        return read_workbook(path, mapped)
    try:
        require_file(path)
    except SourceError as error:
        raise DatasetError(str(error).partition("; ")[0] + f"; give {FORMATS}") from error
    if suffix in PACKED:
        raise DatasetError(f"{printable(path)}: is an archive; unpack it first, and give {FORMATS}")
    kind = f"a {path.suffix} file" if path.suffix else "a file whose name has no suffix"
    raise DatasetError(f"{printable(path)}: {kind} is not read as questions; give {FORMATS}")


def _listed(document: object, path: Path) -> Rows:
    records = document.get("data") if isinstance(document, dict) else document
    if not isinstance(records, list):
        raise DatasetError(f"{printable(path)}: is neither SQuAD nor a JSON list of objects; give {FORMATS}")
    return rows_of_list(path, records)


def _pair_file(
    name: str,
    found: Iterable[Pair | Problem],
    path: Path,
    *,
    own_articles: Iterable[Article] = (),
    own_files: tuple[Path, ...] = (),
) -> PairFile:
    each = list(found)
    pairs = tuple(one for one in each if isinstance(one, Pair))
    refused = sum(isinstance(one, Problem) and one.refused for one in each)
    problems = tuple(one for one in each if isinstance(one, Problem) and not one.refused)
    if refused and not pairs and not problems:
        raise DatasetError(f"{printable(path)}: all its {refused:,} rows are refused; there is nothing to ask")
    if not pairs and problems:
        raise DatasetError(
            f"{problems[0].message} (none of the {len(problems)} rows of {printable(path)} can be used)"
            if len(problems) > 1
            else problems[0].message
        )
    if not pairs:
        raise DatasetError(f"{printable(path)}: there is no question in it; write one a row")
    return PairFile(name, pairs, problems, tuple(own_articles), own_files, refused)
