"""classify(ticket, packs) -> Case: language, sender, marketplace, issue and stage, each with its evidence.

    classifier = build(packs)                    # once
    case, facts = classifier.read(ticket)        # pure: no clock, no network, no state that changes an answer

Read the modules in the order of the flow: parts, glance, language, model (grams), lexicon (phrasefile, matching),
sender, marketplace, topic (weights), facts (figures, parcels), stage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from comptoir.classify.case import OTHER, UNKNOWN, Case, Evidence
from comptoir.classify.facts import gather
from comptoir.classify.figures import figures
from comptoir.classify.glance import Eye, Glance
from comptoir.classify.language import Ear, Guess, detect
from comptoir.classify.lexicon import Lexicon
from comptoir.classify.marketplace import Address, Marketplaces, Verdict
from comptoir.classify.model import Model, Seen
from comptoir.classify.modelfile import load
from comptoir.classify.parcels import key_words as carriers
from comptoir.classify.parts import Part, read_parts
from comptoir.classify.reasons import Reasons
from comptoir.classify.sender import Senders, Voice
from comptoir.classify.spoken import Spoken, group, score
from comptoir.classify.stage import known_stage, said_stage
from comptoir.classify.topic import Topic, decide, unsaid
from comptoir.classify.weights import because, first_words
from comptoir.rules import Packs
from comptoir.ticket import Facts, Ticket

__all__ = ["Classifier", "build"]

_NOTHING: Mapping[str, str] = {}
_CLEAR = 0.7  # confidence in an issue without which one is not named in such a language
_STRANGE = 0.5  # of the confidence in an issue is left in a language that the model was not trained on


def build(packs: Packs) -> Classifier:
    """The classifier of these packs. Raises BadPack with every fault of their phrase files."""
    return Classifier(packs)


class Classifier:
    """Everything compiled once; `read` may be called by several threads."""

    def __init__(self, packs: Packs) -> None:
        self._packs = packs
        self._model = load()
        self._ear = Ear(self._model.words_of)
        self._lexicon = Lexicon(packs)
        self._senders = Senders(packs)
        self._marketplaces = Marketplaces(packs)
        self._eye = Eye(
            self._model.worth, self._ear.votes, self._lexicon.steps_of, brands=self._marketplaces.words.key_words,
            carriers=carriers(), chinese=self._model.chinese | self._lexicon.chinese)
        self._reasons = Reasons(packs)

    def read(
        self, ticket: Ticket, *, marketplaces: Mapping[str, str] = _NOTHING, given: Mapping[str, str] = _NOTHING
    ) -> tuple[Case, Facts]:
        """What the ticket is about, and its facts with those that stand in its newest outside message.

        `marketplaces` maps the desk's recipients and brands to marketplaces and beats the text; `given` forces
        `marketplace`, `issue`, `sender` or `language`.
        """
        parts = read_parts(ticket)
        glances = {part.field: self._eye.at(part) for part in parts}
        guess = self._language(ticket, parts, glances)
        found = figures(parts, guess.language)
        seen = self._model.see(glances.values())
        voice = self._voice(ticket, parts, _Wording(self._model, seen, parts), given)
        verdict = self._verdict(ticket, parts, glances, voice, marketplaces, given)
        heard = self._lexicon.listen(parts, glances, guess, found)
        topic = _topic(self._model, seen, parts, guess, [one for one in heard if _names_issue(one, voice.sender)])
        topic = _given(self._reasons.settle(topic, parts, verdict.marketplace, voice.sender), given)
        pack = self._packs.marketplaces.get(verdict.marketplace)
        known, reasons = gather(ticket, parts, glances, heard, found, verdict, pack, voice.sender)
        at, why = known_stage(topic.issue, known)
        if at == UNKNOWN:
            at, why = said_stage(heard)
        case = Case(
            id=ticket.id,
            language=given.get("language", guess.language),  # type: ignore[arg-type]  # the caller's word
            marketplace=verdict.marketplace,
            sender=voice.sender,
            issue=topic.issue,
            also=topic.also,
            stage=at,
            confidence=topic.confidence,
            evidence=(*_of_language(guess, parts), *voice.evidence, *verdict.evidence, *topic.evidence, *why,
                      *reasons),
            confidences={"language": guess.confidence, "sender": voice.confidence, "marketplace": verdict.confidence,
                         "issues": topic.told},
            risks=_risks(parts, voice, heard),
        )
        return case, known

    def _language(self, ticket: Ticket, parts: Sequence[Part], glances: Mapping[str, Glance]) -> Guess:
        """The newest words decide; the subject only where the body has none."""
        for part in reversed(parts):
            if not part.empty:
                return detect(part.newest, self._ear, ticket.requester.locale, glances[part.field].votes)
        return Guess("unknown", 0.0)

    def _voice(self, ticket: Ticket, parts: Sequence[Part], wording: _Wording, given: Mapping[str, str]) -> Voice:
        body = next((part for part in reversed(parts) if not part.empty), None)
        voice = self._senders.hear(ticket.newest, body, wording)
        if "sender" in given:
            return Voice(given["sender"], 1.0, marketplace=voice.marketplace)  # type: ignore[arg-type]  # the caller's word
        return voice

    def _verdict(
        self, ticket: Ticket, parts: Sequence[Part], glances: Mapping[str, Glance], voice: Voice,
        desk: Mapping[str, str], given: Mapping[str, str],
    ) -> Verdict:
        if "marketplace" in given:
            numbers = self._marketplaces.order_numbers(given["marketplace"], parts)
            return Verdict(given["marketplace"], 1.0, (), tuple(numbers))
        address = None
        if voice.marketplace in self._packs.marketplaces and voice.evidence:
            address = Address(voice.marketplace, "relay" if voice.sender == "buyer" else "address", voice.evidence[0])
        return self._marketplaces.judge(ticket, parts, glances, address, desk)


def _of_language(guess: Guess, parts: Sequence[Part]) -> tuple[Evidence, ...]:
    """The first words of what the language was read from; the best guess stands behind an unknown."""
    if guess.language == UNKNOWN and not guess.best:
        return ()
    return first_words(parts, f"language={guess.language}", f"language: {guess.best or guess.language}")


@dataclass
class _Wording:
    """What the model's words say of the sender, worked out when it is asked for."""

    model: Model
    seen: Seen
    parts: Sequence[Part]

    @cached_property
    def _probabilities(self) -> Mapping[str, float]:
        head = self.model.heads["sender"]
        return dict(zip(head.labels, self.model.probabilities(self.seen, head), strict=True))

    def of(self, sender: str) -> float:
        return self._probabilities[sender]

    def evidence(self, sender: str) -> tuple[Evidence, ...]:
        return because(self.model, self.seen, self.parts, self.model.heads["sender"], "sender", sender, 1)


