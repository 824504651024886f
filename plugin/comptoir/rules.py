"""Reads packs/: marketplaces, laws and what they share. Strict: every fault is named with its file and line.

A pack is a folder, found because it is there: pack.yaml, and where wanted issues.yaml, policies.yaml, cases.yaml and
phrases/<language>.yaml. docs/reference/packs.md explains every key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable

from comptoir.checklist import IssueFacts
from comptoir.checks import ISSUES, TAXONOMY
from comptoir.crosscheck import Held, between
from comptoir.errors import BadInput, BadPack, Fault
from comptoir.explain import did_you_mean
from comptoir.pack import (
    Applies,
    OrderNumber,
    Pack,
    Reading,
    Rule,
    Signals,
    Source,
    Value,
    Words,
)
from comptoir.packread import FILES, read_pack, schema, settle
from comptoir.yamlfile import Document

__all__ = [
    "COMMON", "FILES", "ISSUES", "Applies", "IssueFacts", "OrderNumber", "Pack", "Packs", "Reading", "Rule", "Signals",
    "Source", "Value", "Words", "load", "reach", "schema",
]

#: holds for every marketplace without being included, the unknown one too
COMMON = "common"


@dataclass(frozen=True)
class Packs:
    """Every pack, by its folder's name."""

    packs: Mapping[str, Pack]

    @cached_property
    def marketplaces(self) -> Mapping[str, Pack]:
        """The packs of kind `marketplace`: what a ticket can belong to."""
        return {id: pack for id, pack in self.packs.items() if pack.kind == "marketplace"}

    @property
    def issue_codes(self) -> tuple[str, ...]:
        """The issues that a ticket can have, in order of priority."""
        return ISSUES

    @property
    def senders(self) -> tuple[str, ...]:
        """Who can be speaking, "unknown" last."""
        return (*TAXONOMY.senders, "unknown")

    def rules_for(self, marketplace: str) -> tuple[Rule, ...]:
        """The active rules of a marketplace: its own, what it includes, and those common to all.

        A name without a pack, "unknown" among them, has the common rules only. A rule of a pack that names no zone
        counts in the marketplace's; a team's rule keeps its zone open, for that is the team's.
        """
        found = self._rules.get(marketplace)
        return self._collect(marketplace, "active") if found is None else found

    def resting_for(self, marketplace: str) -> tuple[Rule, ...]:
        """The rules of a marketplace that are off: known, kept, and no more than hints."""
        return self._collect(marketplace, "off")

    def rule(self, id: str) -> Rule:
        """The rule `<pack>.<code>`. Raises BadInput, with what is near, where there is none."""
        known = {rule.id: rule for pack in self.packs.values() for rule in pack.rules}
        if id not in known:
            raise BadInput(f"no rule {id!r}; {did_you_mean(id, known)}")
        return known[id]

    @cached_property
    def _rules(self) -> Mapping[str, tuple[Rule, ...]]:
        return {id: self._collect(id, "active") for id in self.packs}

    def _collect(self, id: str, status: str) -> tuple[Rule, ...]:
        pack = self.packs.get(id)
        rules = (rule for part in reach(self.packs, id) for rule in self.packs[part].rules if rule.status == status)
        return tuple(
            settle(rule, pack.zone, pack.calendar) if pack and rule.kind != "team" else rule for rule in rules
        )


def reach(packs: Mapping[str, Pack], id: str) -> tuple[str, ...]:
    """The packs whose rules hold for `id`, each once: itself, its includes and theirs, and what is common to all.

    A law by itself has no team, so nothing is common to it.
    """
    found: list[str] = []
    waiting = [id] if id in packs and packs[id].kind == "law" else [id, COMMON]
    while waiting:
        name = waiting.pop(0)
        if name in packs and name not in found:
            found.append(name)
            waiting[:0] = packs[name].includes
    return tuple(found)


def load(root: Traversable | None = None) -> Packs:
    """Every pack below `root`, the shipped ones by default. Raises BadPack with all faults of all files."""
    root = root or files("comptoir.packs")
    folders = sorted((f for f in root.iterdir() if f.is_dir() and f.name[0] not in "._"), key=lambda f: f.name)
    if not folders:
        raise BadPack([Fault(str(root), 0, "no packs here; a pack is a folder with a pack.yaml in it")])
    faults: list[Fault] = []
    heads: dict[str, Document] = {}
    packs: dict[str, Pack] = {}
    for folder in folders:
        pack, head, slips = read_pack(folder)
        faults += slips
        if pack and head:
            packs[pack.id], heads[pack.id] = pack, head
    for id, where, message in _between(packs, [folder.name for folder in folders]):
        faults.append(heads[id].fault(where, message))
    if not faults:  # a file that could not be read would make faults of all that names it
        for pack in packs.values():
            faults += between(Held(pack, tuple(packs[part] for part in reach(packs, pack.id))))
    if faults:
        raise BadPack(faults)
    return Packs(packs)


_Slip = tuple[str, tuple[str | int, ...], str]  # the pack, where in its pack.yaml, what


def _between(packs: Mapping[str, Pack], folders: list[str]) -> Iterator[_Slip]:
    """What is wrong between packs, each sound by itself."""
    for pack in packs.values():
        yield from _includes(pack, packs, folders)
        yield from _twice(pack, packs)
    yield from _domains(packs)


def _includes(pack: Pack, packs: Mapping[str, Pack], folders: list[str]) -> Iterator[_Slip]:
    for place, name in enumerate(pack.includes):
        where = ("includes", place)
        if name == pack.id:
            yield pack.id, where, f"{name} includes itself; take it away"
        elif name == COMMON:
            yield pack.id, where, f"{COMMON} holds everywhere without being included; take it away"
        elif name not in folders:
            others = [folder for folder in folders if folder not in (pack.id, COMMON)]
            yield pack.id, where, f"there is no pack {name!r} to include; {did_you_mean(name, others)}"
        elif name in packs and packs[name].kind == "marketplace":
            yield pack.id, where, f"{name} is a marketplace; only packs of kind law and shared can be included"
        elif pack.id in reach(packs, name):
            yield pack.id, where, f"{name} includes {pack.id} in its turn; one of the two must not"


def _twice(pack: Pack, packs: Mapping[str, Pack]) -> Iterator[_Slip]:
    """A rule's code becomes a tag, so of all rules that hold for a pack no two may share one."""
    owners: dict[str, str] = {}
    for part in reach(packs, pack.id):
        for rule in packs[part].rules:
            if owners.setdefault(rule.code, part) != part:
                yield pack.id, ("includes",), (
                    f"the rule {rule.code} stands in {owners[rule.code]} and in {part}, which both hold for {pack.id}; "
                    "give one of them another code")


def _domains(packs: Mapping[str, Pack]) -> Iterator[_Slip]:
    owners: dict[str, str] = {}
    for pack in packs.values():
        for place, domain in enumerate(pack.signals.domains):
            first = owners.setdefault(domain, pack.id)
            if first != pack.id:
                yield pack.id, ("signals", "domains", place), (
                    f"{first} claims the sender domain {domain} too; a mail from there can only be of one marketplace")
