"""The counter: the pure middle in one function. A ticket comes in, an Outcome goes out; nothing is read or written.

`now` is an argument, so a ticket of last year can be handled as if it had just come, and a durable workflow that
runs again reaches the same answer.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from comptoir import classify, labels, reply, rules, update
from comptoir.advice import advice, advice_json
from comptoir.classify.case import UNKNOWN, Case, case_json
from comptoir.deadlines import Deadline, Hint, Running, run
from comptoir.duties import Duty
from comptoir.evidence import Item, checklist
from comptoir.helpdesk import Desk
from comptoir.labels import Said
from comptoir.reply import Reply
from comptoir.ticket import Facts, Ticket
from comptoir.update import Update


@dataclass(frozen=True)
class Office:
    """Everything that is read once at start: the packs, the classifier built from them, the macros in all locales."""

    packs: rules.Packs
    classifier: classify.Classifier
    macros: reply.Macros


@dataclass(frozen=True)
class Outcome:
    """What came of a ticket: its case, the clocks that run, the replies (best first) and what would be written."""

    case: Case
    facts: Facts
    running: Running
    replies: tuple[Reply, ...]
    update: Update
    checklist: tuple[Item, ...] = ()  # the evidence an answer needs, with what is there

    @property
    def missing(self) -> tuple[str, ...]:
        """Facts that a clock or a fitting reply needs and nobody knows, each once."""
        paths = [*self.running.missing, *(path for offered in self.replies for path in offered.missing)]
        return tuple(dict.fromkeys(paths))


def open_office(
    packs: Path | Traversable | None = None,
    templates: Path | Traversable | None = None,
    locales: Path | Traversable | None = None,
) -> Office:
    """Read packs, templates and catalogues, the shipped ones by default. Raises BadPack with every fault."""
    loaded = rules.load(packs)
    return Office(loaded, classify.build(loaded), reply.load(templates, locales))


def handle(
    ticket: Ticket,
    office: Office,
    desk: Desk,
    now: datetime,
    *,
    locale: str | None = None,
    given: Mapping[str, str] | None = None,
    said: Said | None = None,
) -> Outcome:
    """Ticket in, outcome out.

    `locale` asks for the replies in one locale instead of the one the ticket calls for; `given` forces labels
    (`marketplace`, `issue`, `sender`, `language`) to ask "what if". `said` is what agents say
    of the ticket: their labels hold, whatever is read. A ticket without any time counts as come at `now`.
    """
    ticket = _dated(ticket, now)
    said = said or Said()
    forced = {**said.right, **(given or {})}
    case, facts = office.classifier.read(ticket, marketplaces=desk.marketplaces, given=forced)
    case = desk.thresholds.settle(labels.heed(case, said, forced))
    newest = ticket.newest
    message_at = (newest.sent_at if newest else None) or ticket.created_at
    rules_known = (*office.packs.rules_for(case.marketplace), *office.packs.resting_for(case.marketplace))
    running = run(case, facts, rules_known, message_at=message_at, now=now, team=desk.team)
    pack = office.packs.marketplaces.get(case.marketplace) if case.marketplace != UNKNOWN else None
    replies = reply.replies(
        office.macros, case, facts, running, office.packs, shop=desk.shop,
        locale=locale or reply.reply_locale(case, pack, desk.locale), agent_locale=desk.agent_locale, now=now,
        ticket=ticket,
    )
    planned = update.plan(
        ticket, case, facts, running, replies, macros=office.macros, packs=office.packs,
        agent_locale=desk.agent_locale, team=desk.team, now=now, fields=desk.fields,
        thresholds=desk.thresholds, said=said,
    )
    return Outcome(case, facts, running, replies, planned, checklist(ticket, case, facts, office.packs))


def _dated(ticket: Ticket, now: datetime) -> Ticket:
    """A ticket that carries no time at all has just come: a clock that starts with its message starts now."""
    newest = ticket.newest
    if newest is None or newest.sent_at or ticket.created_at:
        return ticket
    messages = tuple(dataclasses.replace(one, sent_at=now) if one is newest else one for one in ticket.messages)
    return dataclasses.replace(ticket, messages=messages)


def outcome_json(outcome: Outcome, office: Office, agent_locale: str = "en") -> dict[str, Any]:
    """The outcome as JSON-ready values, in the stable shape of docs/reference/commands.md."""
    say = office.macros.gettext
    return {
        "case": case_json(outcome.case),
        "deadlines": [
            deadline_json(deadline, say(agent_locale, deadline.title), say(agent_locale, deadline.consequence))
            for deadline in outcome.running.deadlines
        ],
        "hints": [hint_json(hint, say(agent_locale, hint.title)) for hint in outcome.running.hints],
        "duties": [duty_json(duty, say(agent_locale, duty.title), say(agent_locale, duty.consequence))
                   for duty in outcome.running.duties],
        "tags": sorted(outcome.update.add_tags),
        "replies": [dataclasses.asdict(offered) for offered in outcome.replies],
        "checklist": [item_json(item, say(agent_locale, office.macros.names.checklist.get(item.id, item.id)))
                      for item in outcome.checklist],
        "advice": advice_json(advice(office.packs, outcome.case), lambda text: say(agent_locale, text)),
        "update": {
            "add_tags": list(outcome.update.add_tags),
            "remove_tags": list(outcome.update.remove_tags),
            "fields": dict(outcome.update.fields),
            "note": outcome.update.note.html if outcome.update.note else None,
        },
        "missing": list(outcome.missing),
    }


def item_json(item: Item, name: str) -> dict[str, Any]:
    """One line of the checklist as JSON-ready values, its name in the agent's locale."""
    return {"id": item.id, "name": name, "from": item.provider, "there": item.there, "ask": item.ask}


def hint_json(hint: Hint, title: str) -> dict[str, Any]:
    """One hint as JSON-ready values; `due` is null where its start is what is doubtful."""
    return {**dataclasses.asdict(hint), "title": title, "due": hint.due.isoformat() if hint.due else None}


def duty_json(duty: Duty, title: str, consequence: str) -> dict[str, Any]:
    """One limit or duty as JSON-ready values; `value` is a decimal number as text, null for a duty."""
    limit = duty.value
    return dataclasses.asdict(duty) | {
        "title": title, "consequence": consequence, "value": str(limit.value) if limit else None,
        "unit": limit.unit if limit else None,
    }


def deadline_json(deadline: Deadline, title: str, consequence: str) -> dict[str, Any]:
    """One deadline as JSON-ready values, its words in the agent's locale, its times in ISO 8601 with their offset."""
    data = dataclasses.asdict(deadline) | {"title": title, "consequence": consequence}
    for key in ("due", "act_by", "starts"):
        data[key] = data[key].isoformat() if data[key] else None
    data["readings"] = [{**reading, "due": reading["due"].isoformat()} for reading in data["readings"]]
    return data
