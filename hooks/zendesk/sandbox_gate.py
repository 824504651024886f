"""The sandbox's door: OAuth tokens that end, API tokens refused, rate limits with Zendesk's headers."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from .sandbox_account import Answer, Refusal

_TICKET = re.compile(r"/api/v2/tickets/\d+")
_ACCOUNT_PER_MINUTE = 700


class Gate:
    """Who may come in, and how often."""

    def __init__(self, clock: Callable[[], datetime], updates_per_minute: int) -> None:
        self.client_id, self.client_secret = "comptoir", secrets.token_urlsafe(24)
        self.tokens: dict[str, float] = {}  # access token -> when it ends
        self._forbidden: set[str] = set()
        self._clock, self._updates = clock, updates_per_minute
        self._window: tuple[int, int, int] = (0, 0, 0)  # minute, all calls, ticket updates

    def token(self, body: Any) -> Answer:
        """`POST /oauth/tokens`. Raises Refusal."""
        given = body if isinstance(body, dict) else {}
        if given.get("grant_type") != "client_credentials":
            raise Refusal(400, "unsupported_grant_type", "Only client_credentials here")
        if (given.get("client_id"), given.get("client_secret")) != (self.client_id, self.client_secret):
            raise Refusal(401, "invalid_client", "Client authentication failed")
        life = given.get("expires_in")
        if not isinstance(life, int) or not 300 < life < 172800:
            raise Refusal(400, "invalid_request", "expires_in must be more than 300 and less than 172800")
        token = secrets.token_urlsafe(16)
        self.tokens[token] = self._clock().timestamp() + life
        if not isinstance(given.get("scope"), str):
            # a list is taken without complaint, and then nothing is allowed
            self._forbidden.add(token)
        return Answer(201, {"access_token": token, "token_type": "bearer", "scope": given.get("scope"),
                            "expires_in": life})

    def admit(self, headers: Mapping[str, str]) -> None:
        """Raises Refusal unless the request carries a token that still holds."""
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token, 0.0) <= self._clock().timestamp():
            raise Refusal(401, "invalid_token", "The access token provided is expired, revoked, malformed or invalid")
        if token in self._forbidden:
            raise Refusal(403, "Forbidden", "You do not have access to this page")

    def count(self, method: str, path: str) -> dict[str, str]:
        """The rate headers of this call. Raises Refusal with Retry-After once a limit is spent."""
        now = int(self._clock().timestamp())
        minute, calls, updates = self._window
        if minute != now // 60:
            minute, calls, updates = now // 60, 0, 0
        calls, resets = calls + 1, 60 - now % 60
        headers = {"ratelimit-limit": str(_ACCOUNT_PER_MINUTE), "ratelimit-reset": str(resets),
                   "ratelimit-remaining": str(max(0, _ACCOUNT_PER_MINUTE - calls))}
        if method == "PUT" and _TICKET.fullmatch(path):
            updates += 1
            left = max(0, self._updates - updates)
            headers["zendesk-ratelimit-tickets-update"] = f"total={self._updates}; remaining={left}; resets={resets}"
        self._window = (minute, calls, updates)
        if calls > _ACCOUNT_PER_MINUTE or updates > self._updates:
            refusal = Refusal(429, "TooManyRequests", "Number of allowed API requests per minute exceeded")
            refusal.answer = Answer(429, refusal.answer.data, {**headers, "Retry-After": str(resets)})
            raise refusal
        return headers
