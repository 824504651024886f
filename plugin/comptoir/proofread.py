"""check(...): every sentence in every locale, read as a strict proofreader would. All faults at once, file and line.

Babel's own checkers let a dropped named placeholder pass; here the placeholders must be the same. Spacing and
punctuation are those of each language: narrow no-break spaces before ; : ! ? in French, full-width signs in Chinese.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from babel.messages.catalog import Catalog, Message
from pydantic import AwareDatetime, TypeAdapter

from comptoir import catalogue, lint, macros, translation, yamlfile
from comptoir.catalogue import PLACEHOLDER, Folder, first_id, parse, placeholders, po_path
from comptoir.checks import STRICT
from comptoir.classify.case import UNKNOWN
from comptoir.crosscheck import BUYER
from comptoir.errors import BadPack, Fault
from comptoir.macros import Macro, Macros
from comptoir.reply import render
from comptoir.rules import ISSUES, Packs
from comptoir.ticket import FACT_PATHS, Facts

SAMPLES = "samples.yaml"
GLOSSARY = "glossary.csv"
COLUMNS = ["term", "locale", "use", "avoid", "note"]
MAX_TITLE = 70  # characters: a helpdesk's menu shows no more
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")
_JINJA = re.compile(r"\{[{%#]")
_HAN = r"[\u3400-\u9fff]"
_WRONG: Mapping[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    "fr": (
        (re.compile(r"[^\u202f\u00a0](?=[;!?:](?:\s|$))"), "a narrow no-break space (U+202F) stands before ; : ! ?"),
        (re.compile(r"\w'\w"), "the apostrophe is ’"),
        (re.compile(r"«[^\u00a0\u202f]|[^\u00a0\u202f]»"), "a no-break space stands inside « and »"),
        (re.compile(r'[“”"]'), "quotation marks are « and »"),
    ),
    "zh": (
        (re.compile(rf"{_HAN}[,;:!?]|[,;!?]{_HAN}|{_HAN}\."), "punctuation is full-width: ，。；：！？"),
        (re.compile(rf"{_HAN} {_HAN}"), "no space stands between Chinese characters"),
        (re.compile(rf"{_HAN}\(|\){_HAN}"), "brackets are full-width: （）"),
        (re.compile(r"\.\.\."), "an ellipsis is ……"),
    ),
}
#: how a sentence may end, by the sign that ends the English one
_ENDS = {".": ".。！", "?": "?？", ":": ":：", ";": ";；"}


@dataclass(frozen=True)
class Sample:
    """One sample order from templates/samples.yaml."""

    __pydantic_config__ = STRICT
    marketplace: str
    shop: str = ""
    facts: Facts = field(default_factory=Facts)
    deadlines: Mapping[str, AwareDatetime] = field(default_factory=dict)


_SAMPLES = TypeAdapter(Mapping[str, Sample])


@dataclass(frozen=True)
class Term:
    """A line of the glossary. A line without a term forbids words anywhere."""

    term: str
    locale: str
    use: tuple[str, ...]  # one of these stands where the English has the term
    avoid: tuple[str, ...]


def check(
    packs: Packs, templates: Folder | None = None, locales: Folder | None = None, *, translated: Packs | None = None,
    loaded: Macros | None = None,
) -> list[Fault]:
    """Every fault in macros, names, samples, glossary and catalogues; empty when all is well.

    `translated` are the packs whose sentences the catalogues must hold, all of `packs` by default: somebody's own
    marketplace speaks English to agents until somebody translates it. `loaded` are the macros of these folders, for
    who has read them already.
    """
    templates = templates if templates is not None else files("comptoir.templates")
    locales = locales if locales is not None else files("comptoir.locales")
    try:
        loaded = loaded or macros.load(templates, locales)
        samples = read_samples(templates)
        terms = read_glossary(locales)
        template = translation.extract(packs if translated is None else translated, templates)
    except BadPack as error:
        return list(error.faults)
    faults = [*_names(loaded, packs), *_heads(loaded, packs)]
    for locale in loaded.locales:
        source = locales.joinpath(po_path(locale)).read_bytes()
        faults += _catalogue(source, locale, template, terms)
        faults += _rendered(loaded, packs, samples, locale)
    if locales.joinpath(f"{catalogue.DOMAIN}.pot").read_bytes() != translation.written(template):
        faults.append(Fault(f"locales/{catalogue.DOMAIN}.pot", 0, "not up to date; run `comptoir locales update`"))
    return sorted(set(faults))


def read_samples(templates: Folder) -> Mapping[str, Sample]:
    """templates/samples.yaml. Raises BadPack with its faults."""
    text = templates.joinpath(SAMPLES).read_text("utf-8")
    return yamlfile.validate(yamlfile.parse(text, f"templates/{SAMPLES}"), _SAMPLES)


def read_glossary(locales: Folder) -> tuple[Term, ...]:
    """locales/glossary.csv. Raises BadPack for other columns than ours."""
    rows = csv.DictReader(io.StringIO(locales.joinpath(GLOSSARY).read_text("utf-8")))
    if rows.fieldnames != COLUMNS:
        raise BadPack([Fault(f"locales/{GLOSSARY}", 1, f"the columns are {','.join(COLUMNS)}")])
    return tuple(Term(row["term"], row["locale"], _words(row["use"]), _words(row["avoid"])) for row in rows)


def _words(cell: str) -> tuple[str, ...]:
    return tuple(word for word in cell.split("|") if word)


def _names(loaded: Macros, packs: Packs) -> Iterator[Fault]:
    """Every code that a note or a menu shows has a name."""
    pieces = {id: piece for pack in packs.packs.values() for id, piece in pack.evidence.items()}
    lines = (line for pack in packs.packs.values() for issue in pack.issues.values() for line in issue.checklist)
    asked = {line.id for line in lines if (line.from_ or pieces[line.id].from_) == BUYER}
    asked |= {id for id, piece in pieces.items() if piece.from_ == BUYER}
    wanted = {"issues": set(ISSUES), "facts": set(FACT_PATHS), "checklist": set(pieces), "asked": asked}
    for section, codes in wanted.items():
        known = getattr(loaded.names, section)
        for code in sorted(codes - set(known)):
            yield Fault(f"templates/{macros.NAMES}", 0, f"{section}: {code} has no name")
        for code in sorted(set(known) - codes):
            yield Fault(f"templates/{macros.NAMES}", 0, f"{section}: nothing is called {code} any more; take it out")


def _heads(loaded: Macros, packs: Packs) -> Iterator[Fault]:
    """The marketplaces and rules a macro names exist; its title fits a menu."""
    rules = {name for pack in packs.packs.values() for rule in pack.rules for name in (rule.id, rule.code)}
    for macro in loaded.macros.values():
        file = f"templates/{macro.file}"
        for name in (*macro.marketplaces, *macro.not_on):
            if name not in packs.marketplaces:
                yield Fault(file, 1, f"no marketplace {name!r}; {yamlfile.did_you_mean(name, packs.marketplaces)}")
        for rule in macro.rules:
            if rule not in rules:
                yield Fault(file, 1, f"no rule {rule!r}; {yamlfile.did_you_mean(rule, sorted(rules))[:200]}")
        if len(macro.title) > MAX_TITLE:
            yield Fault(file, 1, f"the title has {len(macro.title)} characters; at most {MAX_TITLE}")


def _catalogue(source: bytes, locale: str, template: Catalog, terms: Iterable[Term]) -> Iterator[Fault]:
    file = f"locales/{po_path(locale)}"
    found, faults = parse(source, locale, file)
    yield from faults
    if found is None:
        return
    ours = [term for term in terms if term.locale == locale]
    for message in found:
        if message.id:
            for complaint in _complaints(message, locale, template, ours):
                yield Fault(file, message.lineno or 0, f"{first_id(message.id)[:50]!r}: {complaint}")
    for wanted in template:
        if wanted.id and found.get(wanted.id, wanted.context) is None:
            yield Fault(file, 0, f"{first_id(wanted.id)[:50]!r} is not in the file; run `comptoir locales update`")
    for gone in found.obsolete.values():
        yield Fault(file, gone.lineno or 0, f"{first_id(gone.id)[:50]!r} is obsolete; take it out")


def _complaints(message: Message, locale: str, template: Catalog, terms: Iterable[Term]) -> Iterator[str]:
    if template.get(message.id, message.context) is None:
        yield "nothing uses it any more; run `comptoir locales update`"
        return
    strings = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    if not strings or not all(strings):
        yield "not translated"
        return
    if message.fuzzy:
        yield "fuzzy: read it again, then take the mark away"
    yield from findings(message, locale, terms)


def findings(message: Message, locale: str, terms: Iterable[Term]) -> Iterator[str]:
    """What a proofreader marks in a translation that is there; `terms` are those of its locale."""
    strings = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    ids = (message.id,) if isinstance(message.id, str) else tuple(message.id)
    for place, string in enumerate(strings):
        english = ids[-1] if len(strings) == 1 else ids[min(place, len(ids) - 1)]
        yield from differences(english, string)
        yield from typography(string, locale)
        yield from _terms(english, string, terms)


def differences(english: str, string: str) -> Iterator[str]:
    """What must be the same in a translation and is not: placeholders, markup, blanks at the ends, the last sign."""
    (wanted, signs), (found, signs_here) = placeholders(english), placeholders(string)
    if wanted != found:
        yield (f"placeholders differ: {_listed(wanted)} in English, {_listed(found)} here; "
               "keep %(name)s exactly, each as often")
    if signs != signs_here:
        yield "a % sign too many or too few"
    if sorted(_TAG.findall(english)) != sorted(_TAG.findall(string)):
        yield "HTML tags differ from the English"
    if len(_JINJA.findall(english)) != len(_JINJA.findall(string)):
        yield "a template tag; a translation is text and will never be executed"
    if (english.strip() == english) != (string.strip() == string):
        yield "blanks at the beginning or the end differ from the English"
    if english[-1] in _ENDS and string.rstrip()[-1:] not in tuple(_ENDS[english[-1]]):
        yield f"the English ends with {english[-1]!r}"


def _listed(names: Counter[str]) -> str:
    return ", ".join(f"%({name})s" for name in sorted(names.elements())) or "none"


def typography(string: str, locale: str) -> Iterator[str]:
    """What the language's typesetters would mark."""
    if "  " in string:
        yield "two spaces in a row"
    text = PLACEHOLDER.sub("0", string)
    for pattern, rule in _WRONG.get(locale.partition("_")[0], ()):
        if found := pattern.search(text):
            yield f"{rule} (at {text[max(0, found.start() - 10): found.end() + 5]!r})"


