"""Who set a label's tag: every history of a ticket's tags, and what is made of what agents say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from conftest import packs

from comptoir import labels
from comptoir.classify.case import Case, Evidence
from comptoir.labels import Mark, Noticed, Said, Word
from comptoir.thresholds import Thresholds

PACKS = packs()
A, B, C = "item_not_received", "refund_status", "damaged_item"


def noticed(mark: Mark, *issues: str) -> Noticed:
    """What is noticed of an issue's mark when these issue tags stand on the ticket."""
    return labels.notice([f"issue_{code}" for code in issues], {"issue": mark}, PACKS)


def after_writing(mark: Mark, code: str | None) -> Mark:
    wanted = {"issue": code} if code else {}
    return labels.after({"issue": mark}, wanted)["issue"]


@pytest.mark.parametrize(("mark", "here", "right", "wrong"), [
    (Mark((A,)), (A,), None, ()),  # as we left it
    (Mark((A,)), (B,), B, (A,)),  # replaced
    (Mark((A,)), (A, B), B, ()),  # a second one set beside ours, which nobody called wrong
    (Mark((A,)), (), "", (A,)),  # only taken away
    (Mark(), (B,), B, ()),  # set where we had said nothing
    (Mark(), (), None, ()),
    (Mark((A,)), (B, C), None, ()),  # two at once: which?
    (Mark((A,)), ("no_such_issue",), "", (A,)),  # a code that is none says only that ours is gone
    (Mark((A,)), (A, "no_such_issue"), None, ()),
    (Mark((A,), held=B), (B,), None, ()),  # said before
    (Mark((A,), held=B), (A, B), None, ()),
    (Mark((B,), held=B), (C,), C, ()),  # the agent thought again
    (Mark((B,), held=B), (B, C), C, ()),
    (Mark(refused=(A,)), (), None, ()),  # said before
    (Mark(refused=(A,)), (A,), A, ()),  # the agent set it again
    # killed between the intention and the word that it is done: either way it was us
    (Mark((A,), intends=(B,)), (A,), None, ()),
    (Mark((A,), intends=(B,)), (B,), None, ()),
    (Mark((A,), intends=()), (), None, ()),
    (Mark((), intends=(B,)), (), None, ()),
    (Mark((A,), intends=(B,)), (C,), C, (A, B)),
    (Mark((A,), intends=(B,)), (), "", (A, B)),
])
def test_what_an_agent_says_with_a_tag(mark: Mark, here: tuple[str, ...], right: str | None, wrong: tuple[str, ...]
                                       ) -> None:
    words = noticed(mark, *here).words

    assert words == (() if right is None else (Word("issue", right, tuple(sorted(wrong)), words[0].withdrawn),))


@pytest.mark.parametrize(("mark", "here"), [
    (Mark((A,)), (B,)), (Mark((A,)), (A, B)), (Mark((A,)), ()), (Mark(), (B,)), (Mark((B,), held=B), (C,)),
    (Mark((B,), held=B), ()), (Mark(refused=(A,)), (A,)), (Mark((A,), intends=(B,)), (C,)),
])
def test_what_was_noticed_once_is_not_noticed_again(mark: Mark, here: tuple[str, ...]) -> None:
    once = noticed(mark, *here)

    assert once.words
    assert noticed(once.marks["issue"], *here).words == ()
    assert noticed(once.marks["issue"], *here).said == once.said


def test_what_stands_there_at_first_sight_says_nothing() -> None:
    first = labels.notice([f"issue_{A}", f"issue_{B}", "mp_rakuten_fr", "vip"], None, PACKS)

    assert first.words == ()
    assert first.said.right == {}
    assert first.marks["issue"].wrote == tuple(sorted((A, B)))
    assert first.marks["marketplace"].wrote == ("rakuten_fr",)


def test_an_agents_label_holds_until_its_tag_is_taken_away() -> None:
    mark = noticed(Mark((A,)), B).marks["issue"]
    mark = after_writing(mark, B)
    for _ in range(3):
        assert noticed(mark, B).said.right == {"issue": B}
        mark = after_writing(noticed(mark, B).marks["issue"], B)

    gone = noticed(mark)

    assert gone.words == (Word("issue", "", (), B),)
    assert gone.said.right == {}
    assert gone.said.wrong == {}  # what it replaced may be set again


