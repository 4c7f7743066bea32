"""Bars on a terminal, on stderr; nothing where nobody is looking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from index.protocols import Progress
from ui.terminal import one_line


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
