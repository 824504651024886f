"""What is kept of a text: words in no order, without who, where and which number."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from comptoir.features import MAX_FEATURES, features_of, newest_text, sha256
from comptoir.ticket import Message, Requester, Ticket


def ticket(text: str, **more: object) -> Ticket:
    return Ticket(messages=(Message(text=text, **more),))  # type: ignore[arg-type]  # a message's own keys


@pytest.mark.parametrize(("text", "features"), [
    ("Où est mon colis, où ?", ("colis", "est", "mon", "ou")),
    ("commande 12345678/901 du 12.03.2026", ("<number>", "commande", "du")),
    ("AB123456789CN reçu", ("<number>", "recu")),
    ("+33 6 12 34 56 78", ("<number>",)),
    ("écrivez à Jeanne.Martin+x@example.com svp", ("<mail>", "a", "ecrivez", "svp")),
    ("voir https://example.com/a?b=Jeanne ici", ("<link>", "ici", "voir")),
    ("我要退款 please", ("我要", "please", "要退", "退款")),
    ("沒收到", ("收到", "没收")),
    ("x" * 31 + " ok", ("ok",)),
    ("", ()), ("🙂 \ud800", ()),
])
def test_the_features_of_a_text(text: str, features: tuple[str, ...]) -> None:
    assert features_of(ticket(text)) == tuple(sorted(features))


def test_names_of_those_who_write_are_left_out() -> None:
    one = Ticket(messages=(Message(text="Jeanne Martin attend. 王小明没收到。Martinique", from_name="Jeanne MARTIN"),),
                 requester=Requester(name="王小明"))

    assert features_of(one) == ("attend", "martinique", "收到", "没收")


def test_history_is_no_part_and_order_and_spaces_do_not_change_the_words() -> None:
    quoted = "colis perdu\n\nLe 3 mars 2026, Shop <a@example.com> a écrit :\n> remboursement"

    assert features_of(ticket(quoted)) == features_of(ticket("perdu  colis")) == ("colis", "perdu")
    assert sha256(ticket(quoted)) == sha256(ticket("colis   perdu"))
    assert sha256(ticket("colis perdu")) != sha256(ticket("perdu colis"))


def test_subject_and_text_are_kept_apart() -> None:
    one, other = Ticket(subject="a b", messages=(Message(text="c"),)), Ticket(subject="a", messages=(
        Message(text="b c"),))

    assert newest_text(one) == ("a b", "c")
    assert sha256(one) != sha256(other)


@given(st.text(max_size=300))
def test_no_text_breaks_it_and_no_figure_survives(text: str) -> None:
    found = features_of(ticket(text))

    assert list(found) == sorted(set(found))
    assert not [word for word in found if any(map(str.isdecimal, word)) or "@" in word]
    assert len(sha256(ticket(text))) == 64


def test_a_long_text_is_capped() -> None:
    words = " ".join(a + b + c for a in "abcdefgh" for b in "abcdefgh" for c in "abcdefghij")

    assert len(features_of(ticket(words))) == MAX_FEATURES
