"""The options that several commands have."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from ui.app.terminal import say

LibraryOption = Annotated[
    Path | None, typer.Option("--library", metavar="DIR", help="The library's folder; without it, your own.")
]
TrustOption = Annotated[
    bool,
    typer.Option("--trust", help="Agree to what footnote.toml reaches out to: language models, other models, hosts."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def fail(failures: Iterable[str]) -> None:
    """Tell each failure on stderr, a line each; any is exit code 1."""
    failures = list(failures)
    for failure in failures:
        say(f"footnote: {failure}", err=True)
    if failures:
        raise typer.Exit(1)
