"""Every error that this room raises on purpose, as a tree; each room above it draws its own.

FootnoteError
  + SourceError              an article could not be read (file, format, encoding, size)
  |   + RefusalError             a web server answered, but not with the page
  + StorageError             the library's disk failed or refused: full, read-only, damaged
  |   + LibraryNotFoundError     there is no library at that place
  |   + LibraryMismatchError     the library was made with another model or chunking
  + ArticleNotFoundError     no article has that id
  + ConfigurationError       a setting is unknown or has a value it cannot have
  + ModelUnavailableError    a model or an optional package is not there, or not the right one
  + ConversationError        a conversation or feedback cannot be kept as given (no title, too many turns)
  |   + ConversationNotFoundError  there is no such conversation, or it is somebody else's

Each message is one line of text: what happened, where, what to do next.
Faces show it as it stands; anything else that is raised is a defect.
"""


class FootnoteError(Exception):
    """The base of everything this product raises on purpose."""


class SourceError(FootnoteError):
    """An article could not be read; nothing was stored of it."""


class RefusalError(SourceError):
    """A web server answered, but not with the page; ``status`` is what it answered with."""

    def __init__(self, message: str, *, status: int) -> None:
        """Word the refusal; see `SourceError`."""
        super().__init__(message)
        self.status = status


class StorageError(FootnoteError):
    """The library's disk failed or refused; what was stored before stays."""


class LibraryNotFoundError(StorageError):
    """There is no library at that place."""


class LibraryMismatchError(StorageError):
    """The library was made with another embedding model or another chunking."""


class ArticleNotFoundError(FootnoteError):
    """No article of the library has that id."""


class ConfigurationError(FootnoteError):
    """A setting is unknown, or has a value that it cannot have."""


class ModelUnavailableError(FootnoteError):
    """A model or an optional package is missing, or is not the one it should be."""


class ConversationError(FootnoteError):
    """A conversation or feedback cannot be kept as it was given."""


class ConversationNotFoundError(ConversationError):
    """There is no such conversation, or it is somebody else's: which of the two is not told."""
