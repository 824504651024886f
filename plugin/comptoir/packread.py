"""Reads one pack: a folder of YAML into a `Pack`, with every fault of every file in it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, TypeAdapter

from comptoir.casefile import CASES
from comptoir.checklist import IssueFacts, Piece
from comptoir.checks import Code, Issue, Row, Taxonomy
from comptoir.errors import BadPack, Fault
from comptoir.guide import Contradiction, Guide, GuideRow, Refusal
from comptoir.pack import Forbidden, Pack, PackFile, Rule
from comptoir.remedy import Remedy, sound
from comptoir.yamlfile import Document, Where, read, validate

T = TypeVar("T")

_PACK = TypeAdapter(PackFile)
_ISSUES = TypeAdapter(Mapping[Issue, IssueFacts])
_POLICIES = TypeAdapter(Mapping[Code, Rule])
_REMEDIES = TypeAdapter(Mapping[Code, Annotated[Remedy, AfterValidator(sound)]])
_TAXONOMY = TypeAdapter(Taxonomy)
_LINT = TypeAdapter(Mapping[Code, Forbidden])
_EVIDENCE = TypeAdapter(Mapping[Code, Piece])
_GUIDE = TypeAdapter(Guide)
_GUIDES = TypeAdapter(Mapping[Row, GuideRow])
_REFUSED = TypeAdapter(Mapping[Row, Refusal])
_CONTRADICTIONS = TypeAdapter(Mapping[Row, Contradiction])
_FILES: Mapping[str, TypeAdapter[Any]] = {
    "pack": _PACK, "issues": _ISSUES, "policies": _POLICIES, "cases": CASES, "remedies": _REMEDIES,
    "taxonomy": _TAXONOMY, "lint": _LINT, "evidence": _EVIDENCE, "guide": _GUIDE, "guides": _GUIDES,
    "refused": _REFUSED, "contradictions": _CONTRADICTIONS,
}
#: the kinds of files that have a shape, each `<kind>.yaml`
FILES = tuple(_FILES)
_COMMON, _COMMON_ONLY = "common", ("taxonomy", "guides", "refused", "contradictions")
_NEEDS = {"marketplace": ("zone", "calendar", "locale", "currency"), "law": (), "shared": ()}


@dataclass
class _Folder:
    """A pack's folder while it is read: the documents found, and the faults so far."""

    path: Traversable
    documents: dict[str, Document] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def shaped(self, name: str, shape: TypeAdapter[T]) -> T | None:
        """The file in its shape; None where there is none, or none that can be used."""
        file = self.path / f"{name}.yaml"
        if not file.is_file():
            return None
        try:
            document = self.documents[name] = read(file)
            if name == "policies":
                document = dataclasses.replace(document, data=self._named(document))
            return validate(document, shape)
        except BadPack as error:
            self.faults += error.faults
            return None

    def fault(self, name: str, where: Where, message: str) -> None:
        self.faults.append(self.documents[name].fault(where, message))

    def _named(self, document: Document) -> Any:
        """Rules carry their own names; in the file the names are the keys."""
        if not isinstance(document.data, dict):
            return document.data
        named = {}
        for code, rule in document.data.items():
            if isinstance(rule, dict):
                for key in {"id", "code"} & rule.keys():
                    self.fault("policies", (code, key), f"unknown key {key!r}; a rule is named by the key above it")
                rule = {**rule, "id": f"{self.path.name}.{code}", "code": code}
            named[code] = rule
        return named


