"""The commands by which a publisher puts the widget into a page and sees whether it works there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index.errors import ConfigurationError, SourceError
from ui.app.terminal import say
from ui.cli.options import LibraryOption, TrustOption

if TYPE_CHECKING:  # each command imports what it needs: asking should start at once
    from index.storage.library import Library
    from ui.widget.site_keys import SiteKey

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
    more: Annotated[list[str] | None, typer.Argument(metavar="[ID...]", hidden=True)] = None,
    key: KeyOption = None,
    server: ServerOption = None,
    library: LibraryOption = None,
    articles: Annotated[
        list[str] | None,
        typer.Option("--articles", "--article", metavar="ID...", help="Ask these articles, and not the page."),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Ask all that the key may quote, and not the page alone.")
    ] = False,
    floating: Annotated[
        bool, typer.Option("--floating", help="Take whatever version the server has, and pin no hash.")
    ] = False,
) -> None:
    """Print the line that puts the widget into a page, pinned by the hash of the installed version.

    It asks about the page that it stands on, unless articles are named.
    """
    from ui.widget.script import DEMO_KEY, PAGE, asked_attribute, read_module

    named = None if articles is None else [*articles, *(more or ())]
    if (articles is None and more) or (every and named):
        raise ConfigurationError("say what is asked by --articles ID... or by --all; without either it is the page")
    site_key = _key(key)
    note = _note(site_key, library, () if named in (None, [PAGE]) else named, asks_page=not every and not named)
    article = None if every else PAGE if named in (None, [PAGE]) else asked_attribute(named)
    say(read_module().snippet(_server(server), key=site_key or DEMO_KEY, article=article, floating=floating))
    if note:
        say(f"footnote: {note}", err=True)


def _note(key: str | None, library: Path | None, named: Sequence[str], *, asks_page: bool) -> str:
    """Say what keeps a line from being answered.

    Raises:
        ConfigurationError: the key may not quote an article that is named.
    """
    from ui.widget.articles import holdings_in_words, may_quote
    from ui.widget.script import DEMO_KEY

    if key is None or key == DEMO_KEY:
        return f"{DEMO_KEY} works on the server's own pages only; make a key: footnote widget key add --origin URL"
    with key_here(key, library) as found:
        if found is None:
            return f"{key} is no key of the library here; see with: footnote widget check URL, what it may quote"
        site_key, stored = found
        urls = {summary.id: summary.url for summary in stored.articles()}
        for article_id in named:
            if article_id not in urls or not may_quote(site_key, article_id, urls[article_id]):
                raise ConfigurationError(
                    f"the site key may not quote {article_id!r}; allow it with: "
                    f"footnote widget key change {key} --articles {article_id}"
                )
        if asks_page and site_key.articles == () and not site_key.pages:
            return f"nothing will be answered: {holdings_in_words(key, site_key, stored)}"
    return ""


@contextmanager
def key_here(key: str, named: Path | None) -> Iterator[tuple[SiteKey, Library] | None]:
    """Give a site key with its library, if the library of this machine has it; None where it does not."""
    from index.storage.library import FILE_NAME, Library
    from ui.app.wiring import own_library_folder
    from ui.widget.database import FILE_NAME as KEYS
    from ui.widget.site_keys import SiteKeys

    folder = named or own_library_folder()
    if not (folder / FILE_NAME).is_file() or not (folder / KEYS).is_file():
        yield None
        return
    with Library.open(folder) as library, closing(SiteKeys.open(folder)) as keys:
        found = next((each for each in keys.list() if each.key == key), None)
        yield None if found is None else (found, library)


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
    trust: TrustOption = False,
) -> None:
    """Look at a page as a browser would, and say what keeps the widget from working there; exit code 1 if anything."""
    from ui.app.trust import settle_trust, trusted_settings
    from ui.app.wiring import library_folder
    from ui.widget.check.check import check_page
    from ui.widget.script import DEMO_KEY, read_module

    asked_key, asked_server = _key(key), _server(server) if server else None
    folder = library_folder(library)
    settle_trust(folder, trust=trust)
    config = trusted_settings(folder).fetching
    line = read_module().snippet(asked_server or DEFAULT_SERVER, key=asked_key or DEMO_KEY)
    found = check_page(
        url,
        config,
        key=asked_key,
        server=asked_server,
        line=line,
        allow_local=allow_local,
        holdings=lambda key: key_here(key, library),
    )
    is_good = True
    for finding in found:
        say(str(finding))
        is_good = is_good and finding.is_ok
    if not is_good:
        raise typer.Exit(1)


def _key(given: str | None) -> str | None:
    from ui.widget.script import is_site_key

    if given is not None and not is_site_key(given):
        raise ConfigurationError(f"{given!r} is no site key; list them with: footnote widget key list")
    return given


def _server(given: str | None) -> str:
    """Return where the server is: an address without query, and without the slash at its end."""
    from index.web.addresses import parse_address

    try:
        address = parse_address(given or DEFAULT_SERVER)
    except SourceError as error:
        raise ConfigurationError(f"--server is {given!r}; give it as https://ask.example.org") from error
    return f"{address.origin}{address.path}".rstrip("/")
