"""One look at each word: worked out once, kept only where it means something of its own."""

from __future__ import annotations

from collections import Counter

import pytest

from comptoir.classify.glance import Eye, Worth
from comptoir.classify.parts import read_body
from comptoir.classify.words import WordIndex, Words, key_word
from comptoir.text import fold
from comptoir.ticket import Message

CHINESE = {"收到", "收", "到_"}


@pytest.fixture
def looked() -> Counter[str]:
    return Counter()


@pytest.fixture
def eye(looked: Counter[str]) -> Eye:
    def worth(word: str) -> Worth:
        looked[word] += 1
        return Worth(sum(map(ord, word)), word.encode(), None)

    return Eye(worth, votes=len, steps=lambda word: 1 << len(word) - 1, brands={"amazon", "淘宝"},
               carriers={"colissimo"}, chinese=CHINESE)


def test_a_word_is_worked_out_once(eye: Eye, looked: Counter[str]) -> None:
    first, second = (eye.at(read_body(Message(text="colis perdu. colis. 收到收到"))) for _ in range(2))

    assert first == second
    assert first.names == ("colis", "perdu", ".", "colis", ".", "#", "_收", "收到", "到收", "收到", "到_")
    assert first.in_rows == 6
    assert first.votes[:3] == (5, 5, 1)
    assert first.steps == 0b10011
    assert {*looked.values()} == {1}


def test_a_chinese_word_that_means_nothing_counts_as_its_first_character(eye: Eye, looked: Counter[str]) -> None:
    glance = eye.at(read_body(Message(text="收件到")))

    worth = dict(zip(glance.names, glance.worth, strict=True))
    assert worth["收件"] == ord("收")
    assert worth["到_"] == ord("到") + ord("_")
    assert worth["件到"] == ord("件")
    assert not {"收件", "件到", "_收"} & looked.keys()


@pytest.mark.parametrize(("text", "brands", "carriers"), [
    ("livraison d'Amazon", True, False),
    ("Colissimo l'a perdu", False, True),
    ("在淘宝买的", True, False),
    ("amazone, colissimos", False, False),
    ("", False, False),
])
def test_where_names_may_stand(eye: Eye, text: str, brands: bool, carriers: bool) -> None:
    glance = eye.at(read_body(Message(text=text)))

    assert (glance.brands, glance.carriers) == (brands, carriers)


@pytest.mark.parametrize(("name", "key"), [
    ("la poste", "poste"), ("4px", "px"), ("seller center", "seller"), ("要求客服介入", "要求"), ("亲", "亲"),
    ("400-606-5500", "5500"), ("ラザダ", "ラ"), ("€", "€"),
])
def test_what_a_name_is_known_by(name: str, key: str) -> None:
    assert key_word(name) == key


@pytest.mark.parametrize(("text", "found"), [
    ("c'est la poste", ["post"]), ("la-poste, poste la", []), ("laposte la poste?", ["post"]),
    ("在ラザダ買った", ["lazada"]), ("จาก ラザダ", ["lazada"]), ("쿠팡 주문", ["coupang"]),
    ("要求客服介入", ["help"]), ("要求退款", []), ("", []),
])
def test_names_are_found_in_every_script(text: str, found: list[str]) -> None:
    index = WordIndex([("La Poste", "post"), ("ラザダ", "lazada"), ("要求客服介入", "help"), ("쿠팡", "coupang")])

    assert [meaning for meaning, _, _ in index.find(Words(fold(text)))] == found


def test_a_name_in_another_script_may_stand_in_any_text_that_is_not_plain() -> None:
    texts = [read_body(Message(text=text)) for text in ("", "plain", "买", "ラザダ", "ラザダ by post")]
    for brands in ({"ラ"}, {"쿠"}):
        eye = Eye(lambda word: Worth(0, b"", None), votes=len, steps=len, brands=brands, carriers={"คุ"},
                  chinese=CHINESE)

        assert [eye.at(part).brands for part in texts] == [False, False, True, True, True]
