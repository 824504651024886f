"""Where reading takes a short cut, it comes out where the long way does."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.classify import marketplace, parcels
from comptoir.classify.figures import _AMOUNT, _SIGNS, _dates
from comptoir.classify.parts import Part, read_body
from comptoir.quoted import newest, split_quoted
from comptoir.text import fold, normalise
from comptoir.ticket import Message

WESTERN = st.characters(codec="cp1252", exclude_categories=["Cs"])
STRANGE = st.sampled_from("…，。！\u200b\u0301\ufb01½①한\u1100ıſK收到發😀µŒœ€’")
WRITTEN = st.text(st.one_of(WESTERN, STRANGE), max_size=60)
NUMBERS = st.lists(st.sampled_from([
    "0", "1", "12", "2026", "123456789", "4 ", "5,90", "1.299,50", "/", "-", ".", " ", "€", "$", "us$", "eur ", "euros",
    "元", "rmb", "块", "1 299", "le ", "commande", "x", "abc", "er ", "mars", "sept. ", "march ", "of ", ", ", "月",
    "日", "年", "RR ", "CN", "(", "\n", "abcdefghijklmn", "1Z", "LP", "sauvegarde", "dollars ",
]), max_size=14).map("".join)
PATTERNS = {
    "amounts": (_AMOUNT, {"before": 8, "longest": 48, "behind": _SIGNS}),
    "days": (_dates(month_first=False), {"before": 0, "longest": 48}),
    "english days": (_dates(month_first=True), {"before": 14, "longest": 48, "after_word": True}),
    "postal numbers": (parcels._S10, {"before": 3, "longest": 20}),
}


def part(text: str) -> Part:
    return read_body(Message(text=text))


@given(WRITTEN)
def test_folding(text: str) -> None:
    assert fold(text) == fold(text + "龘")[:-1]  # a character that no western table has


@given(WRITTEN)
def test_normalising(text: str) -> None:
    short, long = normalise(text), normalise(text + "\u200b")  # what is dropped makes it go character by character

    assert short.text == long.text
    assert [*short.offsets][:-1] == [*long.offsets][:-1]


@given(st.lists(st.sampled_from(["> ", "a écrit :", "On Monday Ann wrote:", "\n", "-- ", "--", "____________________",
                                 "De : a\nEnvoyé : b\nÀ : c", "于2026年写道：", "Sent from my iPhone"]), max_size=12))
def test_quoted_history(pieces: list[str]) -> None:
    text = "".join(pieces)

    assert newest(text) == split_quoted(text)[0]


@pytest.mark.parametrize("name", PATTERNS)
@given(text=NUMBERS)
def test_looking_near_figures(name: str, text: str) -> None:
    pattern, how = PATTERNS[name]
    read = part(text)
    whole = read.folded if name in ("amounts", "days", "english days") else read.newest

    found = read.around_figures(pattern, whole, **how)

    assert spans(found) == spans(pattern.finditer(whole))


@pytest.mark.parametrize("pattern", [marketplace._NUMBER_LIKE, parcels._LONG_NUMBER])
@given(text=NUMBERS)
def test_looking_in_words_with_figures(pattern: re.Pattern[str], text: str) -> None:
    read = part(text)

    assert spans(read.numbers(pattern)) == spans(pattern.finditer(read.newest))


def spans(matches: object) -> list[tuple[int, int]]:
    return [match.span() for match in matches if isinstance(match, re.Match)]  # type: ignore[attr-defined]
