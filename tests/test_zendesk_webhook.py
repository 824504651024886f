"""Zendesk's webhooks beyond the contract of tests/test_helpdesk.py: its signature, its events, its settings."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from comptoir import helpdesk
from comptoir.errors import RejectedDelivery, UnknownEvent
from comptoir.helpdesk import Delivery, Desk

HOOK = Path(__file__).parent.parent / "hooks" / "zendesk"
FIXTURES = HOOK / "fixtures"
zendesk = helpdesk.load("zendesk")
webhook: Any = helpdesk.load_part("zendesk", "webhook")
SETTINGS = {"subdomain": "acme", "client_id": "id", "client_secret": "hush", "webhook_secret": "ours"}


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text("utf-8"))


@pytest.mark.parametrize("vector", fixture("signature_vectors.json"), ids=lambda v: str(v["note"]))
def test_signature(vector: dict[str, str]) -> None:
    assert webhook.sign(vector["secret"], vector["timestamp"], vector["body"].encode()) == vector["signature"]


def test_the_secret_is_not_decoded_although_it_looks_like_base64() -> None:
    vector = fixture("signature_vectors.json")[0]
    assert webhook.sign("this_secret_is_for_testing_only", vector["timestamp"], b"{}") != vector["signature"]


# -- a delivery that Zendesk really made


def send_recorded(headers: dict[str, str]) -> Delivery:
    recorded = fixture("recorded_user_deleted.json")
    body = recorded["body"].encode()
    stamp = recorded["headers"]["X-Zendesk-Webhook-Signature-Timestamp"]
    ours = {**recorded["headers"], "X-Zendesk-Webhook-Signature": webhook.sign("ours", stamp, body), **headers}
    desk = Desk("acme", "zendesk", zendesk.Options(**SETTINGS))
    # Zendesk sent it 8 minutes after the event, with a stamp of that moment
    return zendesk.receive(desk, ours, body, datetime.fromisoformat(stamp))


def test_a_recorded_delivery_is_not_ours() -> None:
    signature = fixture("recorded_user_deleted.json")["headers"]["X-Zendesk-Webhook-Signature"]
    with pytest.raises(RejectedDelivery, match="not ours"):
        send_recorded({"X-Zendesk-Webhook-Signature": signature})


def test_a_recorded_delivery_of_another_subject_is_named() -> None:
    with pytest.raises(UnknownEvent, match=r"zen:event-type:user\.deleted"):
        send_recorded({})


# -- the event table


def test_no_event_is_both_handled_and_ignored() -> None:
    assert not webhook.EVENTS.keys() & webhook.IGNORED_EVENTS


def test_our_own_writes_would_echo_as_these() -> None:
    assert {"tags_changed", "custom_field_changed"} <= webhook.IGNORED_EVENTS


def test_every_handled_event_has_a_recorded_request() -> None:
    assert webhook.EVENTS.keys() <= {path.stem for path in (FIXTURES / "deliveries").glob("*.json")}


@pytest.mark.checkout
def test_the_how_to_names_every_event_to_subscribe_to() -> None:
    guide = (HOOK.parent.parent / "docs" / "how-to" / "zendesk.md").read_text("utf-8")
    subscribed = helpdesk.load_part("zendesk", "sandbox_webhooks").SUBSCRIBED
    assert subscribed <= webhook.EVENTS.keys()
    assert subscribed <= set(re.findall(r"`([a-z_]+)`", guide))


# -- settings


def test_the_settings_of_this_page_are_taken() -> None:
    assert zendesk.Options(**SETTINGS).model_dump()["subdomain"] == "acme"


@pytest.mark.parametrize(("change", "words"), [
    ({"webhook_secret": webhook.PUBLIC_TEST_SECRET}, "public test secret"),
    ({"previous_webhook_secret": webhook.PUBLIC_TEST_SECRET}, "public test secret"),
    ({"webhook_secret": f" {webhook.PUBLIC_TEST_SECRET}\n"}, "public test secret"),
    ({"webhook_secret": ""}, "signing secret"),
    ({"subdomain": ""}, "one of `subdomain`"),
    ({"base_url": "https://acme.zendesk.com"}, "one of `subdomain`"),
    ({"subdomain": "evil.example.com/"}, "pattern"),
    ({"subdomain": "", "base_url": "http://acme.example.com"}, "only https"),
    ({"client_secret": ""}, "either `client_id`"),
    ({"email": "me@example.com", "api_token": "t0ken"}, "either `client_id`"),
    ({"expires_in": 300}, "greater than 300"),
    ({"expires_in": 172800}, "less than 172800"),
    ({"freshness": 0}, "greater than 0"),
    ({"own_user_id": "me"}, "pattern"),
    ({"own_user": "1"}, "Extra inputs"),
])
def test_a_wrong_setting_is_refused_without_showing_secrets(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        zendesk.Options(**{**SETTINGS, **change})
    assert words in str(caught.value)
    for private in ("hush", "t0ken", webhook.PUBLIC_TEST_SECRET):
        assert private not in str(caught.value)


def test_printed_options_show_no_secret() -> None:
    printed = repr(zendesk.Options(**SETTINGS, previous_webhook_secret="before"))
    assert not re.search("hush|ours|before", printed)
