"""The pages that list: the catalogue, the translations of a locale, the coverage map, the rules that macros lean on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from comptoir.catalogue import SOURCE, Key
from comptoir.checks import ISSUES
from comptoir.errors import Fault
from comptoir.macros import Audience, Macro
from comptoir.pack import Rule
from comptoir.preview.book import STATES, Entry
from comptoir.preview.macro import fits, lint_counts
from comptoir.preview.shelf import Stock
from comptoir.rulebook import said
from comptoir.rules import reach

PAGE = 60  # messages on one page of translations
AUDIENCES = ("buyer", "platform", "carrier")
EVERY = "any_issue"  # macros that name no issue


@dataclass(frozen=True)
class Cell:
    """How far a macro is in one locale. `todo` messages keep it in English, `look` ones want a second look."""

    locale: str
    ready: bool
    todo: int = 0
    look: int = 0
    broken: bool = False  # the locale's file cannot be read

    @property
    def well(self) -> bool:
        return self.ready and not (self.todo or self.look or self.broken)


@dataclass(frozen=True)
class MacroRow:
    macro: Macro
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Filter:
    """What a list is narrowed to; empty: everything. `work` is a locale in which something is to be done."""

    marketplace: str = ""
    issue: str = ""
    audience: str = ""
    work: str = ""


@dataclass(frozen=True)
class CatalogueView:
    """The macros, by issue in the order of the taxonomy."""

    filter: Filter
    groups: Mapping[str, tuple[MacroRow, ...]]
    broken: Mapping[str, tuple[Fault, ...]]
    shown: int
    total: int
    unknown: tuple[str, ...] = ()  # what the filter named and does not exist


@dataclass(frozen=True)
class Message:
    """One line of a locale's translations."""

    entry: Entry
    english: Entry
    places: tuple[Fault, ...]
    macros: tuple[str, ...]
    comment: str


@dataclass(frozen=True)
class MessagesView:
    """One page of a locale's messages."""

    locale: str
    state: str
    counts: Mapping[str, int]  # by state, of all messages
    found: int
    page: int
    pages: int
    messages: tuple[Message, ...]
    search: str = ""
    macros_only: bool = False


@dataclass(frozen=True)
class Spot:
    """A field of the coverage map: the macros for an issue on a marketplace, and those that are ready by locale."""

    marketplace: str
    own: int  # made for this marketplace and few others
    total: int
    ready: Mapping[str, int]

    @property
    def lacking(self) -> tuple[str, ...]:
        """The locales in which fewer are ready than there are."""
        return tuple(locale for locale, ready in self.ready.items() if ready < self.total)


@dataclass(frozen=True)
class CoverageView:
    """Issues by marketplaces; in each field the macros that fit, and how many of them each locale has."""

    marketplaces: tuple[str, ...]
    rows: Mapping[str, tuple[Spot, ...]]
    locale: str
    general: int  # macros for any issue: they are not counted in the map
    progress: Mapping[str, Counter[str]] = field(default_factory=dict)
    ready: Mapping[str, int] = field(default_factory=dict)
    empty: int = 0


@dataclass(frozen=True)
class RuleRow:
    """A rule, what it says by date, and the macros that lean on it."""

    rule: Rule
    values: tuple[tuple[date, str], ...]
    place: Fault | None
    macros: tuple[str, ...]


def catalogue_view(stock: Stock, wanted: Filter) -> CatalogueView:
    """The macros that pass the filter."""
    allowed = {"marketplace": stock.packs.marketplaces, "issue": (*ISSUES, EVERY), "work": stock.books,
               "audience": AUDIENCES}
    unknown = tuple(name for name, values in allowed.items()
                    if getattr(wanted, name) and getattr(wanted, name) not in values)
    known = Filter(**{name: "" if name in unknown else getattr(wanted, name) for name in allowed})
    rows = [MacroRow(macro, tuple(cell(stock, macro, locale) for locale in stock.books))
            for macro in stock.macros.macros.values() if _passes(macro, known)]
    if known.work:
        linted = lint_counts(stock, known.work)
        rows = [row for row in rows if linted[row.macro.id] or not _cell_of(row, known.work).well]
    groups: dict[str, list[MacroRow]] = {issue: [] for issue in (*ISSUES, EVERY)}
    for row in rows:
        groups[known.issue or _first(row.macro.issues)].append(row)
    kept = {issue: tuple(sorted(found, key=lambda row: (row.macro.audience, row.macro.rank, row.macro.id)))
            for issue, found in groups.items() if found}
    return CatalogueView(known, kept, stock.words.broken, len(rows), len(stock.macros.macros), unknown)


def _first(issues: tuple[str, ...]) -> str:
    return issues[0] if issues else EVERY


def _cell_of(row: MacroRow, locale: str) -> Cell:
    return next(cell for cell in row.cells if cell.locale == locale)


