"""The internal note: what an agent needs beside a ticket, in the agent's language, as HTML that is safe to store.

All text that came from outside is escaped, cut, and its braces are split, for helpdesks read `{{...}}` in a comment
as their own placeholders.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from comptoir.advice import advice
from comptoir.catalogue import Catalogue
from comptoir.classify.case import UNKNOWN, Case
from comptoir.clock import Team
from comptoir.deadlines import Deadline, Hint, Running
from comptoir.duties import Duty
from comptoir.evidence import barred, checklist
from comptoir.filters import count_of, duration, written
from comptoir.guide import Option
from comptoir.macros import NOTE, Macros
from comptoir.reply import Reply, Scene, best, fact_values, pack_name
from comptoir.rules import Packs, Rule
from comptoir.ticket import Facts, Ticket

MAX_BYTES = 60_000  # Zendesk cuts a comment at 64 kB without a word; the rest is room for its own markup
CUTS = (6000, 1500, 300)  # characters kept of a reply; the next smaller one when the note is still too long
MAX_EVIDENCE = 12
MAX_DEADLINES = 20
MAX_HINTS = 5
MAX_DUTIES = 6
MAX_STEPS = 6
_BRACE_PAIR = re.compile(r"\{(?=[{%])")


@dataclass(frozen=True)
class Clock:
    """A deadline as the note shows it. `left` and `late` depend on the hour and are no part of the fingerprint."""

    title: str
    actor: str
    due: datetime
    zone: str
    act_by: datetime | None
    unattended: bool  # ours, and the team is not there before it ends
    team_zone: str
    consequence: str
    source: str  # with a link, where it has an address
    starts: datetime
    start: str  # what started it, in words
    readings: tuple[Mapping[str, Any], ...]
    left: str = ""
    late: bool = False


@dataclass(frozen=True)
class Item:
    """One line of the checklist."""

    name: str
    there: bool
    provider: str = ""  # who has it
    limits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """Everything templates/internal/note.html.j2 may print."""

    marketplace: str  # "" while it is unknown
    issue: str
    also: tuple[str, ...]
    sender: str
    language: str
    stage: str
    sure: bool
    known_sender: bool
    known_language: bool
    empty: bool  # the ticket has no text
    risks: tuple[str, ...]
    clocks: tuple[Clock, ...]
    more_clocks: int
    steps: tuple[str, ...]  # what the marketplace's guide tells an agent to do
    options: tuple[str, ...]  # what may be offered, with who pays which freight
    hints: tuple[Mapping[str, Any], ...]  # clocks that may hold and make no deadline
    duties: tuple[Mapping[str, Any], ...]  # limits and duties that hold and have a consequence
    missing: tuple[str, ...]
    checklist: tuple[Item, ...]
    barred: tuple[str, ...]  # what may not be asked of the buyer
    evidence: tuple[Mapping[str, Any], ...]
    more_evidence: int
    reply: Reply | None
    reply_title: str  # in the agent's language
    reply_locale: str
    others: tuple[str, ...]  # titles of the other replies
    inside: tuple[str, ...]  # titles of the messages for colleagues
    cut: bool = False  # reply or copy were shortened
    fingerprint: str = ""


def page(
    ticket: Ticket, case: Case, facts: Facts, running: Running, replies: tuple[Reply, ...], *,
    macros: Macros, packs: Packs, agent_locale: str, team: Team, now: datetime, sure: bool,
) -> Page:
    """The note's content, with its fingerprint."""
    words = macros.catalogue(agent_locale)
    named = _namer(macros, words)
    newest = ticket.newest
    told = advice(packs, case)
    first = best(replies)
    spoken = [one for one in case.evidence if one.text.strip()]
    market = pack_name(packs, case.marketplace, agent_locale)
    laid = Page(
        marketplace=market if isinstance(market, str) else "",
        issue=words.get(macros.names.issues.get(case.issue, case.issue)),
        also=tuple(words.get(macros.names.issues.get(code, code)) for code in case.also),
        sender=named(case.sender), language=named(case.language), stage=named(case.stage), sure=sure,
        known_sender=case.sender != UNKNOWN, known_language=case.language != UNKNOWN,
        empty=newest is None or not (newest.text.strip() or newest.html.strip()),
        risks=tuple(words.get(macros.names.risks.get(risk, risk)) for risk in case.risks),
        clocks=tuple(_clock(deadline, macros, words, team, now) for deadline in running.deadlines[:MAX_DEADLINES]),
        more_clocks=max(0, len(running.deadlines) - MAX_DEADLINES),
        steps=tuple(words.get(step.do) for step in told.howto[:MAX_STEPS]),
        options=tuple(_option(option, macros, words) for option in told.options[:MAX_STEPS]),
        hints=tuple(_hint(hint, words) for hint in running.hints[:MAX_HINTS]),
        duties=tuple(_duty(duty, words) for duty in _weighty(running, barred(case, packs))),
        missing=tuple(_fact_name(path, macros, words) for path in _missing(running, replies, case, macros)),
        checklist=_checklist(ticket, case, facts, macros, packs, words),
        barred=tuple(words.get(rule.title) for rule in barred(case, packs)),
        evidence=tuple(one._asdict() for one in spoken[:MAX_EVIDENCE]),
        more_evidence=max(0, len(spoken) - MAX_EVIDENCE),
        reply=first,
        reply_title=macros.gettext(agent_locale, macros.macros[first.macro].title) if first else "",
        reply_locale=named(first.locale) if first else "",
        others=tuple(macros.gettext(agent_locale, macros.macros[reply.macro].title)
                     for reply in replies if reply is not first and not reply.missing and reply.audience != "agent"),
        inside=tuple(macros.gettext(agent_locale, macros.macros[reply.macro].title)
                     for reply in replies if not reply.missing and reply.audience == "agent"),
    )
    return replace(laid, fingerprint=fingerprint(laid, case, running))


