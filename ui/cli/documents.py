"""A folder of documents given as a library: offered to be read, and left as it is.

Who writes ``footnote serve --library ~/papers`` means the papers. Their library
is made in the user's data folder, known by the folder's path, and found there
by every command that names the folder.
"""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from index.errors import ConfigurationError, SourceError
from index.formats import readable_files
from index.library_writer import ArticleSource
from ui.app.settings import FILE_NAME as SETTINGS_FILE
from ui.app.terminal import one_line, say
from ui.app.trust import trusted_settings
from ui.app.wiring import folder_for_documents, indexer_of, is_library, library_folder, opened_library
from ui.cli.progress import adding_progress


def offer_to_read(named: Path, *, yes: bool) -> Path:
    """Return the folder of the library to serve, made of the documents in a folder where the user agrees.

    Raises:
        ConfigurationError: nobody can be asked, and ``yes`` was not said.
        typer.Exit: the user does not want it.
    """
    place = library_folder(named)
    if is_library(place):
        if place != named:
            _tell_of_unread(named)
        return place
    documents = _documents(named)
    if not documents:
        return place
    counted = "1 document" if len(documents) == 1 else f"{len(documents):,} documents"
    apart = folder_for_documents(named)
    if not yes:
        _ask(named, counted, apart)
    adding = indexer_of(trusted_settings(apart)).adding(apart)
    problems: list[str] = []
    with adding_progress(problems) as tell:
        report = adding.add((ArticleSource.file(file, within=named) for file in documents), tell, together=True)
    for problem in problems:
        say(f"footnote: {one_line(problem)}", err=True)
    say(f"{len(report.added):,} added from {named}; the library is kept in {apart}")
    return apart


def _ask(named: Path, counted: str, apart: Path) -> None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ConfigurationError(
            f"{str(named)!r} holds {counted} and no library; to read them into one, kept in {str(apart)!r}, add --yes; "
            "to begin with an empty library, name another folder"
        )
    say(f"{named} holds {counted} and no library.", err=True)
    say(f"They can be read into one that is kept in {apart}; nothing is written into {named}.", err=True)
    if not typer.confirm("Read them?", default=True, err=True):
        say("Nothing was read. An empty library takes a folder of its own: footnote serve --library DIR", err=True)
        raise typer.Exit


def _documents(folder: Path) -> list[Path]:
    """Return the documents of a folder that is no library's: one with settings is meant to be one."""
    if not folder.is_dir() or (folder / SETTINGS_FILE).is_file():
        return []
    try:
        return readable_files(folder)
    except SourceError:  # nothing in it can be read
        return []


def _tell_of_unread(named: Path) -> None:
    """Say how many documents the library does not hold: new ones, or those left when reading was stopped."""
    with opened_library(named) as library:
        held = {Path(summary.source.partition("#")[0]).resolve() for summary in library.articles()}
    unread = [file for file in _documents(named) if file.resolve() not in held]
    if unread:
        counted = "1 document is" if len(unread) == 1 else f"{len(unread):,} documents are"
        say(
            f"{counted} in {named} and not in its library; to read them: footnote index {named} --library {named}",
            err=True,
        )