def _passes(macro: Macro, wanted: Filter) -> bool:
    return (
        (not wanted.marketplace or fits(macro, wanted.marketplace))
        and (not wanted.issue or wanted.issue in (macro.issues or (EVERY,)))
        and wanted.audience in ("", macro.audience)
    )


def cell(stock: Stock, macro: Macro, locale: str) -> Cell:
    """How far `macro` is in `locale`."""
    book = stock.books[locale]
    if book.catalogue is None:
        return Cell(locale, False, broken=True)
    entries = [book.entry(key) for key in dict.fromkeys(stock.macros.told[macro.id])]
    todo = 0 if locale == SOURCE else sum(not entry.usable for entry in entries)
    look = sum(entry.state != "done" for entry in entries) - todo
    return Cell(locale, macro.id in stock.macros.ready[locale], todo, max(look, 0))


def messages_view(
    stock: Stock, locale: str, state: str, page: int, search: str = "", *, macros_only: bool = False
) -> MessagesView:
    """The messages of `locale` in `state`: one of STATES, `work` for all but the done, or `all`."""
    book = stock.books[locale]
    keys = [key for key in _keys(stock, locale) if not macros_only or key in stock.users]
    entries = [book.entry(key) for key in keys]
    counts = Counter(entry.state for entry in entries)
    wanted = set(STATES) if state == "all" else set(STATES) - {"done"} if state == "work" else {state}
    found = [entry for entry in entries if entry.state in wanted and _matches(entry, search.strip().lower())]
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(page, 1), pages)
    shown = tuple(_message(stock, locale, entry) for entry in found[(page - 1) * PAGE: page * PAGE])
    return MessagesView(locale, state, {name: counts[name] for name in STATES}, len(found), page, pages, shown, search,
                        macros_only)


def _matches(entry: Entry, search: str) -> bool:
    return not search or any(search in text.lower() for text in (*entry.key, *entry.strings))


def _keys(stock: Stock, locale: str) -> Iterable[Key]:
    """What there is to translate: the list of all messages, what the file has besides, what templates have since."""
    return dict.fromkeys((*stock.wanted, *stock.books[locale].messages, *stock.users))


def _message(stock: Stock, locale: str, entry: Entry) -> Message:
    message = stock.books[locale].messages.get(entry.key)
    files = tuple(Fault(file, 0, "") for file, _ in message.locations) if message else ()
    places = stock.words.places.get(entry.key, files)
    comment = " ".join(message.auto_comments) if message else ""
    english = stock.books[SOURCE].entry(entry.key) if SOURCE in stock.books else Entry(entry.key, "missing")
    return Message(entry, english, places, stock.users.get(entry.key, ()), comment)


def progress(stock: Stock) -> Mapping[str, Counter[str]]:
    """By locale, how many messages are in which state."""
    return {locale: Counter(book.entry(key).state for key in _keys(stock, locale))
            for locale, book in stock.books.items()}


def coverage_view(stock: Stock, locale: str, audience: Audience | str) -> CoverageView:
    """The map. With a `locale` a field counts the macros that are ready in it; without, those that are there."""
    macros = [macro for macro in stock.macros.macros.values() if audience in ("", macro.audience)]
    marketplaces = tuple(stock.packs.marketplaces)
    rows = {issue: tuple(_spots(stock, [macro for macro in macros if issue in macro.issues], marketplaces))
            for issue in ISSUES}
    ready = {name: len(ids) for name, ids in stock.macros.ready.items() if name in stock.books}
    empty = sum(not (spot.ready.get(locale, 0) if locale else spot.total) for spots in rows.values() for spot in spots)
    return CoverageView(marketplaces, rows, locale, sum(not macro.issues for macro in macros), progress(stock), ready,
                        empty)


def _spots(stock: Stock, macros: list[Macro], marketplaces: Iterable[str]) -> Iterator[Spot]:
    for marketplace in marketplaces:
        fitting = [macro for macro in macros if fits(macro, marketplace)]
        ready = {locale: sum(macro.id in stock.macros.ready.get(locale, ()) for macro in fitting)
                 for locale in stock.books}
        yield Spot(marketplace, sum(bool(macro.marketplaces) for macro in fitting), len(fitting), ready)


def rules_view(stock: Stock, marketplace: str) -> tuple[RuleRow, ...]:
    """The rules that a macro's head names, in the order of the packs; those of one marketplace where it is given."""
    packs = reach(stock.packs.packs, marketplace) if marketplace else tuple(stock.packs.packs)
    return tuple(
        RuleRow(rule, tuple((value.since, said(value)) for value in rule.values), stock.law.lines.get(rule.id), leaning)
        for name in packs for rule in stock.packs.packs[name].rules
        if (leaning := _leaning(stock, rule))
    )


def _leaning(stock: Stock, rule: Rule) -> tuple[str, ...]:
    pack = rule.id.partition(".")[0]
    return tuple(
        macro.id for macro in stock.macros.macros.values() if {rule.code, rule.id} & set(macro.rules)
        and (not macro.marketplaces or any(pack in reach(stock.packs.packs, one) for one in macro.marketplaces))
    )
