"""Settings of the faces: frozen, built once at the edge."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WidgetConfig:
    """What pages elsewhere may have of a server, beside what their site keys say.

    ``refresh_minutes``: how long a page that was read for its widget is taken
    to be as it was. ``pages_per_day``: how many new pages a site key may have read in a day.
    """

    refresh_minutes: float = 60.0
    pages_per_day: int = 200
