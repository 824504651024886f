"""Native Zendesk macros from our templates: created, updated, left alone where an agent has changed them.

https://developer.zendesk.com/api-reference/ticketing/business-rules/macros/ and
https://developer.zendesk.com/documentation/ticketing/reference-guides/actions-reference/
Zendesk has no outer id for a macro, so each carries a mark in its description: with the id map lost, or a run cut
short before the map was kept, the next run finds its macros again instead of making twins.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comptoir.errors import BadInput, HelpdeskError
from comptoir.helpdesk import Desk, NativeMacro, Published
from comptoir.rest import Refused

from .api import Api, part

_PATH = "/api/v2/macros"
_MARK = re.compile(r"\[comptoir (\S+) ([0-9a-f]{16})\]")

#: what Zendesk knows without a field of ours -> its placeholder
#: https://support.zendesk.com/hc/en-us/articles/4408886858138
_PLACEHOLDERS = {
    "ticket.id": "{{ticket.id}}",
    "requester.name": "{{ticket.requester.first_name}}",
    "agent.name": "{{current_user.first_name}}",
}


@dataclass(frozen=True)
class _Known:
    """A macro of an earlier run. `stands` is the digest of what Zendesk answered to our last write."""

    id: str
    sent: str
    stands: str


def placeholder(path: str, desk: Desk) -> str | None:
    """Zendesk's placeholder for one of our facts, or None for what no field of this desk holds."""
    if path in _PLACEHOLDERS:
        return _PLACEHOLDERS[path]
    if path == "shop":
        return desk.shop or None
    field = desk.fields.get(path)
    return f"{{{{ticket.ticket_field_{field}}}}}" if field else None


def publish(
    api: Api, wanted: Sequence[NativeMacro], known: Mapping[str, Any], dry_run: bool
) -> tuple[list[Published], dict[str, Any]]:
    """One outcome a macro, and the id map for the next run: `{key: {id, sent, stands}}`."""
    run = _Run(api, _present(api), {key: _remembered(key, entry) for key, entry in known.items()}, dry_run)
    done = [_left_out(macro) if macro.missing else run.write(macro) for macro in wanted]
    kept = {macro.key for macro in wanted if not macro.missing}
    done += [run.retire(key) for key in sorted(run.map.keys() - kept)]
    return done, {key: vars(entry) for key, entry in run.map.items()} if not dry_run else dict(known)


def _remembered(key: str, entry: object) -> _Known:
    if not isinstance(entry, dict) or not all(isinstance(entry.get(name), str) for name in ("id", "sent", "stands")):
        raise BadInput(f"the map of published macros: {key}: an entry is {{id, sent, stands}}, all texts; without the "
                       "map, macros are found by the mark in their description")
    return _Known(entry["id"], entry["sent"], entry["stands"])


def _left_out(macro: NativeMacro) -> Published:
    return Published(macro.key, macro.title, "left_out", why=f"this desk has no field for {', '.join(macro.missing)}")


def _present(api: Api) -> dict[str, dict[str, Any]]:
    pages = api.pages(_PATH)
    return {str(macro["id"]): macro for page in pages for macro in part(page, "macros", "macros")}


