"""classify(ticket, packs) -> Case: language, sender, marketplace, issue and stage, each with its evidence.

    classifier = build(packs)                    # once
    case, facts = classifier.read(ticket)        # pure: no clock, no network, no state that changes an answer

Read the modules in the order of the flow: parts, language, phrasefile, matching, sender, marketplace, issue, facts, stage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from comptoir.classify import facts as found
from comptoir.classify.case import UNKNOWN, Case, Evidence
from comptoir.classify.issue import Spoken, Topic, decide, group, kind, score, unabsorbed
from comptoir.classify.language import Guess, detect
from comptoir.classify.lexicon import Lexicon
from comptoir.classify.marketplace import Marketplaces, Verdict
from comptoir.classify.parts import Part, read_parts
from comptoir.classify.sender import Senders, Voice, Wording
from comptoir.classify.stage import stage
from comptoir.rules import Pack, Packs
from comptoir.ticket import Facts, FactValue, Ticket

__all__ = ["Classifier", "build"]

_NOTHING: Mapping[str, str] = {}


def build(packs: Packs) -> Classifier:
    """The classifier of these packs. Raises BadPack with every fault of their phrase files."""
    return Classifier(packs)


class Classifier:
    """Everything compiled once; `read` may be called by several threads."""

    def __init__(self, packs: Packs) -> None:
        self._packs = packs
        self._lexicon = Lexicon(packs)
        self._senders = Senders(packs)
        self._marketplaces = Marketplaces(packs)

    def read(
        self, ticket: Ticket, *, marketplaces: Mapping[str, str] = _NOTHING, given: Mapping[str, str] = _NOTHING
    ) -> tuple[Case, Facts]:
        """What the ticket is about, and its facts with those that stand in its newest outside message.

        `marketplaces` maps the desk's recipients and brands to marketplaces and beats the text; `given` forces
        `marketplace`, `issue`, `sender` or `language`.
        """
        parts = read_parts(ticket)
        guess = _language(parts, self._lexicon)
        if "language" in given:
            guess = Guess(given["language"], 1.0)  # type: ignore[arg-type]  # the caller's word, checked where it is asked for
        days = {id(part): found.find_days(part, guess.language) for part in parts}
        amounts = {id(part): found.find_amounts(part) for part in parts}
        spoken = [Spoken(part, match) for part in parts
                  for match in self._lexicon.find(part.folded, guess, days[id(part)], amounts[id(part)])]
        heard = unabsorbed([one for one in spoken if not one.match.negated])
        voice = self._voice(ticket, parts, heard, given)
        verdict = self._verdict(ticket, parts, voice, marketplaces, given)
        topic = _topic(spoken, voice, given)
        pack = self._packs.marketplaces.get(verdict.marketplace)
        known, reasons = self._facts(ticket, parts, heard, voice, verdict, pack, days, amounts)
        at, because = stage(topic.issue, known, group(heard, "stage"))
        risks = (*voice.risks, *group(heard, "risk"), *(("body_cut",) if any(part.cut for part in parts) else ()))
        evidence = (*_of_language(guess, parts), *voice.evidence, *verdict.evidence, *topic.evidence,
                    *((because,) if because else ()), *reasons)
        case = Case(
            id=ticket.id, language=guess.language, marketplace=verdict.marketplace, sender=voice.sender, issue=topic.issue,
            also=topic.also, stage=at, confidence=topic.confidence, evidence=evidence, risks=tuple(dict.fromkeys(risks)),
            confidences={"language": guess.confidence, "sender": voice.confidence, "marketplace": verdict.confidence},
        )
        return case, known

    def _voice(self, ticket: Ticket, parts: Sequence[Part], heard: Sequence[Spoken], given: Mapping[str, str]) -> Voice:
        body = parts[1] if len(parts) > 1 else None
        voice = self._senders.hear(ticket.newest, body if body and not body.empty else parts[0] if body else None,
                                   _wording(heard))
        if "sender" in given:
            return Voice(given["sender"], 1.0, marketplace=voice.marketplace)  # type: ignore[arg-type]  # as above
        return voice

    def _verdict(
        self, ticket: Ticket, parts: tuple[Part, ...], voice: Voice, desk: Mapping[str, str], given: Mapping[str, str]
    ) -> Verdict:
        because = voice.evidence[0] if voice.evidence else None
        verdict = self._marketplaces.judge(ticket, parts, (voice.marketplace, voice.sender, because), desk)
        if "marketplace" not in given:
            return verdict
        return Verdict(given["marketplace"], 1.0, (), tuple(self._marketplaces.order_numbers(given["marketplace"], parts)))

    def _facts(
        self, ticket: Ticket, parts: tuple[Part, ...], heard: Sequence[Spoken], voice: Voice, verdict: Verdict,
        pack: Pack | None, days: Mapping[int, list[found.Day]], amounts: Mapping[int, list[found.Amount]],
    ) -> tuple[Facts, list[Evidence]]:
        """The ticket's own facts win over what its text says."""
        newest = ticket.newest
        sent_at = newest.sent_at if newest else None
        said: dict[str, tuple[FactValue, Evidence]] = {}
        for path, value, because in (*_numbers(verdict, parts), *_worded(heard, days, amounts, pack, sent_at)):
            said.setdefault(path, (value, because))
        if voice.sender == "platform" and sent_at is not None:
            said["platform_mail.received_at"] = sent_at, Evidence(
                "fact=platform_mail.received_at", "sent_at", 0, 0, "", "when the platform's message came")
        fresh = {path: one for path, one in said.items() if ticket.facts.get(path) is None}
        known = ticket.facts.with_({path: value for path, (value, _) in fresh.items()})
        return known, [because for _, because in fresh.values()]


