"""Webhook requests of Zendesk: proof of origin on the raw bytes, then what they are about.

Signature: https://developer.zendesk.com/documentation/webhooks/verifying
Ticket events: https://developer.zendesk.com/api-reference/webhooks/event-types/ticket-events
Two bodies arrive at the same address: the fixed envelope of an event subscription, and the body an admin wrote into
a trigger, which carries ids only, because Zendesk does not JSON-escape what it puts into a placeholder.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from comptoir.errors import BadInput, RejectedDelivery, UnknownEvent
from comptoir.helpdesk import Delivery, Desk

from .options import PUBLIC_TEST_SECRET, Options

_TICKET_EVENT = "zen:event-type:ticket."

#: Zendesk's event (after `zen:event-type:ticket.`) -> what it means to us
EVENTS: Mapping[str, Literal["changed", "gone"]] = {
    "created": "changed",
    "comment_added": "changed",
    "requester_changed": "changed",
    "subject_changed": "changed",
    "brand_changed": "changed",
    "status_changed": "changed",
    "custom_status_changed": "changed",
    "undeleted": "changed",
    # the event is the absorbed ticket's: Zendesk closes it, so its clocks stop
    "merged": "changed",
    "soft_deleted": "gone",
    "permanently_deleted": "gone",
    # Zendesk deletes what is marked as spam, and suspends its sender
    "marked_as_spam": "gone",
}

#: known, and nothing to us; tags and fields would also echo our own writes
IGNORED_EVENTS = frozenset({
    "agent_assignment_changed", "attachment_linked_to_comment", "attachment_redacted_from_comment",
    "comment_made_private", "comment_redacted", "csat_received", "csat_requested", "custom_field_changed",
    "description_changed", "email_ccs_changed", "external_id_changed", "followers_changed", "form_changed",
    "group_assignment_changed", "next_sla_breach_changed", "ola_policy_changed", "organization_changed",
    "priority_changed", "problem_link_changed", "schedule_changed", "sla_policy_changed", "submitter_changed",
    "tags_changed", "task_due_at_changed", "type_changed",
})

#: a ticket event that arrives late may already say that the ticket is no more
_GONE = {"deleted", "scrubbed"}


def _id(value: object) -> str:
    """Ids are strings in webhooks, numbers in REST; "0", "" and null all mean none."""
    if isinstance(value, bool) or not isinstance(value, str | int | None):
        raise ValueError("an id is a number or a string of digits")
    text = "" if value is None else str(value).strip()
    if not re.fullmatch(r"-?\d{0,20}", text):
        raise ValueError("an id is a number or a string of digits; was a placeholder left unfilled?")
    return "" if text == "0" else text


def _tags(value: object) -> object:
    # both forms have been seen: a list, and one string with spaces
    return value.split() if isinstance(value, str) else value


def _lower(value: object) -> object:
    # "Open" in some payloads, "OPEN" and "open" in others
    return value.lower() if isinstance(value, str) else value


Id = Annotated[str, BeforeValidator(_id)]


class _Tame(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)


_M = TypeVar("_M", bound=_Tame)


class Detail(_Tame):
    """The ticket inside an event: no custom fields, no comments. It is only a pointer, the ticket is fetched."""

    id: Id
    actor_id: Id = ""
    status: Annotated[str, BeforeValidator(_lower)] = ""
    tags: Annotated[list[str], BeforeValidator(_tags)] = []


class Envelope(_Tame):
    type: str
    detail: Detail
    event: dict[str, Any] = {}


class TriggerBody(_Tame):
    """What docs/how-to/zendesk.md has an admin write into the trigger."""

    ticket_id: Id
    actor_id: Id = ""


def receive(desk: Desk, headers: Mapping[str, str], body: bytes, now: datetime) -> Delivery:
    """Raises RejectedDelivery, BadInput or UnknownEvent; the delivery's id is the same for every attempt."""
    options: Options = desk.options
    lower = {name.lower(): value for name, value in headers.items()}
    verify(options, lower, body, now)
    invocation = lower.get("x-zendesk-webhook-invocation-id", "")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", invocation):
        raise BadInput("X-Zendesk-Webhook-Invocation-Id: missing, or not an id of letters and digits")
    data = _json(body)
    if "ticket_id" in data and "type" not in data:
        return _from_trigger(options, invocation, _read(TriggerBody, data))
    return _from_event(options, invocation, data)


