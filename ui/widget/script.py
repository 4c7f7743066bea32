"""The widget's module as it is served: its bytes, its name by content, and the hash that a page can pin it by."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from index.errors import ConfigurationError
from ui.http.scripts import joined

FOLDER = Path(__file__).with_name("static")
FILE_NAME = "footnote.js"
FLOATING_PATH = f"/widget/v1/{FILE_NAME}"
MANIFEST_PATH = "/widget/v1/manifest.json"
DEMO_KEY = "pk_demo"
PAGE = "page"  # what is asked: the page that the widget stands on
_DIGEST_CHARACTERS = 12
_SITE_KEY = re.compile(r"pk_[A-Za-z0-9]{24}")


@dataclass(frozen=True, slots=True)
class WidgetModule:
    """The module, plain and packed with gzip."""

    content: bytes
    packed: bytes

    @property
    def integrity(self) -> str:
        """What the ``integrity`` attribute of a script pins it by."""
        return f"sha384-{b64encode(hashlib.sha384(self.content).digest()).decode()}"

    @property
    def digest(self) -> str:
        """The part of its hash that it is named by: another content has another name, for ever."""
        return hashlib.sha384(self.content).hexdigest()[:_DIGEST_CHARACTERS]

    @property
    def path(self) -> str:
        """Where a server has this very content."""
        return f"/widget/v1/footnote-{self.digest}.js"

    @property
    def manifest(self) -> dict[str, Any]:
        """What a publisher's tools may want to know of it."""
        return {
            "version": product_version(),
            "url": self.path,
            "size": len(self.content),
            "gzip_size": len(self.packed),
            "integrity": self.integrity,
        }

    def snippet(self, server: str, *, key: str, article: str | None = PAGE, floating: bool = False) -> str:
        """Return the line that a publisher puts in a page: of this very content, or of whatever the server has.

        ``article`` is what is asked, as `asked_attribute` writes it: the page that the line stands on, unless
        another is named; None: all that the key may quote.
        """
        attributes = {"type": "module", "src": server + (FLOATING_PATH if floating else self.path)}
        if not floating:
            attributes |= {"integrity": self.integrity, "crossorigin": "anonymous"}
        attributes |= {"data-site-key": key}
        if article is not None:
            attributes |= {"data-article": article}
        return f"<script {attributes_of(attributes)}></script>"


def asked_attribute(ids: Sequence[str]) -> str:
    """Return some articles as the attribute ``article`` has them: an id, or a JSON list of several.

    What would be read as something else stands in a list too: an id ``page``, one that begins like a list.
    """
    is_plain = len(ids) == 1 and ids[0] != PAGE and not ids[0].lstrip().startswith("[")
    return ids[0] if is_plain else json.dumps(list(ids), ensure_ascii=False)


def asked_of_attribute(article: str) -> Sequence[str]:
    """Return the ids that `asked_attribute` wrote."""
    try:
        listed = json.loads(article)
    except (ValueError, RecursionError):
        return [article]
    return listed if isinstance(listed, list) and all(isinstance(each, str) for each in listed) else [article]


def attributes_of(named: Mapping[str, str]) -> str:
    """Return attributes as HTML has them."""
    return " ".join(f'{name}="{escape(value)}"' for name, value in named.items())


def read_module(folder: Path = FOLDER) -> WidgetModule:
    """Return the module of a folder, joined with what it imports; it is packed once, and again when it has changed.

    Raises:
        ConfigurationError: it is not there.
    """
    file = folder / FILE_NAME
    try:
        return _packed(joined(file))
    except OSError as error:
        reason = error.strerror or error
        raise ConfigurationError(f"{file}: the widget cannot be read ({reason}); install the product again") from error


@lru_cache(maxsize=4)
def _packed(script: str) -> WidgetModule:
    content = script.encode()
    return WidgetModule(content, gzip.compress(content, 9, mtime=0))


def is_site_key(text: str) -> bool:
    """Tell whether a text has the form of a site key."""
    return text == DEMO_KEY or _SITE_KEY.fullmatch(text) is not None


def product_version() -> str:
    """Return the version of what is installed; of a checkout that is not installed, "0"."""
    try:
        return version("footnote-qa")
    except PackageNotFoundError:
        return "0"
