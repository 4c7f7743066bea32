"""Every error that the faces raise on purpose, beside those of `index.errors` and `qa.errors`.

FootnoteError
  + SiteKeyError             a page elsewhere asks with no site key, or one that is unknown or revoked
  |   + OriginError              the site key is not for pages of that origin
  + TimeLimitError           a reply took longer than it may
"""

from __future__ import annotations

from index.errors import FootnoteError


class SiteKeyError(FootnoteError):
    """A page elsewhere may not ask: it names no site key, or one that is unknown or revoked."""


class OriginError(SiteKeyError):
    """The site key is there, but not for pages of that origin."""


class TimeLimitError(FootnoteError):
    """A reply took longer than it may."""
