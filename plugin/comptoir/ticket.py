"""Ticket, Message and Facts: what every helpdesk is turned into. Frozen; unknown stays None.

A helpdesk folder builds a `Ticket`; the command line reads one from JSON with `read_ticket`. The JSON is the
dataclasses below, key by key (`from` is the one key that Python spells otherwise), documented in
docs/reference/ticket.md.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, ConfigDict, Field, TypeAdapter, ValidationError

from comptoir.errors import BadInput

_STRICT = ConfigDict(extra="forbid", str_max_length=16 * 1024 * 1024)

_Shape = TypeVar("_Shape")
FactValue = str | bool | Decimal | datetime


@dataclass(frozen=True)
class Order:
    __pydantic_config__ = _STRICT
    number: str | None = None
    total: Decimal | None = None  # what the buyer paid, postage included
    currency: str | None = None  # ISO 4217
    item_price: Decimal | None = None
    postage: Decimal | None = None
    discount: Decimal | None = None
    placed_at: AwareDatetime | None = None
    shipped_at: AwareDatetime | None = None
    delivered_at: AwareDatetime | None = None
    completed_at: AwareDatetime | None = None  # the marketplace closed the sale
    ships_from: str | None = None  # ISO 3166 alpha-2
    virtual: bool | None = None


@dataclass(frozen=True)
class Shipping:
    __pydantic_config__ = _STRICT
    mode: Literal["normal", "tracked", "registered"] | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    tracking_status: Literal["none", "invalid", "stale", "moving", "delivered"] | None = None


@dataclass(frozen=True)
class Claim:
    __pydantic_config__ = _STRICT
    opened_at: AwareDatetime | None = None
    kind: str | None = None  # the platform's own reason, as it writes it


@dataclass(frozen=True)
class Refund:
    __pydantic_config__ = _STRICT
    requested_at: AwareDatetime | None = None
    promised_at: AwareDatetime | None = None
    amount: Decimal | None = None


@dataclass(frozen=True)
class Return:
    __pydantic_config__ = _STRICT
    shipped_at: AwareDatetime | None = None
    received_at: AwareDatetime | None = None


@dataclass(frozen=True)
class Warranty:
    __pydantic_config__ = _STRICT
    requested_at: AwareDatetime | None = None


@dataclass(frozen=True)
class Seller:
    __pydantic_config__ = _STRICT
    grade: str | None = None  # the platform's grade of the shop, "A" to "D" on Rakuten France


@dataclass(frozen=True)
class PlatformMail:
    __pydantic_config__ = _STRICT
    received_at: AwareDatetime | None = None


@dataclass(frozen=True)
class Facts:
    """What is known of the order. Read a fact by its path: `facts.get("order.total")`."""

    __pydantic_config__ = _STRICT
    order: Order = Order()
    shipping: Shipping = Shipping()
    claim: Claim = Claim()
    refund: Refund = Refund()
    return_: Annotated[Return, Field(alias="return")] = Return()
    warranty: Warranty = Warranty()
    seller: Seller = Seller()
    platform_mail: PlatformMail = PlatformMail()

    def get(self, path: str) -> FactValue | None:
        """The fact at `path`, or None while it is unknown. Raises KeyError for a path that does not exist."""
        group, name = _PLACES[path]
        value: FactValue | None = getattr(getattr(self, group), name)
        return value

    def known(self) -> Iterator[tuple[str, FactValue]]:
        """Every known fact as (path, value), in the order of the classes above."""
        for path in FACT_PATHS:
            if (value := self.get(path)) is not None:
                yield path, value

    def with_(self, found: Mapping[str, FactValue], *, replace: bool = False) -> Facts:
        """These facts plus `found`; what is already known wins unless `replace`."""
        changes: dict[str, dict[str, FactValue]] = {}
        for path, value in found.items():
            if replace or self.get(path) is None:
                group, _, name = path.partition(".")
                changes.setdefault(_GROUPS[group], {})[name] = value
        groups: dict[str, Any] = {g: dataclasses.replace(getattr(self, g), **values) for g, values in changes.items()}
        return dataclasses.replace(self, **groups)


_GROUPS = {f.name.rstrip("_"): f.name for f in dataclasses.fields(Facts)}
#: every path that `Facts.get` takes, as `order.total`
FACT_PATHS: tuple[str, ...] = tuple(
    f"{name}.{f.name}" for name, attr in _GROUPS.items() for f in dataclasses.fields(getattr(Facts(), attr))
)
#: path -> the names of the two attributes that lead to it
_PLACES = {path: (_GROUPS[path.partition(".")[0]], path.partition(".")[2]) for path in FACT_PATHS}


@dataclass(frozen=True)
class Attachment:
    __pydantic_config__ = _STRICT
    name: str = ""
    size: int = 0  # bytes
    content_type: str = ""


@dataclass(frozen=True)
class Message:
    """One message. `text` and `html` are as the helpdesk gave them: hostile, quoted history included."""

    __pydantic_config__ = _STRICT
    id: str = ""
    author: Literal["buyer", "agent", "system"] = "buyer"  # "buyer": anybody outside, platforms and carriers too
    from_: Annotated[str, Field(alias="from")] = ""  # address only
    from_name: str = ""  # display name, never trusted
    to: str = ""
    text: str = ""
    html: str = ""
    public: bool = True
    sent_at: AwareDatetime | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Requester:
    __pydantic_config__ = _STRICT
    name: str = ""
    email: str = ""
    locale: str = ""  # the profile's; says little about the buyer's language


@dataclass(frozen=True)
class Ticket:
    """One ticket. `raw` keeps the vendor's payload for the helpdesk folder that made it; it is not part of the JSON."""

    __pydantic_config__ = _STRICT
    id: str = ""
    desk: str = ""
    subject: str = ""
    messages: tuple[Message, ...] = ()
    requester: Requester = Requester()
    channel: str = ""
    brand: str = ""
    status: str = ""  # lower case: new open pending hold solved closed deleted
    tags: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)  # by our field names, as mapped in the settings
    created_at: AwareDatetime | None = None
    updated_at: AwareDatetime | None = None
    facts: Facts = Facts()
    raw: Annotated[Mapping[str, Any], Field(exclude=True)] = field(default_factory=dict, repr=False, compare=False)

    @property
    def newest(self) -> Message | None:
        """The newest public message from outside; else the newest of all; None for a ticket without messages."""
        outside = [m for m in self.messages if m.author == "buyer" and m.public]
        candidates = outside or self.messages
        return candidates[-1] if candidates else None


