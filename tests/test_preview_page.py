"""The preview in a real browser: by keyboard, on a phone, in the dark, enlarged; and an accessibility check of each."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
SEND = "macro/buyer/item_not_received/send_tracking"
GUARANTEE = "macro/buyer/warranty_claim/open_guarantee"
PAGES = ("", "?work=fr", SEND, GUARANTEE, "messages", "messages/fr?state=all", "messages/zh_Hant", "coverage", "rules",
         "macro/nope")
SORRY = 'msgid "We are sorry that your parcel has not reached you yet."\n'


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of templates/ and locales/ that a test may edit."""
    folder = tmp_path_factory.mktemp("words")
    for name in ("templates", "locales"):
        shutil.copytree(str(files(f"comptoir.{name}")), folder / name)
    return folder


@pytest.fixture(scope="module")
def preview(words: Path) -> Iterator[str]:
    """`comptoir preview` on a free port; its address."""
    command = [sys.executable, "-m", "comptoir", "preview", "--port", "0", "--no-open",
               "--templates", str(words / "templates"), "--locales", str(words / "locales")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/preview/", process.stdout.readline())
        assert found
        yield found[0]
        process.terminate()


def wide(page: Page) -> bool:
    """Whether the page must be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def violations(page: Page) -> list[tuple[str, Any]]:
    """What axe-core finds against WCAG 2.2 A and AA and its own good practice, each with the first place."""
    found = Axe().run(page).response["violations"]
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in found]


def focused(page: Page) -> str:
    return str(page.evaluate("(document.activeElement.id || document.activeElement.innerText || '').trim()"))


def tab_to(page: Page, name: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if focused(page) == name:
            return
    raise AssertionError(f"Tab never reaches {name!r}")


def test_a_macro_is_found_read_and_changed_by_keyboard_alone(preview: str, page: Page) -> None:
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(preview)
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left >= 0")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focused(page) == "marketplace"

    page.keyboard.type("Rakuten")
    tab_to(page, "Show")
    page.keyboard.press("Enter")
    page.wait_for_url("**marketplace=rakuten_fr**")
    tab_to(page, "Start the legal guarantee")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_have_text("Start the legal guarantee")
    expect(page.locator('article .letter[lang="fr"]')).to_contain_text("30 jours")
    tab_to(page, "sample")
    page.keyboard.type("taobao")
    tab_to(page, "Show")
    page.keyboard.press("Enter")
    page.wait_for_url("**sample=taobao**")
    expect(page.locator('.letter[lang="en"]')).to_contain_text("1234567890123456789")
    assert not errors


def test_a_number_in_a_letter_leads_to_its_message_and_its_line(preview: str, page: Page, words: Path) -> None:
    page.goto(preview + SEND)
    sentence = page.locator(".sentence", has_text="Nous regrettons")

    page.locator(".sentence:has-text('Nous regrettons') + a.ref").click()

    row = page.locator("tbody:target")
    expect(row).to_contain_text("We are sorry that your parcel")
    expect(row).to_contain_text(sentence.inner_text())
    line = (words / "locales/fr/LC_MESSAGES/comptoir.po").read_text("utf-8").splitlines().index(SORRY.strip()) + 1
    expect(row).to_contain_text(f"locales/fr/LC_MESSAGES/comptoir.po:{line}")
    expect(row).to_contain_text(f"templates/{SEND.removeprefix('macro/')}.txt.j2:11")


def test_facts_are_pasted_and_stay_text(preview: str, page: Page) -> None:
    page.goto(preview + SEND)
    page.locator("summary", has_text="Use facts of your own").click()
    box = page.get_by_label("Facts, as JSON")
    assert '"tracking_number": "LX123456785CN"' in box.input_value()

    box.fill('{"shipping": {"tracking_number": "<b>XY</b><script>document.title=1</script>"}}')
    page.get_by_role("button", name="Show with these facts").click()

    expect(page.locator('.letter[lang="zh-Hans"]')).to_contain_text("<b>XY</b><script>document.title=1</script>")
    assert page.locator(".letter b, script").count() == 0
    assert "XY" not in page.url
    assert page.title() != "1"

    page.get_by_label("Facts, as JSON").fill('{"shipping": ')
    page.get_by_role("button", name="Show with these facts").click()
    expect(page.get_by_role("alert")).to_contain_text("The facts are not JSON: Expecting value, line 1")
    assert page.get_by_label("Facts, as JSON").get_attribute("aria-invalid") == "true"
    expect(page.locator(".panel").first).to_contain_text("No text: it needs tracking number")


def test_an_edit_shows_on_reload_a_broken_file_is_named_and_mended(preview: str, page: Page, words: Path) -> None:
    french = words / "locales/fr/LC_MESSAGES/comptoir.po"
    before = french.read_text("utf-8")
    letter = page.locator('.letter[lang="fr"]')
    page.goto(preview + SEND)
    expect(letter).to_contain_text("Nous regrettons que votre colis")

    french.write_text(before.replace("Nous regrettons que votre colis", "Navrés que votre colis"), "utf-8")
    page.reload()
    expect(letter).to_contain_text("Navrés que votre colis")

    french.write_text(before.replace(SORRY, SORRY.replace('"', "", 1)), "utf-8")
    page.reload()
    line = before.splitlines().index(SORRY.strip()) + 1
    expect(page.locator("main > .notice")).to_contain_text(f"locales/fr/LC_MESSAGES/comptoir.po:{line} not a PO file")
    expect(page.locator('.letter[lang="zh-Hant"]')).to_be_visible()
    assert letter.count() == 0
    assert not violations(page)

    french.write_text(before, "utf-8")
    page.reload()
    expect(letter).to_contain_text("Nous regrettons que votre colis")
    assert page.locator("main > .notice").count() == 0


def test_the_check_finds_what_is_wrong(page: Page) -> None:
    page.set_content('<html lang="en"><title>x</title><main><h1>x</h1><p style="color:#aaa">pale</p><input></main>')

    assert {id for id, _ in violations(page)} == {"color-contrast", "label"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_a_fault_that_axe_knows(preview: str, browser: Any, path: str, scheme: str) -> None:
    page = browser.new_page(color_scheme=scheme, viewport={"width": 1200, "height": 900})
    page.goto(preview + path)
    for closed in page.locator("details").all():
        closed.evaluate("node => node.open = true")

    found = violations(page)
    page.close()

    assert not found


@pytest.mark.parametrize("path", PAGES)
def test_a_phone_and_twice_the_size_need_no_scrolling_sideways(preview: str, browser: Any, path: str) -> None:
    # at 200 % a window of 1280 has room for 640 points, at 400 % for 320: WCAG's smallest
    for width in (640, 390, 320):
        page = browser.new_page(viewport={"width": width, "height": 700})
        page.goto(preview + path)
        assert not wide(page), (path, width)
        page.close()


def test_on_a_phone_the_locales_stand_below_each_other(preview: str, page: Page) -> None:
    def tops() -> list[float]:
        return [float(box["y"]) for panel in page.locator(".panel").all() if (box := panel.bounding_box())]

    page.set_viewport_size({"width": 1200, "height": 900})
    page.goto(preview + SEND)
    side_by_side = tops()
    page.set_viewport_size({"width": 390, "height": 844})

    assert len(set(side_by_side)) == 2
    assert len(set(tops())) == 4


def test_it_is_dark_for_who_wants_it_dark(preview: str, browser: Any) -> None:
    def brightness(scheme: str) -> int:
        page = browser.new_page(color_scheme=scheme)
        page.goto(preview)
        color = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.close()
        return sum(map(int, re.findall(r"\d+", color)[:3]))

    assert brightness("light") > 700
    assert brightness("dark") < 120


def test_each_locale_says_which_language_it_is_in(preview: str, page: Page) -> None:
    page.goto(preview + SEND)

    assert [letter.get_attribute("lang") for letter in page.locator(".letter").all()] == [
        "en", "fr", "zh-Hans", "zh-Hant"]
    fonts = [page.locator(f'.letter[lang="{tag}"]').evaluate("node => getComputedStyle(node).fontFamily")
             for tag in ("zh-Hans", "zh-Hant")]
    assert "SC" in fonts[0]
    assert "TC" in fonts[1]
