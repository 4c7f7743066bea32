"""The commands by which a publisher puts the widget into a page and sees whether it works there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from index.errors import ConfigurationError, SourceError
from ui.terminal import say

DEFAULT_SERVER = "http://127.0.0.1:7860"
KeyOption = Annotated[str | None, typer.Option("--key", metavar="KEY", help="The site key.")]
ServerOption = Annotated[
    str | None, typer.Option("--server", metavar="URL", help="Where Footnote is served, as https://ask.example.org.")
]


def add_publishing_commands(widget: typer.Typer) -> None:
    """Add ``snippet`` and ``check`` to the commands of the widget."""
    widget.command(name="snippet")(print_snippet)
    widget.command(name="check")(check)


def print_snippet(
    key: KeyOption = None,
    server: ServerOption = None,
    article: Annotated[
        str | None, typer.Option(metavar="ID", help="Ask this article alone; page: the page that it stands on.")
    ] = None,
    floating: Annotated[
        bool, typer.Option("--floating", help="Take whatever version the server has, and pin no hash.")
    ] = False,
) -> None:
    """Print the line that puts the widget into a page, pinned by the hash of the installed version."""
    from ui.widget_module import DEMO_KEY, read_module

    say(read_module().snippet(_server(server), key=_key(key) or DEMO_KEY, article=article, floating=floating))
    if key is None:
        note = f"{DEMO_KEY} works on the server's own pages only; make a key: footnote widget key add --origin URL"
        say(f"footnote: {note}", err=True)


def check(
    url: Annotated[str, typer.Argument(metavar="URL", help="The page, as a browser shows its address.")],
    key: KeyOption = None,
    server: ServerOption = None,
    library: Annotated[
        Path | None,
        typer.Option("--library", metavar="DIR", help="The library, whose settings say which hosts may be asked."),
    ] = None,
    allow_local: Annotated[
        bool,
        typer.Option("--allow-local", help="Also ask the page and the server where they are on a private network."),
    ] = False,
) -> None:
    """Look at a page as a browser would, and say what keeps the widget from working there; exit code 1 if anything."""
    from ui.compose import own_library_folder
    from ui.settings import read_settings
    from ui.widget_checking import check_page
    from ui.widget_module import DEMO_KEY, read_module

    asked_key, asked_server = _key(key), _server(server) if server else None
    config = read_settings(library or own_library_folder()).fetching
    line = read_module().snippet(asked_server or DEFAULT_SERVER, key=asked_key or DEMO_KEY)
    is_good = True
    for finding in check_page(url, config, key=asked_key, server=asked_server, line=line, allow_local=allow_local):
        say(str(finding))
        is_good = is_good and finding.is_ok
    if not is_good:
        raise typer.Exit(1)


def _key(given: str | None) -> str | None:
    from ui.widget_module import is_site_key

    if given is not None and not is_site_key(given):
        raise ConfigurationError(f"{given!r} is no site key; list them with: footnote widget key list")
    return given


def _server(given: str | None) -> str:
    """Return where the server is: an address without query, and without the slash at its end."""
    from index.reading.addresses import parse_address

    try:
        address = parse_address(given or DEFAULT_SERVER)
    except SourceError as error:
        raise ConfigurationError(f"--server is {given!r}; give it as https://ask.example.org") from error
    return f"{address.origin}{address.path}".rstrip("/")
