"""Quoted history and signatures: what is new, what is not, and offsets that hold in both."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.quoted import split_quoted

HISTORY = {
    "fr": "Le lun. 3 nov. 2026 à 10:12, Boutique <shop@example.com> a écrit :\n> Bonjour\n> votre colis est parti",
    "fr wrapped": "Le lundi 3 novembre 2026 à 10:12, La Boutique <shop@example.com> a\nécrit :\n\nBonjour",
    "en": "On Mon, Nov 3, 2026 at 9:00 AM Shop <shop@example.com> wrote:\n> hi\n> there",
    "zh_Hans": "在 2026年11月3日，店铺 <shop@example.com> 写道：\n> 您好",
    "zh_Hant": "店家 <shop@example.com> 於 2026年11月3日 寫道：\n> 您好",
    "outlook": "De : Boutique <shop@example.com>\nEnvoyé : lundi 3 novembre\nÀ : Jean\nObjet : votre colis\n\nBonjour",
    "outlook en": "-----Original Message-----\nFrom: Shop\nSent: Monday\nTo: me\n\nold",
    "outlook zh": "发件人: 店铺\n发送时间: 2026年11月3日\n收件人: 我\n主题: 订单\n\n您好",
    "above this line": "##- Please type your reply above this line -##\nold words",
    "lines": "> only this\n> and that",
    "signature": "-- \nJean Dupont\n06 00 00 00 00",
    "phone fr": "Envoyé de mon iPhone",
    "phone en": "Sent from my Samsung Galaxy smartphone.",
    "phone zh": "发自我的iPhone",
    "outlook app": "Get Outlook for iOS<https://example.com>",
}


@pytest.mark.parametrize("text", [
    "", "Bonjour", "Le vendeur a écrit que non.\nMerci", "On Monday I wrote to you: no answer",
    "De : Paris\nje pars demain", "a > b", "在吗？我写道歉信给你", "prix -- remise", "From: the heart",
])
def test_nothing_is_quoted(text: str) -> None:
    newest, quoted = split_quoted(text)
    assert newest == text
    assert not quoted.strip()


@pytest.mark.parametrize("history", HISTORY.values(), ids=HISTORY)
def test_history_is_set_apart(history: str) -> None:
    newest, quoted = split_quoted("colis perdu ?\n\n" + history)
    assert newest.strip() == "colis perdu ?"
    assert quoted.split() == history.split()


@pytest.mark.parametrize("history", HISTORY.values(), ids=HISTORY)
def test_only_history_leaves_nothing_new(history: str) -> None:
    assert not split_quoted(history)[0].strip()


def test_an_answer_below_quoted_lines_is_new() -> None:
    newest, _ = split_quoted(HISTORY["fr"] + "\n\nje l'ai reçu, merci")
    assert newest.strip() == "je l'ai reçu, merci"


def test_a_forwarded_mail_is_what_the_message_is_about() -> None:
    text = "voir plus bas\n\n" + HISTORY["outlook"]
    assert split_quoted(text, forwarded=True)[0] == text
    assert split_quoted(text)[0].strip() == "voir plus bas"


PIECES = st.sampled_from([*HISTORY.values(), "bonjour", "> x", "\n", "\ud800", "在", "le a écrit :"])


@given(st.lists(PIECES, max_size=12))
def test_both_halves_are_as_long_as_the_text_and_share_no_word(pieces: list[str]) -> None:
    text = "\n".join(pieces)
    newest, quoted = split_quoted(text)
    assert len(newest) == len(quoted) == len(text)
    for original, one, other in zip(text, newest, quoted, strict=True):
        assert original in (one, other)
        assert one.isspace() or other.isspace()


@pytest.mark.parametrize("piece", [
    "le ", "Le a\n", "De : x\n", "于", "> \n", "\n", "-", "_", "On x ", "##- ", "envoyé de ",
])
def test_twice_the_text_takes_about_twice_the_time(piece: str) -> None:
    short, long = (piece * (size // len(piece)) for size in (50_000, 100_000))
    assert _seconds(long) < 6 * _seconds(short) + 0.1


def _seconds(text: str) -> float:
    started = time.monotonic()
    split_quoted(text)
    return time.monotonic() - started
