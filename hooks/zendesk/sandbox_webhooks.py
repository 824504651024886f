"""The sandbox's webhooks: bodies of both kinds, signed as Zendesk signs, repeated under one invocation id."""

from __future__ import annotations

import json
import queue
import secrets
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

from .sandbox_account import OWN_USER, Happening
from .webhook import sign

#: what docs/how-to/zendesk.md tells an admin to subscribe to
SUBSCRIBED = frozenset({"created", "comment_added", "requester_changed", "merged", "soft_deleted", "undeleted"})
_ACCOUNT_ID, _WEBHOOK_ID = 22129848, "01HAN96XNH1J7DY8D7RZ22QMT9"
_REPEATED = (409, 429, 503)  # statuses that Zendesk tries again
_ATTEMPTS = 5


@dataclass(frozen=True)
class Invocation:
    """One webhook to deliver. Its id stays through all attempts; the signature's stamp does not."""

    id: str
    body: bytes


@dataclass(frozen=True)
class _Connected:
    url: str
    trigger: bool
    events: frozenset[str]


class Sender:
    """Delivers what happens in the account to the connected addresses, in the background and in order."""

    def __init__(self, clock: Callable[[], datetime], secret: str) -> None:
        self._clock, self._secret = clock, secret
        self._connected: list[_Connected] = []
        self._queue: queue.Queue[tuple[str, Invocation] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="zendesk-sandbox-webhooks")
        self.log: list[tuple[str, int]] = []  # (invocation id, status), one an attempt

    def connect(self, url: str, *, trigger: bool = False, events: frozenset[str] = SUBSCRIBED) -> None:
        """From now on, post every change to `url`: by event subscription, or by a trigger on every change."""
        self._connected.append(_Connected(url, trigger, events))

    def disconnect(self) -> None:
        self._connected.clear()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._queue.put(None)
        self._thread.join()

    def wait(self) -> None:
        """Until everything told so far has been delivered or given up."""
        self._queue.join()

    def tell(self, ticket: Mapping[str, Any], happening: Happening) -> None:
        for webhook in self._connected:
            if webhook.trigger or happening.event in webhook.events:
                self._queue.put((webhook.url, self.invocation(ticket, happening, webhook.trigger)))

    def invocation(self, ticket: Mapping[str, Any], happening: Happening, trigger: bool) -> Invocation:
        data = {"ticket_id": str(ticket["id"])} if trigger else self._event(ticket, happening)
        # Zendesk prints its bodies prettily: the signature holds for these very bytes, not for the same JSON again
        text = json.dumps(data, indent=3, sort_keys=True, ensure_ascii=False) + "\n"
        return Invocation("01" + secrets.token_hex(12).upper(), text.encode())

    def post(self, url: str, invocation: Invocation, secret: str = "") -> int:
        """One attempt; 0 when nobody answers."""
        headers = self.headers(invocation, secret)
        try:
            with requests.Session() as session:
                session.trust_env = False
                status = session.post(url, data=invocation.body, headers=headers, timeout=10).status_code
        except requests.RequestException:
            status = 0
        self.log.append((invocation.id, status))
        return status

    def headers(self, invocation: Invocation, secret: str = "") -> dict[str, str]:
        """The headers of one attempt, signed now."""
        stamp = self._clock().strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Zendesk Webhook",
            "X-Zendesk-Account-Id": str(_ACCOUNT_ID),
            "X-Zendesk-Webhook-Id": _WEBHOOK_ID,
            "X-Zendesk-Webhook-Invocation-Id": invocation.id,
            "X-Zendesk-Webhook-Signature": sign(secret or self._secret, stamp, invocation.body),
            "X-Zendesk-Webhook-Signature-Timestamp": stamp,
        }

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            for attempt in range(_ATTEMPTS):
                status = self.post(*job)
                if status not in _REPEATED and status != 0:
                    break
                time.sleep(0.05 * (attempt + 1))
            self._queue.task_done()
        self._queue.task_done()

    def _event(self, ticket: Mapping[str, Any], happening: Happening) -> dict[str, Any]:
        """Ids are strings, "0" and "" mean none, and the status is in capitals: as in Zendesk's own events."""
        now = self._clock().strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
        return {
            "account_id": _ACCOUNT_ID,
            "detail": {
                "actor_id": str(happening.actor_id), "assignee_id": "0", "brand_id": str(ticket["brand_id"]),
                "created_at": ticket["created_at"], "description": "", "external_id": "", "form_id": "0",
                "group_id": "0", "id": str(ticket["id"]), "is_public": True, "organization_id": "0", "priority": "",
                "requester_id": str(ticket["requester_id"]), "status": str(ticket["status"]).upper(),
                "subject": ticket["subject"], "submitter_id": str(ticket["submitter_id"]), "tags": ticket["tags"],
                "type": "", "updated_at": ticket["updated_at"],
                "via": {"channel": "api" if happening.actor_id == OWN_USER else ticket["via"]["channel"]},
            },
            "event": {**happening.body, "meta": {"sequence": {"id": uuid.uuid4().hex, "position": 1}}},
            "id": str(uuid.uuid4()), "subject": f"zen:ticket:{ticket['id']}", "time": now,
            "type": f"zen:event-type:ticket.{happening.event}", "zendesk_event_version": "2022-11-06",
        }
