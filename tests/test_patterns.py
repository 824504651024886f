"""What a pattern needs: no text that fits may be without it, or a message would pass that must not."""

from __future__ import annotations

import re

import pytest
from conftest import packs
from hypothesis import given
from hypothesis import strategies as some

from comptoir.patterns import ODD_LETTERS, needed

SHIPPED = sorted({
    pattern for pack in packs().packs.values() for entry in pack.lint.values()
    for pattern in (*entry.patterns, *entry.allowed, *entry.near)
})
TRICKY = [
    r"ab?c", r"ab{0,3}c", r"ab{00}c", r"ab{2}c", r"ab+c", r"(?:ab|cd)?e", r"(ab|cd)e", r"(?:ab|c*)e", r"a|", r"[ab]cd",
    r"[^]a]bc", r"[\]a]bc", r"(?<!x)ab(?=c)", r"(?<=ab)c", r"a\.b", r"\bab\b", r"a(?:b(?:c|d)|ef)g",
    r"(?P<number>\d+) ?%", r"\x41b", r"(?i:ab)c", r"(a)\1bc", r"a{b", r"AbC", r"a.b", r"été", r"微信(?:号|群)?",
    r"(?#ab)cd", r"kiss", r"ab??c", r"[{\].][b.]c", r"[(]?b",
]


@pytest.mark.parametrize(("pattern", "words"), [
    (r"\bwestern union\b|paypal", {"western union", "paypal"}),
    (r"(?:whats ?app|we ?chat)", {"whats", "chat"}),
    (r"(?:refund|reduction) of \d{1,3} ?%", {"reduction", "refund"}),
    (r"微信(?:号|群)?", {"微信"}),
    (r"PayPal", {"paypal"}),
    (r"[a-z]{1,9} ?[(\[] ?(?:at|@) ?[)\]]", {"(", "["}),
    (r"l[a-z]{1,3}x|\d", set()),  # a figure alone needs no word
    (r"(?i)abc", set()), (r"\x41bc", set()), (r"(ab)\1", set()),  # not read
])
def test_what_is_needed(pattern: str, words: set[str]) -> None:
    assert needed(pattern) == words


def test_nearly_every_shipped_pattern_needs_a_word() -> None:
    assert len(SHIPPED) > 100
    assert len([pattern for pattern in SHIPPED if not needed(pattern)]) < len(SHIPPED) / 10


@given(some.sampled_from(SHIPPED + TRICKY).flatmap(
    lambda pattern: some.tuples(some.just(pattern), some.from_regex(pattern))))
def test_no_text_that_fits_is_without_a_needed_word(drawn: tuple[str, str]) -> None:
    pattern, text = drawn
    words = needed(pattern)

    for written in (text, text.upper(), text.title()):
        if re.search(pattern, written, re.IGNORECASE):
            assert not words or ODD_LETTERS.search(written) or any(word in written.lower() for word in words)


@pytest.mark.parametrize("pattern", TRICKY)
def test_no_short_text_that_fits_a_tricky_pattern_is_without_one(pattern: str) -> None:
    compiled, words = re.compile(pattern, re.IGNORECASE), needed(pattern)
    texts = [f"{a}{b}{c}{d}" for a in " aAx" for b in "abBd{]" for c in ["", "b", "c.", "e", "{b"] for d in "cegd b"]
    fitting = [text.lower() for text in texts if compiled.search(text)]

    assert not words or all(any(word in text for word in words) for text in fitting)


def test_the_odd_letters_are_all_that_stand_for_an_ascii_one() -> None:
    letters = re.compile("[ -~]", re.IGNORECASE)

    assert all(ODD_LETTERS.search(chr(code)) for code in range(0x80, 0x110000) if letters.match(chr(code)))
    assert ODD_LETTERS.search("plain") is None
