"""The account inside the sandbox: tickets, comments, users, fields and macros, and what Zendesk does to them.

Only what README.md beside this file lists is imitated, with Zendesk's own habits: stamps of one second, tags replaced
as a whole, placeholders filled in comments, long comments cut, unknown keys dropped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

OWN_USER = 1  # whom the sandbox's OAuth client acts as
AGENT = 2  # a person answering tickets

_TICKET_KEYS = {
    "subject", "comment", "tags", "custom_fields", "status", "priority", "type", "external_id", "safe_update",
    "updated_stamp", "requester", "requester_id", "recipient", "brand_id", "assignee_id", "group_id",
}
_COMMENT_LIMIT = 65535  # bytes


@dataclass(frozen=True)
class Answer:
    status: int
    data: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """An answer that is not 2xx."""

    def __init__(self, status: int, error: str, description: str, details: Mapping[str, Any] | None = None) -> None:
        data: dict[str, Any] = {"error": error, "description": description}
        self.answer = Answer(status, {**data, "details": details} if details else data)
        super().__init__(description)


@dataclass(frozen=True)
class Happening:
    """A change that webhooks report. `event` as in `zen:event-type:ticket.<event>`."""

    event: str
    ticket_id: int
    actor_id: int
    body: Mapping[str, Any]


class Account:
    """All state; the server calls it under one lock. `heard` is told of every change."""

    def __init__(self, clock: Callable[[], datetime], heard: Callable[[list[Happening]], None]) -> None:
        self.clock, self._heard = clock, heard
        self.tickets: dict[int, dict[str, Any]] = {}
        self.comments: dict[int, list[dict[str, Any]]] = {}
        self.macros: dict[int, dict[str, Any]] = {}
        self.fields: dict[int, dict[str, Any]] = {}
        self.users: dict[int, dict[str, Any]] = {}
        self._last = {"ticket": 100, "comment": 5000, "user": 1000, "macro": 9000}
        self._add_user(OWN_USER, "Comptoir", "comptoir@example.com", "admin")
        self._add_user(AGENT, "Agent", "agent@example.com", "agent")

    def now(self) -> str:
        return self.clock().strftime("%Y-%m-%dT%H:%M:%SZ")

    def add_field(self, number: int, title: str, kind: str = "text") -> None:
        self.fields[number] = {"id": number, "title": title, "type": kind, "active": True}

    def user_for(self, email: str, name: str) -> int:
        """The end user with this address, made on first sight as Zendesk makes one of every sender."""
        for id_, user in self.users.items():
            if user["email"] == email:
                return id_
        return self._add_user(self._next("user"), name or email.partition("@")[0], email, "end-user")

    def create(self, given: Mapping[str, Any], actor: int, via: Mapping[str, Any]) -> Answer:
        kept, headers = _known(given)
        requester = kept.get("requester") or {}
        who = kept.get("requester_id") or (self.user_for(requester["email"], requester.get("name", ""))
                                           if requester.get("email") else actor)
        id_ = self._next("ticket")
        ticket = {
            "id": id_, "subject": kept.get("subject", ""), "raw_subject": kept.get("subject", ""), "status": "new",
            "requester_id": who, "submitter_id": who, "brand_id": kept.get("brand_id", 1), "via": dict(via),
            "recipient": kept.get("recipient"), "external_id": kept.get("external_id"), "tags": _tags(kept.get("tags")),
            "custom_fields": [{"id": n, "value": None} for n in self.fields], "created_at": self.now(),
            "updated_at": self.now(), "is_public": True, "description": "", "has_incidents": False,
            "generated_timestamp": int(self.clock().timestamp()),
        }
        self.tickets[id_], self.comments[id_] = ticket, []
        self._set_fields(ticket, kept.get("custom_fields", ()))
        if comment := kept.get("comment"):
            added = self.add_comment(id_, comment, who, via)
            ticket["description"] = added["plain_body"]
        self._heard([Happening("created", id_, who, {})])
        return Answer(201, {"ticket": ticket, "audit": self._audit(ticket, who)}, headers)

    def update(self, id_: int, given: Mapping[str, Any], actor: int) -> Answer:
        ticket = self.ticket(id_)
        if ticket["status"] == "closed":
            raise Refusal(422, "RecordInvalid", "Record validation errors",
                          {"status": [{"description": "Status: closed prevents ticket update"}]})
        kept, headers = _known(given)
        # only the key's presence counts: `false` behaves like true
        if "safe_update" in kept and kept.get("updated_stamp") != ticket["updated_at"]:
            raise Refusal(409, "UpdateConflict", "Safe Update prevented the update due to outdated ticket data. "
                                                 "Please fetch the latest ticket data and try again.")
        happened = list(self._changes(ticket, kept, actor))
        ticket["generated_timestamp"] = int(self.clock().timestamp())
        if happened:
            ticket["updated_at"] = self.now()
            self._heard(happened)
        return Answer(200, {"ticket": ticket, "audit": self._audit(ticket, actor)}, headers)

    def _changes(self, ticket: dict[str, Any], kept: Mapping[str, Any], actor: int) -> Iterable[Happening]:
        id_ = ticket["id"]
        if "tags" in kept and (tags := _tags(kept["tags"])) != ticket["tags"]:
            change = {"tags_added": [t for t in tags if t not in ticket["tags"]],
                      "tags_removed": [t for t in ticket["tags"] if t not in tags]}
            ticket["tags"] = tags
            yield Happening("tags_changed", id_, actor, change)
        for number, old, new in self._set_fields(ticket, kept.get("custom_fields", ())):
            what = {"id": str(number), "title": self.fields[number]["title"], "type": self.fields[number]["type"]}
            yield Happening("custom_field_changed", id_, actor, {"previous": old, "current": new, "custom_field": what})
        if (status := kept.get("status")) and status != ticket["status"]:
            old, ticket["status"] = ticket["status"], status
            yield Happening("status_changed", id_, actor, {"previous": old.upper(), "current": status.upper()})
        if comment := kept.get("comment"):
            added = self.add_comment(id_, comment, int(comment.get("author_id", actor)), {"channel": "api"})
            author = self.users[added["author_id"]]
            yield Happening("comment_added", id_, actor, {"comment": {
                "id": str(added["id"]), "body": added["plain_body"], "is_public": added["public"],
                "author": {"id": str(author["id"]), "name": author["name"], "is_staff": author["role"] != "end-user"},
            }})

    def add_comment(
        self, id_: int, comment: Mapping[str, Any], author: int, via: Mapping[str, Any]
    ) -> dict[str, Any]:
        text = comment.get("html_body") or f"<p>{html.escape(comment.get('body', ''), quote=False)}</p>"
        if "html_body" in comment and self.users[author]["role"] != "end-user":
            # the server fills placeholders; those it does not know vanish
            text = re.sub(r"\{\{.*?\}\}", "", text, flags=re.DOTALL)
        text = text.encode()[:_COMMENT_LIMIT].decode(errors="ignore")
        plain = html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"<br ?/?>|</p>|</li>|</div>", "\n", text))).strip()
        added: dict[str, Any] = {
            "id": self._next("comment"), "type": "Comment", "author_id": author, "body": plain, "plain_body": plain,
            "html_body": text, "public": bool(comment.get("public", True)), "via": dict(via), "attachments": [],
            "created_at": comment.get("created_at") or self.now(),
        }
        self.comments[id_].append(added)
        return added

    def delete(self, id_: int, actor: int) -> Answer:
        self.ticket(id_)["status"] = "deleted"
        self._heard([Happening("soft_deleted", id_, actor, {})])
        return Answer(204)

    def ticket(self, id_: int) -> dict[str, Any]:
        """Raises Refusal for a ticket that is not there (any more)."""
        ticket = self.tickets.get(id_)
        if ticket is None or ticket["status"] == "deleted":
            raise Refusal(404, "RecordNotFound", "Not found")
        return ticket

    def put_macro(self, id_: int | None, given: Mapping[str, Any]) -> Answer:
        """Create with `id_` None. A macro's actions are replaced as a whole."""
        if id_ is not None and id_ not in self.macros:
            raise Refusal(404, "RecordNotFound", "Not found")
        if id_ is None and not (given.get("title") and given.get("actions")):
            raise Refusal(422, "RecordInvalid", "Record validation errors", {"title": [{"error": "BlankValue"}]})
        number = id_ if id_ is not None else self._next("macro")
        default = {"id": number, "active": True, "description": None, "restriction": None, "position": 10000,
                   "default": False, "created_at": self.now()}
        macro = {**default, **self.macros.get(number, {}), **given, "updated_at": self.now()}
        self.macros[number] = {**macro, "raw_title": macro["title"]}
        return Answer(201 if id_ is None else 200, {"macro": self.macros[number]})

    def _set_fields(self, ticket: dict[str, Any], given: Iterable[Mapping[str, Any]]) -> list[tuple[int, Any, Any]]:
        """Only the fields named change; unknown ones are dropped without a word."""
        slots, changed = {slot["id"]: slot for slot in ticket["custom_fields"]}, []
        for number, value in ((int(f["id"]), f["value"]) for f in given):
            if number in slots and slots[number]["value"] != (value := None if value == "" else value):
                changed.append((number, slots[number]["value"], value))
                slots[number]["value"] = value
        return changed

    def _add_user(self, id_: int, name: str, email: str, role: str) -> int:
        self.users[id_] = {"id": id_, "name": name, "email": email, "role": role, "locale": "en-US", "active": True}
        return id_

    def _audit(self, ticket: Mapping[str, Any], actor: int) -> dict[str, Any]:
        return {"id": self._next("comment"), "ticket_id": ticket["id"], "author_id": actor, "created_at": self.now(),
                "via": {"channel": "api"}, "events": []}

    def _next(self, kind: str) -> int:
        self._last[kind] += 1
        return self._last[kind]


def _known(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    unknown = sorted(given.keys() - _TICKET_KEYS)
    headers = {"x-zendesk-api-warn": f"Removed restricted keys {unknown} from parameters"} if unknown else {}
    return {key: value for key, value in given.items() if key in _TICKET_KEYS}, headers


def _tags(value: Any) -> list[str]:
    words = value.split() if isinstance(value, str) else value or []
    return list(dict.fromkeys(str(tag).lower() for tag in words))
