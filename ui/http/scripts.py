"""A page's scripts as one text: modules that name what they import, joined in the order in which they need it.

Tools see modules of JavaScript's own. A browser gets one script, which a
policy can name by one hash and a publisher pin; there is nothing to build, and
nothing is fetched while a page starts.

Joined modules share one scope, so only what means the same there is taken:
``import { a, b } from "./other.js";``, or without names, at the start of a line,
and ``export`` before a declaration. No two modules of a page may declare the same name, and no
two may need each other.
"""

from __future__ import annotations

import re
from pathlib import Path

from index.errors import ConfigurationError

_IMPORT = re.compile(r'^import (?:\{[^}]*\} from )?"(?P<path>\.{1,2}/[^"]+\.js)";\n+', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=async |const |let |class |function)", re.MULTILINE)
_DECLARED = re.compile(r"^(?:async )?(?:const|let|class|function\*?) (\w+)", re.MULTILINE)


def joined(entry: Path) -> str:
    """Return a module behind all that it imports.

    Raises:
        ConfigurationError: two modules need each other, or declare the same name.
        OSError: one cannot be read.
    """
    texts: dict[Path, str] = {}
    _read(entry.resolve(), texts, ())
    declared: dict[str, Path] = {}
    for path, text in texts.items():
        for name in _DECLARED.findall(text):
            if declared.setdefault(name, path) != path:
                raise ConfigurationError(f"{path}: {name} is declared in {declared[name]} too; give it another name")
    return "\n".join(texts.values())


def _read(path: Path, texts: dict[Path, str], needed_by: tuple[Path, ...]) -> None:
    if path in needed_by:
        raise ConfigurationError(f"{path} and {needed_by[-1]} need each other; move what both need to a third module")
    if path in texts:
        return
    text = path.read_text(encoding="utf-8")
    for found in _IMPORT.finditer(text):
        _read((path.parent / found["path"]).resolve(), texts, (*needed_by, path))
    texts[path] = _EXPORT.sub("", _IMPORT.sub("", text))
