"""A Zendesk account as comptoir.helpdesk.Client: read a ticket, write an update once, find what changed.

https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/ and the README beside this file.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import tenacity

from comptoir.errors import BadSettings, Conflict, HelpdeskError, TicketClosed, TicketGone, Unavailable
from comptoir.helpdesk import Changes, Desk, NativeMacro, Published
from comptoir.rest import Answer, Patience, Refused
from comptoir.ticket import Ticket
from comptoir.update import Note, Update

from . import doctor, macros
from .api import Api, part
from .reading import read, status, tags

log = logging.getLogger(__name__)

#: Zendesk cuts a longer comment without a word, and our fingerprint stands at the end
NOTE_LIMIT = 65535  # bytes
#: the export withholds the newest minute, and refuses a start inside it
EXPORT_LAG = 61  # seconds
MERGES = 4  # reads and writes of one ticket before somebody else is left the field


class Client:
    """See comptoir.helpdesk.Client. Safe to share between threads."""

    def __init__(
        self, desk: Desk, *, patience: Patience | None = None, sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if wrong := [f"{name} = {key!r}" for name, key in desk.fields.items() if not key.isdigit()]:
            raise BadSettings(f"desks.{desk.name}.fields: {', '.join(wrong)}: a Zendesk field is named by its number, "
                              'as in order.number = "360001234567"')
        self.desk = desk
        self.api = Api(desk.options, patience=patience, sleep=sleep)
        self._sleep, self._clock = sleep, clock
        self._own_user_id: str = desk.options.own_user_id

    def own_user_id(self) -> str:
        """Whom our credentials act as: from the settings, else asked once."""
        if not self._own_user_id:
            self._own_user_id = str(self.api.get("/api/v2/users/me", "user").get("id", ""))
        return self._own_user_id

    def fetch(self, ticket_id: str) -> Ticket:
        """The ticket with every comment and its people. Raises TicketGone, NotAllowed, Unavailable."""
        ticket, people = self._ticket(ticket_id)
        comments: list[dict[str, Any]] = []
        for page in self.api.pages(f"/api/v2/tickets/{ticket_id}/comments", {"include": "users"}):
            comments += part(page, "comments", "comments")
            people |= _by_id(page.get("users"))
        return read(self.desk, ticket, comments, people, self.own_user_id())

    def apply(self, ticket: Ticket, update: Update) -> bool:
        """Write `update` in one call; False when the ticket has it all already. See the Protocol for what it raises."""
        if not update:
            return False
        note = _checked(update.note)
        merging = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Conflict), stop=tenacity.stop_after_attempt(MERGES),
            wait=tenacity.wait_random_exponential(multiplier=0.2, max=5), sleep=self._sleep, reraise=True,
        )
        try:
            return merging(self._write, ticket.id, update, note)
        except Conflict as error:
            raise Unavailable(f"ticket {ticket.id}: not written after {MERGES} readings ({error})") from error

    def changes(self, cursor: str, since: datetime) -> Changes:
        """The next page of the incremental export; a cursor Zendesk no longer knows starts again at `since`."""
        start = {"start_time": str(int(min(since.timestamp(), self._clock() - EXPORT_LAG)))}
        try:
            data = self._export({"cursor": cursor} if cursor else start)
        except Refused as error:
            if not cursor:
                raise
            log.warning("the export's cursor is no longer known (%d); starting again", error.status)
            data = self._export(start)
        alive = (t for t in part(data, "tickets", "export") if status(t) != "deleted")
        after = data.get("after_cursor") or cursor
        return Changes(tuple(f"{t['id']}@{t['updated_at']}" for t in alive), after, bool(data.get("end_of_stream")))

    def placeholder(self, path: str) -> str | None:
        """Zendesk's placeholder for one of our facts, or None for what no field of this desk holds."""
        return macros.placeholder(path, self.desk)

    def publish(
        self, wanted: Sequence[NativeMacro], known: Mapping[str, Any], dry_run: bool
    ) -> tuple[list[Published], dict[str, Any]]:
        return macros.publish(self.api, wanted, known, dry_run)

    def check(self) -> list[str]:
        return doctor.check(self.api, self.desk)

    def _export(self, params: Mapping[str, str]) -> Any:
        path = "/api/v2/incremental/tickets/cursor"
        return self.api.call("GET", path, params={**params, "per_page": "100", "exclude_deleted": "true"}).data

    def _ticket(self, ticket_id: str) -> tuple[dict[str, Any], dict[int, Any]]:
        if not ticket_id.isdigit():
            raise TicketGone(f"{ticket_id[:40]!r} is no ticket number")
        try:
            data = self.api.call("GET", f"/api/v2/tickets/{ticket_id}", params={"include": "users"}).data
        except Refused as error:
            raise _terminal(error, ticket_id) from error
        ticket = part(data, "ticket", "ticket")
        if status(ticket) == "deleted":
            raise TicketGone(f"ticket {ticket_id} is deleted")
        return ticket, _by_id(data.get("users"))

    def _write(self, ticket_id: str, update: Update, note: Note | None) -> bool:
        ticket, _ = self._ticket(ticket_id)
        if status(ticket) == "closed":
            raise TicketClosed(f"ticket {ticket_id} is closed")
        body = merge(ticket, update, self.desk.fields)
        if note and not self._has_note(ticket_id, note):
            body["comment"] = {"html_body": note.html, "public": False}
        if not body:
            return False
        # without the stamp two writers at once lose each other's tags, which Zendesk replaces as a whole
        body |= {"safe_update": True, "updated_stamp": ticket["updated_at"]}
        self._put(ticket_id, body)
        return True

    def _put(self, ticket_id: str, body: Mapping[str, Any]) -> Answer:
        try:
            return self.api.call("PUT", f"/api/v2/tickets/{ticket_id}", json={"ticket": body}, repeatable=False)
        except Refused as error:
            raise _terminal(error, ticket_id) from error
        except Unavailable as error:
            if error.retry_after is not None:
                raise
            # perhaps written, perhaps not, and within one second the stamp does not tell: read again, then decide
            raise Conflict(str(error)) from error

    def _has_note(self, ticket_id: str, note: Note) -> bool:
        for page in self.api.pages(f"/api/v2/tickets/{ticket_id}/comments"):
            for comment in part(page, "comments", "comments"):
                if not comment.get("public") and note.fingerprint in (comment.get("html_body") or comment["body"]):
                    return True
        return False


