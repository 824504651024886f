"""classify(ticket, packs) -> Case: language, sender, marketplace, issue and stage, each with its evidence.

    classifier = build(packs)                    # once
    case, facts = classifier.read(ticket)        # pure: no clock, no network, no state that changes an answer

Read the modules in the order of the flow: parts, language, lexicon (phrasefile, matching), sender, marketplace, issue,
facts (figures, parcels), stage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from comptoir.classify.case import UNKNOWN, Case, Evidence
from comptoir.classify.facts import Figures, gather
from comptoir.classify.figures import find_amounts, find_days
from comptoir.classify.issue import Spoken, Topic, decide, group, score, unabsorbed
from comptoir.classify.language import Guess, detect
from comptoir.classify.lexicon import Lexicon
from comptoir.classify.marketplace import Address, Marketplaces, Verdict
from comptoir.classify.parts import Part, read_parts
from comptoir.classify.sender import Senders, Voice, Wording
from comptoir.classify.stage import stage
from comptoir.rules import Packs
from comptoir.ticket import Facts, Ticket

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
        guess = _language(ticket, parts, self._lexicon)
        figures = Figures({part.field: find_days(part, guess.language) for part in parts},
                          {part.field: find_amounts(part) for part in parts})
        spoken = [Spoken(part, match) for part in parts
                  for match in self._lexicon.find(part.folded, guess, figures.days[part.field],
                                                  figures.amounts[part.field])]
        heard = unabsorbed(one for one in spoken if not one.match.negated)
        voice = self._voice(ticket, parts, heard, given)
        verdict = self._verdict(ticket, parts, voice, marketplaces, given)
        topic = _topic(spoken, voice, given)
        pack = self._packs.marketplaces.get(verdict.marketplace)
        known, reasons = gather(ticket, parts, heard, figures, verdict, pack, voice.sender)
        at, because = stage(topic.issue, known, group(heard, "stage"))
        case = Case(
            id=ticket.id,
            language=given.get("language", guess.language),  # type: ignore[arg-type]  # the caller's word
            marketplace=verdict.marketplace,
            sender=voice.sender,
            issue=topic.issue,
            also=topic.also,
            stage=at,
            confidence=topic.confidence,
            evidence=(*_of_language(guess, parts), *voice.evidence, *verdict.evidence, *topic.evidence, *because,
                      *reasons),
            confidences={"language": guess.confidence, "sender": voice.confidence, "marketplace": verdict.confidence,
                         "issues": topic.told},
            risks=_risks(parts, voice, heard),
        )
        return case, known

    def _voice(self, ticket: Ticket, parts: Sequence[Part], heard: Sequence[Spoken], given: Mapping[str, str]) -> Voice:
        subject, *bodies = parts
        body = next((part for part in bodies if not part.empty), subject)
        voice = self._senders.hear(ticket.newest, body, _wording(heard))
        if "sender" in given:
            return Voice(given["sender"], 1.0, marketplace=voice.marketplace)  # type: ignore[arg-type]  # the caller's word
        return voice

    def _verdict(
        self, ticket: Ticket, parts: Sequence[Part], voice: Voice, desk: Mapping[str, str], given: Mapping[str, str]
    ) -> Verdict:
        if "marketplace" in given:
            numbers = self._marketplaces.order_numbers(given["marketplace"], parts)
            return Verdict(given["marketplace"], 1.0, (), tuple(numbers))
        address = None
        if voice.marketplace in self._packs.marketplaces and voice.evidence:
            address = Address(voice.marketplace, "relay" if voice.sender == "buyer" else "address", voice.evidence[0])
        return self._marketplaces.judge(ticket, parts, address, desk)


def _language(ticket: Ticket, parts: Sequence[Part], lexicon: Lexicon) -> Guess:
    """The newest words decide; the subject only where the body has none."""
    for part in reversed(parts):
        if not part.empty:
            return detect(part.newest, lexicon.ear, hint=ticket.requester.locale)
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
    """Evidence only for the most that is said; nobody asks for the rest."""
    by_sender = group(heard, "sender")
    scores = {sender: score(matches) for sender, matches in by_sender.items()}
    most = max(scores.values(), default=0.0)
    return Wording(scores, {sender: by_sender[sender][0].evidence() for sender in scores if scores[sender] == most})


def _topic(spoken: Sequence[Spoken], voice: Voice, given: Mapping[str, str]) -> Topic:
    topic = decide([one for one in spoken if one.match.phrase.kind in ("issue", "")], voice.sender)
    if "issue" not in given:
        return topic
    others = tuple(issue for issue in (topic.issue, *topic.also) if issue not in (given["issue"], "other"))
    return replace(topic, issue=given["issue"], also=others, confidence=1.0, told=1.0)


def _risks(parts: Sequence[Part], voice: Voice, heard: Sequence[Spoken]) -> tuple[str, ...]:
    """What an agent should look at: the sender's address, what the words threaten, a body longer than is read."""
    cut = ("body_cut",) if any(part.cut for part in parts) else ()
    return tuple(dict.fromkeys((*voice.risks, *group(heard, "risk"), *cut)))
