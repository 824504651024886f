"""HTTP to a helpdesk: what is tried again and what is not, what an error says, and where credentials go."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import responses
from requests.auth import HTTPBasicAuth

from comptoir.errors import BadSettings, Conflict, HelpdeskError, NotAllowed, Unavailable
from comptoir.rest import Answer, Patience, Refused, Rest, Unauthorised, check_base_url, retry_after

URL = "https://helpdesk.example.com"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def network() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def rest(slept: list[float]) -> Rest:
    return Rest(URL, auth=HTTPBasicAuth("user", "very-secret"), sleep=slept.append)


# -- not tried again


@pytest.mark.parametrize(("status", "error"), [
    (400, Refused), (401, Unauthorised), (403, NotAllowed), (404, Refused), (409, Conflict), (422, Refused),
    (302, HelpdeskError),
])
def test_what_trying_again_cannot_change_is_raised_at_once(
    status: int, error: type[Exception], network: responses.RequestsMock, rest: Rest, slept: list[float]
) -> None:
    network.get(f"{URL}/x", status=status, json={"error": "Code", "description": "Why", "ticket": "Bonjour"})
    with pytest.raises(error, match=f"GET /x: {status} Code: Why" if status != 302 else "redirected"):
        rest.call("GET", "/x")
    assert slept == []


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_post_that_may_have_been_carried_out_is_not_sent_twice(
    status: int, network: responses.RequestsMock, rest: Rest
) -> None:
    network.post(f"{URL}/x", status=status)
    with pytest.raises(Unavailable):
        rest.call("POST", "/x", json={})
    assert len(network.calls) == 1


def test_a_post_without_an_answer_is_not_sent_twice(network: responses.RequestsMock, rest: Rest) -> None:
    network.post(f"{URL}/x", body=requests.ReadTimeout())
    with pytest.raises(Unavailable, match="no answer"):
        rest.call("POST", "/x", json={})
    assert len(network.calls) == 1


def test_a_long_retry_after_is_handed_on_not_slept_through(
    network: responses.RequestsMock, rest: Rest, slept: list[float]
) -> None:
    network.get(f"{URL}/x", status=429, headers={"Retry-After": "31"})
    with pytest.raises(Unavailable) as caught:
        rest.call("GET", "/x")
    assert (caught.value.retry_after, slept) == (31.0, [])


# -- tried again


@pytest.mark.parametrize("first", [429, 500, 502, 503, 504, requests.ConnectionError(), requests.ReadTimeout()])
def test_a_passing_fault_is_tried_again(first: Any, network: responses.RequestsMock, rest: Rest) -> None:
    if isinstance(first, int):
        network.put(f"{URL}/x", status=first, body="<html>busy")
    else:
        network.put(f"{URL}/x", body=first)
    network.put(f"{URL}/x", json={"ok": True})
    assert rest.call("PUT", "/x", json={}).data == {"ok": True}


@pytest.mark.parametrize("first", [{"status": 429}, {"body": requests.ConnectTimeout()}])
def test_a_post_that_was_not_carried_out_is_sent_again(
    first: dict[str, Any], network: responses.RequestsMock, rest: Rest
) -> None:
    network.post(f"{URL}/x", **first)
    network.post(f"{URL}/x", status=201, json={})
    assert rest.call("POST", "/x").status == 201


def test_a_repeatable_post_is_sent_again(network: responses.RequestsMock, rest: Rest) -> None:
    network.post(f"{URL}/x", status=500)
    network.post(f"{URL}/x", json={})
    assert rest.call("POST", "/x", repeatable=True).status == 200


def test_retry_after_is_waited_for_with_a_little_jitter(
    network: responses.RequestsMock, rest: Rest, slept: list[float]
) -> None:
    network.get(f"{URL}/x", status=429, headers={"Retry-After": "30"}, body="slow down")
    network.get(f"{URL}/x", json={})
    rest.call("GET", "/x")
    assert len(slept) == 1
    assert 30 <= slept[0] <= 31


def test_it_gives_up_after_the_last_attempt(network: responses.RequestsMock, slept: list[float]) -> None:
    network.get(f"{URL}/x", status=503, headers={"Retry-After": "2"})
    with pytest.raises(Unavailable) as caught:
        Rest(URL, patience=Patience(attempts=3), sleep=slept.append).call("GET", "/x")
    assert (len(network.calls), len(slept), caught.value.retry_after) == (3, 2, 2.0)


@pytest.mark.parametrize(("value", "seconds"), [
    (None, None), ("", None), ("soon", None), ("-5", None), ("0", 0.0), ("7", 7.0), (" 1.5 ", 1.5),
    ("Sun, 22 Nov 2026 09:00:42 GMT", 42.0),
    ("Sun, 22 Nov 2026 08:59:00 GMT", 0.0), ("Sun, 22 Nov 2026 09:00:42", 42.0),
])
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


def test_retry_after_as_a_date_far_away_is_handed_on(network: responses.RequestsMock, rest: Rest) -> None:
    then = datetime.now(UTC) + timedelta(hours=1)
    network.get(f"{URL}/x", status=503, headers={"Retry-After": then.strftime("%a, %d %b %Y %H:%M:%S GMT")})
    with pytest.raises(Unavailable) as caught:
        rest.call("GET", "/x")
    assert caught.value.retry_after == pytest.approx(3600, abs=60)


# -- where credentials go


@pytest.mark.parametrize("path", ["https://elsewhere.example.com/x", "//elsewhere.example.com/x", "x", ""])
def test_an_address_elsewhere_is_refused(path: str, network: responses.RequestsMock, rest: Rest) -> None:
    with pytest.raises(HelpdeskError, match="credentials do not leave"):
        rest.call("GET", path)


def test_a_redirect_is_not_followed(network: responses.RequestsMock, rest: Rest) -> None:
    network.get(f"{URL}/x", status=301, headers={"Location": "https://elsewhere.example.com/steal?token=1"})
    with pytest.raises(HelpdeskError, match=r"elsewhere\.example\.com, which is not followed") as caught:
        rest.call("GET", "/x")
    assert "token" not in str(caught.value)


@pytest.mark.parametrize("url", [
    "http://helpdesk.example.com", "ftp://127.0.0.1", "https://", "https://user:pass@example.com",
    "helpdesk.example.com", "https://example.com/?q=1", "http://127.0.0.1.example.com",
])
def test_an_unsafe_address_fails_at_construction(url: str) -> None:
    with pytest.raises(BadSettings) as caught:
        Rest(url)
    assert "pass" not in str(caught.value)


@pytest.mark.parametrize("url", ["https://acme.zendesk.com", "http://127.0.0.1:8000", "http://localhost:1/", "http://[::1]:2"])
def test_a_safe_address(url: str) -> None:
    assert check_base_url(url) == url.rstrip("/")


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"longest_wait": 0}, {"connect_timeout": -1}, {"read_timeout": 0}])
def test_impossible_patience_fails_at_construction(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadSettings):
        Patience(**wrong)


def test_no_credentials_are_taken_from_the_users_netrc(
    network: responses.RequestsMock, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine helpdesk.example.com login me password mine\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    network.get(f"{URL}/x", json={})
    Rest(URL).call("GET", "/x")
    assert "Authorization" not in network.calls[0].request.headers


# -- what is seen and said


def test_an_answer(network: responses.RequestsMock, rest: Rest) -> None:
    network.get(f"{URL}/x", json={"a": 1}, headers={"X-Some-Thing": "2"})
    answer = rest.call("GET", "/x")
    assert (answer.status, answer.data, answer.headers["x-some-thing"]) == (200, {"a": 1}, "2")
    assert network.calls[0].request.headers["User-Agent"].startswith("Comptoir/")


def test_an_empty_answer(network: responses.RequestsMock, rest: Rest) -> None:
    network.delete(f"{URL}/x", status=204)
    assert rest.call("DELETE", "/x").data is None


def test_an_answer_that_is_no_json_is_a_proxys(network: responses.RequestsMock, rest: Rest) -> None:
    network.get(f"{URL}/x", body="<html>log in</html>")
    with pytest.raises(Unavailable, match="not JSON"):
        rest.call("GET", "/x")


def test_neither_log_nor_error_holds_a_body_or_a_credential(
    network: responses.RequestsMock, rest: Rest, caplog: pytest.LogCaptureFixture
) -> None:
    network.put(f"{URL}/x", status=422, json={"error": "RecordInvalid", "details": {"subject": "Mon colis"}})
    with caplog.at_level(logging.DEBUG), pytest.raises(Refused) as caught:
        rest.call("PUT", "/x", json={"comment": "Mon adresse"})
    for private in ("very-secret", "Mon adresse", "Mon colis"):
        assert private not in caplog.text + str(caught.value)
    assert caught.value.data["details"] == {"subject": "Mon colis"}
    assert "Mon colis" not in repr(Answer(200, {}, {"subject": "Mon colis"}))


def test_hooks_see_every_attempt(network: responses.RequestsMock) -> None:
    seen: list[tuple[str, ...]] = []
    rest = Rest(URL, sleep=lambda seconds: None, before=lambda method, path: seen.append((method, path)),
                after=lambda method, path, headers: seen.append((method, path, headers["x-left"])))
    network.get(f"{URL}/x", status=429, headers={"X-Left": "0"})
    network.get(f"{URL}/x", json={}, headers={"X-Left": "9"})
    rest.call("GET", "/x")
    assert seen == [("GET", "/x"), ("GET", "/x", "0"), ("GET", "/x"), ("GET", "/x", "9")]