def merge(ticket: Mapping[str, Any], update: Update, fields: Mapping[str, str]) -> dict[str, Any]:
    """What of `update` the ticket does not have yet, as the keys of a ticket PUT; empty when it has it all."""
    body: dict[str, Any] = {}
    present = tags(ticket)
    merged = [tag for tag in present if tag not in update.remove_tags]
    merged += [tag for tag in update.add_tags if tag not in merged]
    if tuple(merged) != present:
        body["tags"] = merged
    values = {str(f["id"]): f.get("value") for f in ticket.get("custom_fields") or []}
    changed = {fields[name]: value for name, value in update.fields.items() if name in fields}
    if changed := {key: value for key, value in changed.items() if _plain(values.get(key)) != value}:
        body["custom_fields"] = [{"id": int(key), "value": value or None} for key, value in changed.items()]
    return body


def _plain(value: object) -> str:
    """A field's value as an update writes it: a checkbox is true or false, and nothing is the empty text."""
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _checked(note: Note | None) -> Note | None:
    if note is None:
        return None
    # the server would fill placeholders in a comment, a buyer's too; the note comes neutralised, this makes it sure
    note = Note(note.html.replace("{{", "&#123;&#123;").replace("{%", "&#123;%"), note.fingerprint)
    if note.fingerprint not in note.html:
        raise HelpdeskError("the note does not hold its own fingerprint, so it could be written twice")
    if len(note.html.encode()) > NOTE_LIMIT:
        raise HelpdeskError(f"the note is longer than the {NOTE_LIMIT} bytes Zendesk keeps")
    return note


def _by_id(users: object) -> dict[int, Any]:
    return {user["id"]: user for user in users} if isinstance(users, list) else {}


def _terminal(error: Refused, ticket_id: str) -> HelpdeskError:
    if error.status in (404, 410):
        return TicketGone(f"ticket {ticket_id} is deleted, or never was")
    details = error.data.get("details") if isinstance(error.data, dict) else None
    if error.status == 422 and isinstance(details, dict) and "closed" in str(details.get("status", "")).lower():
        return TicketClosed(f"ticket {ticket_id} is closed")
    return error
