"""`comptoir eval`: what a line may be, what counts as right, the command, and the page."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Done, packs, typed
from playwright.sync_api import Page

from comptoir.classify.case import Case, Evidence
from comptoir.counter import Office
from comptoir.errors import BadInput
from comptoir.evaluate import Judged, Report, measure
from comptoir.evaluate_page import Run, as_json, lines, page
from comptoir.gold import Example, Gold, read_example
from comptoir.ticket import read_ticket

EVAL = Path(__file__).parent / "data" / "eval.jsonl"
RUN = Run("some.jsonl", 123.4, 56.0)


def judged(gold: Gold, case: Case, text: str = "colis") -> Judged:
    return Judged(Example(read_ticket({"id": case.id, "text": text}), gold), case)


ALL = [
    judged(Gold("delivery_delay", sender="buyer", marketplace="ebay", language="fr"),
           Case("1", "fr", "ebay", "buyer", "delivery_delay", confidence=0.9,
                evidence=(Evidence("issue=delivery_delay", "text", 0, 5, "colis", "fr: colis"),))),
    judged(Gold("delivery_delay", ("wrong_item",), "buyer", "unknown", "fr"),
           Case("2", "fr", "etsy", "platform", "wrong_item", ("delivery_delay",), confidence=0.8)),
    judged(Gold("other", (), None, "ebay", "en"), Case("3", "fr", "unknown", "buyer", "wrong_item", confidence=0.7)),
    judged(Gold("other"), Case("4", "unknown", "unknown", "unknown", "other", confidence=0.5)),
]


@pytest.fixture(scope="module")
def report() -> Report:
    return measure(ALL, ("wrong_item", "delivery_delay", "other"))


@pytest.mark.parametrize(("line", "words"), [
    ([], "a line is a ticket with its labels beside it"),
    ({"text": "x"}, "a line is a ticket with its labels beside it"),
    ({"text": "x", "gold": {}}, "gold.issue: None is not allowed"),
    ({"text": "x", "gold": {"issue": "wrong_items"}}, "did you mean 'wrong_item'"),
    ({"text": "x", "gold": {"issue": ["other"]}}, "gold.issue: ['other'] is not allowed"),
    ({"text": "x", "gold": {"issue": "other", "also": "wrong_item"}}, "gold.also: a list"),
    ({"text": "x", "gold": {"issue": "other", "also": ["none"]}}, "gold.also: 'none' is not allowed"),
    ({"text": "x", "gold": {"issue": "other", "langauge": "fr"}}, "gold.langauge: there is no such label"),
    ({"text": "x", "gold": {"issue": "other", "language": "de"}}, "allowed are fr, zh_Hans, zh_Hant, en, unknown"),
    ({"text": "x", "gold": {"issue": "other", "marketplace": "ebuy"}}, "did you mean 'ebay'"),
    ({"gold": {"issue": "other"}}, "needs `text` or `html`"),
])
def test_a_line_that_cannot_be_read_says_what_is_allowed(line: Any, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_example(line, packs())
    assert words in str(caught.value)


def test_a_label_that_is_left_out_or_null_does_not_count() -> None:
    example = read_example({"text": "x", "gold": {"issue": "other", "sender": None}, "origin": "o", "licence": "MIT"},
                           packs())

    assert example.gold == Gold("other")
    assert judged(example.gold, Case()).pair("sender") is None


def test_what_counts_as_right(report: Report) -> None:
    assert [one.right for one in ALL] == [True, False, False, True]
    assert [one.named for one in ALL] == [True, True, False, True]
    assert [one.agreed for one in ALL] == [True, True, False, True]
    assert (report.overall.accuracy("issue"), report.overall.named, report.overall.agreed) == (0.5, 0.75, 0.75)


def test_named_and_agreed_are_not_the_same() -> None:
    only_named = judged(Gold("other"), Case("1", issue="wrong_item", also=("other",)))
    only_agreed = judged(Gold("other", also=("wrong_item",)), Case("2", issue="wrong_item"))

    assert (only_named.named, only_named.agreed) == (True, False)
    assert (only_agreed.named, only_agreed.agreed) == (False, True)


def test_a_message_counts_only_for_the_labels_its_gold_has(report: Report) -> None:
    counted = {label: sum(score.support for score in found.values()) for label, found in report.overall.labels.items()}

    assert counted == {"issue": 4, "sender": 2, "marketplace": 3, "language": 3}
    assert report.overall.accuracy("sender") == 0.5


def test_a_marketplace_missed_is_not_one_falsely_named(report: Report) -> None:
    assert report.overall.known_marketplaces == 1 / 2  # of the two whose gold has one
    assert report.overall.false_marketplaces == 1 / 3  # etsy, of the three whose gold says


def test_macro_f1_is_over_the_codes_that_gold_has(report: Report) -> None:
    assert report.overall.macro_f1 == pytest.approx((2 * 1 / 3 + 2 * 1 / 3) / 2)  # delivery_delay, other
    assert report.absent == ("wrong_item",)


def test_slices_are_by_the_golds_language(report: Report) -> None:
    assert {name: one.size for name, one in report.languages.items()} == {"fr": 2, "en": 1}
    assert report.languages["fr"].accuracy("issue") == 0.5


def test_only_labels_that_are_told_need_evidence(report: Report) -> None:
    # told: 4 labels of the first, 4 of the second, 3 of the third, the issue of the fourth; evidence stands by one
    assert report.overall.explained == 1 / 12


def test_confusions_and_mistakes(report: Report) -> None:
    assert [(one.gold, one.told, one.ids) for one in report.confusions] == [
        ("delivery_delay", "wrong_item", ("2",)), ("other", "wrong_item", ("3",))]
    assert [one.case.id for one in report.mistakes] == ["2", "3"]
    assert report.counts["delivery_delay", "delivery_delay"] == 1


def test_the_lines_fit_a_terminal_and_name_every_figure(report: Report) -> None:
    text = "\n".join(lines(report, RUN))

    assert max(map(len, text.splitlines())) <= 100
    assert "delivery_delay read as wrong_item  2" in text
    assert "no gold for wrong_item" in text
    assert as_json(report, RUN)["figures"]["all"].keys() >= {"issue: macro-F1", "marketplace: falsely named"}


def test_no_line_about_a_label_that_no_gold_has() -> None:
    text = "\n".join(lines(measure(ALL[3:], ("other",)), RUN))

    assert "marketplace" not in text
    assert "sender" not in text


def run(*arguments: object, stdin: str = "") -> Done:
    return typed("eval", *arguments, stdin=stdin)


def test_bad_lines_are_named_and_not_counted(tmp_path: Path) -> None:
    done = run(EVAL, "--json", "--html", tmp_path / "page.html")
    complaints = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    found = json.loads(done.stdout)

    assert done.returncode == 1
    assert [(one["line"], one["id"]) for one in complaints] == [(5, "4"), (6, "5"), (7, "6"), (8, None)]
    assert "4 line(s)" in done.stderr
    assert found["messages"] == 4
    assert found["microseconds"] > 0
    assert found["labels"]["fr"]["issue"]["item_not_received"]["f1"] == 1
    assert found["figures"]["en"]["issue: accuracy"] == 0
    assert "refund_status" in (tmp_path / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("arguments", "stdin", "code", "words"), [
    (["-"], "", 2, "there is no line in it"),
    (["-"], "[]\n", 1, "a line is a ticket"),
    (["/nowhere.jsonl"], "", 2, "cannot be read"),
    (["-", "--html", "/nowhere/page.html"], '{"text": "x", "gold": {"issue": "other"}}', 2, "cannot be written"),
])
def test_what_cannot_be_measured(arguments: list[str], stdin: str, code: int, words: str) -> None:
    done = run(*arguments, stdin=stdin)

    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


HOSTILE = "<script>document.title = 'taken'</script> {{ 7 * 7 }} " + "mot " * 400


def written(report: Report, path: Path) -> Path:
    path.write_text(page(report, RUN), encoding="utf-8")
    return path


def hostile(office: Office) -> Report:
    example = read_example({"id": "<b>9</b>", "text": HOSTILE, "gold": {"issue": "invoice_request"}}, office.packs)
    case = replace(office.classifier.read(example.ticket)[0], issue="wrong_item", also=(), confidence=0.99)
    return measure([Judged(example, case), *ALL], office.packs.issue_codes)


def test_the_page_needs_nothing_beside_it_and_shows_little_of_a_message(office: Office) -> None:
    text = page(hostile(office), RUN)

    assert "http" not in text
    assert "<script" not in text
    assert "{{ 7 * 7 }}" in text
    assert text.count("mot ") < 40


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_in_a_browser(office: Office, page: Page, tmp_path: Path, scheme: Any) -> None:
    page.set_viewport_size({"width": 360, "height": 700})
    page.emulate_media(color_scheme=scheme)

    page.goto(written(hostile(office), tmp_path / "page.html").as_uri())
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"

    assert page.title() == "some.jsonl: how Comptoir read it"
    assert "<script>document.title" in page.locator("article").first.inner_text() + page.locator("main").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.locator("table.matrix td[title='delivery_delay read as wrong_item: 1']").inner_text() == "1"
    assert dark == (scheme == "dark")
