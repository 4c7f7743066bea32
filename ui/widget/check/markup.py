"""What a page's HTML says that matters to the widget: its scripts, its chats, its policies, its text."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

ELEMENT = "footnote-chat"
_NOT_SHOWN = frozenset(("script", "style", "template", "noscript", "title", "head"))
_WITHIN_A_LINE = frozenset(
    "a abbr b bdi bdo cite code data del dfn em font i img ins kbd mark picture q s samp small span strong sub sup time"
    " u var wbr".split()
)


@dataclass(frozen=True, slots=True)
class ScriptElement:
    """A script that is loaded from somewhere; ``attributes`` by their names in lower case."""

    url: str
    attributes: dict[str, str]


@dataclass(slots=True)
class PageMarkup:
    """What a page holds; ``text`` has one space where a block begins or ends, or white space of any length stands."""

    scripts: list[ScriptElement] = field(default_factory=list)
    chats: list[dict[str, str]] = field(default_factory=list)
    policies: list[str] = field(default_factory=list)
    text: str = ""


def markup_of(page: str, url: str) -> PageMarkup:
    """Return what a page at an address holds; whatever it holds, it is no error."""
    parser = _Parser(url)
    parser.feed(page)
    parser.close()
    parser.markup.text = " ".join("".join(parser.pieces).split())
    return parser.markup


class _Parser(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.markup = PageMarkup()
        self.pieces: list[str] = []
        self._base = url
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in reversed(attrs)}  # of two of a name the first counts
        if tag == "script" and "src" in attributes:
            self.markup.scripts.append(ScriptElement(joined(self._base, attributes["src"]), attributes))
        elif tag == ELEMENT:
            self.markup.chats.append(attributes)
        elif tag == "base" and "href" in attributes:
            self._base = joined(self._base, attributes["href"])
        elif tag == "meta" and attributes.get("http-equiv", "").lower() == "content-security-policy":
            self.markup.policies.append(attributes.get("content", ""))
        elif tag == "body":
            self._hidden.clear()  # a head need not be closed
        if tag in _NOT_SHOWN:
            self._hidden.append(tag)
        if tag not in _WITHIN_A_LINE:
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            del self._hidden[self._hidden.index(tag) :]
        if tag not in _WITHIN_A_LINE:
            self.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(data)


def joined(base: str, address: str) -> str:
    """Return what an address means at another, as it stands where that is none."""
    try:
        return urljoin(base, address.strip())
    except ValueError:
        return address
