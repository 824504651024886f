"""Text: what must not change, then what must; offsets always lead back."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.text import HTML_LIMIT, fold, from_html, normalise, simplified

#: any code point, lone surrogates too
ANYTHING = st.text(st.characters(codec=None), max_size=200)


@pytest.mark.parametrize("text", [
    "", "Bonjour, où est mon colis ?", "收到就是碎的", "(1034)", "更新(新)", "東西(ABC)壞了",
])
def test_nothing_to_normalise(text: str) -> None:
    normal = normalise(text)
    assert normal.text == text
    assert list(normal.offsets) == list(range(len(text) + 1))


@pytest.mark.parametrize(("original", "text"), [
    ("a\u00a0b", "a b"),
    ("re\u200bmbour\u00adsement", "remboursement"),
    ("ｎ°１２３，收到？", "n°123,收到?"),
    ("e\u0301cran", "écran"),
    ("ﬁn ½", "fin 1⁄2"),
    ("持續(xù)更新，學（xué）習(xí)", "持續更新,學習"),
    ("\u202eabc\u202c", "abc"),
])
def test_normalised(original: str, text: str) -> None:
    assert normalise(original).text == text


def test_a_span_leads_back_to_the_original() -> None:
    original = "持續(xù)更\u200b新，ﬁn"
    normal = normalise(original)
    start = normal.text.index("更新")
    assert original[slice(*normal.original(start, start + 2))] == "更\u200b新"
    start = normal.text.index("fin")
    assert original[slice(*normal.original(start, start + 3))] == "ﬁn"


@given(ANYTHING)
def test_normalising_never_fails_and_offsets_rise_within_the_original(original: str) -> None:
    normal = normalise(original)
    assert len(normal.offsets) == len(normal.text) + 1
    assert list(normal.offsets) == sorted(normal.offsets)
    assert normal.offsets[-1] == len(original)
    for at in range(len(normal.text)):
        start, end = normal.original(at, at + 1)
        assert 0 <= start < end <= len(original)


@given(ANYTHING)
def test_folding_keeps_the_length(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(ANYTHING)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(("text", "folded"), [
    ("déjà REÇU", "deja recu"),
    ("L’écran n´est", "l'ecran n'est"),
    ("後續訂單回覆", "后续订单回复"),
    ("a\tb\nc", "a b c"),
    ("İstanbul œuvre", "istanbul œuvre"),
])
def test_folded(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_the_table_maps_one_character_to_one_other() -> None:
    assert len(simplified()) > 2500
    assert all(len(old) == len(new) == 1 and old != new for old, new in simplified().items())


@pytest.mark.parametrize(("html", "text"), [
    ("", ""),
    ("a &lt;b&gt; &amp; c", "a <b> & c"),
    ("<p>Bonjour <b>Jean</b>,</p><p>colis   vide</p>", "Bonjour Jean,\n\ncolis vide"),
    ("a<br>b<br/>c", "a\nb\nc"),
    ("<head><title>t</title><style>p{}</style></head><script>alert(1)</script>x", "x"),
    ("new<blockquote>old<br>older</blockquote>", "new\n> old\n> older"),
    ("{{7*7}}<!-- hidden -->", "{{7*7}}"),
    ("<table><tr><td>a</td><td>b</td></tr></table>", "a  b"),
])
def test_html_to_text(html: str, text: str) -> None:
    assert from_html(html) == text


def test_only_the_beginning_of_a_long_html_body_is_read() -> None:
    assert from_html("<p>first</p>" + " " * HTML_LIMIT + "<p>last</p>") == "first"


@pytest.mark.parametrize("piece", [
    "<div>", "<div", "<!--", "<b><p>", "<blockquote>", "&amp", "<a href='", "<table><td>", "\ud800",
])
def test_ten_megabytes_of_hostile_html_end(piece: str) -> None:
    started = time.monotonic()
    from_html(piece * (10 * 1024 * 1024 // len(piece)))
    assert time.monotonic() - started < 30
