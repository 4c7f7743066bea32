"""Settings of answering: frozen, built once at the edge."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from index.errors import ConfigurationError

MAX_QUESTION_CHARACTERS = 2_000
SHIPPED_READER = "footnote-reader"
NO_READER = "none"
LEAST_PROMPT_TOKENS = 600  # the instructions, a question and two or three passages

_HOST = re.compile(r"[\w.:-]+")  # colons of an IPv6 address

UnsupportedPolicy = Literal["repair", "remove", "mark"]


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What ``abstain_below`` was chosen on, as ``footnote eval calibrate`` writes it; empty where it did not.

    ``threshold``: the confidence that was chosen. ``target_precision``: the
    share of answers that is to be right. ``pairs``: how many it was chosen on.
    ``date``: when. ``embedder``, ``reader``, ``reranker``, ``library`` and
    ``confidence``: the fingerprints of all that decides what a confidence means.
    """

    threshold: float | None = None
    target_precision: float = 0.0
    pairs: int = 0
    date: str = ""
    embedder: str = ""
    reader: str = ""
    reranker: str = ""
    library: str = ""
    confidence: str = ""


@dataclass(frozen=True, slots=True)
class AnsweringConfig:
    """How answers are made.

    ``consulted``: how many passages and sentences are retrieved and named in a
    reply. ``most_quotes``: the most an answer cites. ``nearest``: how many
    passages an abstention shows. ``abstain_below``: the confidence, 0 to 1,
    under which nothing is answered; without it, the calibrated threshold.
    ``calibrated``: what that was chosen on, if it was chosen for this library.
    """

    consulted: int = 20
    most_quotes: int = 3
    nearest: int = 3
    abstain_below: float | None = None
    calibrated: Calibrated = Calibrated()


@dataclass(frozen=True, slots=True)
class ReadingConfig:
    """What reads the passages found.

    ``model``: the shipped reader, an extractive question-answering model (a
    folder or a hub name), or ``none`` for sentences as retrieval ranks them.
    ``reranker``: a cross-encoder that orders the passages before they are read.
    ``passages``: the most that are read for a question.

    Raises:
        ConfigurationError: no passage would be read, or a model has an empty name.
    """

    model: str = SHIPPED_READER
    reranker: str | None = None
    passages: int = 8

    def __post_init__(self) -> None:
        if self.passages < 1:
            raise ConfigurationError(f"passages is {self.passages!r}; it must be at least 1")
        if not self.model.strip():
            raise ConfigurationError(f"model is {self.model!r}; leave it out, or set it to {NO_READER!r} for no reader")
        if self.reranker is not None and not self.reranker.strip():
            raise ConfigurationError(f"reranker is {self.reranker!r}; leave it out for no reranker")


@dataclass(frozen=True, slots=True)
class LLMConfig:
    """Which language model words the answers: none, unless ``base_url`` and ``model`` are set.

    ``base_url``: where an OpenAI-compatible server answers, as
    ``http://127.0.0.1:11434/v1``. ``model``: its name there. ``api_key_env``:
    the name of the environment variable that holds the key, never the key; it
    begins with ``FOOTNOTE_``.
    ``timeout_s``: seconds until its first words. ``total_timeout_s``: seconds
    until its last. ``max_tokens``: the most it writes. ``context_tokens``: what
    it can read and write together. ``passages``: the most it is given.
    ``unsupported``: what becomes of a statement that its source does not bear
    out: ``repair`` cites another passage that does, or removes it; ``remove``
    only removes; ``mark`` cites another, or shows it, marked as unsupported.

    Raises:
        ConfigurationError: the address, or a number, is one it cannot be.
    """

    base_url: str | None = None
    model: str | None = None
    api_key_env: str = "FOOTNOTE_LLM_API_KEY"
    timeout_s: float = 20.0
    total_timeout_s: float = 120.0
    max_tokens: int = 400
    temperature: float = 0.0
    context_tokens: int = 4096
    passages: int = 8
    unsupported: UnsupportedPolicy = "repair"

    def __post_init__(self) -> None:
        if (self.base_url is None) != (self.model is None):
            missing = "base_url" if self.base_url is None else "model"
            raise ConfigurationError(f"{missing} is missing; a language model needs both base_url and model")
        if self.model is not None and not self.model.strip():
            raise ConfigurationError(f"model is {self.model!r}; name one, or leave out base_url too for none")
        if self.base_url is not None and not _is_base_url(self.base_url):
            raise ConfigurationError(
                "base_url is not an address such as 'http://127.0.0.1:11434/v1'; a key or password does not go there"
            )
        # Its value is sent to the server: no folder may name a secret that was meant for another.
        is_meant = re.fullmatch(r"FOOTNOTE_[A-Z0-9_]+", self.api_key_env) and not self.api_key_env.endswith("TOKEN")
        if not is_meant:  # it may be a key: it is not repeated
            raise ConfigurationError(
                "api_key_env is not the name of an environment variable for this, such as 'FOOTNOTE_LLM_API_KEY': it"
                " begins with FOOTNOTE_ and does not end with TOKEN; put the key into one, and its name here"
            )
        for name in ("timeout_s", "total_timeout_s", "max_tokens", "passages"):
            if not getattr(self, name) > 0:
                raise ConfigurationError(f"{name} is {getattr(self, name)!r}; it must be more than 0")
        if self.context_tokens < self.max_tokens + LEAST_PROMPT_TOKENS:
            raise ConfigurationError(
                f"context_tokens is {self.context_tokens!r}; with max_tokens = {self.max_tokens!r} it must be at least"
                f" {self.max_tokens + LEAST_PROMPT_TOKENS}, so that passages fit in"
            )

    @property
    def is_on(self) -> bool:
        """Tell whether there is a language model."""
        return self.base_url is not None


def _is_base_url(address: str) -> bool:
    """Tell whether this is the address of a server, without anything in it that may be a secret."""
    try:
        parts = urlsplit(address)
        is_valid = parts.scheme in ("http", "https") and bool(_HOST.fullmatch(parts.hostname or "")) and parts.port != 0
    except ValueError:
        return False
    plain = address.isascii() and address.isprintable() and " " not in address
    return is_valid and plain and "@" not in parts.netloc and not parts.query and not parts.fragment
