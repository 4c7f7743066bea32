"""The commands of the widget: site keys for the pages that it stands on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index.errors import ConfigurationError
from ui.options import JsonOption, LibraryOption
from ui.terminal import say, say_json
from ui.widget_publishing import add_publishing_commands

if TYPE_CHECKING:  # each command imports what it needs: asking should start at once
    from ui.site_keys import SiteKey, SiteKeys

widget = typer.Typer(help="Put the chat into pages of other sites.", no_args_is_help=True)
key = typer.Typer(help="Make, list and revoke site keys: which sites may ask, and how often.", no_args_is_help=True)
widget.add_typer(key, name="key")
add_publishing_commands(widget)


@key.command(name="add")
def add_key(
    origin: Annotated[
        list[str],
        typer.Option("--origin", metavar="URL", help="A site that may ask, as https://example.org; may be repeated."),
    ],
    library: LibraryOption = None,
    name: Annotated[str, typer.Option(help="What you know the key by.")] = "",
    article: Annotated[
        list[str] | None,
        typer.Option("--article", metavar="ID", help="Ask only this article; may be repeated. Without it, all."),
    ] = None,
    pages: Annotated[
        bool, typer.Option("--pages", help="Let the server read pages of these sites, to ask them.")
    ] = False,
    per_day: Annotated[int, typer.Option(metavar="N", help="The most questions a day, of all visitors.")] = 2_000,
    per_session: Annotated[int, typer.Option(metavar="N", help="The most questions of a session in an hour.")] = 60,
    per_address: Annotated[int, typer.Option(metavar="N", help="The most questions of an address in an hour.")] = 120,
) -> None:
    """Make a site key and print it: a public name, to be put into pages of the sites named."""
    from ui.site_keys import Quotas

    with _opened(library, article or ()) as keys:
        made = keys.add(
            origin, name=name, articles=article or None, pages=pages, quotas=Quotas(per_day, per_session, per_address)
        )
    say(made.key)
    say(f"for {', '.join(made.origins)}; put it into their pages as data-site-key", err=True)


@key.command(name="list")
def list_keys(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """List the site keys, revoked ones too, in the order made."""
    with _opened(library) as keys:
        found = keys.list()
    if as_json:
        say_json([_key_json(each) for each in found])
        return
    for each in found:
        say(_line(each))
    say("1 site key" if len(found) == 1 else f"{len(found):,} site keys", err=True)


@key.command(name="revoke")
def revoke_key(
    site_key: Annotated[str, typer.Argument(metavar="KEY")],
    library: LibraryOption = None,
) -> None:
    """Make a site key worthless, at once and for good, in servers that are running too."""
    with _opened(library) as keys:
        keys.revoke(site_key)
    say(f"revoked {site_key}")


@contextmanager
def _opened(named: Path | None, article_ids: list[str] | tuple[()] = ()) -> Iterator[SiteKeys]:
    """Open the site keys of a library that is there, and holds these articles."""
    from index.library import FILE_NAME, Library
    from ui.compose import own_library_folder
    from ui.site_keys import SiteKeys

    folder = named or own_library_folder()
    if named is None and not (folder / FILE_NAME).is_file():
        raise ConfigurationError(
            "the seed article's library takes no site keys; make one of your own first, with: footnote index PATH"
        )
    with Library.open(folder) as library:
        for article_id in article_ids:
            library.article(article_id)
    keys = SiteKeys.open(folder)
    try:
        yield keys
    finally:
        keys.close()


def _line(each: SiteKey) -> str:
    state = "revoked" if each.revoked else "all articles" if each.articles is None else f"{len(each.articles)} articles"
    pages = ", reads pages" if each.pages and not each.revoked else ""
    return f"{each.key}  {each.made.date()}  {', '.join(each.origins)}  {state}{pages}  {each.name}".rstrip()


def _key_json(each: SiteKey) -> dict[str, Any]:
    return {
        "key": each.key,
        "name": each.name,
        "origins": list(each.origins),
        "articles": None if each.articles is None else list(each.articles),
        "pages": each.pages,
        "made": each.made.isoformat(),
        "revoked": None if each.revoked is None else each.revoked.isoformat(),
        "per_day": each.quotas.per_day,
        "per_session": each.quotas.per_session,
        "per_address": each.quotas.per_address,
    }
