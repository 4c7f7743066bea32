"""Which settings of a library's folder hold: those that reach out of it, once the user has agreed to them.

A library may have come from anybody: what ``[llm]``, ``[judge]`` and
``[fetching]`` say decides who is sent questions, articles and a key, and which
hosts of a private network are asked; a model that ``[embedding]`` or
``[reading]`` names is fetched from a hub, or opened wherever it is said to
lie. It makes no difference where the folder
is, nor whose files they are: what was unpacked into one's own data folder is
one's own too, and was written by somebody else.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import platformdirs
import typer

from index.embedding.weights import DEFAULT_MODEL, MINILM
from index.errors import ConfigurationError
from index.formats.files import printable
from index.storage.atomic_files import replace_file
from index.storage.private import make_private_folder, only_we_write
from qa.config import NO_READER, SHIPPED_READER
from ui.app.settings import FILE_NAME, Settings, read_settings
from ui.app.terminal import say

logger = logging.getLogger("footnote")

# By table, the keys that reach out of the folder, each with the values that do not; all of a table where none is named.
GUARDED: Mapping[str, Mapping[str, Collection[str]]] = {
    "llm": {},
    "judge": {},
    "fetching": {},
    "embedding": {"model": (DEFAULT_MODEL, MINILM)},  # they come with the product
    "reading": {"model": (SHIPPED_READER, NO_READER), "reranker": ()},
}
TRUST_VARIABLE = "FOOTNOTE_TRUST"
HOW = f"to use them give --trust once, or set {TRUST_VARIABLE}=1"

Wanted = Mapping[str, Mapping[str, Any]]  # what is set, by table and key, where it is not as without a file


def trusted_settings(folder: Path) -> Settings:
    """Return the settings of a library's folder, without what the user has not agreed to; the log names that.

    Raises:
        ConfigurationError: see `read_settings`.
    """
    settings = read_settings(folder)
    wanted = wanted_of(settings)
    if not wanted or holds(folder, wanted):
        return settings
    unused = f"{tables_of(wanted)} not used, since you have not agreed to what is there"
    _say(f"{printable(folder / FILE_NAME)}: {unused}; {HOW}")
    defaults = Settings()
    usual = {table: {key: getattr(getattr(defaults, table), key) for key in keys} for table, keys in wanted.items()}
    return replace(settings, **{table: replace(getattr(settings, table), **keys) for table, keys in usual.items()})


def settle_trust(folder: Path, *, trust: bool) -> None:
    """Have the user agree to what a folder's settings reach out to: asked at a terminal, or at once with ``trust``.

    What he agrees to is remembered, for this folder and these very values: others are asked about again.

    Raises:
        ConfigurationError: the settings are wrong, or the agreement cannot be remembered.
    """
    wanted = wanted_of(read_settings(folder))
    if not wanted or holds(folder, wanted):
        return
    if not trust:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            return
        say(f"{printable(folder / FILE_NAME)} has settings that reach out of the folder:", err=True)
        for line in describe(wanted):
            say(f"  {line}", err=True)
        if not typer.confirm("Did you, or somebody you trust, write them? They are used if so", err=True):
            return
    _remember(folder, wanted)


def wanted_of(settings: Settings) -> Wanted:
    """Return what settings reach out to; nothing where they are as without a file."""
    defaults = Settings()
    found: dict[str, dict[str, Any]] = {}
    for table, guarded in GUARDED.items():
        given, usual = getattr(settings, table), getattr(defaults, table)
        for field in fields(given):
            value = getattr(given, field.name)
            if guarded and (field.name not in guarded or value in guarded[field.name]):
                continue
            if value != getattr(usual, field.name):
                found.setdefault(table, {})[field.name] = list(value) if isinstance(value, tuple) else value
    return found


def holds(folder: Path, wanted: Wanted) -> bool:
    """Tell whether the user has agreed to these values for this folder, or to all with ``FOOTNOTE_TRUST=1``."""
    if os.environ.get(TRUST_VARIABLE) == "1":
        return True
    file = _agreement_file(folder)
    if not (only_we_write(file.parent) and only_we_write(file)):
        return False
    try:
        agreed = json.loads(file.read_bytes())
        return bool(agreed["folder"] == str(folder.resolve()) and agreed["settings"] == wanted)
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("%s cannot be read, and counts as no agreement (%s)", file, error)
        return False


def describe(wanted: Wanted) -> list[str]:
    """Return a line for each value, with nothing in it that a terminal would obey."""
    return [f"[{table}] {name} = {json.dumps(value)}" for table, keys in wanted.items() for name, value in keys.items()]


def tables_of(wanted: Wanted) -> str:
    """Name the tables, or keys of them, with the verb that fits: "[llm] is", "[llm] and [reading] model are"."""
    names = [f"[{table}]{f' {key}' if key else ''}" for table, keys in wanted.items() for key in _shown(table, keys)]
    return f"{names[0]} is" if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]} are"


def _shown(table: str, keys: Collection[str]) -> Collection[str]:
    return keys if GUARDED[table] else ("",)


def _remember(folder: Path, wanted: Wanted) -> None:
    file = _agreement_file(folder)
    agreement = {"folder": str(folder.resolve()), "settings": wanted, "agreed": datetime.now(UTC).isoformat()}
    try:
        make_private_folder(file.parent)
        replace_file(file, json.dumps(agreement, indent=1).encode())
    except OSError as error:
        raise ConfigurationError(
            f"your agreement cannot be kept in {file.parent} ({error.strerror}); set {TRUST_VARIABLE}=1 instead"
        ) from error
    if not holds(folder, wanted):
        raise ConfigurationError(
            f"your agreement cannot be kept in {file.parent}, which others may write; close it to them, with: "
            f"chmod go-w {file.parent}"
        )


def _agreement_file(folder: Path) -> Path:
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:32]
    return platformdirs.user_config_path("footnote", appauthor=False) / "agreed" / f"{name}.json"


@cache  # a command may read the settings several times
def _say(line: str) -> None:
    logger.warning("%s", line)
