"""HTTP to a helpdesk: one session, timeouts, retries composed of small strategies, errors translated at this one edge.

What a caller sees is an `Answer` or one of ours: NotAllowed (401, 403), Conflict (409), Unavailable (429, 5xx, no
answer) or Refused (any other status that is not 2xx). Bodies and credentials never reach a log or an error message,
redirects are never followed, and an absolute address is refused: credentials stay with the host they were made for.
"""

from __future__ import annotations

import json as jsonlib
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
import tenacity
from requests.auth import AuthBase

from comptoir import __version__
from comptoir.errors import BadSettings, Conflict, HelpdeskError, NotAllowed, Unavailable

USER_AGENT = f"Comptoir/{__version__}"
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_MESSAGE_LIMIT = 300  # characters of the helpdesk's own explanation in an error


@dataclass(frozen=True)
class Answer:
    """A 2xx answer. `data` is its JSON, None for an empty body; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    data: Any = field(repr=False)


class Refused(HelpdeskError):
    """A status that trying again cannot change. `data` is the helpdesk's JSON, or None."""

    def __init__(self, message: str, status: int, data: Any) -> None:
        self.status = status
        self.data = data
        super().__init__(message)


class Unauthorised(NotAllowed):
    """401: the credentials themselves, not our rights; a renewed token may do."""


class _Again(Unavailable):
    """Unavailable, and the request may be sent again without harm."""


@dataclass(frozen=True)
class Patience:
    """How long to insist. Seconds; a longer Retry-After is not slept through but handed to the caller."""

    attempts: int = 4
    longest_wait: float = 30.0
    connect_timeout: float = 5.0
    read_timeout: float = 30.0

    def __post_init__(self) -> None:
        if self.attempts < 1 or min(self.longest_wait, self.connect_timeout, self.read_timeout) <= 0:
            raise BadSettings(f"{self}: attempts are 1 or more, times are seconds above 0")


class NoAuth(AuthBase):
    """Sends nothing. Given explicitly, because requests would otherwise look for credentials in ~/.netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class Rest:
    """One session to one host. Raises BadSettings for an address that is neither https nor on this machine."""

    def __init__(
        self,
        base_url: str,
        *,
        auth: AuthBase | None = None,
        patience: Patience | None = None,
        before: Callable[[str, str], None] = lambda method, path: None,
        after: Callable[[str, str, Mapping[str, str]], None] = lambda method, path, headers: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`before(method, path)` may wait or raise; `after(method, path, headers)` sees every answer's headers."""
        self.base_url = check_base_url(base_url)
        self.patience = patience or Patience()
        self.auth = auth or NoAuth()
        self._before, self._after = before, after
        self._session = requests.Session()
        self._session.headers["User-Agent"] = USER_AGENT
        self._session.headers["Accept"] = "application/json"
        # a proxy set for this machine cannot reach its loopback
        self._session.trust_env = urlsplit(self.base_url).hostname not in _LOOPBACK
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Again),
            wait=wait_as_told(tenacity.wait_random_exponential(multiplier=0.5, max=self.patience.longest_wait)),
            stop=tenacity.stop_any(
                tenacity.stop_after_attempt(self.patience.attempts), stop_when_told_longer(self.patience.longest_wait)
            ),
            sleep=sleep,
            reraise=True,
        )

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        repeatable: bool | None = None,
    ) -> Answer:
        """Send one request, again where that is harmless: a POST only when it cannot have been carried out.

        `repeatable=True` says that sending this POST twice does no harm.
        """
        if not path.startswith("/") or path.startswith("//"):
            raise HelpdeskError(f"{path!r} is not a path on {self.base_url}: credentials do not leave their host")
        safe = method != "POST" if repeatable is None else repeatable
        # a copy a call: tenacity keeps its statistics on the object, and threads share this one
        return self._retrying.copy()(self._once, method, path, params, json, safe)

    def _once(self, method: str, path: str, params: Mapping[str, str] | None, json: Any, safe: bool) -> Answer:
        self._before(method, path)
        try:
            response = self._session.request(
                method, self.base_url + path, params=params, json=json, auth=self.auth, allow_redirects=False,
                timeout=(self.patience.connect_timeout, self.patience.read_timeout),
            )
        except (requests.ConnectTimeout, requests.ConnectionError, requests.Timeout) as error:
            unsent = isinstance(error, requests.ConnectTimeout)
            kind = _Again if safe or unsent else Unavailable
            raise kind(f"{method} {path}: no answer from {self.base_url} ({type(error).__name__})") from error
        except requests.RequestException as error:
            raise HelpdeskError(f"{method} {path}: {type(error).__name__} from {self.base_url}") from error
        headers = {name.lower(): value for name, value in response.headers.items()}
        self._after(method, path, headers)
        return _translate(f"{method} {path}", response, headers, safe)


