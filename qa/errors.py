"""Every error that asking and evaluating raise on purpose, beside those of `index.errors`.

FootnoteError
  + LanguageModelError       the language model that words answers failed; the articles' own words are given
  + QuestionError            the question cannot be asked (empty, too long)
  + QuotaError               something has been used as often, or keeps as much, as it may for now
  + DatasetError             an evaluation file cannot be used
  + RunningError             another process evaluates into the same folder
  + EvaluationError          a kept evaluation cannot do that as it stands (another one runs, it has no report yet)
  |   + EvaluationNotFoundError    there is no such evaluation, or no such file of it
  + ReplyError               code tried to build a reply that breaks its own promise
"""

from __future__ import annotations

from index.errors import FootnoteError


class LanguageModelError(FootnoteError):
    """The language model that words answers failed: down, slow, refusing, or not understood."""


class QuestionError(FootnoteError):
    """The question cannot be asked as it is."""


class QuotaError(FootnoteError):
    """Something has been used as often, or keeps as much, as it may; ``retry_after_s`` says when it may again."""

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


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