def read_pack(path: Traversable) -> tuple[Pack | None, Document | None, list[Fault]]:
    """The pack in a folder, its pack.yaml for later faults, and the faults. No pack where pack.yaml cannot be used."""
    folder = _Folder(path)
    _look_around(folder)
    head = folder.shaped("pack", _PACK)
    issues = folder.shaped("issues", _ISSUES) or {}
    rules = tuple((folder.shaped("policies", _POLICIES) or {}).values())
    remedies = folder.shaped("remedies", _REMEDIES) or {}
    phrases = _phrases(folder)
    for rule in rules:
        for where, message in _slips(rule):
            folder.fault("policies", (rule.code, *where), message)
    if head is None:
        return None, None, folder.faults
    if missing := [key for key in _NEEDS[head.kind] if not getattr(head, key)]:
        folder.fault("pack", ("kind",), f"a pack of kind {head.kind} also needs {', '.join(missing)}")
    pack = Pack(
        path.name, head.kind, head.name, head.zone, head.calendar, head.locale or "", head.currency or "",
        head.includes, head.signals, issues, tuple(settle(rule, head.zone, head.calendar) for rule in rules), phrases,
        path, remedies, folder.shaped("lint", _LINT) or {}, folder.shaped("evidence", _EVIDENCE) or {},
        folder.shaped("guide", _GUIDE),
        folder.shaped("guides", _GUIDES) or {}, folder.shaped("refused", _REFUSED) or {},
        folder.shaped("contradictions", _CONTRADICTIONS) or {},
    )
    return pack, folder.documents["pack"], folder.faults


def settle(rule: Rule, zone: str, calendar: str) -> Rule:
    """The rule, counting in `zone` and by `calendar` where it names none itself."""
    if rule.zone and rule.calendar:
        return rule
    return dataclasses.replace(rule, zone=rule.zone or zone, calendar=rule.calendar or calendar)


def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of one kind of file, for editors: `pack`, `issues`, `policies`, `guide` ..."""
    dialect, made = "https://json-schema.org/draft/2020-12/schema", _FILES[kind].json_schema()
    if "patternProperties" in made:
        made["additionalProperties"] = False
    return {"$schema": dialect, "title": f"Comptoir: {kind}.yaml", **made}


def _look_around(folder: _Folder) -> None:
    known = {f"{kind}.yaml" for kind in _FILES if folder.path.name == _COMMON or kind not in _COMMON_ONLY}
    for file in folder.path.iterdir():
        if file.name not in known and file.name.endswith((".yaml", ".yml")):
            folder.faults.append(Fault(str(file), 0, f"nobody reads this file; a pack holds {', '.join(sorted(known))} "
                                       "and phrases/<language>.yaml"))
    if not (folder.path / "pack.yaml").is_file():
        folder.faults.append(Fault(str(folder.path), 0, "the folder has no pack.yaml; it says who the marketplace is"))
    name = folder.path.name
    if not (name.isidentifier() and name.islower() and name.isascii()):
        folder.faults.append(Fault(str(folder.path), 0, f"the folder {name!r} becomes a tag: lower case letters, "
                                   "digits and _, as in rakuten_fr"))


def _phrases(folder: _Folder) -> dict[str, Any]:
    """Every phrases/<language>.yaml as it is written; the classifier knows what is in them."""
    found = {}
    if (folder.path / "phrases").is_dir():
        for file in sorted((folder.path / "phrases").iterdir(), key=lambda file: file.name):
            try:
                if file.name.endswith(".yaml"):
                    found[file.name.removesuffix(".yaml")] = read(file).data
            except BadPack as error:
                folder.faults += error.faults
    return found


def _slips(rule: Rule) -> Iterator[tuple[Where, str]]:
    """What is wrong between the keys of one rule, each sound by itself."""
    clocks = [value for value in rule.values if value.due]
    if clocks and not rule.starts:
        yield ("values",), f"a clock must start somewhere: give `starts`, as in [{_example(rule)}]"
    if rule.starts and not clocks:
        yield ("starts",), "only a clock starts: give its `values` a `due`, or take `starts` away"
    elif clocks and len(clocks) < len(rule.values):
        yield ("values",), "a clock says `due` from every date on; a limit is a rule of its own"
    for day, times in Counter(value.since for value in rule.values).items():
        if times > 1:
            yield ("values",), f"two values hold since {day}; keep one, or date the newer one"


def _example(rule: Rule) -> str:
    return "platform_mail.received_at, message" if "platform" in rule.applies.sender else "order.delivered_at"
