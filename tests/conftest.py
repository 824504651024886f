"""What many tests share: the shipped office, a sandbox Zendesk over HTTP, a desk on it, and waiting in short naps."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from comptoir import counter, helpdesk
from comptoir.helpdesk import Desk

ZENDESK = "zendesk"


@pytest.fixture(scope="session")
def office() -> counter.Office:
    """Packs, classifier and macros as shipped; read once, they are never changed."""
    return counter.open_office()


@pytest.fixture
def zendesk() -> Iterator[Any]:
    """A Zendesk account on loopback. Its export withholds nothing, so that a sweep need not wait a minute."""
    with helpdesk.load_part(ZENDESK, "sandbox").Sandbox(export_lag=0) as sandbox:
        yield sandbox


@pytest.fixture
def desk(zendesk: Any) -> Desk:
    """The desk `acme` on the sandbox, as the settings would make it."""
    options = helpdesk.load(ZENDESK).Options(**zendesk.options())
    return Desk(name="acme", kind=ZENDESK, options=options, shop="Maison Exemple", locale="fr", per_minute=10_000)


@pytest.fixture
def until() -> Callable[..., None]:
    """`until(lambda: condition)` waits for what happens in another thread or process; it fails after a while."""

    def wait(condition: Callable[[], object], seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "did not happen in time"
            time.sleep(0.02)

    return wait
