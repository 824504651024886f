"""Credentials: OAuth client credentials, renewed early and once for all threads; API tokens as long as they last.

https://developer.zendesk.com/api-reference/ticketing/oauth/grant_type_tokens/
"""

from __future__ import annotations

import base64
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import requests
from requests.auth import AuthBase

from comptoir.errors import HelpdeskError, NotAllowed, Unavailable
from comptoir.rest import Refused, Rest

from .options import Options

log = logging.getLogger(__name__)

#: Zendesk switches all API tokens off on this day; no account can make new ones since 2026-10-27
#: https://developer.zendesk.com/documentation/api-basics/authentication/oauth-migration/
LEGACY_TOKENS_END = date(2027, 4, 30)
LEGACY_WARNING = (
    f"this desk uses an API token; Zendesk switches all of them off on {LEGACY_TOKENS_END.isoformat()}. "
    "Make an OAuth client and set client_id and client_secret instead (docs/how-to/zendesk.md)"
)


@dataclass(frozen=True)
class _Token:
    value: str = field(repr=False)
    renew_at: float  # on the monotonic clock
    ends_at: float


class OAuth(AuthBase):
    """Bearer tokens of the client-credentials grant. There is no refresh token: a new one is asked for each time."""

    def __init__(self, options: Options, rest: Rest, clock: Callable[[], float] = time.monotonic) -> None:
        """`rest` is a session without credentials."""
        self._options, self._rest, self._clock = options, rest, clock
        self._lock = threading.Lock()
        self._token: _Token | None = None

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token()}"
        return request

    def token(self) -> str:
        """A token with life left in it. One thread asks, the others wait for its answer."""
        with self._lock:
            if self._token is None or self._clock() >= self._token.renew_at:
                self._token = self._renewed(self._token)
            return self._token.value

    def drop(self, refused: str) -> None:
        """Forget the token that Zendesk refused, unless another thread has renewed it already."""
        with self._lock:
            if self._token is not None and self._token.value == refused:
                self._token = None

    def _renewed(self, old: _Token | None) -> _Token:
        try:
            return self._ask()
        except Unavailable:
            if old is not None and self._clock() < old.ends_at:
                log.warning("Zendesk gave no new access token yet; the old one still holds")
                return old
            raise

    def _ask(self) -> _Token:
        options = self._options
        try:
            answer = self._rest.call("POST", "/oauth/tokens", repeatable=True, json={
                "grant_type": "client_credentials",
                "client_id": options.client_id,
                "client_secret": options.client_secret.get_secret_value(),
                # a string: a list is taken without complaint, and then every call is forbidden
                "scope": options.scope,
                "expires_in": options.expires_in,
            })
        except (NotAllowed, Refused) as error:
            raise NotAllowed(f"Zendesk gave no access token ({error}); check client_id and client_secret, "
                             "and that the OAuth client is of the confidential kind") from error
        data = answer.data if isinstance(answer.data, dict) else {}
        value, life = data.get("access_token"), data.get("expires_in") or options.expires_in
        if not isinstance(value, str) or not value or not isinstance(life, int):
            raise HelpdeskError("POST /oauth/tokens: the answer holds no access_token")
        now = self._clock()
        return _Token(value, renew_at=now + life * 0.8, ends_at=now + life)


class ApiToken(AuthBase):
    """Basic credentials of the form `email/token:TOKEN`."""

    def __init__(self, options: Options) -> None:
        pair = f"{options.email}/token:{options.api_token.get_secret_value()}"
        self._header = "Basic " + base64.b64encode(pair.encode()).decode()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._header
        return request
