"""Macros: the files under templates/, each with its metadata in the head; loaded, checked and compiled once.

    {#---
    title: Send the tracking number
    issues: [item_not_received, tracking_problem]
    needs: [shipping.tracking_number]
    ---#}
    {% include "shared/opening.txt.j2" %}
    ...

The audience is the first folder of the path. docs/reference/macros.md explains every key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any, Literal

from jinja2 import Environment, Template, TemplateSyntaxError
from pydantic import TypeAdapter

from comptoir import catalogue, sandbox, yamlfile
from comptoir.catalogue import Catalogue, Folder, Key
from comptoir.checks import STRICT, FactPath, Issue, Row, Sender, Stage, Title, Wanted
from comptoir.errors import BadPack, Fault
from comptoir.localised import Trees, localised

Audience = Literal["buyer", "platform", "carrier", "agent"]
NOTE = "internal/note.html.j2"
NAMES = "names.yaml"
ENDING = ".txt.j2"
SHARED = "shared"  # partials: included by macros, no macros themselves
#: the first folder of the path, and who reads what lies below it
AUDIENCES: Mapping[str, Audience] = {
    "buyer": "buyer", "platform": "platform", "carrier": "carrier", "internal": "agent",
}
#: who speaks when the head says nothing: a statement answers the platform, a reply answers the buyer; colleagues are
#: told of a ticket whoever wrote it
SENDERS: Mapping[Audience, tuple[str, ...]] = {
    "buyer": ("buyer",), "platform": ("platform",), "carrier": ("carrier",),
    "agent": ("buyer", "platform", "carrier", "other"),
}
HEAD = re.compile(r"\A\{#---\n(.*?)^---#\}\n", re.DOTALL | re.MULTILINE)
_OPEN = "{#---\n"


@dataclass(frozen=True)
class Head:
    """The head of a macro, as written. docs/reference/macros.md explains the keys."""

    __pydantic_config__ = STRICT
    title: Title
    issues: tuple[Issue, ...] = ()
    senders: tuple[Sender, ...] = ()
    marketplaces: tuple[str, ...] = ()
    not_on: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    needs: tuple[FactPath, ...] = ()
    rules: tuple[str, ...] = ()
    unless: Wanted = field(default_factory=dict)
    after: tuple[str, ...] = ()
    asks: bool = False
    rank: int = 50
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Macro:
    """One macro. Empty `issues`, `marketplaces` or `stages` fit all."""

    id: str  # the path without its ending: "buyer/item_not_received/send_tracking"
    audience: Audience
    title: str  # English message id
    issues: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    marketplaces: tuple[str, ...] = ()
    not_on: tuple[str, ...] = ()  # marketplaces with a macro of their own for this
    stages: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()  # fact paths that must be known
    rules: tuple[str, ...] = ()  # the rules whose word it gives, as codes or ids
    unless: Mapping[str, Any] = field(default_factory=dict)  # fact path -> value or values that rule it out
    after: tuple[str, ...] = ()  # codes of clocks that must have run out: it says that something was not done in time
    asks: bool = False  # only for what the buyer is still to be asked for; without that it is not offered
    rank: int = 50  # lower comes first among macros that fit equally well
    rows: tuple[str, ...] = ()  # of the guides, that it answers
    messages: tuple[Key, ...] = ()  # everything a translator must have done before it can be used in a locale

    @property
    def file(self) -> str:
        return self.id + ENDING


_Texts = Mapping[str, Title]


@dataclass(frozen=True)
class Names:
    """What codes are called, in English message ids, from templates/names.yaml."""

    __pydantic_config__ = STRICT
    issues: _Texts = field(default_factory=dict)
    checklist: _Texts = field(default_factory=dict)  # evidence id -> what it is
    asked: _Texts = field(default_factory=dict)  # evidence id -> how a buyer is asked for it
    facts: _Texts = field(default_factory=dict)
    risks: _Texts = field(default_factory=dict)
    labels: _Texts = field(default_factory=dict)  # senders, languages, actors, audiences, kinds of source


_HEAD = TypeAdapter(Head)
_NAMES = TypeAdapter(Names)


@dataclass(frozen=True)
class Macros:
    """All macros in all locales; what `replies` and the note are made from."""

    macros: Mapping[str, Macro]
    templates: Mapping[str, Template]
    catalogues: Mapping[str, Catalogue]
    names: Names
    ready: Mapping[str, frozenset[str]]  # locale -> macros whose every sentence is translated
    told: Mapping[str, tuple[Key, ...]] = field(default_factory=dict)  # macro -> every message it may print
    asking: frozenset[str] = frozenset()  # macros that print what the buyer is still to be asked for
    _localised: dict[tuple[str, str], Template] = field(default_factory=dict, init=False, repr=False, compare=False)
    _trees: Trees = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def locales(self) -> tuple[str, ...]:
        return tuple(self.catalogues)

    def catalogue(self, locale: str) -> Catalogue:
        """The catalogue of `locale`, English for a locale we do not have."""
        return self.catalogues.get(locale) or self.catalogues[catalogue.SOURCE]

    def gettext(self, locale: str, msgid: str) -> str:
        return self.catalogue(locale).get(msgid) if msgid else ""

    def template(self, macro: Macro, locale: str) -> Template:
        """The macro for `locale`, compiled when it is first asked for: most are never used in most locales."""
        plain, words = self.templates[macro.file], self.catalogue(locale)
        if not words.fixed:
            return plain
        key = macro.id, words.locale
        if key not in self._localised:
            self._localised[key] = localised(plain, words, self._trees)
        return self._localised[key]

    def locale_for(self, macro: Macro, locale: str) -> str:
        """`locale`, or English where one sentence of the macro lacks its translation: never two languages in one."""
        return locale if macro.id in self.ready.get(locale, ()) else catalogue.SOURCE


def load(templates: Folder | None = None, locales: Folder | None = None) -> Macros:
    """Everything under templates/ and locales/, the shipped ones by default.

    Raises BadPack with every fault of every file. A sentence without a translation is no fault here: its macro is
    rendered in English for that locale, and `comptoir check` names it.
    """
    sources, names_source = read_sources(templates if templates is not None else files("comptoir.templates"))
    catalogues, unreadable = catalogue.read(locales if locales is not None else files("comptoir.locales"))
    found, faults = assemble(sources, names_source, catalogues)
    if faults := [*faults, *unreadable]:
        raise BadPack(faults)
    return found


def assemble(
    sources: Mapping[str, str], names_source: str, catalogues: Mapping[str, Catalogue]
) -> tuple[Macros, list[Fault]]:
    """The macros that are sound with every file they include, and every fault of the others."""
    env = sandbox.environment(sources)
    heads, faults = read_heads(sources, env)
    names, wrong = read_names(names_source)
    compiled, broken = sandbox.compile_all(env, sources)
    found = {macro.id: macro for macro in heads
             if compiled.keys() >= {macro.file, *sandbox.included(macro.file, sources)}}
    asking = tuple(("", text) for text in names.asked.values())
    asks = frozenset(id for id, macro in found.items() if sandbox.names(macro.file, sources, "asked"))
    told = {id: (*macro.messages, *(asking if id in asks else ())) for id, macro in found.items()}
    return Macros(found, compiled, catalogues, names, ready(told, catalogues), told, asks), [*faults, *wrong, *broken]


def ready(
    told: Mapping[str, tuple[Key, ...]], catalogues: Mapping[str, Catalogue]
) -> dict[str, frozenset[str]]:
    """By locale, the macros whose every sentence is translated; English has all."""
    return {
        locale: frozenset(id for id, keys in told.items() if locale == catalogue.SOURCE or not one.missing(keys))
        for locale, one in catalogues.items()
    }


def read_sources(folder: Folder) -> tuple[dict[str, str], str]:
    """Every template by its path below `folder`, in order, and names.yaml. Raises BadPack for what is not UTF-8."""
    sources = dict(sorted(_walk(folder, PurePosixPath())))
    names = folder.joinpath(NAMES)
    return sources, _text(names, NAMES) if names.is_file() else ""


def _walk(folder: Folder, at: PurePosixPath) -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.name.startswith(("_", ".")):
            yield from _walk(entry, at / entry.name)
        elif entry.name.endswith(".j2"):
            yield str(at / entry.name), _text(entry, str(at / entry.name))


def _text(file: Folder, name: str) -> str:
    source = file.read_bytes()
    try:
        return source.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise BadPack([Fault(f"templates/{name}", line, "not UTF-8; save the file with charset utf-8")]) from error


def read_heads(sources: Mapping[str, str], env: Environment) -> tuple[list[Macro], list[Fault]]:
    """The macros by their heads; partials and the note have none."""
    macros: list[Macro] = []
    faults: list[Fault] = []
    own = {name: [key for _, key, _ in extract(env, source)] for name, source in sources.items()}
    for name, source in sources.items():
        if name == NOTE or name.startswith(f"{SHARED}/"):
            continue
        files = (name, *sorted(sandbox.included(name, sources)))
        keys = dict.fromkeys(key for file in files for key in own.get(file, ()))
        try:
            macros.append(_read_head(name, source, tuple(keys)))
        except BadPack as error:
            faults += error.faults
    return macros, faults


def _read_head(name: str, source: str, messages: tuple[Key, ...]) -> Macro:
    """Raises BadPack with the faults of the head, each with its line."""
    file = f"templates/{name}"
    folder = name.partition("/")[0]
    if folder not in AUDIENCES or not name.endswith(ENDING):
        raise BadPack([Fault(file, 0, f"a macro ends in {ENDING} and lies below {', '.join(AUDIENCES)}")])
    found = HEAD.match(source)
    if found is None:
        raise BadPack([Fault(file, 1, "no head; the first line is {#--- and a line ---#} ends the head")])
    head = yamlfile.validate(yamlfile.parse("\n" + found[1], file), _HEAD)
    if strange := [code for code in head.after if code not in head.rules]:
        raise BadPack([Fault(file, 1, f"after: {', '.join(strange)} is not among its rules")])
    audience = AUDIENCES[folder]
    return Macro(
        name.removesuffix(ENDING), audience, head.title, head.issues, head.senders or SENDERS[audience],
        head.marketplaces, head.not_on, head.stages, head.needs, head.rules, head.unless, head.after,
        head.asks, head.rank, head.rows, (("", head.title), *messages),
    )


def read_names(source: str) -> tuple[Names, list[Fault]]:
    """templates/names.yaml, with its faults."""
    try:
        return yamlfile.validate(yamlfile.parse(source, f"templates/{NAMES}"), _NAMES), []
    except BadPack as error:
        return Names(), list(error.faults)


def extract(env: Environment, source: str) -> Iterator[tuple[int, Key, tuple[str, ...]]]:
    """The messages of one template, in the order of its lines; nothing from one that cannot be read."""
    try:
        # the i18n extension puts this method on the environment it extends; Jinja's types do not know it
        found = list(env.extract_translations(source))  # type: ignore[attr-defined]
    except (TemplateSyntaxError, RecursionError):
        return
    for line, function, message in found:
        parts = tuple(part for part in (message if isinstance(message, tuple) else (message,)) if part is not None)
        context, parts = (parts[0], parts[1:]) if function in ("pgettext", "npgettext") else ("", parts)
        yield line, (context, parts[0]), parts[1:]
