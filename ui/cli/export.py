"""``footnote eval export``: a finished run as the records that another evaluation library reads."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from qa.errors import DatasetError
from ui.app.terminal import say, say_written_json
from ui.cli.options import LibraryOption


def export_run(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder that --out named.")],
    to: Annotated[str, typer.Option("--to", metavar="LIBRARY", help="ragas or deepeval.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where it goes; without it, standard output.")
    ] = None,
    library: LibraryOption = None,
    contexts: Annotated[
        str,
        typer.Option(
            metavar="WHAT", help="What counts as retrieved: the passages that were consulted, or the quotes alone."
        ),
    ] = "consulted",
) -> None:
    """Write a run's questions, replies and passages as ragas (JSONL) or deepeval (JSON) reads them.

    The text of passages comes from --library, the one that was asked.
    """
    from index.storage.atomic_files import whole_file
    from index.storage.library import Library
    from qa.evaluation.compare.paired_bootstrap import read_run
    from qa.evaluation.reports.export import CONTEXTS, LIBRARIES, export

    if to not in LIBRARIES:
        raise DatasetError(f"--to {to!r}: there is no such form; there are {', '.join(LIBRARIES)}")
    if contexts not in CONTEXTS:
        raise DatasetError(f"--contexts {contexts!r} is neither of {', '.join(CONTEXTS)}")
    finished = read_run(run)
    with Library.open(library) if library is not None else nullcontext() as stored:
        text_of = None if stored is None else lambda article_id: stored.article(article_id).text
        outcomes = list(finished.outcomes.values())
        written = export(outcomes, to, text_of, contexts=contexts)
    if out is None:
        say_written_json(written)
    else:
        with whole_file(out) as file:
            file.write(written)
        say(f"wrote {len(outcomes):,} records for {to} to {out}")
    if finished.report.failed:
        say(f"footnote: {len(finished.report.failed):,} questions failed and have no record", err=True)