def verify(options: Options, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Raises RejectedDelivery unless one of our secrets signed exactly these bytes, a moment ago."""
    signature = headers.get("x-zendesk-webhook-signature", "")
    stamp = headers.get("x-zendesk-webhook-signature-timestamp", "")
    if not signature or not stamp:
        raise RejectedDelivery("unsigned", "the request carries no Zendesk signature")
    secrets = (options.webhook_secret.get_secret_value(), options.previous_webhook_secret.get_secret_value())
    if not any(_matches(secret, signature, stamp, body) for secret in secrets if secret):
        if _matches(PUBLIC_TEST_SECRET, signature, stamp, body):
            raise RejectedDelivery("test_secret", "signed with Zendesk's public test secret, which proves nothing")
        raise RejectedDelivery("signature", "the signature is not ours: compare webhook_secret with Admin Center")
    # the stamp is the time of sending, new with every attempt; the event's own `time` may be many minutes old
    if abs(now - _time(stamp)) > timedelta(seconds=options.freshness):
        raise RejectedDelivery("stale", f"signed more than {options.freshness} s away from our clock")


def sign(secret: str, stamp: str, body: bytes) -> str:
    """Zendesk's signature: the stamp right before the raw body; the secret as it stands, although it looks base64."""
    return base64.b64encode(hmac.new(secret.encode(), stamp.encode() + body, hashlib.sha256).digest()).decode()


def _matches(secret: str, signature: str, stamp: str, body: bytes) -> bool:
    return hmac.compare_digest(sign(secret, stamp, body).encode(), signature.encode())


def _time(stamp: str) -> datetime:
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError as error:
        raise RejectedDelivery("stale", "the signature's time stamp is no ISO 8601 time") from error
    if at.tzinfo is None:
        raise RejectedDelivery("stale", "the signature's time stamp has no zone")
    return at


def _json(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadInput("the body is not JSON; a trigger's body may hold ids only, as texts break its quotes") from error
    if not isinstance(data, dict):
        raise BadInput(f"the body is a JSON object, not {type(data).__name__}")
    return data


def _read(model: type[_M], data: object) -> _M:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise BadInput(faults) from error


def _from_trigger(options: Options, invocation: str, body: TriggerBody) -> Delivery:
    if not body.ticket_id:
        raise BadInput('ticket_id: empty; the trigger\'s body is {"ticket_id": "{{ticket.id}}"}')
    own = bool(options.own_user_id) and body.actor_id == options.own_user_id
    return Delivery(invocation, "ignored" if own else "changed", body.ticket_id, "trigger")


def _from_event(options: Options, invocation: str, data: dict[str, Any]) -> Delivery:
    kind = data.get("type")
    if not isinstance(kind, str):
        raise BadInput("type: missing; the body is neither a Zendesk event nor a trigger's {\"ticket_id\": ...}")
    name = kind.removeprefix(_TICKET_EVENT)
    if not kind.startswith(_TICKET_EVENT) or (name not in EVENTS and name not in IGNORED_EVENTS):
        raise UnknownEvent(f"{kind[:100]!r} is neither handled nor ignored by hooks/zendesk/webhook.py")
    detail = _read(Envelope, data).detail
    if not detail.id:
        raise BadInput("detail.id: empty")
    own = bool(options.own_user_id) and detail.actor_id == options.own_user_id
    if name in IGNORED_EVENTS or own:
        return Delivery(invocation, "ignored", detail.id, name)
    return Delivery(invocation, "gone" if detail.status in _GONE else EVENTS[name], detail.id, name)