def _language(parts: Sequence[Part], lexicon: Lexicon) -> Guess:
    """The newest words decide; the subject only where the body has none."""
    for part in reversed(parts):
        if not part.empty:
            return detect(part.newest, lexicon.vocabularies)
    return Guess("unknown", 0.0)


def _of_language(guess: Guess, parts: Sequence[Part]) -> Iterator[Evidence]:
    """The first words of what the language was read from; the best guess stands behind an unknown."""
    for part in reversed(parts):
        if not part.empty and (guess.language != UNKNOWN or guess.best):
            start = next(place for place, char in enumerate(part.newest) if char.isalnum())
            end = min(len(part.newest.rstrip()), start + 40)
            yield part.evidence(f"language={guess.language}", start, end, f"language: {guess.best or guess.language}")
            return


def _wording(heard: Sequence[Spoken]) -> Wording:
    by_sender = group(heard, "sender")
    return Wording({sender: score(matches) for sender, matches in by_sender.items()},
                   {sender: matches[0].evidence() for sender, matches in by_sender.items()})


def _topic(spoken: Sequence[Spoken], voice: Voice, given: Mapping[str, str]) -> Topic:
    topic = decide([one for one in spoken if kind(one.match) in ("issue", "")], voice.sender)
    if "issue" not in given:
        return topic
    others = tuple(issue for issue in (topic.issue, *topic.also) if issue not in (given["issue"], "other"))
    return replace(topic, issue=given["issue"], also=others, confidence=1.0)


def _numbers(verdict: Verdict, parts: Sequence[Part]) -> Iterator[found.Found]:
    for number, because in verdict.order_numbers:
        yield "order.number", number, replace(because, label="fact=order.number")
    yield from found.any_order_number(parts)
    yield from found.tracking(parts)


def _worded(
    heard: Sequence[Spoken], days: Mapping[int, list[found.Day]], amounts: Mapping[int, list[found.Amount]],
    pack: Pack | None, sent_at: Any,
) -> Iterator[found.Found]:
    """Days and amounts whose meaning a phrase gives. A day needs the marketplace's zone."""
    for path, matches in group(heard, "fact").items():
        for one in matches:
            a, b = one.match.a, one.match.b
            for amount in amounts[id(one.part)]:
                if a <= amount.a and amount.b <= b and not path.endswith("_at"):
                    yield path, amount.value, one.evidence()
                    if path == "order.total":
                        code = found.currency_of(amount.symbol, pack.currency if pack else "")
                        yield "order.currency", code, replace(one.evidence(), label="fact=order.currency")
            for day in days[id(one.part)] if pack and path.endswith("_at") else ():
                if a <= day.a and day.b <= b and (at := found.moment(day, pack.zone, sent_at)):  # type: ignore[union-attr]  # only walked with a pack
                    yield path, at, one.evidence()
