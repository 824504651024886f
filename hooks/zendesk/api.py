"""The calls of Zendesk's API that we need: credentials, rate limits, warnings and cursors, and nothing of tickets."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from comptoir.errors import HelpdeskError
from comptoir.rest import Answer, Patience, Rest, Unauthorised

from .auth import LEGACY_WARNING, ApiToken, OAuth
from .options import Options
from .rates import Budget

log = logging.getLogger(__name__)

PAGE = "100"  # the most that cursor paging gives


class Api:
    """One account. Opens no connection before the first call."""

    def __init__(
        self, options: Options, *, patience: Patience | None = None, sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        patience = patience or Patience()
        self.budget = Budget(longest_wait=patience.longest_wait, sleep=sleep, clock=clock)
        self._strict = options.strict
        self.oauth: OAuth | None = None
        if options.oauth:
            self.oauth = OAuth(options, Rest(options.address, patience=patience, sleep=sleep), clock)
        else:
            log.warning(LEGACY_WARNING)
        self._rest = Rest(
            options.address, auth=self.oauth or ApiToken(options), patience=patience, sleep=sleep,
            before=self.budget.before, after=self._after,
        )

    def call(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, json: Any = None,
        repeatable: bool | None = None,
    ) -> Answer:
        """One call, see Rest.call; a token that Zendesk refuses is renewed once."""
        token = self.oauth.token() if self.oauth else ""
        try:
            return self._rest.call(method, path, params=params, json=json, repeatable=repeatable)
        except Unauthorised:
            if self.oauth is None:
                raise
            self.oauth.drop(token)
            return self._rest.call(method, path, params=params, json=json, repeatable=repeatable)

    def get(self, path: str, key: str, params: Mapping[str, str] | None = None) -> Any:
        """The part of a JSON answer under `key`. Raises HelpdeskError when it is not there."""
        return part(self.call("GET", path, params=params).data, key, f"GET {path}")

    def pages(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
        """Every page of a list. The cursor is followed by its value: `links.next` has been seen on another host."""
        query = {**(params or {}), "page[size]": PAGE}
        while True:
            data = self.call("GET", path, params=query).data
            if not isinstance(data, dict):
                raise HelpdeskError(f"GET {path}: the answer is not an object")
            yield data
            meta = data.get("meta") or {}
            if not meta.get("has_more") or not meta.get("after_cursor"):
                return
            query["page[after]"] = meta["after_cursor"]

    def _after(self, method: str, path: str, headers: Mapping[str, str]) -> None:
        self.budget.after(method, path, headers)
        if warned := headers.get("x-zendesk-api-warn"):
            # unknown and read-only keys are not refused, only named here
            message = f"{method} {path}: Zendesk ignored something: {warned[:200]}"
            if self._strict:
                raise HelpdeskError(message)
            log.warning(message)


def part(data: Any, key: str, what: str) -> Any:
    """`data[key]`, or a HelpdeskError that says which answer lacks it."""
    if not isinstance(data, dict) or key not in data:
        raise HelpdeskError(f"{what}: the answer has no {key!r}")
    return data[key]
