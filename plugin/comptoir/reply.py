"""Replies: the macros that fit a case, best first, rendered in the buyer's locale with a copy in the agent's.

Every fact in a reply comes from the order's facts or from a dated rule. A macro that lacks one is still listed, last
and without text, so that an agent sees what to look up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import lru_cache
from typing import Any, cast, get_args

from jinja2 import TemplateError

from comptoir.catalogue import SOURCE
from comptoir.classify.case import OTHER, UNKNOWN, Case, Language
from comptoir.deadlines import Running
from comptoir.errors import BadInput, BadPack, Fault
from comptoir.evidence import asked, checklist
from comptoir.filters import NotKnown, Placeholder, Unknown
from comptoir.localised import ASKED
from comptoir.macros import Audience, Macro, Macros, load
from comptoir.rules import Pack, Packs, Value
from comptoir.sandbox import MESSAGES, rendered
from comptoir.ticket import FACT_PATHS, Facts, Ticket

__all__ = [
    "Audience", "Macro", "Macros", "NativeParts", "Reply", "best", "load", "native", "render", "replies",
    "reply_locale", "write",
]

VERIFY_SENDER = "verify_sender"  # the risk that the sender is not who the words claim
MAX_FACT = 120  # characters of a fact that are printed; an order number of a kilobyte is not one
ANY_ISSUE = (OTHER,)  # what a macro is rendered for that answers any issue, while no ticket is at hand


@dataclass(frozen=True)
class Reply:
    """A macro rendered for a case in one locale. With facts in `missing` there is no text, and it comes last."""

    macro: str  # the template's path without its ending: "buyer/item_not_received/send_tracking"
    audience: Audience
    locale: str
    title: str
    text: str
    agent_copy: str  # the same reply in the agent's locale; "" when that is the reply's own
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class NativeParts:
    """A macro for the helpdesk's own macro list. With facts in `missing` it has no text and cannot be published."""

    title: str  # `Marketplace::Issue::Move`, which helpdesks show as a menu
    text: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scene:
    """What all macros of one ticket see: facts by group, and where they are told."""

    values: Mapping[str, Mapping[str, Any]]
    marketplace: str = UNKNOWN
    zone: str = "UTC"
    shop: str = ""
    packs: Packs | None = None
    deadlines: Mapping[str, datetime] = field(default_factory=dict)  # when each clock runs out, by its code
    now: datetime | None = None  # None: the newest value of each rule
    issues: tuple[str, ...] = ()  # for which the buyer may be asked for evidence
    asked: Callable[[str], tuple[str, ...]] = lambda issue: ()  # for an issue, what he is still to be asked for
    heard: Callable[[str], object] = id  # is told each rule and each clock that a template asks for
    _laid: dict[str, dict[str, Any]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def rule(self, code: str) -> Value | Unknown:
        """What the marketplace's rule says now; by its code, or by its id."""
        self.heard(code)
        if self.packs is not None:
            for rule in self.packs.rules_for(self.marketplace):
                if code in (rule.code, rule.id) and rule.status == "active":
                    newest = max((value.since for value in rule.values), default=None)
                    day = self.now.date() if self.now else newest
                    if day and (value := rule.value_on(day)):
                        return value
        return _nothing(f"rule:{code}")

    def deadline(self, code: str) -> datetime | Unknown:
        """When a clock of this ticket runs out; unknown when it does not run."""
        self.heard(code)
        return self.deadlines.get(code) or _nothing(f"deadline:{code}")

    def asked_by(self, macro: Macro | None) -> tuple[str, ...]:
        """The evidence that a macro asks the buyer for: that of the first issue which both have."""
        fitting = (issue for issue in self.issues if not macro or not macro.issues or issue in macro.issues)
        return next(map(self.asked, fitting), ())

    def context(self, macros: Macros, locale: str, macro: Macro | None = None) -> dict[str, Any]:
        """The names a template may use (sandbox.NAMES), and what its filters need; laid out once for a locale."""
        words = macros.catalogue(locale)
        laid = self._laid.get(locale)
        if laid is None or laid["catalogue"] is not words:
            laid = self._laid[locale] = {
                **MESSAGES, **self.values, "rule": self.rule, "deadline": self.deadline, "shop": self.shop,
                ASKED["rule"]: _Answers(self.rule), ASKED["deadline"]: _Answers(self.deadline), "asked": (),
                "marketplace": self.marketplace, "marketplace_name": pack_name(self.packs, self.marketplace, locale),
                "catalogue": words, "zone": self.zone,
            }
        if macro and macro.id not in macros.asking:
            return laid
        named = macros.names.asked
        return {**laid, "asked": [words.get(named.get(id, id)) for id in self.asked_by(macro)]}


@lru_cache(maxsize=1024)
def _nothing(path: str) -> Unknown:
    """The answer where there is none; one for all, for it is asked for in every reply."""
    return Unknown(path)


class _Answers:
    """A question that is asked in brackets, for the macros of localised.py."""

    __slots__ = ("ask",)

    def __init__(self, ask: Callable[[str], object]) -> None:
        self.ask = ask

    def __getitem__(self, code: str) -> object:
        return self.ask(code)


def pack_name(packs: Packs | None, marketplace: str, locale: str) -> str | Unknown:
    """What a marketplace is called in `locale`: its proper name there, else the international one."""
    pack = packs.packs.get(marketplace) if packs else None
    return pack.name.get(locale) or pack.name[SOURCE] if pack else Unknown("marketplace")


def replies(
    macros: Macros, case: Case, facts: Facts, running: Running, packs: Packs, *,
    shop: str, locale: str, agent_locale: str, now: datetime, ticket: Ticket | None = None,
) -> tuple[Reply, ...]:
    """Every macro that fits the case, best first: by who is answered, issue, stage, marketplace, then rank.

    The buyer is answered in `locale`, the platform in the marketplace's, colleagues in their own; a carrier in the
    language it wrote in, or else that of the agent who turns to it. Macros that lack a fact come last. Somebody who
    may only pretend to be the platform gets no answer laid ready at all. What `ticket` holds is not asked for again.
    """
    if VERIFY_SENDER in case.risks:
        return ()
    pack = packs.packs.get(case.marketplace)
    scene = Scene(
        values=fact_values(facts), marketplace=case.marketplace, zone=pack.zone if pack else "UTC", shop=_plain(shop),
        packs=packs, deadlines={deadline.code: deadline.due for deadline in running.deadlines}, now=now,
        issues=case.issues, asked=_asker(ticket or Ticket(), case, facts, packs),
    )
    spoken = {
        "platform": platform_locale(case, pack, locale), "agent": agent_locale,
        "carrier": locale if case.sender == "carrier" else agent_locale,
    }
    over = {deadline.code for deadline in running.deadlines if deadline.overdue(now)}
    places = ((_place(macro, case, facts), macro.id, macro) for macro in macros.macros.values()
              if over.issuperset(macro.after))
    fitting = sorted((place, macro_id, macro) for place, macro_id, macro in places
                     if place and (not macro.asks or scene.asked_by(macro)))
    offered = [
        write(macros, macro, scene, spoken.get(macro.audience, locale), agent_locale) for _, _, macro in fitting
    ]
    return tuple(sorted(offered, key=lambda reply: bool(reply.missing)))


def best(replies: tuple[Reply, ...]) -> Reply | None:
    """The first that can be sent: none that lacks a fact, none for colleagues."""
    return next((reply for reply in replies if not reply.missing and reply.audience != "agent"), None)


def _place(macro: Macro, case: Case, facts: Facts) -> tuple[int, ...] | None:
    """Where a macro stands among those that fit the case; None when it does not fit."""
    sender = "buyer" if case.sender == UNKNOWN else case.sender
    if sender not in macro.senders or (macro.issues and not set(macro.issues) & set(case.issues)):
        return None
    if (macro.marketplaces and case.marketplace not in macro.marketplaces) or case.marketplace in macro.not_on:
        return None
    if macro.stages and case.stage not in (*macro.stages, UNKNOWN):
        return None
    if any(_is(facts.get(path), unwanted) for path, unwanted in macro.unless.items()):
        return None
    return (
        0 if macro.audience == sender else 2 if macro.audience == "agent" else 1,
        _issue_place(macro, case),
        not (macro.stages and case.stage in macro.stages),
        not macro.marketplaces,
        macro.rank,
    )


def _issue_place(macro: Macro, case: Case) -> int:
    if not macro.issues:
        return 2 if case.issue != OTHER else 0  # what has no subject is first of all answered with no subject
    return 0 if case.issue in macro.issues else 1


def _is(value: object, wanted: object) -> bool:
    return value in wanted if isinstance(wanted, tuple) else value == wanted


def reply_locale(case: Case, pack: Pack | None, desk_locale: str) -> str:
    """The locale of a reply: the ticket's language and script, else the marketplace's, else the desk's."""
    if case.language != UNKNOWN:
        return case.language
    return pack.locale if pack else desk_locale


def platform_locale(case: Case, pack: Pack | None, locale: str) -> str:
    """A statement is in the marketplace's own language. One that works in English answers each in their own."""
    return pack.locale if pack and pack.locale != SOURCE else locale


def render(
    macros: Macros, macro_id: str, locale: str, facts: Facts, *, packs: Packs | None = None,
    marketplace: str = UNKNOWN, shop: str = "", agent_locale: str = "", now: datetime | None = None,
    deadlines: Mapping[str, datetime] | None = None, heard: Callable[[str], object] = id,
) -> Reply:
    """One macro by its id; `deadlines` are clocks that run, by their code. `heard` is told what the text leans on.

    Raises BadInput for an id or a locale that does not exist, with those that do.
    """
    macro = macros.macros.get(macro_id)
    if macro is None:
        raise BadInput(f"no macro {macro_id!r}; there are {', '.join(sorted(macros.macros))}")
    if locale not in macros.locales:
        raise BadInput(f"no locale {locale!r}; there are {', '.join(macros.locales)}")
    pack = packs.packs.get(marketplace) if packs else None
    scene = Scene(
        fact_values(facts), marketplace, pack.zone if pack else "UTC", _plain(shop), packs, deadlines or {}, now,
        macro.issues or ANY_ISSUE, _all_asker(marketplace, locale, facts, packs), heard,
    )
    return write(macros, macro, scene, locale, agent_locale or locale)


def write(macros: Macros, macro: Macro, scene: Scene, locale: str, agent_locale: str) -> Reply:
    """One macro for a scene; in English where `locale` lacks a sentence of it. Raises BadPack if it cannot be."""
    spoken = macros.locale_for(macro, locale)
    text, missing = _text(macros, macro, scene, spoken)
    read = macros.locale_for(macro, agent_locale)
    copy = _text(macros, macro, scene, read)[0] if text and read != spoken else ""
    return Reply(macro.id, macro.audience, spoken, macros.gettext(spoken, macro.title), text, copy, missing)


def _text(macros: Macros, macro: Macro, scene: Scene, locale: str) -> tuple[str, tuple[str, ...]]:
    """The text, or what is missing for it."""
    missing = tuple(path for path in macro.needs if isinstance(_value(scene, path), Unknown))
    if missing:
        return "", missing
    try:
        return _tidy(rendered(macros.template(macro, locale), scene.context(macros, locale, macro))), ()
    except NotKnown as error:
        return "", (str(error),)
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise BadPack([Fault(f"templates/{macro.file}", 0, f"cannot be rendered in {locale}: {error}")]) from error


def _asker(ticket: Ticket, case: Case, facts: Facts, packs: Packs | None) -> Callable[[str], tuple[str, ...]]:
    """Tells what the buyer is still to be asked for; few macros want to know, and those of an issue want the same."""
    known: dict[str, tuple[str, ...]] = {}

    def ask(issue: str) -> tuple[str, ...]:
        if packs and issue not in known:
            known[issue] = asked(checklist(ticket, case, facts, packs, issue))
        return known.get(issue, ())

    return ask


def _all_asker(marketplace: str, locale: str, facts: Facts, packs: Packs | None) -> Callable[[str], tuple[str, ...]]:
    """Tells what is asked for while no ticket is at hand: everything that may be asked."""
    language: Language = cast(Language, locale) if locale in get_args(Language) else "unknown"
    case = Case(marketplace=marketplace, language=language, sender="buyer")
    return _asker(Ticket(), case, facts, packs)


def _value(scene: Scene, path: str) -> object:
    group, _, name = path.partition(".")
    return scene.values[group][name]


def _tidy(text: str) -> str:
    """Parts that were left out leave at most one empty line."""
    while "\n\n\n" in text:  # many times faster than a pattern, and every reply comes by here
        text = text.replace("\n\n\n", "\n\n")
    return text.strip()


def fact_values(facts: Facts) -> dict[str, Mapping[str, Any]]:
    """Facts as templates see them: by group, text made harmless, Unknown where nothing is known."""
    values: dict[str, Mapping[str, Any]] = {}
    for group, (attribute, unknown, nothing) in _GROUPS.items():
        found = getattr(facts, attribute)
        known = {} if found is nothing else {
            name: _plain(value) if isinstance(value, str) else value
            for name, value in vars(found).items() if value is not None and value != ""
        }
        values[group] = {**unknown, **known} if known else unknown
    return values


def _groups() -> dict[str, tuple[str, dict[str, Unknown], object]]:
    """Every group of facts: its attribute of Facts, its facts while nothing is known, and what then stands there."""
    names = (field.name for field in fields(Facts))
    return {
        (group := name.rstrip("_")): (name, {path.partition(".")[2]: Unknown(path) for path in FACT_PATHS
                                             if path.startswith(f"{group}.")}, getattr(Facts(), name))
        for name in names
    }


_GROUPS = _groups()


def _plain(text: str) -> str:
    """A buyer may have typed a fact: one line, not endless, no braces that a helpdesk's own templates would read."""
    line = " ".join(text[: 4 * MAX_FACT].split())[:MAX_FACT]
    return line.replace("{", "(").replace("}", ")") if "{" in line else line


def native(
    macros: Macros, macro_id: str, locale: str, placeholder: Callable[[str], str | None], packs: Packs | None = None,
    *, shop: str = "", now: datetime | None = None,
) -> NativeParts:
    """A macro for the helpdesk's own list: a placeholder stands for each fact it needs.

    Facts it could also do without stay unknown, so that no sentence depends on what only the ticket knows. `missing`
    names the facts this helpdesk has no placeholder for, and rules that differ between marketplaces.
    """
    macro = macros.macros[macro_id]
    marketplace = macro.marketplaces[0] if macro.marketplaces else UNKNOWN
    values = {group: dict(unknown) for group, unknown in fact_values(Facts()).items()}
    for path in macro.needs:
        group, _, name = path.partition(".")
        if found := placeholder(path):
            values[group][name] = Placeholder(found)
    pack = packs.packs.get(marketplace) if packs else None
    scene = Scene(
        values, marketplace, pack.zone if pack else "UTC", _plain(shop), packs, now=now,
        issues=macro.issues or ANY_ISSUE, asked=_all_asker(marketplace, locale, Facts(), packs),
    )
    text, missing = _text(macros, macro, scene, locale) if macro.id in macros.ready[locale] else ("", ("translation",))
    return NativeParts("::".join(_menu(macros, macro, locale, scene)), text, missing)


def _menu(macros: Macros, macro: Macro, locale: str, scene: Scene) -> Iterator[str]:
    named = (pack_name(scene.packs, marketplace, locale) for marketplace in macro.marketplaces)
    everywhere = macros.gettext(locale, macros.names.labels["all_marketplaces"])
    yield " / ".join(name for name in named if isinstance(name, str)) or everywhere
    issue = macros.names.issues.get(macro.issues[0]) if macro.issues else None
    yield macros.gettext(locale, issue or macros.names.labels[macro.audience])
    yield macros.gettext(locale, macro.title)

