"""The tables of `comptoir.toml`, as pydantic reads them: what each key may be, and an example of each.

Unknown keys are refused. A validator's sentence says what is allowed; `settings.py` puts file and setting before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import time
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Any
from zoneinfo import available_timezones

import holidays
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)

from comptoir import helpdesk
from comptoir.checks import ISSUES
from comptoir.clock import Team
from comptoir.thresholds import SURE

MIN_TOKEN = 24  # characters of the preview's token: nobody guesses that many
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _one_of(what: str, allowed: Callable[[], Iterable[str]]) -> AfterValidator:
    """A validator: the value is one of `allowed()`, else say which there are, or the nearest of many."""

    def check(value: str) -> str:
        there = sorted(allowed())
        if value in there:
            return value
        near = get_close_matches(value, there, n=3, cutoff=0.5)
        listed = ", ".join(near or there[:12])
        raise ValueError(f"{value!r} is not {what}; {'did you mean' if near else 'there are'} {listed}")

    return AfterValidator(check)


@cache
def _locales() -> frozenset[str]:
    folders = files("comptoir.locales").iterdir()
    return frozenset({"en"} | {folder.name for folder in folders if folder.joinpath("LC_MESSAGES").is_dir()})


@cache
def _marketplaces() -> frozenset[str]:
    packs = files("comptoir.packs").iterdir()
    return frozenset(pack.name for pack in packs if _is_marketplace(pack.joinpath("pack.yaml")))


def _is_marketplace(pack: Traversable) -> bool:
    return pack.is_file() and re.search(r"^kind: *marketplace\b", pack.read_text("utf-8"), re.MULTILINE) is not None


def _hours(value: Any) -> Any:
    """`{"mon-fri": "09:00-12:00, 14:00-18:00"}` as `Team.hours`."""
    if not isinstance(value, dict) or not value:
        raise ValueError('a table of days and hours, as "mon-fri" = "09:00-18:00"')
    hours: dict[int, tuple[tuple[time, time], ...]] = {}
    for days, spans in value.items():
        opened = tuple(_span(span.strip()) for span in str(spans).split(","))
        hours |= dict.fromkeys(_day_range(days), opened)
    return hours


def _day_range(days: str) -> range:
    first, _, last = days.partition("-")
    if first not in _DAYS or (last or first) not in _DAYS or _DAYS.index(last or first) < _DAYS.index(first):
        raise ValueError(f'{days!r} is not a day or a range of days; write "mon-fri" or "sat"')
    return range(_DAYS.index(first), _DAYS.index(last or first) + 1)


def _span(span: str) -> tuple[time, time]:
    found = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", span)
    try:
        hour, minute, end_hour, end_minute = map(int, found.groups()) if found else (-1, 0, 0, 0)
        opens, closes = time(hour, minute), time(end_hour, end_minute)
    except ValueError:
        opens = closes = time()
    if opens >= closes:
        raise ValueError(f'{span!r} is not a span of hours; write "09:00-18:00", or "09:00-12:00, 14:00-18:00"')
    return opens, closes


def _store_url(url: str) -> str:
    if not url.startswith(("sqlite:///", "postgresql://")):
        raise ValueError("a store is sqlite:///path/to/file or postgresql://user@host/database")
    return url


def _desk_name(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", name):
        raise ValueError("a desk's name is part of an address: a-z, 0-9, - and _, at most 40")
    return name


class Table(BaseModel):
    """A table that refuses unknown keys and never shows a value in a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Store(Table):
    """Where deliveries, timers and finished work are kept."""

    url: Annotated[str, AfterValidator(_store_url)] = Field(
        default="sqlite:///var/comptoir.sqlite", repr=False, examples=["sqlite:///var/comptoir.sqlite"]
    )
    keep_days: int = Field(default=14, ge=1, le=3650, examples=[14])


class Server(Table):
    """The HTTP server."""

    host: str = Field(default="127.0.0.1", examples=["127.0.0.1"])
    port: int = Field(default=8080, ge=0, le=65535, examples=[8080])
    max_body: int = Field(default=1024 * 1024, ge=1024, le=64 * 1024 * 1024, examples=[1048576])