def _namer(macros: Macros, words: Catalogue) -> Any:
    return lambda code: words.get(macros.names.labels.get(code, code))


def _fact_name(path: str, macros: Macros, words: Catalogue) -> str:
    """A fact by its name; what is no fact (`message`, `rule:...`) by its label, if it has one."""
    return words.get(macros.names.facts.get(path) or macros.names.labels.get(path, path))


def _missing(running: Running, replies: tuple[Reply, ...], case: Case, macros: Macros) -> tuple[str, ...]:
    """Facts that a clock waits for, and those that a reply to this very issue waits for."""
    wanted = [path for reply in replies if case.issue in macros.macros[reply.macro].issues for path in reply.missing]
    return tuple(dict.fromkeys((*running.missing, *wanted)))


def _clock(deadline: Deadline, macros: Macros, words: Catalogue, team: Team, now: datetime) -> Clock:
    hours = int((deadline.due.astimezone(UTC) - now.astimezone(UTC)).total_seconds() // 3600)
    left = count_of(words, "hours", hours) if hours < 72 else count_of(words, "days", hours // 24)
    return Clock(
        title=words.get(deadline.title), actor=_namer(macros, words)(deadline.actor),
        due=deadline.due, zone=_zone(deadline.due), act_by=deadline.act_by, unattended=deadline.unattended,
        team_zone=team.zone,
        consequence=words.get(deadline.consequence), source=_source(deadline),
        starts=deadline.starts, start=_fact_name(deadline.start_event, macros, words),
        readings=tuple(
            {"says": duration(words, read.says), "due": read.due, "zone": _zone(read.due), "why": words.get(read.why),
             "source": read.source} for read in deadline.readings if read.due != deadline.due
        ),
        left=left if hours >= 0 else "", late=deadline.overdue(now),
    )


def _hint(hint: Hint, words: Catalogue) -> Mapping[str, Any]:
    return {"title": words.get(hint.title), "says": duration(words, hint.says), "source": hint.source, "due": hint.due,
            "zone": _zone(hint.due) if hint.due else ""}


def _weighty(running: Running, told: tuple[Rule, ...]) -> list[Duty]:
    """What of the limits and duties an agent must not overlook, and is not told at the checklist."""
    elsewhere = {rule.id for rule in told}
    return [duty for duty in running.duties if (duty.risks or duty.consequence) and duty.trust != "third_party"
            and duty.rule not in elsewhere][:MAX_DUTIES]


def _duty(duty: Duty, words: Catalogue) -> Mapping[str, Any]:
    return {"title": words.get(duty.title), "says": written(words, duty.value) if duty.value else "",
            "consequence": words.get(duty.consequence) if duty.consequence else "", "source": _source(duty)}


def _source(said: Deadline | Duty) -> str:
    """Where a rule was read. Where another of its sources is the one with an address, both."""
    if not said.url:
        return said.source
    link = Markup('<a href="{}">{}</a>').format(said.url, said.opens)
    return link if said.opens == said.source else Markup("{}, {}").format(said.source, link)


def _option(option: Option, macros: Macros, words: Catalogue) -> str:
    named = _namer(macros, words)
    freight = "; ".join(f"{named(f'freight_{trip}')}: {named(payer)}" for trip, payer in option.freight.items())
    return f"{words.get(option.offer)} ({freight})" if freight else words.get(option.offer)


def _zone(moment: datetime) -> str:
    return moment.tzinfo.key if isinstance(moment.tzinfo, ZoneInfo) else "UTC"


def _checklist(
    ticket: Ticket, case: Case, facts: Facts, macros: Macros, packs: Packs, words: Catalogue
) -> tuple[Item, ...]:
    named = _namer(macros, words)
    return tuple(
        Item(words.get(macros.names.checklist.get(one.id, one.id)), one.there, named(one.provider),
             tuple(written(words, limit) for limit in one.limits))
        for one in checklist(ticket, case, facts, packs)
    )


def fingerprint(laid: Page, case: Case, running: Running) -> str:
    """A short hash of what the note says, blind to the hour it is written at: the same facts, the same hash.

    Blind to the evidence too: once we have filled the ticket's own fields, the same labels are read from those.
    """
    stable = {
        "case": [case.marketplace, case.issue, case.also, case.sender, case.language, case.stage, case.risks],
        "clocks": [[one.rule, one.due.isoformat(), one.act_by and one.act_by.isoformat()] for one in running.deadlines],
        "hints": [[one.rule, one.due and one.due.isoformat()] for one in running.hints[:MAX_HINTS]],
        "duties": [[one["title"], one["says"]] for one in laid.duties],
        "said": [laid.sure, laid.empty, laid.missing, [asdict(item) for item in laid.checklist]],
        "reply": laid.reply and [laid.reply.macro, laid.reply.locale, laid.reply.text, laid.reply.agent_copy],
    }
    return hashlib.sha256(json.dumps(stable, sort_keys=True).encode()).hexdigest()[:12]


def html(laid: Page, macros: Macros, agent_locale: str) -> str:
    """The page as HTML, below MAX_BYTES: long replies are cut, and the note says so."""
    written = ""
    for limit in CUTS:
        written = _render(_shortened(laid, limit), macros, agent_locale)
        if len(written.encode()) <= MAX_BYTES:
            break
    return written


def _shortened(laid: Page, limit: int) -> Page:
    reply = laid.reply
    if reply is None or max(len(reply.text), len(reply.agent_copy)) <= limit:
        return laid
    return replace(laid, reply=replace(reply, text=reply.text[:limit], agent_copy=reply.agent_copy[:limit]), cut=True)


def _render(laid: Page, macros: Macros, agent_locale: str) -> str:
    scene = Scene(fact_values(Facts()))
    context = scene.context(macros, agent_locale)
    return neutral(macros.templates[NOTE].render(context, note=laid).strip())


def neutral(text: str) -> str:
    """HTML in which no helpdesk finds a template tag: every brace an entity, the two of a pair parted."""
    return _BRACE_PAIR.sub("&#123;&#8203;", text).replace("{", "&#123;")