def _names_issue(one: Spoken, sender: str) -> bool:
    return one.match.phrase.kind == "issue" and one.match.phrase.counts_for(sender)


def _topic(
    model: Model, seen: Seen, parts: Sequence[Part], guess: Guess, heard: Sequence[Spoken]
) -> Topic:
    """What the words name; nothing where there are none, or none that speak clearly in a language nobody can name."""
    if guess.language == UNKNOWN and not heard and all(part.empty for part in parts):
        return unsaid(parts)
    topic = decide(model, seen, parts, {issue: score(found) for issue, found in group(heard, "issue").items()})
    if guess.language != UNKNOWN:
        return topic
    if topic.confidence < _CLEAR:
        return unsaid(parts)
    return topic._replace(confidence=topic.confidence * _STRANGE, told=topic.told * _STRANGE)


def _given(topic: Topic, given: Mapping[str, str]) -> Topic:
    if "issue" not in given:
        return topic
    others = tuple(issue for issue in (topic.issue, *topic.also) if issue not in (given["issue"], OTHER))
    return topic._replace(issue=given["issue"], also=others, confidence=1.0, told=1.0)


def _risks(parts: Sequence[Part], voice: Voice, heard: Sequence[Spoken]) -> tuple[str, ...]:
    """What an agent should look at: the sender's address, what the words threaten, a body longer than is read."""
    cut = ("body_cut",) if any(part.cut for part in parts) else ()
    return tuple(dict.fromkeys((*voice.risks, *group(heard, "risk"), *cut)))
