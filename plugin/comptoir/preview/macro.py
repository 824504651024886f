"""MacroView: one macro in every locale side by side, with the facts of a sample or with facts that somebody pasted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from comptoir import lint, reply, sandbox
from comptoir.catalogue import Key
from comptoir.classify.case import UNKNOWN
from comptoir.errors import BadPack, Fault
from comptoir.lint import Finding
from comptoir.macros import Macro
from comptoir.pack import Rule
from comptoir.preview.ask import Ask, facts_json, read_day, read_pasted, short
from comptoir.preview.book import LOOK, Entry
from comptoir.preview.marks import Sentence, clean, marking, sentences
from comptoir.preview.shelf import Stock
from comptoir.proofread import Sample
from comptoir.rulebook import said
from comptoir.ticket import Facts

MAX_KEPT = 5000  # texts


@dataclass(frozen=True)
class Panel:
    """A macro in one locale."""

    locale: str
    title: str
    sentences: tuple[Sentence, ...]
    text: str
    ready: bool  # False: agents get the English reply, this is the draft
    todo: int  # messages that keep it from being ready
    look: int  # messages that want a second look
    missing: tuple[str, ...]  # fact paths, or `rule:` and `deadline:` with a code
    findings: tuple[Finding, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class MessageRow:
    """One message of a macro: in every locale, and where it is written."""

    number: int
    key: Key
    places: tuple[Fault, ...]  # in templates
    entries: Mapping[str, Entry]
    used: bool  # with these facts
    title: bool


@dataclass(frozen=True)
class RuleView:
    """A rule that a macro leans on, as it holds on the day."""

    rule: Rule
    says: str
    since: date | None
    others: tuple[tuple[date, str], ...]  # what it said before, or will say
    place: Fault | None
    asked: bool  # the text asked for it; else only the head names it


@dataclass(frozen=True)
class MacroView:
    """All that stands on a macro's page."""

    macro: Macro
    ask: Ask
    sample: str
    marketplace: str
    day: date | None
    facts: tuple[tuple[str, str], ...]  # path, value
    facts_text: str
    problems: tuple[str, ...]  # what is wrong with what was asked
    panels: tuple[Panel, ...]
    messages: tuple[MessageRow, ...]
    rules: tuple[RuleView, ...]
    unheard: tuple[str, ...]  # rules and clocks that the text asks for and this marketplace or sample does not have
    samples: tuple[str, ...]


def macro_view(stock: Stock, macro: Macro, ask: Ask) -> MacroView:
    """The page of a macro that is sound."""
    problems: list[str] = []
    name, sample = _sample(stock, macro, ask, problems)
    marketplace = _marketplace(stock, macro, ask, sample, problems)
    day = read_day(ask.day, problems)
    facts = sample.facts if ask.facts is None else read_pasted(ask.facts, problems)
    heard: dict[str, None] = {}
    keys: dict[Key, None] = {}
    setting = _Setting(facts, marketplace, sample, _noon(day), heard, keys, ask.facts is not None)
    panels = tuple(_panel(stock, macro, locale, setting) for locale in stock.books)
    resolved = {code: _rule(stock, code, marketplace) for code in (*heard, *macro.rules)}
    found = dict.fromkeys(rule.id for rule in resolved.values() if rule)
    asked = {rule.id for code in heard if (rule := resolved[code])}
    return MacroView(
        macro, ask, name, marketplace, day, tuple((path, _shown(value)) for path, value in facts.known()),
        facts_json(sample.facts) if ask.facts is None else ask.facts, tuple(problems), panels,
        tuple(_messages(stock, macro, keys)),
        tuple(_rule_view(stock, stock.packs.rule(id), day, id in asked) for id in found),
        tuple(code for code, rule in resolved.items() if rule is None), tuple(stock.samples),
    )


@dataclass(frozen=True)
class _Setting:
    """What all panels of a page share; `heard` and `keys` fill while they are made."""

    facts: Facts
    marketplace: str
    sample: Sample
    now: datetime | None
    heard: dict[str, None]
    keys: dict[Key, None]
    pasted: bool = False  # then nothing of it is kept


def fits(macro: Macro, marketplace: str) -> bool:
    """Whether a macro is for a marketplace."""
    return (not macro.marketplaces or marketplace in macro.marketplaces) and marketplace not in macro.not_on


def best_sample(stock: Stock, macro: Macro) -> str:
    """The first sample that suits a macro: its marketplace and what the macro needs; "" where there is none."""
    def lacks(name: str) -> tuple[bool, bool]:
        sample = stock.samples[name]
        known = {path for path, _ in sample.facts.known()}
        return not fits(macro, sample.marketplace), not known.issuperset(macro.needs)

    return min(stock.samples, key=lacks, default="")


def lint_counts(stock: Stock, locale: str) -> Mapping[str, int]:
    """By macro, how many words of its text in `locale` may not stand there, with the sample that suits it best."""
    return {macro.id: len(_panel(stock, macro, locale, _Setting(*_suiting(stock, macro), None, {}, {})).findings)
            for macro in stock.macros.macros.values()}


