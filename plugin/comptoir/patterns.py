"""Regular expressions from packs, checked before they ever meet a stranger's text."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d*,\}|.", re.DOTALL)
_ENDLESS = re.compile(r"[*+]|\{\d*,\}")


def check_pattern(text: str) -> str:
    """`text`, if it is a sound regular expression. Raises ValueError if it is none, fits everything or may hang."""
    try:
        pattern = re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}; a dot or bracket that is meant literally is "
                         "written \\. or \\(, and the whole stands in single quotes") from error
    if pattern.search(""):
        raise ValueError(f"{text!r} also fits an empty text, so it would always speak; make it ask for something")
    if nested := _nested_repeat(text):
        raise ValueError(f"{text!r} repeats what is itself repeated without end (at {nested!r}): on a long text that "
                         "can take forever; give one of the two a bound, as in {1,40}")
    return text


def check_bounded(text: str) -> str:
    """`text`, if every repeat in it has a bound, so that it reads a long message in time that grows with its length."""
    for token in _TOKEN.findall(text):
        if _ENDLESS.fullmatch(token):
            raise ValueError(f"{text!r} repeats without end (at {token!r}); give every repeat a bound, as in {{0,40}}")
    return text


def check_number(text: str) -> str:
    """`text`, if it says which part of an order number is the number."""
    if "number" not in re.compile(text).groupindex:
        raise ValueError(f"{text!r} does not say which part is the number; put it in (?P<number>...)")
    return text


def _nested_repeat(pattern: str) -> str:
    """The end of a group that repeats without bound around something that does, as in `(a+)+`; "" if there is none."""
    holds = [False]  # for the whole and each open group: is there an endless repeat in it?
    closed = False  # ... was there one in the group that ended just now?
    for token in _TOKEN.findall(pattern):
        endless = _ENDLESS.fullmatch(token) is not None
        if endless and closed:
            return f"){token}"
        closed = False
        if token == "(":
            holds.append(False)
        elif token == ")" and len(holds) > 1:
            closed = holds.pop()
            holds[-1] = holds[-1] or closed
        elif endless:
            holds[-1] = True
    return ""
