"""Settings of the faces: frozen, built once at the edge."""

from __future__ import annotations

from dataclasses import dataclass

from index.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class WidgetConfig:
    """How widgets on pages elsewhere are served.

    ``seconds``: the longest that a reply may take. ``log_questions``: whether
    the log holds what is asked; else no line of it does. ``refresh_minutes``:
    how long a page that was read for its widget is taken to be as it was.
    ``pages_per_day``: how many new pages may be read for one site key in a day.

    Raises:
        ConfigurationError: no reply could be made in that time.
    """

    seconds: float = 60.0
    log_questions: bool = False
    refresh_minutes: float = 60.0
    pages_per_day: int = 200

    def __post_init__(self) -> None:
        if not self.seconds > 0:
            raise ConfigurationError(f"seconds is {self.seconds!r}; it must be more than 0")


DEFAULT_WIDGET = WidgetConfig()


@dataclass(frozen=True, slots=True)
class KeepingConfig:
    """How much is kept of what people say, beside the articles.

    ``turns_per_hour`` and ``feedback_per_hour``: of one address, in an hour of UTC. ``conversations_mb`` and
    ``feedback_mb``: in all, in millions of bytes; what is more is not kept.
    """

    turns_per_hour: int = 600
    feedback_per_hour: int = 120
    conversations_mb: int = 1_000
    feedback_mb: int = 100


DEFAULT_KEEPING = KeepingConfig()
