"""The one place where text leaves for the terminal: nothing in it that a terminal would obey is left as it is.

Titles, file names, quotes and what a language model says are strangers' texts;
a terminal takes an escape character in them for a command, and a character
that turns the direction of writing shows another text than there is.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from typing import Any

import typer

_UNSAFE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb"
    r"\ud800-\udfff\U000e0000-\U000e007f]"
)
"""What moves the cursor, reorders text or hides it, and half a surrogate pair, which cannot be printed at all."""


def harmless(text: str) -> str:
    """Write out what a terminal would obey: an escape character becomes four harmless ones. Lines and tabs stay."""
    return _UNSAFE.sub(lambda found: ascii(found[0])[1:-1], text)


def one_line(text: str) -> str:
    """Return a text that is harmless, and cannot pass for two lines."""
    return harmless(text).replace("\n", "\\n").replace("\t", " ")


def say(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print a text, made harmless, to stdout or stderr."""
    typer.echo(harmless(text), err=err, nl=nl)


def say_json(value: Any) -> None:
    """Print a value as one JSON document; see `say_written_json`."""
    say_written_json(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def say_written_json(text: str) -> None:
    """Print JSON, or a line of it for each record, as it is; what a terminal would obey is written as JSON escapes.

    Whoever reads the JSON gets the same values.
    """
    typer.echo(_UNSAFE.sub(lambda found: json.dumps(found[0])[1:-1], text), nl=False)


def say_as_stored(text: str) -> None:
    """Print a text to the character where a program or a file takes it, and made harmless where a person looks on."""
    sys.stdout.write((harmless(text) if sys.stdout.isatty() else text) + "\n")  # echo drops colours from what is piped
    sys.stdout.flush()


def log_to_terminal() -> None:
    """Send warnings to stderr, made harmless."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Harmless("footnote: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)


class _Harmless(logging.Formatter):
    """Formats a record, its traceback included, with nothing in it that a terminal would obey."""

    def format(self, record: logging.LogRecord) -> str:
        return harmless(super().format(record))
