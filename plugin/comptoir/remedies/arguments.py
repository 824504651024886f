"""What a person typed behind `comptoir calc NAME`, read by the calculator's own arguments.

Nothing is guessed: a comma may mean thousands or decimals, so it is refused; another currency is not converted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from comptoir.errors import BadInput
from comptoir.remedy import Argument, Remedy

Value = Decimal | str | datetime
_PLAIN = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,6})?", re.ASCII)
_MONEY = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,2})?", re.ASCII)
_COUNTRY = re.compile(r"[A-Za-z]{2}", re.ASCII)
_YES_NO = Argument(help="", example="yes", choices={"yes": ("true", "1"), "no": ("false", "0")})
_RATE = Argument(help="", example="9%", kind="percent")
_SHOWN = 40  # characters of a value that an error repeats


@dataclass(frozen=True)
class Given:
    """The arguments of one calculation, by their names in the pack."""

    name: str
    currency: str
    remedy: Remedy
    values: Mapping[str, Value]
    typed: frozenset[str] = frozenset()  # those that were given, not filled in by default
    steps: tuple[str, ...] = field(default=())  # what reading them already worked out

    def has(self, argument: str) -> bool:
        return argument in self.values

    def number(self, argument: str) -> Decimal:
        """Raises BadInput when the argument was not given, as the next two do."""
        value = self._value(argument)
        if not isinstance(value, Decimal):
            raise TypeError(f"{self.name}: the pack uses {argument} as a number")
        return value

    def word(self, argument: str) -> str:
        value = self._value(argument)
        if not isinstance(value, str):
            raise TypeError(f"{self.name}: the pack uses {argument} as a word")
        return value

    def moment(self, argument: str) -> datetime:
        value = self._value(argument)
        if not isinstance(value, datetime):
            raise TypeError(f"{self.name}: the pack uses {argument} as a moment")
        return value

    def _value(self, argument: str) -> Value:
        if argument not in self.values:
            raise BadInput(f"{self.name} needs {_asked(self.remedy, [argument])} here; {usage(self.name, self.remedy)}")
        return self.values[argument]


def read(name: str, remedy: Remedy, currency: str, typed: Sequence[str]) -> Given:
    """The `key=value` arguments of `name`. Raises BadInput with one line: which, why, what is allowed."""
    texts = _texts(name, remedy, currency, typed)
    if missing := [key for key, argument in remedy.arguments.items() if argument.needed and key not in texts]:
        raise BadInput(f"{name} needs {_asked(remedy, missing)}; {usage(name, remedy)}")
    defaults = {key: argument.default for key, argument in remedy.arguments.items() if argument.default is not None}
    values: dict[str, Value] = {}
    steps: list[str] = []
    for key, text in {**defaults, **texts}.items():
        of = remedy.arguments[key].percent_of if text.endswith("%") else ""
        if of and of not in texts:
            raise BadInput(f"{key}={text} is a part of {of}: give {_asked(remedy, [of])} too")
        if of:
            rate = _number(key, text[:-1].rstrip(), _RATE, currency)
            base = _number(of, texts[of], remedy.arguments[of], currency)
            values[key] = base * rate / 100
            steps.append(f"{key} = {of} × {rate} % = {show(base)} × {rate} % = {show(base * rate / 100)}")
        else:
            values[key] = _read(key, text, remedy.arguments[key], currency, steps)
    return Given(name, currency, remedy, values, frozenset(texts), tuple(steps))


def usage(name: str, remedy: Remedy) -> str:
    """An example that can be typed as it stands."""
    shown = [f"{key}={argument.example}" for key, argument in remedy.arguments.items() if argument.example]
    return f"as in: comptoir calc {name} {' '.join(shown)}"


def show(value: Decimal) -> str:
    """An amount with its cents; what has more decimals is cut after six, and says so."""
    if value == value.quantize(Decimal("0.01")):
        return f"{value:.2f}"
    shown = f"{value.normalize():f}"
    return shown if len(shown.partition(".")[2]) <= 6 else f"{shown[:shown.index('.') + 7]}…"


def _texts(name: str, remedy: Remedy, currency: str, typed: Sequence[str]) -> dict[str, str]:
    names = {other: key for key, argument in remedy.arguments.items() for other in (key, *argument.also)}
    texts: dict[str, str] = {}
    for text in typed:
        key, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not key:
            raise BadInput(f"{text[:_SHOWN]!r} is not key=value; {usage(name, remedy)}")
        if key == "currency":
            _same_currency(name, value, currency)
            continue
        if key not in names:
            raise BadInput(f"{name} has no argument {key[:_SHOWN]!r}; it takes {', '.join(remedy.arguments)}")
        if names[key] in texts:
            raise BadInput(f"{key} is given twice; keep one")
        texts[names[key]] = value
    return texts


def _same_currency(name: str, value: str, currency: str) -> None:
    if value.upper() != currency:
        raise BadInput(f"currency={value[:_SHOWN]}: {name} counts in {currency}; another currency is not converted")


def _read(key: str, text: str, argument: Argument, currency: str, steps: list[str]) -> Value:
    match argument.kind:
        case "choice":
            return _choice(key, text, argument, steps)
        case "country":
            return _country(key, text, argument, steps)
        case "moment":
            return _moment(key, text)
        case "yes_no":
            return _choice(key, text, _YES_NO, steps)
    return _number(key, text, argument, currency)


def _number(key: str, text: str, argument: Argument, currency: str) -> Decimal:
    shape = _MONEY if argument.kind == "money" else _PLAIN
    if not shape.fullmatch(text) or (argument.kind == "count" and "." in text):
        raise BadInput(_refusal(key, text, argument, currency))
    value = Decimal(text)
    most = Decimal(100) if argument.kind == "percent" else argument.most
    if most is not None and value > most:
        raise BadInput(f"{key}={text}: {most} at most")
    return value


def _refusal(key: str, text: str, argument: Argument, currency: str) -> str:
    """Why this is not a number we take, in one line."""
    start = f"{key}={text[:_SHOWN]}:"
    example = f"write {key}={argument.example}"
    if re.fullmatch(r"[-−–]\s*[0-9].*", text):
        return f"{start} below zero; {example}"
    if "," in text or "，" in text:
        return f"{start} a comma is refused, it could mean decimals or thousands; {example}, with a point"
    if argument.kind == "money" and re.search(r"[^\W\d_]|[$€£¥￥₽₩]", text):
        return f"{start} amounts are plain numbers in {currency}, another currency is not converted; {example}"
    wanted = {"money": "an amount with two decimals at most", "count": "a whole number"}.get(argument.kind, "a number")
    return f"{start} not {wanted}; {example}"


def _choice(key: str, text: str, argument: Argument, steps: list[str]) -> str:
    wanted = text.casefold()
    for choice, others in argument.choices.items():
        if wanted in (choice.casefold(), *(other.casefold() for other in others)):
            return choice
    if argument.bands and _PLAIN.fullmatch(text):
        value = _number(key, text, argument, "")
        fits = next((band for band in argument.bands if value > band.over), argument.bands[-1])
        on_a_line = any(value == band.over for band in argument.bands)
        steps.append(f"{key} = {text}: {fits.means}{', the lower one exactly on a line' if on_a_line else ''}")
        return fits.means
    raise BadInput(f"{key}={text[:_SHOWN]}: not known; allowed are {', '.join(argument.choices)}")


def _country(key: str, text: str, argument: Argument, steps: list[str]) -> str:
    country = text.upper()
    group = next((group for group, countries in argument.choices.items() if country in (group.upper(), *countries)), "")
    if not group and not _COUNTRY.fullmatch(text):
        raise BadInput(f"{key}={text[:_SHOWN]}: not a country of two letters; write {key}={argument.example}, "
                       f"or one of {', '.join(argument.choices)}")
    steps.append(f"{key} = {country}: {group or argument.rest}")
    return group or argument.rest


def _moment(key: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None:
        raise BadInput(f"{key}={text[:_SHOWN]}: not a local time; write {key}=2026-11-22T16:00, without an offset")
    return moment


def _asked(remedy: Remedy, keys: Sequence[str]) -> str:
    return " and ".join(f"{key} ({remedy.arguments[key].help.rstrip('.')})" for key in keys)