def _terms(english: str, string: str, terms: Iterable[Term]) -> Iterator[str]:
    for term in terms:
        if not re.search(rf"\b{re.escape(term.term)}\b" if term.term else "", english, re.IGNORECASE):
            continue
        if term.use and not any(word.lower() in string.lower() for word in term.use):
            yield f"glossary: {term.term!r} is {' or '.join(term.use)}"
        for word in term.avoid:
            if word.lower() in string.lower():
                yield f"glossary: not {word!r}{f' for {term.term!r}' if term.term else ''}"


def _rendered(loaded: Macros, packs: Packs, samples: Mapping[str, Sample], locale: str) -> Iterator[Fault]:
    """Every macro renders with every sample that fits it, and with no more than what its head says it needs."""
    linted = cache(lambda text, place: tuple(_linted(text, place, locale, packs)))  # most samples give the same words
    for macro in loaded.macros.values():
        everywhere = _everywhere(macro, packs)
        for name, sample in samples.items():
            if macro.marketplaces and sample.marketplace not in macro.marketplaces:
                continue
            places = everywhere if sample.marketplace == UNKNOWN else (sample.marketplace,)
            for facts in dict.fromkeys((sample.facts, _only(sample.facts, macro))):
                for complaint in _try(loaded, packs, macro, sample, facts, locale, places, linted):
                    yield Fault(f"templates/{macro.file}", 0, f"with the sample {name} in {locale}: {complaint}")


