"""Who speaks: buyer, platform, carrier, other or unknown.

Addresses before words. A relay alias beats everything; a display name is never looked at. Words alone never make a
platform of an address we do not know: a statement sent to the wrong reader is worse than a question to the agent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal, NamedTuple, Protocol

from comptoir import yamlfile
from comptoir.classify.case import Evidence, Sender
from comptoir.classify.parts import Part
from comptoir.rules import Packs
from comptoir.ticket import Message

VERIFY = "verify_sender"
_ADDRESS = re.compile(r"[\w.+=~-]{1,64}@([\w-]{1,63}(?:\.[\w-]{1,63}){1,6})")
_INNER_FROM = re.compile(
    rf"^[> *]{{0,8}}(?:from|de|von|发件人|發件人|寄件者|寄件人) ?\*?[:：][^\n]{{0,120}}?({_ADDRESS.pattern})",
    re.IGNORECASE | re.MULTILINE)
_CLEAR = 0.6  # probability from which on an address that nobody vouches for is not believed to be a platform's


class Voice(NamedTuple):
    """Who speaks, how sure, why; `risks` where the sender should be verified; the marketplace whose address it is."""

    sender: Sender
    confidence: float
    evidence: tuple[Evidence, ...] = ()
    risks: tuple[str, ...] = ()
    marketplace: str = ""


class Wording(Protocol):
    """What the words say of the sender; asked only where the address leaves it open."""

    def of(self, sender: str) -> float:
        """How probable it is that the words are this sender's, 0 to 1."""

    def evidence(self, sender: str) -> tuple[Evidence, ...]:
        """The words that say so."""


@dataclass(frozen=True)
class _Known:
    carriers: frozenset[str]
    others: frozenset[str]
    mail_services: frozenset[str]
    lookalikes: dict[int, str]


@dataclass(frozen=True)
class _Signal:
    sender: Sender
    confidence: float
    marketplace: str
    rule: str


class Senders:
    """The addresses of all packs, compiled."""

    def __init__(self, packs: Packs) -> None:
        self._signals = [*_signals(packs)]
        # one search for the many addresses that are nobody's; which signal it was is asked only after a hit
        patterns = "|".join(f"(?:{pattern.pattern})" for pattern, _ in self._signals)
        self._any = re.compile(patterns or r"(?!)", re.IGNORECASE)
        self._domains = {domain: _Signal("platform", 0.9, id, f"{id}: {domain}")
                         for id, pack in packs.packs.items() for domain in pack.signals.domains}
        self._brands = tuple({domain.split(".")[-2]: id for id, pack in packs.marketplaces.items()
                              for domain in pack.signals.domains if domain.count(".")})

    def hear(self, message: Message | None, body: Part | None, wording: Wording) -> Voice:
        """Who speaks in a message, by address and, where that leaves it open, by words."""
        if message is None:
            return Voice("unknown", 0.0)
        outer = self._by_address(message.from_, "from", message.from_, 0, wording)
        if body is not None and body.forwarded:
            return self._forwarded(body, outer, wording)
        return outer or _by_words(wording, body)

    def _forwarded(self, body: Part, outer: Voice | None, wording: Wording) -> Voice:
        """The innermost original sender speaks. Anybody can type a header: a platform found there is to be verified."""
        inner = [*_INNER_FROM.finditer(body.normal.text)]
        if not inner:
            return outer or Voice("other", 0.6)
        start, _ = body.normal.original(*inner[-1].span(1))
        found = self._by_address(inner[-1][1], body.field, body.original, start, wording)
        if found is None or found.sender == "buyer":
            return found or _by_words(wording, body)
        return Voice(found.sender, min(found.confidence, 0.7), found.evidence, (VERIFY,), found.marketplace)

    def _by_address(self, address: str, field: str, original: str, start: int, wording: Wording) -> Voice | None:
        """None where the address leaves it open."""
        address = address.strip().strip("<>").lower()
        if "@" not in address:
            return None
        domain = address.rpartition("@")[2]
        if not _everybody(domain) and (signal := self._signal(address, domain)):
            because = (_evidence(signal.sender, field, original, start, len(address), signal.rule),)
            return Voice(signal.sender, signal.confidence, because, (), signal.marketplace)
        if sender := _listed(domain):
            because = (_evidence(sender, field, original, start, len(address), f"{sender} domain"),)
            return Voice(sender, 0.95, because)
        return self._strange(domain, field, original, start, len(address), wording)

    def _signal(self, address: str, domain: str) -> _Signal | None:
        """Relay aliases first, then notices, then domains."""
        if self._any.search(address):
            return next(signal for pattern, signal in self._signals if pattern.search(address))
        return self._domains.get(_within(domain, self._domains))

    def _strange(
        self, domain: str, field: str, original: str, start: int, length: int, wording: Wording
    ) -> Voice | None:
        """An address nobody vouches for: dressed up as a marketplace, or with a platform's words, it is unknown."""
        brand = _dressed_up(domain, self._brands)
        if brand:
            because = (_evidence("unknown", field, original, start, length, f"looks like {brand}, and is not"),)
            return Voice("unknown", 0.9, because, (VERIFY,))
        if wording.of("platform") >= _CLEAR and wording.of("platform") > wording.of("buyer"):
            because = (_evidence("unknown", field, original, start, length, "platform wording, address not known"),)
            return Voice("unknown", 0.8, because, (VERIFY,))
        return None


