"""Book: one locale's PO file, message by message: its state, where it stands, what a proofreader would mark."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, get_args

from babel.messages.catalog import Catalog, Message

from comptoir.catalogue import PLACEHOLDER, SOURCE, Catalogue, Key, first_id, from_babel
from comptoir.errors import Fault
from comptoir.proofread import Term, findings

#: `finding`: a proofreader would mark it; `same`: word for word the English
State = Literal["missing", "fuzzy", "finding", "same", "done"]
STATES: tuple[State, ...] = get_args(State)
LOOK = frozenset({"finding", "same"})  # usable, and yet to be looked at
_LETTER = re.compile(r"[^\W\d_]")
_FILLED = re.compile(r"%\(\w+\)s|%%")


@dataclass(frozen=True)
class Entry:
    """One message in one locale."""

    key: Key
    state: State
    strings: tuple[str, ...] = ()  # the translation, in each plural form
    line: int = 0  # of the PO file; 0: it is not in there
    findings: tuple[str, ...] = ()
    usable: bool = False  # replies can be made with it

    @property
    def text(self) -> str:
        """The translation; where it has plural forms, the last one."""
        return self.strings[-1] if self.strings else ""

    @property
    def length(self) -> int:
        """Characters of the translation, placeholders not counted."""
        return len(_FILLED.sub("", self.text))

    @property
    def ratio(self) -> int:
        """Its length in percent of the English; 0 where there is nothing to compare."""
        english = len(_FILLED.sub("", self.key[1]))
        return round(100 * self.length / english) if english and self.text else 0


@dataclass(frozen=True)
class Book:
    """One locale. A file that cannot be read leaves its faults and no catalogue."""

    locale: str
    file: str  # as faults name it: locales/fr/LC_MESSAGES/comptoir.po
    found: Catalog | None = None
    terms: tuple[Term, ...] = ()
    faults: tuple[Fault, ...] = ()
    _read: dict[Key, Entry] = field(default_factory=dict, repr=False, compare=False)  # what was asked for before

    @cached_property
    def catalogue(self) -> Catalogue | None:
        return from_babel(self.found, self.locale) if self.found is not None else None

    @cached_property
    def messages(self) -> Mapping[Key, Message]:
        """Every message of the file but its header, in the file's order."""
        return {(message.context or "", first_id(message.id)): message for message in self.found or () if message.id}

    def entry(self, key: Key) -> Entry:
        """The message `key` as it stands in this locale; missing where the file does not have it."""
        if key not in self._read:
            message = self.messages.get(key)
            self._read[key] = self._entry(key, message) if message else Entry(key, "missing")
        return self._read[key]

    def _entry(self, key: Key, message: Message) -> Entry:
        strings = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        there = bool(strings) and all(strings)
        marked = tuple(findings(message, self.locale, self.terms)) if there else ()
        usable = self.catalogue is not None and key in self.catalogue.forms
        return Entry(key, self._state(message, strings, marked), strings if there else (), message.lineno or 0, marked,
                     usable)

    def _state(self, message: Message, strings: tuple[str, ...], marked: tuple[str, ...]) -> State:
        if not strings or not all(strings):
            return "missing"
        if message.fuzzy:
            return "fuzzy"
        if marked:
            return "finding"
        english = first_id(message.id)
        worded = _LETTER.search(PLACEHOLDER.sub("", english))
        return "same" if self.locale != SOURCE and worded and strings[0] == english else "done"
