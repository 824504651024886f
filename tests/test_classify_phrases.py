"""Phrase files: one broken file a fault, and how a phrase is found."""

from __future__ import annotations

import shutil
from functools import reduce
from operator import or_
from pathlib import Path

import pytest
from conftest import packs

from comptoir import rules
from comptoir.classify import build
from comptoir.classify.matching import Matcher
from comptoir.classify.parts import read_body
from comptoir.classify.phrasefile import Language, read
from comptoir.errors import BadPack
from comptoir.ticket import Message, read_ticket

BROKEN = Path(__file__).parent / "phrases_broken"


@pytest.mark.parametrize(("name", "line", "words"), [
    ("unknown_issue", 2, "did you mean 'item_not_received'"),
    ("unknown_key", 2, "did you mean 'issues'"),
    ("unknown_set", 6, "<parcle> is not in `sets`; did you mean 'parcel'"),
    ("bad_weight", 3, "does not fit"),
    ("gap_at_the_end", 3, "neither begins nor ends with a gap"),
    ("two_words_in_a_set", 2, "is not one word"),
    ("unknown_fact", 2, "did you mean 'order.delivered_at'"),
    ("double_key", 3, "stands here twice"),
    ("unquoted_number", 2, "put it in quotes"),
])
def test_a_broken_file_says_where_and_what(name: str, line: int, words: str) -> None:
    with pytest.raises(BadPack) as caught:
        read(BROKEN / f"{name}.yaml", "fr")
    assert [fault.line for fault in caught.value.faults] == [line]
    assert words in str(caught.value)


def language(tmp_path: Path, content: str, name: str = "fr") -> Language:
    (tmp_path / f"{name}.yaml").write_text(content, encoding="utf-8")
    return read(tmp_path / f"{name}.yaml", name)


def found(tmp_path: Path, phrase: str, text: str, name: str = "fr") -> list[str]:
    content = ("fillers: [le, n, a, 了]\nnegation: {words: [pas, 没], scope: 1}\nsets: {got: [reçu, arrivé*, 收到]}\n"
               f"issues: {{other: {{3: ['{phrase}']}}}}")
    part, matcher = read_body(Message(text=text)), Matcher(language(tmp_path, content, name))
    steps = reduce(or_, map(matcher.steps_of, [*part.words.written, *part.words.chinese]), 0)
    matches = matcher.find(part.folded, matcher.likely(steps, ()), {})
    return [("not " if match.negated else "") + text[match.a:match.b] for match in matches]


@pytest.mark.parametrize(("phrase", "text"), [
    ("colis perdu", "colis"),
    ("colis perdu", "perdu colis"),
    ("colis perdu", "colis bien perdu"),
    ("colis perdu", "mon colis. perdu"),
    ("colis perdu", "coliss perdus"),
    ("colis .. perdu", "colis un deux trois quatre cinq perdu"),
    ("colis .. perdu", "mon colis ? rien de perdu"),
    ("perd*", "épperdu"),
    ("vis", "avis"),
])
def test_not_found(tmp_path: Path, phrase: str, text: str) -> None:
    assert not found(tmp_path, phrase, text)


@pytest.mark.parametrize(("phrase", "text", "spans"), [
    ("colis perdu", "Mon COLIS PERDU !", ["COLIS PERDU"]),
    ("colis perdu", "colis a le perdu", ["colis a le perdu"]),
    ("colis .. perdu", "colis sans doute déjà perdu", ["colis sans doute déjà perdu"]),
    ("colis ... perdu", "colis un deux trois quatre cinq six perdu", ["colis un deux trois quatre cinq six perdu"]),
    ("colis|paquet perdu*", "paquet perdues", ["paquet perdues"]),
    ("pas <got>", "n'est pas arrivée", ["pas arrivée"]),
    ("pas .. <got>", "pas encore arrivée", ["pas encore arrivée"]),
    ("remboursement", "ramboursement", ["ramboursement"]),
    ("remboursement", "remboursemnet", ["remboursemnet"]),
    ("ecran", "lecran", ["lecran"]),
    ("cassé", "n'est pas cassé", ["not cassé"]),
    ("cassé", "pas reçu, il est cassé", ["cassé"]),
])
def test_found_in_latin(tmp_path: Path, phrase: str, text: str, spans: list[str]) -> None:
    assert found(tmp_path, phrase, text) == spans


@pytest.mark.parametrize(("phrase", "text", "spans"), [
    ("没 <got>", "沒收到", ["沒收到"]),
    ("没 <got>", "没有人。收到", []),
    ("<got> .. 坏", "收到就已经是坏的", ["收到就已经是坏"]),
    ("坏", "没坏", ["not 坏"]),
    ("换 新", "換了新的", ["換了新"]),
])
def test_found_in_chinese(tmp_path: Path, phrase: str, text: str, spans: list[str]) -> None:
    assert found(tmp_path, phrase, text, "zh") == spans


def test_the_shipped_files_are_sound_and_speak_of_stages_risks_and_facts_in_each_language() -> None:
    common = packs().packs["common"]
    for name in ("fr", "zh", "en"):
        phrases = read(common.folder / "phrases" / f"{name}.yaml", name).phrases
        assert {phrase.kind for phrase in phrases} == {"issue", "stage", "risk", "fact"}


def test_a_packs_own_phrase_for_an_issue_adds_to_what_the_model_says(tmp_path: Path) -> None:
    shutil.copytree(packs().packs["common"].folder.parent, tmp_path / "packs")
    phrases = tmp_path / "packs" / "kaufland" / "phrases"
    phrases.mkdir()
    ticket = read_ticket({"text": "Bonjour, au sujet de ma commande : zorglub bleu. Merci."})
    before, _ = build(rules.load(tmp_path / "packs")).read(ticket)
    (phrases / "fr.yaml").write_text("issues: {invoice_request: {9: [zorglub bleu]}}\n", "utf-8")
    after, _ = build(rules.load(tmp_path / "packs")).read(ticket)

    assert before.issue != "invoice_request"
    assert after.issue == "invoice_request"


def test_no_phrase_stands_in_a_file_twice_under_one_label() -> None:
    common = packs().packs["common"]
    for name in ("fr", "zh", "en"):
        phrases = read(common.folder / "phrases" / f"{name}.yaml", name).phrases
        seen = [(phrase.label, phrase.rule) for phrase in phrases]
        assert sorted({one for one in seen if seen.count(one) > 1}) == []