def test_several_tags_at_once_stay_and_one_of_them_decides_when_the_other_goes() -> None:
    both = noticed(Mark((A,)), B, C)
    mark = after_writing(both.marks["issue"], None)

    assert both.said.unclear == {"issue": tuple(sorted((B, C)))}
    assert both.said.kept == {f"issue_{B}", f"issue_{C}"}
    assert noticed(mark, C).words == (Word("issue", C),)


def test_every_label_has_its_tags() -> None:
    marks = {label: Mark() for label in labels.SPACES}
    tags = ["issue_refund_status", "mp_tmall", "from_carrier", "lang_zh_hant"]

    assert labels.notice(tags, marks, PACKS).said.right == {
        "issue": "refund_status", "marketplace": "tmall", "sender": "carrier", "language": "zh_Hant"}


@pytest.mark.parametrize(("found", "stray"), [
    ("issue_nothing", True), ("issue_other", False), ("mp_amazone", True), ("from_unknown", True), ("vip", False),
    ("lang_zh_hans", False), ("due_20261124", False),
])
def test_a_tag_that_names_nothing_is_nobodys(found: str, stray: bool) -> None:
    assert labels.stray(found, PACKS) is stray


def test_the_marks_say_first_what_is_meant_and_then_what_is_done() -> None:
    marks: Mapping[str, Mark] = {"issue": Mark((A,)), "sender": Mark(("buyer",)), "language": Mark(("fr",))}
    wanted = {"issue": B, "sender": "buyer"}

    assert labels.before(marks, wanted) == {
        "issue": Mark((A,), intends=(B,)), "sender": Mark(("buyer",)), "language": Mark(("fr",), intends=())}
    assert labels.after(marks, wanted) == {"issue": Mark((B,)), "sender": Mark(("buyer",)), "language": Mark(())}


CASE = Case(
    issue=A, also=(C,), sender="buyer", marketplace="rakuten_fr", language="fr", confidence=0.9,
    confidences={"issues": 0.95, "sender": 0.9, "marketplace": 0.9, "language": 0.9},
    evidence=(Evidence(f"issue={A}", "text", 0, 3, "où", "p"), Evidence("sender=buyer", "from", 0, 1, "b", "q"),
              Evidence("fact=order.number", "text", 0, 1, "1", "r")),
)


def test_an_agents_label_is_certain_and_is_evidence() -> None:
    said = Said(right={"issue": B, "sender": "platform"}, wrong={"issue": (A,)})
    forced = replace(CASE, issue=B, also=(A, C), sender="platform", confidence=1.0)

    heeded = labels.heed(forced, said, said.right)

    assert (heeded.issue, heeded.also, heeded.confidences["sender"]) == (B, (C,), 1.0)
    assert Evidence(f"issue={B}", "tags", 0, 19, "issue_refund_status", "agent: tag set") in heeded.evidence
    assert {one.label for one in heeded.evidence} == {f"issue={B}", "sender=platform", "fact=order.number"}
    assert Thresholds(1.0, {}, 1.0, 0.9, 0.9).clear(replace(heeded, confidences={**heeded.confidences, "issues": 1.0}))


@pytest.mark.parametrize(("said", "issue", "also"), [
    (Said(wrong={"issue": (A,)}), C, ()),
    (Said(wrong={"issue": (A, C)}), "other", ()),
    (Said(unclear={"issue": (A, B)}), A, (C,)),
])
def test_an_issue_that_agents_took_away_is_a_guess_no_more(said: Said, issue: str, also: tuple[str, ...]) -> None:
    heeded = labels.heed(CASE, said, ())

    assert (heeded.issue, heeded.also, heeded.told) == (issue, also, 0.0)
    assert not Thresholds(issue=0.0).told(heeded)
    assert heeded.evidence[0].rule.startswith("agent: ")


def test_another_label_that_agents_took_away_is_unknown() -> None:
    said = Said(wrong={"sender": ("buyer",), "marketplace": ("tmall",)}, unclear={"language": ("fr", "en")})

    heeded = labels.heed(CASE, said, ())

    assert (heeded.sender, heeded.marketplace, heeded.language, heeded.issue) == ("unknown", "rakuten_fr", "unknown", A)


def test_what_nobody_speaks_of_is_left_as_it_is() -> None:
    assert labels.heed(CASE, Said(), ()) == CASE
