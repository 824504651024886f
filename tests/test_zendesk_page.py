"""The sandbox's agent view, in a real browser: what a buyer wrote stays text, and the page fits a phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from comptoir import helpdesk


@pytest.fixture
def sandbox() -> Iterator[Any]:
    with helpdesk.load_part("zendesk", "sandbox").Sandbox() as started:
        yield started


@pytest.mark.browser
def test_a_buyers_markup_is_shown_as_text(sandbox: Any, page: Page) -> None:
    number = sandbox.open_ticket(subject="<b>hi</b>", text="<script>document.title = 'taken'</script>")

    page.goto(f"{sandbox.url}/agent/tickets/{number}")

    assert page.title() == f"#{number} <b>hi</b>"
    assert "<script>document.title" in page.locator("article").inner_text()


@pytest.mark.browser
def test_a_note_is_shown_as_html_and_the_page_fits_a_phone(sandbox: Any, page: Page) -> None:
    number = sandbox.open_ticket(subject="colis", text="mot" * 200, tags=["clock_support_reply"] * 3)
    note = {"html_body": "<p>Answer by <b>Sunday</b></p><script>1</script>", "public": False, "author_id": 1}
    sandbox.account.add_comment(number, note, 1, {"channel": "api"})
    page.set_viewport_size({"width": 360, "height": 700})

    page.goto(f"{sandbox.url}/agent/tickets/{number}")

    assert page.locator("article.note b").inner_text() == "Sunday"
    assert page.locator("script").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_ticket_that_is_not_there_is_said_so(sandbox: Any) -> None:
    assert sandbox.page("/agent/tickets/99")[0] == 404
    assert sandbox.page("/api/v2/tickets/99") is None