def _only(facts: Facts, macro: Macro) -> Facts:
    return Facts().with_({path: value for path, value in facts.known() if path in macro.needs})


def _try(
    loaded: Macros, packs: Packs, macro: Macro, sample: Sample, facts: Facts, locale: str, places: Iterable[str],
    linted: Callable[[str, str], Iterable[str]],
) -> Iterator[str]:
    try:
        reply = render(loaded, macro.id, locale, facts, packs=packs, marketplace=sample.marketplace, shop=sample.shop,
                       deadlines=sample.deadlines)
    except BadPack as error:
        yield error.faults[0].message
        return
    known = {path for path, _ in facts.known()}
    if lacking := [path for path in reply.missing if path in known or path not in macro.needs]:
        yield f"prints {', '.join(lacking)}, which its head does not list under `needs`, or no rule gives"
    for place in places:
        yield from linted(reply.text, place)


def _linted(text: str, place: str, locale: str, packs: Packs) -> Iterator[str]:
    for found in lint.lint(text, place, locale, packs):
        if found.severity == "error":
            yield f"{found.reason}: {found.text!r} ({found.rule})"


def _everywhere(macro: Macro, packs: Packs) -> Iterable[str]:
    """Whose words are held against the text of a sample that is of no marketplace: one of each that differ."""
    allowed = (place for place in macro.marketplaces or packs.marketplaces if place not in macro.not_on)
    return {tuple(rule for rule, _ in lint.entries(packs, place)): place for place in (*allowed, UNKNOWN)}.values()
