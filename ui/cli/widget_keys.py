"""The commands of the widget: site keys for the pages that it stands on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from index.errors import ConfigurationError
from ui.app.terminal import say, say_json
from ui.cli.options import JsonOption, LibraryOption
from ui.cli.widget_publish import add_publishing_commands
from ui.widget.articles import closed_in_words, holdings_in_words

if TYPE_CHECKING:  # each command imports what it needs: asking should start at once
    from index.storage.library import Library
    from ui.widget.site_keys import SiteKey, SiteKeys

widget = typer.Typer(help="Put the chat into pages of other sites.", no_args_is_help=True)
key = typer.Typer(help="Make, list and revoke site keys: which sites may ask, and how often.", no_args_is_help=True)
widget.add_typer(key, name="key")
add_publishing_commands(widget)


OriginOption = Annotated[
    list[str],
    typer.Option("--origin", metavar="URL", help="A site that may ask, as https://example.org; may be repeated."),
]
ArticlesOption = Annotated[
    list[str] | None,
    typer.Option("--articles", "--article", metavar="ID...", help="Articles that may be quoted, and no others."),
]
MoreArticles = Annotated[list[str] | None, typer.Argument(metavar="[ID...]", hidden=True)]
AllOption = Annotated[
    bool, typer.Option("--all", help="Publish the whole library, and each article that is added later.")
]


@key.command(name="add")
def add_key(
    origin: OriginOption,
    more: MoreArticles = None,
    library: LibraryOption = None,
    name: Annotated[str, typer.Option(help="What you know the key by.")] = "",
    articles: ArticlesOption = None,
    pages: Annotated[
        bool, typer.Option("--pages", help="Let the server read pages of these sites, and quote them.")
    ] = False,
    every: AllOption = False,
    per_day: Annotated[int, typer.Option(metavar="N", help="The most questions a day, of all visitors.")] = 2_000,
    per_session: Annotated[int, typer.Option(metavar="N", help="The most questions of a session in an hour.")] = 60,
    per_address: Annotated[int, typer.Option(metavar="N", help="The most questions of an address in an hour.")] = 120,
) -> None:
    """Make a site key and print it: a public name, to be put into pages of the sites named.

    It may quote nothing until it is given --articles, --pages or --all.
    """
    from ui.widget.site_keys import Quotas

    named = _named(articles, more)
    if every and named is not None:
        raise ConfigurationError("--all is for all articles, --articles for some; leave one of them out")
    with _opened(library, named or ()) as (keys, stored):
        quotas = Quotas(per_day, per_session, per_address)
        made = keys.add(origin, name=name, articles=None if every else named or (), pages=pages, quotas=quotas)
        holdings = holdings_in_words(made.key, made, stored)
    say(made.key)
    say(f"for {', '.join(made.origins)}; put it into their pages as data-site-key", err=True)
    say(holdings, err=True)


@key.command(name="change")
def change_key(
    site_key: Annotated[str, typer.Argument(metavar="KEY")],
    more: MoreArticles = None,
    library: LibraryOption = None,
    articles: ArticlesOption = None,
    pages: Annotated[
        bool | None, typer.Option("--pages/--no-pages", help="Whether pages of its sites are read and quoted.")
    ] = None,
    every: AllOption = False,
    none: Annotated[bool, typer.Option("--none", help="Let no article be quoted; pages are another matter.")] = False,
) -> None:
    """Give a site key other articles, in servers that are running too; what is not named stays as it is."""
    named = _named(articles, more)
    if sum((named is not None, every, none)) > 1:
        raise ConfigurationError("of --articles, --all and --none one can be; leave the others out")
    if named is None and not every and not none and pages is None:
        raise ConfigurationError("nothing to change; say --articles ID..., --pages, --no-pages, --all or --none")
    with _opened(library, named or ()) as (keys, stored):
        before = keys.find(site_key)
        kept = None if every else () if none else before.articles if named is None else named
        changed = keys.change(site_key, articles=kept, pages=before.pages if pages is None else pages)
        say(f"{site_key}: {holdings_in_words(site_key, changed, stored)}")


@key.command(name="list")
def list_keys(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """List the site keys, revoked ones too, in the order made."""
    with _opened(library) as (keys, _):
        found = keys.list()
    if as_json:
        say_json([_key_json(each) for each in found])
        return
    for each in found:
        say(_line(each))
    say("1 site key" if len(found) == 1 else f"{len(found):,} site keys", err=True)
    for each in found:
        if each.was_open and not each.revoked:
            say(f"footnote: {closed_in_words(each)}", err=True)


@key.command(name="revoke")
def revoke_key(
    site_key: Annotated[str, typer.Argument(metavar="KEY")],
    library: LibraryOption = None,
) -> None:
    """Make a site key worthless, at once and for good, in servers that are running too."""
    with _opened(library) as (keys, _):
        keys.revoke(site_key)
    say(f"revoked {site_key}")


@contextmanager
def _opened(named: Path | None, article_ids: Sequence[str] = ()) -> Iterator[tuple[SiteKeys, Library]]:
    """Open the site keys of a library that is there, and holds these articles."""
    from index.storage.library import FILE_NAME, Library
    from ui.app.wiring import library_folder
    from ui.widget.site_keys import SiteKeys

    folder = library_folder(named)
    if named is None and not (folder / FILE_NAME).is_file():
        raise ConfigurationError(
            "the seed article's library takes no site keys; make one of your own first, with: footnote index PATH"
        )
    with Library.open(folder) as library:
        for article_id in article_ids:
            library.article(article_id)
        with closing(SiteKeys.open(folder)) as keys:
            yield keys, library


def _named(articles: Sequence[str] | None, more: Sequence[str] | None) -> list[str] | None:
    """Return the ids of ``--articles A B C``, of which the parser takes the first for the option's; None without it."""
    if articles is None and more:
        raise ConfigurationError(f"what {more[0]!r} is for is not said; name articles after --articles")
    return None if articles is None else [*articles, *(more or ())]


def _line(each: SiteKey) -> str:
    line = f"{each.key}  {each.made.date()}  {', '.join(each.origins)}  {_state(each)}  {each.name}"
    return line.rstrip()


def _state(each: SiteKey) -> str:
    if each.revoked:
        return "revoked"
    count = "all" if each.articles is None else str(len(each.articles) or "no")
    return f"{count} article{'' if count == '1' else 's'}{', reads pages' if each.pages else ''}"


def _key_json(each: SiteKey) -> dict[str, Any]:
    return {
        "key": each.key,
        "name": each.name,
        "origins": list(each.origins),
        "articles": None if each.articles is None else list(each.articles),
        "pages": each.pages,
        "was_open": each.was_open,
        "made": each.made.isoformat(),
        "revoked": None if each.revoked is None else each.revoked.isoformat(),
        "per_day": each.quotas.per_day,
        "per_session": each.quotas.per_session,
        "per_address": each.quotas.per_address,
    }
