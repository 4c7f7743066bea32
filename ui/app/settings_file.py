"""Writes to a library's ``footnote.toml``, which belongs to its user: comments, order and all other keys stay."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from index.errors import ConfigurationError
from index.storage.atomic_files import whole_file
from ui.app.settings import FILE_NAME, read_settings


def write_settings(folder: Path, table: str, values: Mapping[str, Any]) -> Path:
    """Set keys of one table of ``footnote.toml``, made where there is none; return the file.

    The file is replaced as a whole or not at all; where it is a link, what it leads to.

    Raises:
        ConfigurationError: the file cannot be understood, or not be changed without touching something else.
        StorageError: it cannot be written.
    """
    read_settings(folder)  # what is there must be sound
    file = (folder / FILE_NAME).resolve()
    text = file.read_bytes().decode("utf-8") if file.exists() else ""  # bytes: the ends of its lines stay
    changed = _changed(text, table, values, file)
    with whole_file(file) as written:
        written.write(changed)
    return file


def _changed(text: str, table: str, values: Mapping[str, Any], file: Path) -> str:
    by_hand = ConfigurationError(f"{file} cannot be changed without touching the rest; set [{table}] by hand: {values}")
    wanted = tomllib.loads(text)
    wanted[table] = {**wanted.get(table, {}), **values}
    try:
        document = tomlkit.parse(text)
        if table not in document:
            document[table] = tomlkit.table()
        for name, value in values.items():
            _set(document[table], name, value, is_last=list(document)[-1] == table)
        changed = tomlkit.dumps(document)
        understood = tomllib.loads(changed)
    except (TOMLKitError, ValueError, TypeError, KeyError) as error:
        raise by_hand from error
    if understood != wanted:
        raise by_hand
    return changed


def _set(table: Any, name: str, value: Any, *, is_last: bool) -> None:
    """Set a key; of a table that is there already the keys, so that its comments stay."""
    if isinstance(value, Mapping) and isinstance(table.get(name), dict):
        for old in set(table[name]) - set(value):
            del table[name][old]
        for key, each in value.items():
            table[name][key] = each
        return
    table[name] = value
    if isinstance(table[name], Table) and not is_last:
        table[name].add(tomlkit.nl())  # between it and the next
