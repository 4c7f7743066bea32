"""Settings: one frozen tree, read once from ``footnote.toml``; an unknown key is an error."""

from __future__ import annotations

import dataclasses
import tomllib
import types
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from index.config import ChunkingConfig, EmbeddingConfig, FetchingConfig, RetrievalConfig
from index.errors import ConfigurationError
from qa.config import AnsweringConfig, LLMConfig, ReadingConfig
from ui.app.config import KeepingConfig, WidgetConfig

FILE_NAME = "footnote.toml"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set; each field is a table of ``footnote.toml``."""

    chunking: ChunkingConfig = field(default_factory=ChunkingConfig)
    embedding: EmbeddingConfig = field(default_factory=EmbeddingConfig)
    retrieval: RetrievalConfig = field(default_factory=RetrievalConfig)
    answering: AnsweringConfig = field(default_factory=AnsweringConfig)
    reading: ReadingConfig = field(default_factory=ReadingConfig)
    fetching: FetchingConfig = field(default_factory=FetchingConfig)
    llm: LLMConfig = field(default_factory=LLMConfig)
    widget: WidgetConfig = field(default_factory=WidgetConfig)
    keeping: KeepingConfig = field(default_factory=KeepingConfig)
    judge: LLMConfig = field(default_factory=LLMConfig)


def read_settings(folder: Path) -> Settings:
    """Return the settings of a library's folder: its ``footnote.toml`` over the defaults, if it has one.

    Raises:
        ConfigurationError: the file is not TOML, or a key or value is not one that there is.
    """
    file = folder / FILE_NAME
    try:
        text = file.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} cannot be read ({error})") from error
    try:
        return _build(Settings, tomllib.loads(text), where=str(file))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{file} is not valid TOML: {error}") from error


Config = TypeVar("Config")


def _build(config_type: type[Config], values: dict[str, Any], *, where: str) -> Config:
    """Build a dataclass from a TOML table, each key and value checked against its field."""
    types_of = typing.get_type_hints(config_type)
    known = {f.name: types_of[f.name] for f in dataclasses.fields(config_type)}  # type: ignore[arg-type]  # a dataclass
    if unknown := sorted(set(values) - set(known)):
        raise ConfigurationError(f"{where}: unknown setting {unknown[0]!r}; there are: {', '.join(known)}")
    checked = {name: _check(known[name], value, f"{where}: {name}") for name, value in values.items()}
    try:
        return config_type(**checked)
    except ConfigurationError as error:  # a value that the type alone does not rule out
        raise ConfigurationError(f"{where}: {error}") from error


def _check(expected: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(expected):
        if not isinstance(value, dict):
            raise ConfigurationError(f"{where} is a table of settings, not {value!r}")
        return _build(typing.cast(type, expected), value, where=where)
    if typing.get_origin(expected) is Literal:
        allowed = typing.get_args(expected)
        if value not in allowed:
            raise ConfigurationError(f"{where} is {value!r}; it must be one of {', '.join(map(repr, allowed))}")
        return value
    if typing.get_origin(expected) is tuple:  # of any length: tuple[kind, ...]
        if not isinstance(value, list):
            raise ConfigurationError(f"{where} is {value!r}; it must be a list")
        kind = typing.get_args(expected)[0]
        return tuple(_check(kind, item, f"{where}[{position}]") for position, item in enumerate(value))
    accepted = typing.get_args(expected) if isinstance(expected, types.UnionType) else (expected,)
    if float in accepted and type(value) is int:
        return float(value)
    if type(value) not in accepted:
        names = " or ".join(kind.__name__ for kind in accepted if kind is not types.NoneType)
        raise ConfigurationError(f"{where} is {value!r}; it must be of type {names}")
    if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
        raise ConfigurationError(f"{where} is {value!r}; it must not be negative")
    return value