class _Run:
    """One run of publish: what stands in Zendesk, the id map as it grows."""

    def __init__(self, api: Api, present: dict[str, dict[str, Any]], known: dict[str, _Known], dry_run: bool) -> None:
        self._api, self._present, self._dry_run = api, present, dry_run
        self.map = {**_by_mark(present), **known}

    def write(self, macro: NativeMacro) -> Published:
        """Create the macro, or bring it up to date unless an agent has changed it."""
        entry, body = self.map.get(macro.key), _body(macro)
        stands = self._find(entry.id) if entry else None
        if entry is None or stands is None:
            why = "it was deleted in Zendesk" if entry else ""
            return self._done(macro.key, body, "created", self._send("POST", _PATH, body), why)
        if _digest(stands) != entry.stands:
            return Published(macro.key, macro.title, "edited_by_agent", entry.id,
                             "it differs from what was last published; delete it in Zendesk to have ours back")
        if _digest(body) == entry.sent:
            # kept again: the entry may come from the mark alone
            return Published(macro.key, macro.title, "unchanged", entry.id)
        return self._done(macro.key, body, "updated", self._send("PUT", f"{_PATH}/{entry.id}", body), "", entry.id)

    def retire(self, key: str) -> Published:
        """Switch off a macro that is no longer wanted, unless an agent has changed it. It leaves the map."""
        entry = self.map.pop(key)
        stands = self._find(entry.id)
        title = str(stands.get("title", key)) if stands else key
        if stands and _digest(stands) != entry.stands:
            return Published(key, title, "edited_by_agent", entry.id, "no longer ours to write; it stays as it is")
        if stands and stands.get("active", True):
            # without its mark, so that no later run takes it for one of ours
            self._send("PUT", f"{_PATH}/{entry.id}", {**_parts(stands), "active": False, "description": ""})
        return Published(key, title, "retired", entry.id, "no template makes it any more; switched off, not deleted")

    def _find(self, id_: str) -> dict[str, Any] | None:
        """The macro as it stands. A macro missing from the list may still be there, restricted to some group."""
        if id_ not in self._present:
            try:
                self._present[id_] = self._api.get(f"{_PATH}/{id_}", "macro")
            except Refused as error:
                if error.status != 404:
                    raise
        return self._present.get(id_)

    def _send(self, method: str, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        if self._dry_run:
            return body
        macro = part(self._api.call(method, path, json={"macro": body}).data, "macro", f"{method} {path}")
        if not isinstance(macro, dict):
            raise HelpdeskError(f"{method} {path}: the answer holds no macro")
        return macro

    def _done(
        self, key: str, body: Mapping[str, Any], outcome: Any, answer: Mapping[str, Any], why: str, id_: str = ""
    ) -> Published:
        id_ = str(answer.get("id", id_))
        if not self._dry_run:
            self.map[key] = _Known(id_, sent=_digest(body), stands=_digest(answer))
        return Published(key, body["title"], outcome, id_, why)


def _body(macro: NativeMacro) -> dict[str, Any]:
    """All of the macro: a PUT deletes every action it does not name."""
    actions = [
        {"field": "comment_value", "value": macro.text},
        {"field": "comment_mode_is_public", "value": "true" if macro.public else "false"},
    ]
    if macro.tags:
        # adds; `set_tags` would wipe the deadline tags
        actions.append({"field": "current_tags", "value": " ".join(macro.tags)})
    body: dict[str, Any] = {"title": macro.title, "actions": actions, "active": True}
    return {**body, "description": f"[comptoir {macro.key} {_digest(body)}]"}


def _parts(macro: Mapping[str, Any]) -> dict[str, Any]:
    return {key: macro[key] for key in ("title", "actions", "active") if key in macro}


def _digest(macro: Mapping[str, Any]) -> str:
    """What an agent sees and can change, in one spelling: Zendesk turns "true" into true and line ends into its own."""
    actions = sorted((str(a.get("field")), _spelling(a.get("value"))) for a in macro.get("actions") or [])
    seen = [macro.get("title"), actions, macro.get("active", True)]
    return hashlib.sha256(json.dumps(seen, ensure_ascii=False).encode()).hexdigest()[:16]


def _spelling(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):  # ["channel:all", text]
        value = value[-1] if value else ""
    return str(value).replace("\r\n", "\n").strip()


def _by_mark(present: Mapping[str, Mapping[str, Any]]) -> dict[str, _Known]:
    """The id map as far as the macros themselves tell it."""
    found = {}
    for id_, macro in present.items():
        if match := _MARK.search(str(macro.get("description") or "")):
            found[match[1]] = _Known(id_, sent=match[2], stands=match[2])
    return found
