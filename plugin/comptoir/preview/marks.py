"""Which sentence came from which message: a reply is rendered once, with catalogues that leave a mark.

A mark is put where a message is filled in or printed, and around each value that is filled in. The signs are Unicode
noncharacters, which no text may hold, so that they cannot be written by a buyer: what comes from outside is freed of
them before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from comptoir.catalogue import Catalogue, Key
from comptoir.macros import Macros

_OPEN, _NAMED, _CLOSE, _FILL, _FILLED = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3", "\ufdd4"
SIGNS = re.compile("[\ufdd0-\ufdd4]")
_PARTS = re.compile(f"({_OPEN}\\d+{_NAMED}|{_CLOSE}|{_FILL}|{_FILLED})")


@dataclass(frozen=True)
class Piece:
    """A run of text; `filled` is what a fact or a rule put into its sentence."""

    text: str
    filled: bool = False


@dataclass(frozen=True)
class Sentence:
    """Text that came from one message, or from none: an order number on its own, the shop's name, an empty line."""

    key: Key | None
    pieces: tuple[Piece, ...]
    inner: tuple[Key, ...] = ()  # messages inside it, as the unit of a duration


class _Marked(str):
    """A translation that shows where it was printed."""

    __slots__ = ("number",)
    number: int

    def __mod__(self, values: Any) -> str:
        filled = {name: f"{_FILL}{value}{_FILLED}" for name, value in values.items()}
        return self._within(str.__mod__(self, filled))

    def __format__(self, spec: str) -> str:
        return self._within(str.__format__(self, spec))

    def _within(self, text: str) -> str:
        return "".join((f"{_OPEN}{self.number}{_NAMED}", text, _CLOSE))  # `text` may be one of us: never formatted


@dataclass(frozen=True)
class Marking(Catalogue):
    """A catalogue whose every answer carries a mark; `keys` are the messages asked for, by their numbers."""

    fixed: ClassVar[bool] = False
    keys: list[Key] = field(default_factory=list)

    def get(self, message: str, context: str = "") -> str:
        return self._marked(super().get(message, context), (context, message))

    def nget(self, one: str, many: str, count: int, context: str = "") -> str:
        return self._marked(super().nget(one, many, count, context), (context, one))

    def _marked(self, text: str, key: Key) -> str:
        marked = _Marked(text)
        marked.number = len(self.keys)
        self.keys.append(key)
        return marked


def marking(macros: Macros, locale: str) -> tuple[Macros, Marking]:
    """`macros` with a marking catalogue for `locale`, where every macro counts as ready: drafts are shown too."""
    plain = macros.catalogues[locale]
    marked = Marking(plain.locale, plain.forms, plain.plural)
    catalogues: Mapping[str, Catalogue] = {**macros.catalogues, locale: marked}
    return replace(macros, catalogues=catalogues, ready={locale: frozenset(macros.macros)}), marked


def clean(text: str) -> str:
    """The text as a buyer would read it."""
    return SIGNS.sub("", re.sub(f"{_OPEN}\\d+{_NAMED}", "", text))


def sentences(text: str, keys: list[Key]) -> tuple[Sentence, ...]:
    """A marked text, cut where its outermost messages begin and end."""
    return tuple(_sentences(text, keys))


def _sentences(text: str, keys: list[Key]) -> Iterator[Sentence]:
    stack: list[Key] = []
    inner: list[Key] = []
    pieces: list[Piece] = []
    filling = 0
    for part in _PARTS.split(text):
        if part.startswith(_OPEN):
            if not stack and pieces:
                yield Sentence(None, tuple(pieces))
                pieces = []
            elif stack:
                inner.append(keys[int(part[1:-1])])
            stack.append(keys[int(part[1:-1])])
        elif part == _CLOSE:
            key = stack.pop()
            if not stack:
                yield Sentence(key, tuple(pieces), tuple(dict.fromkeys(inner)))
                pieces, inner = [], []
        elif part in (_FILL, _FILLED):
            filling += 1 if part == _FILL else -1
        elif part and pieces and pieces[-1].filled is (filling > 0):
            pieces[-1] = Piece(pieces[-1].text + part, filling > 0)
        elif part:
            pieces.append(Piece(part, filling > 0))
    if pieces:
        yield Sentence(None, tuple(pieces))
