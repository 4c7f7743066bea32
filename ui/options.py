"""The options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

LibraryOption = Annotated[
    Path | None, typer.Option("--library", metavar="DIR", help="The library's folder; without it, your own.")
]
TrustOption = Annotated[
    bool,
    typer.Option("--trust", help="Agree to what footnote.toml reaches out to: language models, other models, hosts."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
