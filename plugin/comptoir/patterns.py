"""Regular expressions from packs, checked before they ever meet a stranger's text."""

from __future__ import annotations

import re
from collections import deque

#: beyond ASCII, the characters that a pattern without regard to case takes for an ASCII letter
ODD_LETTERS = re.compile("[\u0130\u0131\u017f\u212a]")
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d*,\}|.", re.DOTALL)
_ENDLESS = re.compile(r"[*+]|\{\d*,\}")
_PART = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?:P<\w+>|<?[=!]|:)|(?:[*+?]|\{\d*,?\d*\})[?+]?|.", re.DOTALL)
_REPEAT = re.compile(r"([*?]|\{0*[,}]|[+{]).*", re.DOTALL)
_GROUP = re.compile(r"\((?:\?(?:P<\w+>|:))?")
#: flags, references, comments, characters by their number: rare, and not worth the reading
_UNREAD = re.compile(r"\(\?(?!P<\w|<?[=!]|:)|\\[xuUN\d]")
_SIGNS = re.compile(r"\[((?:[@(){}<>#%+*/=]|\\[\[\]().]|\[){1,4})\]")
_Words = frozenset[str]


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


def needed(pattern: str) -> frozenset[str]:
    """Words in lower case, one of which stands in every text that a sound pattern fits; empty if that cannot be told.

    To look for a word costs a fiftieth of what a pattern costs. What is needed may stand in a text that does not fit;
    of a text with one of `ODD_LETTERS` nothing is said.
    """
    return frozenset() if _UNREAD.search(pattern) else _one_of(deque(_PART.findall(pattern)))


def _one_of(parts: deque[str]) -> _Words:
    """The words of alternatives, up to the end of their group. Where one needs no word, all need none."""
    branches = [_all_of(parts)]
    while parts and parts[0] == "|":
        parts.popleft()
        branches.append(_all_of(parts))
    return frozenset().union(*branches) if all(branches) else frozenset()


def _all_of(parts: deque[str]) -> _Words:
    """The words of one alternative: of all that it needs, those that are longest and so the rarest."""
    needs: list[_Words] = []
    run = ""
    while parts and parts[0] not in ("|", ")"):
        part = parts.popleft()
        inside = _one_of(parts) if part[0] == "(" else _class(part)
        if part[0] == "(" and parts:
            parts.popleft()
        repeat = _REPEAT.fullmatch(parts[0]) if parts else None
        if repeat:
            parts.popleft()
        letter, certain = _letter(part), repeat is None or repeat[1] in ("+", "{")
        if certain and letter:
            run += letter
        if not letter or repeat:
            needs, run = [*needs, frozenset({run})], ""
        if certain and (part[0] == "[" or _GROUP.fullmatch(part)):
            needs.append(inside)
    known = [words for words in (*needs, frozenset({run})) if words and all(words)]
    return max(known, key=lambda words: min(len(word.encode()) for word in words), default=frozenset())


def _class(part: str) -> _Words:
    """The characters of a class that lists a few signs, as in `[(@]`."""
    signs = _SIGNS.fullmatch(part)
    return frozenset(signs[1].replace("\\", "")) if signs else frozenset()


def _letter(part: str) -> str:
    """The character that a part stands for, in lower case; "" where it may be another one or none."""
    char = part[1:] if part[0] == "\\" and not part[1:].isalnum() else part
    plain = len(char) == 1 and (char != part or part not in ".^$()[]{}*+?|\\")
    return char.lower() if plain and (char.isascii() or "\u3000" <= char <= "\u9fff") else ""
