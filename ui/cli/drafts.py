"""The commands that make pairs: ``footnote eval draft``, ``candidates`` and ``review``."""

from __future__ import annotations

import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa.errors import DatasetError
from ui.app.terminal import say, say_written_json
from ui.cli.options import LibraryOption, TrustOption

if TYPE_CHECKING:  # each command imports what it needs: asking should start at once
    from qa.evaluation.data.locating import Gazetteer
    from qa.evaluation.review.review import Decided

WIDTH = 100
DEFAULT_COUNT = 15
MOST_DRAFTS = 1_000
KEYS = "[a]ccept  edit [q]uestion  edit a[n]swer  [u]nanswerable  [r]efuse  [s]kip  [x] quit"
FileOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Where rows go (.jsonl or .csv); what it holds stays. Else: printed."),
]


def draft(
    articles: Annotated[
        list[str], typer.Argument(metavar="ARTICLE...", help="Ids of the library's articles, files or addresses.")
    ],
    library: LibraryOption = None,
    out: FileOption = None,
    count: Annotated[
        int, typer.Option("--count", metavar="N", min=1, max=MOST_DRAFTS, help="The most drafts of one article.")
    ] = DEFAULT_COUNT,
    seed: Annotated[int, typer.Option("--seed", help="Another seed may give other drafts.")] = 0,
    trust: TrustOption = False,
) -> None:
    """Draft questions with gold places from articles, for a person to review."""
    from qa.evaluation.review.rows import require_form
    from ui.app.trust import settle_trust
    from ui.app.wiring import library_folder
    from ui.evaluate.drafts import draft_rows

    if out is not None:
        require_form(out)
    settle_trust(library_folder(library), trust=trust)
    rows = draft_rows(articles, library, count=count, seed=seed, told=_tell)
    found = Counter(row["draft"]["reader"] for row in rows if row["answerable"])
    false_answers = sum(row["draft"]["reader"] == "answers" for row in rows)
    unanswerable = sum(not row["answerable"] for row in rows)
    _give(rows, out, f"{len(rows)} drafts, {unanswerable} of them unanswerable")
    if rows:
        _tell(
            f"of {len(rows) - unanswerable} answerable ones the product finds {found['finds the answer']}, "
            f"quotes another place for {found['quotes another place']} and abstains on {found['abstains']}; "
            f"it answers {false_answers} of the unanswerable"
        )


def candidates(library: LibraryOption = None, out: FileOption = None) -> None:
    """Collect what the chat could not help with: thumbs down, and questions it did not answer."""
    from qa.evaluation.review.rows import require_form
    from ui.evaluate.drafts import candidate_rows

    if out is not None:
        require_form(out)
    found = candidate_rows(library)
    came = f"{_counted(found.thumbs_down, 'thumb')} down and {_counted(found.not_answered, 'unanswered question')}"
    _give(found.rows, out, f"{came}: {_counted(len(found.rows), 'candidate')}")


def review(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Drafts or candidates, .jsonl or .csv.")],
    library: LibraryOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the decisions there, and leave FILE as it is.")
    ] = None,
    corpus: Annotated[
        Path | None, typer.Option(metavar="PATH", help="The articles that the rows are about, beside the library's.")
    ] = None,
) -> None:
    """Look at drafts one by one, and accept, edit or refuse them; what is decided is written at once."""
    from qa.evaluation.review.review import waiting
    from qa.evaluation.review.rows import add_rows, read_rows
    from ui.evaluate.drafts import articles_at_hand

    rows = read_rows(file)
    if out is not None and out.exists():
        there = read_rows(out)
        rows = [*there, *add_rows(there, rows)]
    if not waiting(rows):
        say(f"nothing waits for a review in {file}: {_tally(rows)}")
        return
    with articles_at_hand(library, corpus) as articles:
        _Review(out or file, rows, articles, is_new=out is not None and not out.exists()).run()