def _translate(what: str, response: requests.Response, headers: Mapping[str, str], safe: bool) -> Answer:
    status, data = response.status_code, _json(response)
    if 200 <= status < 300:
        if data is None and response.content.strip():
            raise Unavailable(f"{what}: answered {status} with something that is not JSON; is a proxy in between?")
        return Answer(status, headers, data)
    message = f"{what}: {status} {_explanation(data)}".rstrip()
    if status in (401, 403):
        raise (Unauthorised if status == 401 else NotAllowed)(message)
    if status == 409:
        raise Conflict(message)
    if status == 429 or status >= 500:
        # 429 was not carried out, so even a POST may go again; after a 5xx nobody knows
        kind = _Again if safe or status == 429 else Unavailable
        raise kind(message, retry_after(headers.get("retry-after"), datetime.now(UTC)))
    if 300 <= status < 400:
        host = urlsplit(headers.get("location", "")).hostname or "elsewhere"
        raise HelpdeskError(f"{what}: redirected to {host}, which is not followed; mend the address in the settings")
    raise Refused(message, status, data)


def _json(response: requests.Response) -> Any:
    # the text of a 429 or of a gateway's 502 is often no JSON
    try:
        return jsonlib.loads(response.content) if response.content.strip() else None
    except ValueError:
        return None


def _explanation(data: Any) -> str:
    """The helpdesk's own short words for an error: its code and description, nothing of the ticket."""
    if not isinstance(data, dict):
        return ""
    words = [data[key] for key in ("error", "error_description", "description") if isinstance(data.get(key), str)]
    return ": ".join(words)[:_MESSAGE_LIMIT]


def check_base_url(url: str) -> str:
    """The address without a final slash. Raises BadSettings unless it is https, or http to this very machine."""
    parts = urlsplit(url)
    if parts.username or parts.password or parts.query or parts.fragment or not parts.hostname:
        raise BadSettings(f"{parts.scheme}://{parts.hostname or ''}: an address is https://host, nothing more")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise BadSettings(f"{url}: only https, or http to 127.0.0.1; credentials would travel in the clear")
    return url.rstrip("/")


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds from a Retry-After header, in its number or its date form; None for none or nonsense."""
    if value is None:
        return None
    if re.fullmatch(r"\s*\d{1,9}(\.\d+)?\s*", value):
        return float(value)
    try:
        then = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (then.replace(tzinfo=then.tzinfo or UTC) - now).total_seconds())


def _told(state: tenacity.RetryCallState) -> float | None:
    error = state.outcome.exception() if state.outcome else None
    return error.retry_after if isinstance(error, Unavailable) else None


def wait_as_told(otherwise: Callable[[tenacity.RetryCallState], float]) -> Callable[[tenacity.RetryCallState], float]:
    """Wait for what Retry-After says, plus a little jitter so that workers do not come back all at once."""
    jitter = tenacity.wait_random(0, 1)

    def wait(state: tenacity.RetryCallState) -> float:
        told = _told(state)
        return otherwise(state) if told is None else told + jitter(state)

    return wait


class stop_when_told_longer(tenacity.stop.stop_base):
    """Give up at once when Retry-After asks for more than `longest` seconds: the durable timer waits better."""

    def __init__(self, longest: float) -> None:
        self.longest = longest

    def __call__(self, state: tenacity.RetryCallState) -> bool:
        told = _told(state)
        return told is not None and told > self.longest
