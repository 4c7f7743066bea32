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
