"""Bars on a terminal, on stderr; where nobody is looking nothing, or of what is added a line a source."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from index.protocols import Progress
from ui.app.terminal import one_line, say

if TYPE_CHECKING:
    from index.library_writer import AddingEvent

SHOWN_CHARACTERS = 40


@contextmanager
def progress(label: str) -> Iterator[Progress]:
    """Show how far one job is, where a person is looking."""
    with bar(label) as show:
        yield lambda done, total: show(label, done, total)


@contextmanager
def bar(label: str) -> Iterator[Callable[[str, int | None, int | None], None]]:
    """Give what moves a bar on stderr (label, done, total), or nothing where nobody is looking."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda label, done, total: None
        return
    text = TextColumn("{task.description}", markup=False)  # a file may be called [bold]
    with Bar(text, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console) as shown:
        task = shown.add_task(label, total=None)
        yield lambda label, done, total: shown.update(task, description=one_line(label), completed=done, total=total)


@contextmanager
def adding_progress(problems: list[str]) -> Iterator[Callable[[AddingEvent], None]]:
    """Give what to tell of sources; what failed is noted in ``problems``.

    On a terminal the bar shows which is read and how far embedding is; piped,
    each source is a line on stdout once it is done with.
    """
    if sys.stdout.isatty() and sys.stderr.isatty():
        with bar("reading") as show:
            yield lambda event: _show(event, show, problems)
    else:
        yield lambda event: _write(event, problems)


def _show(event: AddingEvent, show: Callable[[str, int | None, int | None], None], problems: list[str]) -> None:
    if event.state == "failed":
        problems.append(event.message)
    elif event.state == "reading":
        show(f"reading {event.name[-SHOWN_CHARACTERS:]}", None, None)
    elif event.state == "embedding":
        show("embedding", event.done, event.total)


def _write(event: AddingEvent, problems: list[str]) -> None:
    if event.is_last:
        say(f"{event.state:<9}  {one_line(event.name)}")
    if event.state == "failed":
        problems.append(event.message)
