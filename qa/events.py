"""What is told while an answer is made: values, in the order they come about.

`Found`, then what a language model words, if one does, then `Finished`, which
is what counts: a face shows its reply in place of all that came before. Where
the answer was worded, the deltas together are its text.
"""

from __future__ import annotations

from dataclasses import dataclass

from index.article import Hit
from qa.answer import Citation, Reply


@dataclass(frozen=True, slots=True)
class Found:
    """The passages that were found, best first."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing new for a moment: whoever listens may stop now."""


@dataclass(frozen=True, slots=True)
class Delta:
    """More text of the answer, checked: whole statements with their markers, numbered as in the reply.

    ``supported``: False where no citation supports it, which a face must show.
    """

    text: str
    supported: bool = True


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation of the delta just told, as it stands in the reply."""

    citation: Citation


@dataclass(frozen=True, slots=True)
class Finished:
    """The reply; nothing follows."""

    reply: Reply


Event = Found | Waiting | Delta | Cited | Finished
