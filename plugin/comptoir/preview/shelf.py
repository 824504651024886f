"""Shelf: the files under templates/, locales/ and packs/, read again when they change. What is broken is put aside.

A preview is looked at while its files are being written. So nothing here raises: a fault of a file is kept beside what
the other files give, and packs that cannot be read leave those that could be read last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from comptoir import macros, rules, sandbox, yamlfile
from comptoir.catalogue import DOMAIN, SOURCE, Catalogue, Key, from_babel, parse, po_path
from comptoir.errors import BadPack, Fault
from comptoir.lint import Finding
from comptoir.macros import Macros
from comptoir.preview.book import Book
from comptoir.proofread import GLOSSARY, SAMPLES, Sample, Term, read_glossary, read_samples
from comptoir.rules import Pack, Packs

T = TypeVar("T")
_Stamp = tuple[tuple[str, int, int], ...]  # path, when it was written, its size
#: the list of all messages is in no language: its header leaves open how many plural forms there are
_NO_LANGUAGE = (b"nplurals=INTEGER; plural=EXPRESSION", b"nplurals=2; plural=(n != 1)")
_BLANK = Catalogue(SOURCE, {}, lambda count: int(count != 1))  # English without a catalogue: the message ids


@dataclass(frozen=True)
class Law:
    """The packs, and where each rule stands in them."""

    packs: Packs
    faults: tuple[Fault, ...] = ()
    #: what macro.py found in (text, marketplace, locale); it goes with the packs it was found by
    linted: dict[tuple[str, str, str], tuple[Finding, ...]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def lines(self) -> Mapping[str, Fault]:
        """By a rule's id, its file and line."""
        return {id: place for pack in self.packs.packs.values() if pack.rules for id, place in _lines(pack)}


def _lines(pack: Pack) -> Iterator[tuple[str, Fault]]:
    try:
        document = yamlfile.read(pack.folder / "policies.yaml")
    except (BadPack, OSError):
        return  # it was broken since the pack was read
    for rule in pack.rules:
        yield rule.id, Fault(f"plugin/comptoir/packs/{pack.id}/policies.yaml", document.line((rule.code,)), "")


@dataclass(frozen=True)
class Words:
    """The templates: what is sound of them, and where each of their messages stands."""

    sources: Mapping[str, str]
    macros: Macros  # without catalogues
    faults: tuple[Fault, ...] = ()

    @cached_property
    def places(self) -> Mapping[Key, tuple[Fault, ...]]:
        """By message, each place in a template that prints it."""
        found: dict[Key, list[Fault]] = {}
        env = sandbox.environment(self.sources)
        for name, source in self.sources.items():
            file = f"templates/{name}"
            for line, key, _ in macros.extract(env, source):
                found.setdefault(key, []).append(Fault(file, line, ""))
        for macro in self.macros.macros.values():
            title = self.sources[macro.file][: self.sources[macro.file].find("title:")].count("\n") + 1
            found.setdefault(("", macro.title), []).insert(0, Fault(f"templates/{macro.file}", title, ""))
        return {key: tuple(dict.fromkeys(places)) for key, places in found.items()}

    @cached_property
    def broken(self) -> Mapping[str, tuple[Fault, ...]]:
        """The macros that cannot be read, each with the faults of its file and of those it includes."""
        wanted = {name: {f"templates/{file}" for file in (name, *sandbox.included(name, self.sources))}
                  for name in self.sources if name.partition("/")[0] in macros.SENDERS}
        return {name.removesuffix(macros.ENDING): tuple(fault for fault in self.faults if fault.file in parts)
                for name, parts in wanted.items() if name.removesuffix(macros.ENDING) not in self.macros.macros}


@dataclass(frozen=True)
class Stock:
    """All that a page is made of, as it was at one moment."""

    law: Law
    words: Words
    macros: Macros
    books: Mapping[str, Book]  # English first
    samples: Mapping[str, Sample] = field(default_factory=dict)
    wanted: tuple[Key, ...] = ()  # the messages of comptoir.pot, in its order
    faults: tuple[Fault, ...] = ()

    @property
    def packs(self) -> Packs:
        return self.law.packs

    @cached_property
    def users(self) -> Mapping[Key, tuple[str, ...]]:
        """By message, the macros that may print it."""
        found: dict[Key, list[str]] = {}
        for id, keys in self.macros.told.items():
            for key in dict.fromkeys(keys):
                found.setdefault(key, []).append(id)
        return {key: tuple(ids) for key, ids in found.items()}