_TICKET = TypeAdapter(Ticket)
_FACTS = TypeAdapter(Facts)
_SHORT_KEYS = {"id", "subject", "text", "html", "from", "to", "sent_at", "tags", "fields", "facts", "desk"}


def read_ticket(data: object) -> Ticket:
    """A ticket from its JSON, or from the short form `{id, subject, text, from}`, which is one outside message.

    Raises BadInput naming every wrong key by its path, and what is allowed.
    """
    if not isinstance(data, dict):
        raise BadInput(f"a ticket is a JSON object, not {type(data).__name__}")
    if "messages" not in data:
        data = _lengthen(data)
    return _validate(_TICKET, data)


def read_facts(data: object) -> Facts:
    """Facts from their JSON, `{"order": {"total": "89.90"}}`. Raises BadInput naming every wrong key by its path."""
    return _validate(_FACTS, data)


def _validate(shape: TypeAdapter[_Shape], data: object) -> _Shape:
    try:
        return shape.validate_python(data)
    except ValidationError as error:
        raise BadInput("; ".join(_explain(e["loc"], e["msg"]) for e in error.errors())) from error


def _lengthen(short: dict[str, Any]) -> dict[str, Any]:
    if not ({"text", "html"} & short.keys()):
        raise BadInput("a ticket needs `text` or `html` (short form), or `messages`")
    if unknown := short.keys() - _SHORT_KEYS:
        raise BadInput(f"unknown key {', '.join(sorted(map(repr, unknown)))}; the short form takes "
                       f"{', '.join(sorted(_SHORT_KEYS))}")
    message = {key: short[key] for key in ("from", "to", "text", "html", "sent_at") if key in short}
    rest: dict[str, Any] = {key: short[key] for key in ("subject", "tags", "fields", "facts", "desk") if key in short}
    return {"id": str(short.get("id", "")), "messages": [message], **rest}


def _explain(loc: tuple[int | str, ...], message: str) -> str:
    return f"{'.'.join(map(str, loc))}: {message}"


def ticket_json(ticket: Ticket) -> dict[str, Any]:
    """The ticket as JSON-ready values; unknown facts are left out. `read_ticket` reads it back."""
    data: dict[str, Any] = _TICKET.dump_python(ticket, mode="json", by_alias=True, exclude={"raw"})
    data["facts"] = {group: known for group, values in data["facts"].items()
                     if (known := {k: v for k, v in values.items() if v is not None})}
    return data
