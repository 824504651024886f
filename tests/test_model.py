"""The model: what it adds up is what its weights say, its file keeps it, and it is what the data gives."""

from __future__ import annotations

import hashlib
import json
import math
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from comptoir.classify.glance import Glance
from comptoir.classify.grams import LETTERS, denied, features, pieces, token
from comptoir.classify.model import SQUARE, ZERO, Head, Model, Seen, confidence
from comptoir.classify.modelfile import load, read, write
from comptoir.classify.words import Remembered, Words, stretch
from comptoir.rules import ISSUES
from comptoir.text import fold

DATA = Path(__file__).parent / "data"
#: feature -> weights of the labels a, b, c, and the byte of its square
TABLE = {"colis": ((40, -5, 0), 20), "colis perdu": ((40, 0, -40), 60), "~<per": ((16, 22, -3), 5),
         "~perd": ((0, 42, -90), 9), "收到": ((-9, 0, 9), 30), "~收到": ((3, 3, 0), 8),
         "收": ((2, 1, 40), 11), "~到_": ((112, -112, 0), 255)}
HEADS = {"one": Head(("a", "b"), 0, (0.1, -0.1), 2.0, (0.0, 1.0), (0.0, 1.0)),
         "two": Head(("c",), 2, (0.5,), 1.0, (0.0, 1.0), (0.0, 1.0))}


def packed() -> bytes:
    weights = bytes(byte for worth, square in TABLE.values() for byte in (*(ZERO + one for one in worth), square))
    return write(HEADS, 0.25, [*TABLE], weights, {"fr": ["colis"], "en": ["parcel"]}, "hash")


@pytest.fixture(scope="module")
def model() -> Model:
    return read(packed())


def see(model: Model, text: str) -> list[float]:
    folded = fold(text)
    return model.probabilities(seen(model, folded), HEADS["one"])


def seen(model: Model, *folded: str) -> Seen:
    return model.see([glance(model, Words(text)) for text in folded])


def glance(model: Model, words: Words) -> Glance:
    names = [*map(token, words.written), *words.chinese]
    worth, loud, before = zip(*map(model.worth, names), strict=True) if names else ((), (), ())
    return Glance(names, worth, loud, before, in_rows=len(words.written))


WORDS = st.sampled_from(["colis", "perdu", "perd", "Colis!", "没收到", "收到", "x", "12", "l'", ", "])
TEXTS = st.lists(WORDS).map(" ".join)


@given(TEXTS)
def test_it_adds_up_what_its_table_says(text: str) -> None:
    counted = {name: count for name, count in features([fold(text)]).items() if name in TABLE}
    scores = [0.1, -0.1]
    for letters in (True, False):
        kind = {name: count for name, count in counted.items() if name.startswith(LETTERS) == letters}
        length = math.sqrt(sum(count * TABLE[name][1] * SQUARE for name, count in kind.items()) or 1.0)
        for label in (0, 1):
            scores[label] += 0.25 * sum(count * TABLE[name][0][label] for name, count in kind.items()) / length
    scores = [2.0 * score for score in scores]
    powers = [math.exp(score) for score in scores]

    assert see(read(packed()), text) == pytest.approx([power / sum(powers) for power in powers])


def test_several_texts_are_one(model: Model) -> None:
    def total(*texts: str) -> Sequence[int]:
        return seen(model, *texts).totals

    assert total("colis", "colis") == total("colis")
    assert total("colis", "perdu") != total("colis perdu")  # no row goes from one text into the next


def test_what_speaks_for_a_label(model: Model) -> None:
    found = seen(model, "colis perdu")
    speakers = {one: worth for worth, one in model.speakers(found, HEADS["one"], "b")}

    of_words = 0.25 / math.sqrt((20 + 60) * SQUARE)  # a point of letters counts half
    assert speakers == pytest.approx({"perdu": (22 + 42) / 2 * of_words})
    assert {one: worth for worth, one in model.speakers(found, HEADS["one"], "a")} == pytest.approx(
        {"colis": 40 * of_words, ("colis", "perdu"): 40 * of_words, "perdu": 16 / 2 * of_words})
    assert model.speakers(found, HEADS["two"], "c") == []


def test_what_speaks_in_chinese(model: Model) -> None:
    found = seen(model, "没收到")
    of_words = 0.25 / math.sqrt((30 + 11) * SQUARE)

    assert {one: worth for worth, one in model.speakers(found, HEADS["two"], "c")} == pytest.approx(
        {"收到": 48 * of_words})  # with its first character; in steps of eight points
    assert {one: worth for worth, one in model.speakers(found, HEADS["one"], "a")} == pytest.approx(
        {"到_": 112 / 2 * of_words})


