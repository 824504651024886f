"""What a helpdesk folder must offer. A helpdesk is a module: `hooks/<kind>/__init__.py`, found by its folder.

`load("zendesk")` returns the module as a `Helpdesk`; nobody imports a helpdesk by name, and none is registered.
"""

from __future__ import annotations

import importlib
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from importlib import resources
from types import ModuleType
from typing import Any, Literal, Protocol, cast
from zoneinfo import ZoneInfo

from pydantic import BaseModel, TypeAdapter

from comptoir.clock import Team
from comptoir.errors import BadSettings
from comptoir.thresholds import Thresholds
from comptoir.ticket import FACT_PATHS, Facts, FactValue, Ticket
from comptoir.update import Update

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Desk:
    """One helpdesk account, as the settings describe it."""

    name: str  # the last part of its webhook address, `/hooks/<name>`
    kind: str  # the folder under hooks/
    options: Any = field(repr=False)  # an instance of the folder's own `Options`; holds secrets
    fields: Mapping[str, str] = field(default_factory=dict)  # our field or fact path -> the vendor's field id
    marketplaces: Mapping[str, str] = field(default_factory=dict)  # brand or recipient address -> marketplace
    shop: str = ""  # how the shop signs
    locale: str = "en"  # replies, when neither ticket nor marketplace says
    agent_locale: str = "en"  # notes and agent copies
    team: Team = field(default_factory=Team)
    thresholds: Thresholds = field(default_factory=Thresholds)  # how sure a label must be
    per_minute: int = 90  # tickets handled a minute by all workers together: the helpdesk's own limit, less a margin


@dataclass(frozen=True)
class Delivery:
    """One verified webhook request."""

    id: str  # the same for every attempt of the vendor to deliver it
    event: Literal["changed", "gone", "ignored"]
    ticket_id: str = ""
    name: str = ""  # the vendor's name of the event, for logs


@dataclass(frozen=True)
class Changes:
    """What changed since a cursor, for the sweep that finds lost webhooks."""

    tickets: tuple[str, ...]  # "<id>@<updated_at>": one string a state, so that a state is swept once
    cursor: str
    done: bool


@dataclass(frozen=True)
class NativeMacro:
    """A macro as the helpdesk's agents click it. `key` is ours (`<macro>.<locale>`) and never changes."""

    key: str
    title: str
    text: str
    tags: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()  # facts it needs that this desk has no field for: not published
    public: bool = True  # whether the comment goes to whoever wrote the ticket; else colleagues alone read it


@dataclass(frozen=True)
class Published:
    """What became of one native macro."""

    key: str
    title: str
    outcome: Literal["created", "updated", "unchanged", "edited_by_agent", "left_out", "retired"]
    vendor_id: str = ""
    why: str = ""


class Client(Protocol):
    # the ticket with all comments and its requester; TicketGone when it is no more
    def fetch(self, ticket_id: str) -> Ticket: ...

    # write `update` once: a second call with the same update changes nothing. False when nothing had to be written.
    # TicketClosed, TicketGone are final; Unavailable is worth another try
    def apply(self, ticket: Ticket, update: Update) -> bool: ...

    # the next page of what changed since `cursor` ("" starts at `since`)
    def changes(self, cursor: str, since: datetime) -> Changes: ...

    # the text that stands in a native macro for one of our facts, or None when this desk knows no such thing
    def placeholder(self, path: str) -> str | None: ...

    # create and update native macros; `known` is the id map of the last run, the new map comes back
    def publish(
        self, macros: Sequence[NativeMacro], known: Mapping[str, Any], dry_run: bool
    ) -> tuple[list[Published], dict[str, Any]]: ...

    # one line a check for `comptoir doctor`; raises NotAllowed or Unavailable with what to mend
    def check(self) -> list[str]: ...


class Helpdesk(Protocol):
    # what `[desks.<name>]` in comptoir.toml takes beyond the common keys; unknown keys are refused
    Options: type[BaseModel]

    # prove where the request comes from on its raw bytes, then say what it is about; RejectedDelivery, BadInput,
    # UnknownEvent
    def receive(self, desk: Desk, headers: Mapping[str, str], body: bytes, now: datetime) -> Delivery: ...

    # a client for this desk; opens no connection yet
    def connect(self, desk: Desk) -> Client: ...

def names() -> tuple[str, ...]:
    """The helpdesks there are: one a folder under hooks/."""
    folders = resources.files("comptoir.hooks").iterdir()
    return tuple(sorted(f.name for f in folders if f.is_dir() and f.joinpath("__init__.py").is_file()))


def load(kind: str) -> Helpdesk:
    """The helpdesk folder `kind`. Raises BadSettings for one that does not exist, or offers less than Helpdesk asks."""
    module = load_part(kind)
    if missing := [member for member in _MEMBERS if not hasattr(module, member)]:
        raise BadSettings(f"hooks/{kind}/__init__.py lacks {', '.join(missing)}; see comptoir.helpdesk.Helpdesk")
    return cast(Helpdesk, module)


def load_part(kind: str, part: str = "") -> ModuleType:
    """The folder itself, or one module of it (`load_part("zendesk", "sandbox")`). A fault in it says which folder."""
    if kind not in names():
        raise BadSettings(f"no helpdesk {kind!r}; there are: {', '.join(names())}")
    try:
        return importlib.import_module(f"comptoir.hooks.{kind}" + (f".{part}" if part else ""))
    except Exception as error:
        error.add_note(f"while loading the helpdesk folder hooks/{kind}")
        raise


_MEMBERS = ("Options", "receive", "connect")


def read_fields(desk: Desk, values: Mapping[str, Any], ticket_id: str) -> tuple[dict[str, Any], Facts]:
    """Vendor field values by vendor id -> our fields by our names, and the facts among them.

    A plain date (`2026-11-22`) is the start of that day where the team is. A value that cannot be a fact is left
    out of the facts with a warning that names field and ticket, never the value.
    """
    fields = {name: values[key] for name, key in desk.fields.items() if values.get(key) not in (None, "", [])}
    found: dict[str, FactValue] = {}
    for path in FACT_PATHS:
        if path in fields:
            try:
                found[path] = _fact(path, fields[path], ZoneInfo(desk.team.zone))
            except ValueError:
                log.warning("ticket %s: field %s holds nothing that can be %s", ticket_id, desk.fields[path], path)
    return fields, Facts().with_(found)


_FACTS = TypeAdapter(Facts)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _fact(path: str, value: object, zone: ZoneInfo) -> FactValue:
    group, _, name = path.partition(".")
    if isinstance(value, str):
        value = value.strip()
        if _DAY.fullmatch(value) and name.endswith("_at"):
            value = datetime.combine(date.fromisoformat(value), time(), zone)
        elif value.isdigit() and name.endswith("_at"):
            raise ValueError("a bare number would be read as seconds since 1970")
    elif not isinstance(value, bool):
        value = str(value)
    fact = _FACTS.validate_python({group: {name: value}}).get(path)
    if fact is None:
        raise ValueError(path)
    return fact
