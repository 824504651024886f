"""Zendesk's ticket, comments and users -> our Ticket. https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from comptoir.helpdesk import Desk, read_fields
from comptoir.ticket import Attachment, Message, Requester, Ticket

log = logging.getLogger(__name__)

Json = Mapping[str, Any]


def read(desk: Desk, ticket: Json, comments: Sequence[Json], users: Mapping[int, Json], own_user_id: str) -> Ticket:
    """The ticket as everything else knows it; `raw` keeps Zendesk's own."""
    id_ = str(ticket.get("id", ""))
    values = {str(f.get("id")): f.get("value") for f in ticket.get("custom_fields") or []}
    fields, facts = read_fields(desk, values, id_)
    requester_id = ticket.get("requester_id")
    requester = users.get(requester_id or 0, {})
    return Ticket(
        id=id_,
        desk=desk.name,
        subject=_text(ticket.get("raw_subject") or ticket.get("subject")),
        messages=tuple(_message(ticket, comment, users, own_user_id) for comment in comments),
        requester=Requester(
            name=_text(requester.get("name")), email=_text(requester.get("email")),
            locale=_text(requester.get("locale")),
        ),
        channel=_text((ticket.get("via") or {}).get("channel")),
        brand=str(ticket.get("brand_id") or ""),
        status=status(ticket),
        tags=tags(ticket),
        fields=fields,
        created_at=time_of(ticket.get("created_at")),
        updated_at=time_of(ticket.get("updated_at")),
        facts=facts,
        raw={"ticket": ticket},
    )


def status(ticket: Json) -> str:
    """Lower case: "Open", "OPEN" and "open" have all been seen."""
    return _text(ticket.get("status")).lower()


def tags(ticket: Json) -> tuple[str, ...]:
    """The tags, whether Zendesk gives a list or one string with spaces."""
    value = ticket.get("tags") or ()
    return tuple(value.split() if isinstance(value, str) else map(str, value))


def time_of(value: object) -> datetime | None:
    """A time with zone (Zendesk writes up to nine digits of a second), or None."""
    if not isinstance(value, str) or not value:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        log.warning("Zendesk sent a time that is not ISO 8601")
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _message(ticket: Json, comment: Json, users: Mapping[int, Json], own_user_id: str) -> Message:
    source = (comment.get("via") or {}).get("source") or {}
    sender, recipient = source.get("from") or {}, source.get("to") or {}
    author = users.get(comment.get("author_id") or 0, {})
    public = comment.get("public") is not False
    return Message(
        id=str(comment.get("id", "")),
        author=_author(ticket, comment, author, own=not public and str(comment.get("author_id")) == own_user_id),
        # an e-mail's own sender: a marketplace's relay address says more than the profile Zendesk made of it
        from_=_text(sender.get("address") or author.get("email")),
        from_name=_text(sender.get("name") or author.get("name")),
        to=_text(recipient.get("address") or ticket.get("recipient")),
        text=_text(comment.get("plain_body") or comment.get("body")),
        html=_text(comment.get("html_body")),
        public=public,
        sent_at=time_of(comment.get("created_at")),
        attachments=tuple(
            Attachment(_text(a.get("file_name")), int(a.get("size") or 0), _text(a.get("content_type")))
            for a in comment.get("attachments") or []
        ),
    )


def _author(ticket: Json, comment: Json, author: Json, *, own: bool) -> Literal["buyer", "agent", "system"]:
    """Who wrote it. `own`: our own notes are the machine's, although the user behind them is an agent."""
    author_id = comment.get("author_id")
    if own or author_id in (-1, None):  # -1 is Zendesk itself
        return "system"
    if author_id == ticket.get("requester_id") or author.get("role") == "end-user":
        return "buyer"
    # a side conversation's or a deleted user's comment comes without a profile; Zendesk then keeps them end users
    return "agent" if author.get("role") in ("agent", "admin") else "buyer"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