def _signals(packs: Packs) -> Iterator[tuple[re.Pattern[str], _Signal]]:
    """Relay aliases first, then notices: the order in which they win."""
    for kind, sender, confidence in (("relays", "buyer", 0.99), ("notices", "platform", 0.98)):
        for id, pack in packs.packs.items():
            for pattern in getattr(pack.signals, kind):
                signal = _Signal(sender, confidence, id, f"{id}: {pattern}")  # type: ignore[arg-type]  # the words above
                yield re.compile(pattern, re.IGNORECASE), signal


def _by_words(wording: Wording, body: Part | None) -> Voice:
    """No address that helps: the words decide."""
    if body is None or body.empty:
        return Voice("unknown", 0.0)
    best = max(("buyer", "platform", "carrier", "other"), key=wording.of)
    return Voice(best, round(wording.of(best), 3), wording.evidence(best))  # type: ignore[arg-type]  # one of the four above


def _evidence(sender: str, field: str, original: str, start: int, length: int, rule: str) -> Evidence:
    end = min(len(original), start + length)
    return Evidence(f"sender={sender}", field, start, end, original[start:end][:80], rule)


@lru_cache(maxsize=4096)
def _listed(domain: str) -> Literal["carrier", "other"] | None:
    """Who writes from a domain that everybody knows."""
    if _within(domain, _known().carriers):
        return "carrier"
    return "other" if _within(domain, _known().others) else None


@lru_cache(maxsize=4096)
def _everybody(domain: str) -> bool:
    """Whether anybody may have an address of this domain."""
    return bool(_within(domain, _known().mail_services))


@lru_cache(maxsize=4096)
def _dressed_up(domain: str, brands: tuple[str, ...]) -> str:
    """The brand that a domain spells without being it."""
    if _everybody(domain):
        return ""
    bare = re.sub(r"[^a-z]", "", _plain(domain))
    return next((brand for brand in brands if len(brand) > 3 and brand in bare), "")


def _within(domain: str, domains: Container[str]) -> str:
    """The one of `domains` that a domain is or is within; "" if none."""
    while domain and domain not in domains:
        domain = domain.partition(".")[2]
    return domain


def _plain(domain: str) -> str:
    """A domain as it is drawn: look-alike letters as the Latin ones, also those written as `xn--`."""
    labels = []
    for label in domain.split("."):
        try:
            labels.append(label.encode("ascii").decode("idna") if label.startswith("xn--") else label)
        except UnicodeError:
            labels.append(label)
    shown = unicodedata.normalize("NFKD", ".".join(labels))
    return "".join(char for char in shown if not unicodedata.combining(char)).translate(_known().lookalikes)


@cache
def _known() -> _Known:
    data = yamlfile.read(files("comptoir") / "classify" / "data" / "senders.yaml").data
    return _Known(frozenset(data["carriers"]), frozenset(data["others"]), frozenset(data["mail_services"]),
                  {ord(char): latin for char, latin in data["lookalikes"].items()})