class Preview(Table):
    """The macro catalogue in the browser, on the server."""

    on: bool = Field(default=False, examples=["true"])
    token: SecretStr | None = Field(default=None, validate_default=True, examples=["env:COMPTOIR_PREVIEW_TOKEN"])

    @field_validator("token")
    @classmethod
    def _hard_to_guess(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        value = token.get_secret_value() if token else ""
        if info.data.get("on") and not value:
            raise ValueError("preview.on is true, and without a token everybody could look")
        if value and len(value) < MIN_TOKEN and not value.startswith("env:"):
            raise ValueError(f"a token has at least {MIN_TOKEN} characters; `openssl rand -hex 24` makes one")
        return token


class Work(Table):
    """The worker."""

    name: str = Field(default="local", pattern=r"^[A-Za-z0-9._-]{1,60}$", examples=["worker-1"])
    threads: int = Field(default=4, ge=1, le=64, examples=[4])
    sweep_minutes: int = Field(default=5, ge=1, le=30, examples=[5])
    stop_seconds: int = Field(default=20, ge=1, le=600, examples=[20])


class TeamTable(Table):
    """When somebody is there to act."""

    zone: Annotated[str, _one_of("a time zone", available_timezones)] = Field(
        default="Europe/Paris", examples=["Europe/Paris"]
    )
    hours: Annotated[Mapping[int, tuple[tuple[time, time], ...]], BeforeValidator(_hours)] = Field(
        default_factory=lambda: Team().hours, examples=[{"mon-fri": "09:00-18:00"}]
    )
    holidays: Annotated[str, _one_of("a country", lambda: holidays.list_supported_countries())] | None = Field(
        default=None, examples=["FR"]
    )


#: a probability; `true` and "0.5" are none
_Share = Annotated[float, Field(strict=True, ge=0, le=1)]


class Learning(Table):
    """What is kept of a ticket that an agent corrects."""

    keep_text: bool = Field(default=False, strict=True, examples=[True])


class ThresholdsTable(Table):
    """How sure a label must be to count."""

    issue: _Share = Field(default=SURE, examples=[SURE])
    issues: Mapping[Annotated[str, _one_of("an issue", lambda: ISSUES)], _Share] = Field(
        default_factory=dict, examples=[{"payment_chargeback": 0.8}]
    )
    sender: _Share = Field(default=0.0, examples=[0.6])
    marketplace: _Share = Field(default=0.0, examples=[0.6])
    language: _Share = Field(default=0.0, examples=[0.6])


_Locale = Annotated[str, _one_of("a locale", _locales)]


_DeskName = Annotated[str, AfterValidator(_desk_name)]


class Top(Table):
    """The whole file."""

    locale: _Locale = Field(default="en", examples=["fr"])
    agent_locale: _Locale = Field(default="en", examples=["zh_Hans"])
    store: Store = Field(default_factory=Store)
    server: Server = Field(default_factory=Server)
    preview: Preview = Field(default_factory=Preview)
    work: Work = Field(default_factory=Work)
    team: TeamTable = Field(default_factory=TeamTable)
    learning: Learning = Field(default_factory=Learning)
    thresholds: ThresholdsTable = Field(default_factory=ThresholdsTable)
    desks: dict[_DeskName, dict[str, Any]] = Field(default_factory=dict)


class CounterTable(Table):
    """What of a desk decides how tickets are read and answered."""

    shop: str = Field(default="", examples=["Maison Exemple"])
    locale: _Locale | None = Field(default=None, examples=["fr"])
    agent_locale: _Locale | None = Field(default=None, examples=["zh_Hans"])
    fields: Mapping[str, str] = Field(default_factory=dict, examples=[{"order.number": "360001234567"}])
    marketplaces: Mapping[str, Annotated[str, _one_of("a marketplace", _marketplaces)]] = Field(
        default_factory=dict, examples=[{"Rakuten FR": "rakuten_fr"}]
    )
    team: TeamTable | None = None


class DeskTable(CounterTable):
    """`[desks.<name>]`, without what its helpdesk's own `Options` take."""

    kind: Annotated[str, _one_of("a helpdesk", lambda: helpdesk.names())] = Field(examples=["zendesk"])
    per_minute: int = Field(default=90, ge=1, le=100_000, examples=[90])