class _Review:
    """Shows one row after the other and asks what becomes of it; each decision is on disk before the next question."""

    def __init__(self, path: Path, rows: list[dict[str, Any]], articles: Gazetteer, *, is_new: bool) -> None:
        self._path, self._rows, self._articles = path, rows, articles
        self._on_disk = b"" if is_new else path.read_bytes()
        self._is_new = is_new

    def run(self) -> None:
        from qa.evaluation.review.review import waiting

        positions = waiting(self._rows)
        try:
            for number, position in enumerate(positions, start=1):
                if not self._one(position, f"{number} of {len(positions)}"):
                    break
        except KeyboardInterrupt:
            say("")
        left = len(waiting(self._rows))
        say(f"{self._path}: {_tally(self._rows)}")
        if left:
            say(f"{left} still wait; go on with: footnote eval review {self._path}")

    def _one(self, position: int, number: str) -> bool:
        """Ask until a row is decided or passed over; return False to end the review."""
        self._show(position, number)
        while True:
            match key := _ask(f"{KEYS} > "):
                case None | "x" | "quit":
                    return False
                case "s":
                    return True
                case "a" | "r":
                    if self._decide(position, _decisions()[key]):
                        return True
                case "q" | "n" | "u":
                    if self._edit(position, key):
                        self._show(position, number)
                case "":
                    continue
                case _:
                    say(f"  {_plain(key)!r:.20} is none of the keys")

    def _edit(self, position: int, key: str) -> bool:
        from qa.evaluation.review.review import as_unanswerable, with_answers, with_question

        if key == "u":
            return self._decide(position, as_unanswerable)
        typed = _ask("  question: " if key == "q" else "  answer (several: with | between): ", verbatim=True)
        if not typed:
            return False
        if key == "q":
            return self._decide(position, lambda row: with_question(row, typed))
        return self._decide(position, lambda row: with_answers(row, typed.split("|"), self._articles))

    def _decide(self, position: int, decision: Callable[[dict[str, Any]], Decided]) -> bool:
        try:
            decided = decision(self._rows[position])
        except DatasetError as error:
            say(f"  {error}")
            return False
        if decided.said:
            say(f"  {decided.said}")
        self._rows[position] = decided.row
        self._write()
        return True

    def _write(self) -> None:
        from qa.evaluation.review.rows import write_rows

        now = self._path.read_bytes() if self._path.exists() else b""
        if now != self._on_disk:
            raise DatasetError(f"{self._path}: was changed by somebody else meanwhile; start the review again")
        write_rows(self._path, self._rows)
        self._on_disk = self._path.read_bytes()

    def _show(self, position: int, number: str) -> None:
        from qa.evaluation.review.review import place_of
        from qa.evaluation.review.rows import answers_of, column_of, object_of

        row = self._rows[position]
        came = object_of(row, "draft") or {}
        say(f"\n{number}  {_plain(' · '.join(_provenance(row, came)))}")
        for turn in object_of(row, "history") or ():
            _field("Before", f"{turn.get('role')}: {turn.get('text')}")
        _field("Question", str(row.get(column_of(row, "question"))))
        said = " | ".join(answers_of(row))
        unanswerable = str(row.get("answerable", "")).lower() == "false"
        _field("Answer", said or ("none: the articles do not say" if unanswerable else "not given yet"))
        if came.get("swapped"):
            _field("Made by", f"putting another name or year: {came['swapped']}")
        for name, title in (("answered", "Replied"), ("cited", "Cited"), ("comments", "Comments")):
            value = came.get(name)
            _field(title, " | ".join(value) if isinstance(value, list) else str(value or ""))
        place = place_of(row, self._articles)
        if place is not None:
            _field("Article", f"{place.before}>>>{place.quote}<<<{place.after}")
        elif said:
            _field("Article", "the answer has no gold place in an article at hand; --corpus PATH names more articles")


def _give(rows: Sequence[dict[str, Any]], out: Path | None, summary: str) -> None:
    """Print rows, or add to a file those that are not in it yet; the summary goes to stderr."""
    from qa.evaluation.review.rows import add_rows, jsonl_text, read_rows, write_rows

    if out is None:
        say_written_json(jsonl_text(rows))
        _tell(summary)
        return
    there = read_rows(out) if out.exists() and out.stat().st_size else []
    new = add_rows(there, rows)
    if new:
        write_rows(out, [*there, *new])
    known = len({row["id"] for row in rows}) - len(new)
    _tell(f"{summary}; {len(new)} added to {out}" + (f", {known} were there" if known else ""))
    if new:
        _tell(f"none is asked before it is accepted: footnote eval review {out}")


def _provenance(row: Mapping[str, Any], came: Mapping[str, Any]) -> list[str]:
    told = [str(row.get("status", "")), *(str(came[name]) for name in ("kind", "made_by") if came.get(name))]
    if came.get("reader"):
        told.append(f"the product {came['reader']}")
    if came.get("why"):
        told.append(", ".join(came["why"]))
    if came.get("asked"):
        told.append(f"asked {'once' if came['asked'] == 1 else str(came['asked']) + ' times'}")
    return [each for each in told if each]


def _decisions() -> dict[str, Callable[[dict[str, Any]], Decided]]:
    from qa.evaluation.review.review import accept, refuse

    return {"a": accept, "r": refuse}


def _ask(prompt: str, *, verbatim: bool = False) -> str | None:
    """Return what is typed, or None at the end of what there is to read."""
    say(prompt, nl=False)
    line = sys.stdin.readline()
    if not line:
        say("")
        return None
    return line.strip() if verbatim else line.strip().casefold()


def _field(title: str, text: str) -> None:
    if not text:
        return
    indent = " " * 11
    for line in textwrap.wrap(f"{title:<10} {_plain(text)}", WIDTH, subsequent_indent=indent, break_long_words=False):
        say(line)


def _tally(rows: Sequence[Mapping[str, Any]]) -> str:
    from qa.evaluation.review.review import status_of

    counts = Counter(status_of(row) or "accepted" for row in rows)
    return ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "no rows"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _tell(line: str) -> None:
    say(f"footnote: {line}", err=True)


def _plain(text: str) -> str:
    """Return a stranger's text on one line, with nothing in it that a terminal would obey."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