class Shelf:
    """Looks at the folders each time it is asked, and reads what was written since. Threads may share it."""

    def __init__(
        self, templates: Path | None = None, locales: Path | None = None, packs: Path | None = None
    ) -> None:
        self._templates, self._locales, self._packs = (
            given or Path(str(files(f"comptoir.{name}")))
            for given, name in ((templates, "templates"), (locales, "locales"), (packs, "packs"))
        )
        self._kept: dict[str, tuple[object, Any]] = {}
        self._lock = Lock()

    def look(self) -> Stock:
        """What the files say now."""
        with self._lock:
            return self._stock()

    def _stock(self) -> Stock:
        law = self._fresh("law", _stamp(self._packs.rglob("*.yaml")), self._law)
        names = (self._templates / macros.NAMES,)
        words = self._fresh("words", _stamp((*self._templates.rglob("*.j2"), *names)), self._words)
        samples = self._fresh("samples", _stamp([self._templates / SAMPLES]), self._samples)
        terms = self._fresh("terms", _stamp([self._locales / GLOSSARY]), self._terms)
        wanted = self._fresh("wanted", _stamp([self._locales / f"{DOMAIN}.pot"]), self._wanted)
        books = {locale: self._book(locale, terms) for locale in self._known()}
        parts = (law, words, samples, terms, wanted, tuple(books.items()))
        return self._fresh("stock", parts, lambda: _stock(*parts))

    def _fresh(self, name: str, stamp: object, read: Callable[[], T]) -> T:
        """What `read` gives, or gave while the stamp was the same."""
        if name not in self._kept or self._kept[name][0] != stamp:
            self._kept[name] = (stamp, read())
        found: T = self._kept[name][1]
        return found

    def _law(self) -> Law:
        try:
            return Law(rules.load(self._packs))
        except BadPack as error:
            before: Law | None = self._kept.get("law", (None, None))[1]
            return Law(before.packs if before else Packs({}), error.faults)

    def _words(self) -> Words:
        try:
            sources, names = macros.read_sources(self._templates)
        except BadPack as error:
            before: Words | None = self._kept.get("words", (None, None))[1]
            return replace(before, faults=error.faults) if before else Words({}, _NOTHING, error.faults)
        found, faults = macros.assemble(sources, names, {SOURCE: _BLANK})
        return Words(sources, found, tuple(faults))

    def _samples(self) -> tuple[Mapping[str, Sample], tuple[Fault, ...]]:
        try:
            return read_samples(self._templates), ()
        except BadPack as error:
            return {}, error.faults
        except (OSError, UnicodeDecodeError):
            return {}, (Fault(f"templates/{SAMPLES}", 0, "cannot be read; it is a text file in UTF-8"),)

    def _terms(self) -> tuple[tuple[Term, ...], tuple[Fault, ...]]:
        try:
            return read_glossary(self._locales), ()
        except BadPack as error:
            return (), error.faults
        except (OSError, UnicodeDecodeError, KeyError, TypeError, AttributeError):
            return (), (Fault(f"locales/{GLOSSARY}", 0, "cannot be read; it is CSV in UTF-8"),)

    def _wanted(self) -> tuple[Key, ...]:
        path = self._locales / f"{DOMAIN}.pot"
        source = path.read_bytes().replace(*_NO_LANGUAGE) if path.is_file() else b""
        found = parse(source, SOURCE, path.name)[0]
        return tuple(Book(SOURCE, path.name, found).messages)

    def _known(self) -> list[str]:
        """The locales there are a file of, English first."""
        found = [path.parts[-3] for path in self._locales.glob(f"*/LC_MESSAGES/{DOMAIN}.po")]
        return sorted(found, key=lambda locale: (locale != SOURCE, locale))

    def _book(self, locale: str, terms: tuple[tuple[Term, ...], tuple[Fault, ...]]) -> Book:
        path = self._locales / po_path(locale)
        ours = tuple(term for term in terms[0] if term.locale == locale)
        return self._fresh(f"book:{locale}", (_stamp([path]), ours),
                           lambda: _read_book(path, locale, f"locales/{po_path(locale)}", ours))


_NOTHING = Macros({}, {}, {SOURCE: _BLANK}, macros.Names(), {SOURCE: frozenset()})


def _read_book(path: Path, locale: str, file: str, terms: tuple[Term, ...]) -> Book:
    try:
        found, faults = parse(path.read_bytes(), locale, file)
        if found is not None:
            from_babel(found, locale)  # a plural rule that is none is a fault of the file too
    except OSError as error:
        found, faults = None, [Fault(file, 0, f"cannot be read: {error.strerror}")]
    except (ValueError, SyntaxError) as error:
        found, faults = None, [Fault(file, 0, f"the header is wrong: {error}")]
    return Book(locale, file, found, terms, tuple(faults))


def _stock(law: Law, words: Words, samples: Any, terms: Any, wanted: tuple[Key, ...], books: Any) -> Stock:
    known: dict[str, Book] = dict(books)
    catalogues = {locale: book.catalogue for locale, book in known.items() if book.catalogue is not None}
    catalogues.setdefault(SOURCE, _BLANK)
    full = replace(words.macros, catalogues=catalogues, ready=macros.ready(words.macros.told, catalogues))
    faults = [*law.faults, *words.faults, *samples[1], *terms[1]]
    faults += [fault for book in known.values() for fault in book.faults]
    return Stock(law, words, full, known, samples[0], wanted, tuple(faults))


def _stamp(paths: Iterable[Path]) -> _Stamp:
    """When each file was written. One that went while we looked counts as not there."""
    found = []
    for path in paths:
        try:
            status = path.stat()
            found.append((str(path), status.st_mtime_ns, status.st_size))
        except OSError:
            found.append((str(path), 0, 0))
    return tuple(sorted(found))