def _suiting(stock: Stock, macro: Macro) -> tuple[Facts, str, Sample]:
    _, sample = _sample(stock, macro, Ask(), [])
    return sample.facts, _marketplace(stock, macro, Ask(), sample, []), sample


def _sample(stock: Stock, macro: Macro, ask: Ask, problems: list[str]) -> tuple[str, Sample]:
    if ask.sample and ask.sample not in stock.samples:
        problems.append(f"There is no sample {ask.sample[:60]!r}; there are {', '.join(stock.samples) or 'none'}.")
    name = ask.sample if ask.sample in stock.samples else best_sample(stock, macro)
    return name, stock.samples.get(name) or Sample(UNKNOWN)


def _marketplace(stock: Stock, macro: Macro, ask: Ask, sample: Sample, problems: list[str]) -> str:
    if ask.marketplace and ask.marketplace not in (*stock.packs.marketplaces, UNKNOWN):
        problems.append(f"There is no marketplace {ask.marketplace[:60]!r}; choose one of the list.")
    elif ask.marketplace:
        return ask.marketplace
    own = next((name for name in macro.marketplaces if name in stock.packs.marketplaces), sample.marketplace)
    return sample.marketplace if fits(macro, sample.marketplace) else own


def _noon(day: date | None) -> datetime | None:
    return datetime.combine(day, time(12), UTC) if day else None


def _shown(value: object) -> str:
    return short(value.isoformat() if isinstance(value, datetime) else str(value))


def _panel(stock: Stock, macro: Macro, locale: str, setting: _Setting) -> Panel:
    book = stock.books[locale]
    entries = [book.entry(key) for key in dict.fromkeys(stock.macros.told[macro.id])]
    todo, look = sum(not entry.usable for entry in entries), sum(entry.state in LOOK for entry in entries)
    if locale not in stock.macros.catalogues:
        return Panel(locale, macro.title, (), "", False, todo, look, (), (), book.faults)
    macros, marked = marking(stock.macros, locale)
    try:
        made = reply.render(
            macros, macro.id, locale, setting.facts, packs=stock.packs, marketplace=setting.marketplace,
            shop=setting.sample.shop, now=setting.now, deadlines=setting.sample.deadlines,
            heard=lambda code: setting.heard.setdefault(code),
        )
    except BadPack as error:
        return Panel(locale, macro.title, (), "", False, todo, look, (), (), error.faults)
    parts, text = sentences(made.text, marked.keys), clean(made.text)
    setting.keys.update(dict.fromkeys(key for part in parts if part.key for key in (part.key, *part.inner)))
    ready = macro.id in stock.macros.ready[locale]
    found = _linted(stock, text, locale, setting) if text else ()
    return Panel(locale, str(made.title), parts, text, ready, todo, look, made.missing, found, ())


def _linted(stock: Stock, text: str, locale: str, setting: _Setting) -> tuple[Finding, ...]:
    """What may not be written in `text`. An edit changes few of all texts, so what was found in a sample's is kept."""
    known = stock.law.linted
    place = text, setting.marketplace, locale
    if place in known:
        return known[place]
    found = tuple(lint.lint(text, setting.marketplace, locale, stock.packs))
    if not setting.pasted and len(known) < MAX_KEPT:
        known[place] = found
    return found


def _messages(stock: Stock, macro: Macro, seen: Iterable[Key]) -> Iterator[MessageRow]:
    """The title, what is read with these facts in its order, then the rest."""
    title = ("", macro.title)
    used = dict.fromkeys((title, *seen))
    for number, key in enumerate(dict.fromkeys((*used, *stock.macros.told[macro.id])), 1):
        entries = {locale: book.entry(key) for locale, book in stock.books.items()}
        yield MessageRow(number, key, _places(stock, macro, key), entries, key in used, key == title)


def _places(stock: Stock, macro: Macro, key: Key) -> tuple[Fault, ...]:
    """Where a message stands: of several places, those in this macro and what it includes."""
    places = stock.words.places.get(key) or _listed(stock, key)
    own = {f"templates/{name}" for name in (macro.file, *sandbox.included(macro.file, stock.words.sources))}
    return tuple(place for place in places if place.file in own) or places


def _listed(stock: Stock, key: Key) -> tuple[Fault, ...]:
    """The files that a catalogue names for a message which no template holds: names, units, packs."""
    messages = (book.messages.get(key) for book in stock.books.values())
    return next((tuple(Fault(file, 0, "") for file, _ in message.locations) for message in messages if message), ())


def _rule(stock: Stock, code: str, marketplace: str) -> Rule | None:
    return next((rule for rule in stock.packs.rules_for(marketplace) if code in (rule.code, rule.id)), None)


def _rule_view(stock: Stock, rule: Rule, day: date | None, asked: bool) -> RuleView:
    newest = max((value.since for value in rule.values), default=None)
    when = day or newest
    value = rule.value_on(when) if when else None
    others = tuple((one.since, said(one)) for one in rule.values if one is not value)
    return RuleView(rule, said(value), value.since if value else None, others, stock.law.lines.get(rule.id), asked)
