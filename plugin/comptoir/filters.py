"""What templates see and how they print it: unknown facts, placeholders, translated text, dates, money, durations.

What is not known is `Unknown`: false in a condition, neither equal nor unequal to anything, and the end of the reply
as soon as it would be printed. A `Placeholder` stands for a fact in a helpdesk's own macro.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from jinja2 import Undefined, UndefinedError, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from comptoir import formats
from comptoir.catalogue import Catalogue
from comptoir.rules import Value


class NotKnown(UndefinedError):
    """A template would print a fact that is not known; the message is the fact's path."""


class Unknown(Undefined):
    """A fact that is not known. A condition on it never fires, either way; printing it stops the reply."""

    __slots__ = ()

    def __init__(self, path: str) -> None:
        super().__init__(hint=path, exc=NotKnown)

    def __str__(self) -> str:
        return self._fail_with_undefined_error()

    def __iter__(self) -> Iterator[object]:
        return self._fail_with_undefined_error()

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return id(self)


class Placeholder(str):
    """What stands for a fact in a helpdesk's own macro. Known, so true; its value is not, so no comparison fires."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return super().__hash__()


# Jinja's i18n extension would wrap these once more, and each call through the sandbox costs as much as a whole
# sentence; so they fill in the placeholders themselves.

@pass_context
def gettext(context: Context, message: str, /, **values: object) -> str:
    return _filled(context, _catalogue(context).get(message), values)


@pass_context
def ngettext(context: Context, one: str, many: str, num: int, /, **values: object) -> str:
    return _filled(context, _catalogue(context).nget(one, many, num), values)


@pass_context
def pgettext(context: Context, about: str, message: str, /, **values: object) -> str:
    return _filled(context, _catalogue(context).get(message, about), values)


@pass_context
def npgettext(context: Context, about: str, one: str, many: str, num: int, /, **values: object) -> str:
    return _filled(context, _catalogue(context).nget(one, many, num, about), values)


def _filled(context: Context, text: str, values: dict[str, object]) -> str:
    """The translation with its values, which are escaped where the template escapes."""
    return (Markup(text) if context.eval_ctx.autoescape else text) % values


def _catalogue(context: Context) -> Catalogue:
    return cast(Catalogue, context.parent["catalogue"])


def _as_is(value: object) -> bool:
    """Whether a filter hands `value` on unchanged, as it does placeholders. An Unknown raises here, with its path."""
    if isinstance(value, Unknown):
        str(value)
    return isinstance(value, Placeholder)


@pass_context
def date(context: Context, value: Any) -> str:
    """The day, in the marketplace's zone: `20 November 2026`."""
    return str(value) if _as_is(value) else formats.day(value, _catalogue(context).locale, context.parent["zone"])


@pass_context
def moment(context: Context, value: Any, zone: str = "") -> str:
    """Day, time and zone: `20 November 2026, 14:30 (Paris time)`; in the marketplace's zone if none is given."""
    if _as_is(value):
        return str(value)
    locale, zone = _catalogue(context).locale, zone or str(context.parent["zone"])
    return _catalogue(context).get("%(day)s, %(time)s (%(zone)s)") % {
        "day": formats.day(value, locale, zone), "time": formats.clock(value, locale, zone),
        "zone": zone_name(_catalogue(context), zone),
    }


def zone_name(catalogue: Catalogue, zone: str) -> str:
    """`Paris time`. A zone whose people name it by another city than the database does has its own message."""
    named = catalogue.get(zone, "time zone")
    return named if named != zone else catalogue.get("%(city)s time") % {"city": formats.city(zone, catalogue.locale)}


@pass_context
def money(context: Context, amount: Any, currency: Any) -> str:
    """An amount in its currency; `order.total|money(order.currency)`."""
    if _as_is(amount) or _as_is(currency):
        return f"{amount} {currency}"
    return formats.money(amount, str(currency), _catalogue(context).locale)


@pass_context
def days(context: Context, count: Any) -> str:
    """A number of days: `1 day`, `14 days`."""
    return str(count) if _as_is(count) else count_of(_catalogue(context), "days", count)


@pass_context
def amount(context: Context, value: Any) -> str:
    """What a rule says, with its unit: `50%`, `48 hours`, `60 EUR` as money. Takes what `rule(...)` returns."""
    if _as_is(value):
        return str(value)
    return written(_catalogue(context), value)


#: messages of this module, for translators: (context, message id, comment)
MESSAGES = (
    ("", "%(day)s, %(time)s (%(zone)s)", "A moment: 20 November 2026, 14:30 (Paris time)"),
    ("", "%(city)s time", "The time zone of a city, as in: Paris time"),
    ("time zone", "Asia/Shanghai", "The time zone of China, as people call it"),
)
#: units a rule may be printed in, with their English singular and plural
UNITS = {
    "hours": ("%(count)s hour", "%(count)s hours"),
    "days": ("%(count)s day", "%(count)s days"),
    "working days": ("%(count)s working day", "%(count)s working days"),
    "weeks": ("%(count)s week", "%(count)s weeks"),
    "months": ("%(count)s month", "%(count)s months"),
    "years": ("%(count)s year", "%(count)s years"),
    "files": ("%(count)s file", "%(count)s files"),
}
#: the words of a duration, as packs write it, and the unit a buyer reads
DURATION_WORDS = {"hour": "hours", "calendar day": "days", "business day": "working days", "week": "weeks",
                  "month": "months", "year": "years"}


def count_of(catalogue: Catalogue, unit: str, count: Any) -> str:
    one, many = UNITS[unit]
    return catalogue.nget(one, many, int(count)) % {"count": formats.number(Decimal(count), catalogue.locale)}


def duration(catalogue: Catalogue, due: str) -> str:
    """A duration in words: `30 calendar days` is `30 jours`. Which day counts first is the clocks' affair."""
    count, _, rest = due.partition(" ")
    unit = next((name for start, name in DURATION_WORDS.items() if rest.startswith(start)), "")
    return count_of(catalogue, unit, count) if unit else due


def written(catalogue: Catalogue, value: Value) -> str:
    """A rule's value in words; the plain number where its unit has no words."""
    if value.due is not None:
        return duration(catalogue, value.due)
    if value.value is None:
        raise NotKnown("value")
    if value.unit == "percent":
        return formats.percent(value.value, catalogue.locale)
    if value.unit in UNITS:
        return count_of(catalogue, value.unit, value.value)
    if value.unit and len(value.unit) == 3 and value.unit.isupper():
        return formats.money(value.value, value.unit, catalogue.locale)
    return f"{formats.number(value.value, catalogue.locale)} {value.unit or ''}".strip()


def lines(text: str) -> Markup:
    """Plain text in HTML: escaped, its line breaks kept."""
    return Markup("<br>").join(text.splitlines())


def bullets(texts: Sequence[str]) -> str:
    """One line for each text, with a dash in front."""
    return "\n".join(f"- {text}" for text in texts)


FILTERS: Mapping[str, Callable[..., Any]] = {
    "date": date, "moment": moment, "money": money, "days": days, "amount": amount, "lines": lines,
    "bullets": bullets,
}
