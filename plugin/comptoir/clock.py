"""Durations as people say them, and when they end: zones, clock changes, public holidays, make-up days, team hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time


@dataclass(frozen=True)
class Team:
    """When somebody is there to act: hours a weekday (0 = Monday) in the team's own zone, and its public holidays."""

    zone: str = "Europe/Paris"
    hours: Mapping[int, tuple[tuple[time, time], ...]] = field(
        default_factory=lambda: {day: ((time(9), time(18)),) for day in range(5)}
    )
    holidays: str | None = None  # a country of the `holidays` package, "FR", "CN" ...; None: no public holidays
