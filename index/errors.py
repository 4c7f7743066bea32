"""Every error the product raises on purpose, as a tree.

FootnoteError
  + SourceError              an article could not be read (file, format, encoding, size)
  |   + RefusalError             a web server answered, but not with the page
  + StorageError             the library's disk failed or refused: full, read-only, damaged
  |   + LibraryNotFoundError     there is no library at that place
  |   + LibraryMismatchError     the library was made with another model or chunking
  + ArticleNotFoundError     no article has that id
  + ConfigurationError       a setting is unknown or has a value it cannot have
  + ModelUnavailableError    a model or an optional package is not there, or not the right one
  + LanguageModelError       the language model that words answers failed; the articles' own words are given
  + QuestionError            the question cannot be asked (empty, too long)
  + ConversationError        a conversation or feedback cannot be kept as given (no title, too many turns)
  |   + ConversationNotFoundError  there is no such conversation, or it is somebody else's
  + SiteKeyError             a page elsewhere asks with no site key, or one that is unknown or revoked
  |   + OriginError              the site key is not for pages of that origin
  + QuotaError               a site key, a session or an address has asked as often as it may for now
  + TimeLimitError           a reply took longer than it may
  + DatasetError             an evaluation file cannot be used
  + RunningError             another process evaluates into the same folder
  + EvaluationError          a kept evaluation cannot do that as it stands (another one runs, it has no report yet)
  |   + EvaluationNotFoundError    there is no such evaluation, or no such file of it
  + ReplyError               code tried to build a reply that breaks its own promise

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


class LanguageModelError(FootnoteError):
    """The language model that words answers failed: down, slow, refusing, or not understood."""


class QuestionError(FootnoteError):
    """The question cannot be asked as it is."""


class ConversationError(FootnoteError):
    """A conversation or feedback cannot be kept as it was given."""


class ConversationNotFoundError(ConversationError):
    """There is no such conversation, or it is somebody else's: which of the two is not told."""


class SiteKeyError(FootnoteError):
    """A page elsewhere may not ask: it names no site key, or one that is unknown or revoked."""


class OriginError(SiteKeyError):
    """The site key is there, but not for pages of that origin."""


class QuotaError(FootnoteError):
    """A site key, a session or an address has asked as often as it may; ``retry_after_s`` says when it may again."""

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class TimeLimitError(FootnoteError):
    """A reply took longer than it may."""


class DatasetError(FootnoteError):
    """An evaluation file cannot be used."""


class RunningError(FootnoteError):
    """Another process evaluates into the same folder; nothing was written."""


class EvaluationError(FootnoteError):
    """A kept evaluation cannot do that as it stands: another one runs, or it runs itself, or has no report yet."""


class EvaluationNotFoundError(EvaluationError):
    """There is no such evaluation, or it has no such file."""


class ReplyError(FootnoteError):
    """A reply would break its own promise; always a defect of the caller."""