def test_a_file_keeps_everything(model: Model) -> None:
    assert model.heads == HEADS
    assert model.words_of == {"colis": "fr", "parcel": "en"}
    assert model.data == "hash"


def tokens(text: str) -> list[str]:
    words = Words(text)
    return [*map(token, words.written), *map(token, words.chinese)]


def test_words_as_features_name_them() -> None:
    assert tokens("l'article n'est pas j'ai qu'il don't") == ["article", "est", "pas", "ai", "il", "dont"]
    assert tokens("12 5000 2. a!  收到 b # c") == ["00", "0000", "0", ".", "a", "!", "#", "b", "c",
                                                  "_收", "收到", "到_"]
    assert denied(["il", "est", "pas", "encore", "casse"]) == [4]
    assert denied(["pas", "jamais", "casse", "not", "been", "the", "sent"]) == [1, 6]
    assert not denied(["not", ".", "broken"])
    assert not denied(["not", "the", "a", "an", "sent"])
    assert [*pieces("perdu")] == ["perdu", "~<pe", "~per", "~erd", "~rdu", "~du>", "~<per", "~perd", "~erdu", "~rdu>",
                                  "~<perd", "~perdu", "~erdu>"]
    assert [*pieces("not+non")] == ["not+non", "~<no", "~non", "~on>", "~<non", "~non>", "~<non>",
                                    "~!<no", "~!non", "~!on>", "~!<non", "~!non>", "~!<non>"]
    assert [*pieces("la")] == ["la"]
    assert [*pieces("收到")] == ["收到", "收", "~收到", "~收"]
    assert [*pieces("到_")] == ["到_", "到", "~到_", "~到"]
    assert [*pieces("_没")] == ["_没", "~_没"]


def test_where_a_chinese_word_stands() -> None:
    assert stretch("收到", "没收到。收到了") == (1, 3)
    assert stretch("到_", "到了没收到。") == (4, 5)
    assert stretch("_收", "没收到,收到了") == (4, 5)
    assert stretch("_没", "收到没")[0] == -1


def test_marks_and_figures_alone_say_nothing() -> None:
    assert {*features(["12. 收!"])} == {"00", "!", "_收", "~_收", "收_", "~收_", "收", "~收"}
    assert {"00 euro", "euro"} < {*features([". 12 euro"])}
    assert ". 00" not in features([". 12 euro"])


@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    probabilities = see(read(packed()), text)

    assert sum(probabilities) == pytest.approx(1)


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_probable_is_surer(one: float, other: float) -> None:
    curve = load().heads["issue"].sure
    lower, higher = sorted((one, other))

    assert 0 < confidence(lower, curve) <= confidence(higher, curve) < 1


def test_ever_new_words_do_no_harm() -> None:
    remembered = Remembered(len)
    for number in range(60_000):
        assert remembered[f"w{number:05}"] == 6

    assert len(remembered) <= 50_000


@pytest.mark.checkout
def test_the_shipped_model_is_that_of_the_data() -> None:
    """Who changes the data runs `make model`."""
    folders = (DATA / "messages" / "dev", DATA / "messages" / "train")
    files = sorted((file for folder in folders for file in folder.glob("*.jsonl")), key=lambda file: file.name)
    whole = hashlib.sha256()
    for file in (*files, DATA / "phrases.jsonl"):
        whole.update(f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())

    assert load().data == whole.hexdigest()


@pytest.mark.checkout
def test_no_message_is_learnt_from_and_tested_on() -> None:
    def texts(folder: str) -> set[str]:
        files = (DATA / "messages" / folder).glob("*.jsonl")
        found = (json.loads(line).get("text", "") for file in files for line in file.read_text("utf-8").splitlines())
        return {"".join(filter(str.isalnum, text.lower())) for text in found}

    long = {text for text in texts("train") | texts("dev") if len(text) > 6}
    assert not long & texts("test")


def test_the_heads_are_the_labels_there_are() -> None:
    heads = load().heads
    assert heads["issue"].labels == ISSUES
    assert all(after.first == before.first + len(before.labels) for before, after in pairwise(heads.values()))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the most a process held")
def test_the_classifier_stays_small() -> None:
    """It may take 200 MB with all it needs. getrusage would count what the test runner held before it."""
    code = ("from pathlib import Path; from comptoir import classify, rules; classify.build(rules.load()); "
            "print(Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0])")
    kilobytes = int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)

    assert 50_000 < kilobytes < 200_000
