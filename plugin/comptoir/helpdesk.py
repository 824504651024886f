"""What a helpdesk folder must offer. A helpdesk is a module: `hooks/<kind>/__init__.py`, found by its folder.

`load("zendesk")` returns the module as a `Helpdesk`; nobody imports a helpdesk by name, and none is registered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from pydantic import BaseModel

from comptoir.clock import Team
from comptoir.ticket import Ticket
from comptoir.update import Update


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
