"""Zendesk's rate limits, read from every family of headers it has used.

Account: `x-rate-limit*`, `rate-limit*` (2023), `ratelimit-*` (2024 on). Endpoints: `zendesk-rate-limit-<name>` (2023)
and `zendesk-ratelimit-<name>` (2024 on), as in `total=100; remaining=0; resets=42` (seconds).
https://developer.zendesk.com/api-reference/introduction/rate-limits/
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from comptoir.errors import Unavailable

_ACCOUNT = ("ratelimit", "rate-limit", "x-rate-limit")
_ENDPOINT = re.compile(r"zendesk-rate-?limit-(.+)")
_PART = re.compile(r"(total|remaining|resets)\s*=\s*(\d+)")


@dataclass(frozen=True)
class Limit:
    """One limit as last answered. `resets` is in seconds from then, None where Zendesk did not say."""

    name: str  # "account", or the endpoint's as in "tickets-update"
    total: int | None
    remaining: int | None
    resets: int | None


def read_limits(headers: Mapping[str, str]) -> list[Limit]:
    """Every limit in an answer's headers (lower-case names)."""
    found = [limit for prefix in _ACCOUNT if (limit := _account(prefix, headers))]
    for name, value in headers.items():
        if match := _ENDPOINT.fullmatch(name):
            part = {key: int(number) for key, number in _PART.findall(value)}
            found.append(Limit(match[1], part.get("total"), part.get("remaining"), part.get("resets")))
    return found


def _account(prefix: str, headers: Mapping[str, str]) -> Limit | None:
    total = _number(headers.get(prefix) or headers.get(f"{prefix}-limit"))
    remaining = _number(headers.get(f"{prefix}-remaining"))
    if total is None and remaining is None:
        return None
    return Limit("account", total, remaining, _number(headers.get(f"{prefix}-reset")))


def _number(value: str | None) -> int | None:
    match = re.match(r"\s*(\d+)", value or "")
    return int(match[1]) if match else None


class Budget:
    """What is left of each limit, as last seen by this process; other processes spend from the same account."""

    def __init__(
        self, *, longest_wait: float, sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._longest_wait, self._sleep, self._clock = longest_wait, sleep, clock
        self._lock = threading.Lock()
        self._spent: dict[str, float] = {}  # scope -> when it opens again
        self.seen: dict[str, Limit] = {}

    def before(self, method: str, path: str) -> None:
        """Wait until a spent limit opens again; raises Unavailable where that is too long to sleep through."""
        with self._lock:
            opens = max((self._spent.get(scope, 0.0) for scope in _scopes(method, path)), default=0.0)
        wait = opens - self._clock()
        if wait > self._longest_wait:
            raise Unavailable(f"{method} {path}: Zendesk's rate limit is spent", wait)
        if wait > 0:
            self._sleep(wait)

    def after(self, method: str, path: str, headers: Mapping[str, str]) -> None:
        """Remember the limits in an answer's headers."""
        limits = read_limits(headers)
        exact, endpoint, account = _scopes(method, path)
        with self._lock:
            for limit in limits:
                self.seen[limit.name] = limit
                # `per-ticket-updates` counts one ticket, the other names count every call of their endpoint
                scope = account if limit.name == "account" else exact if "per-ticket" in limit.name else endpoint
                if limit.remaining == 0 and limit.resets:
                    self._spent[scope] = self._clock() + limit.resets
                elif limit.remaining:
                    self._spent.pop(scope, None)


def _scopes(method: str, path: str) -> tuple[str, str, str]:
    """This very address, every address of its endpoint, the account."""
    return f"{method} {path}", f"{method} {re.sub(r'/[0-9]+', '/*', path)}", "account"
