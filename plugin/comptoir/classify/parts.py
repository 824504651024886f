"""The pieces of a ticket that are read: its subject and its newest outside message, each with its way back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import ascii_lowercase

from comptoir import quoted
from comptoir.classify.case import Evidence
from comptoir.classify.words import Words, lazy
from comptoir.text import HTML_LIMIT, Normal, fold, from_html, normalise
from comptoir.ticket import Message, Ticket

#: characters of a body, and of a subject, that are read; a person's reason for writing stands in the first of them
BODY_LIMIT = 16 * 1024
SUBJECT_LIMIT = 1024
_SHOWN = 80
_FIGURES = re.compile(r"\d+")
_NUMBER_FROM = 5  # characters
#: files pasted as base64: no words, however many letters
_BLOB_FROM = 48
_FORWARD_MARKS = ("forward", "transf", "réexp", "转", "轉")  # no forwarded mail without one of them
_BLOB = re.compile(rf"(?<!\S)[A-Za-z0-9+/]{{{_BLOB_FROM},}}={{0,2}}(?!\S)")

_FORWARDED_SUBJECT = re.compile(r"\s*(?:fwd?|tr|wg|转发|轉寄|轉發)\s?[:：]", re.IGNORECASE)
_FORWARDED_BODY = re.compile(
    r"^[ >]*(?:-{2,} ?(?:forwarded message|message transféré|转发的?邮件|轉寄郵件|轉寄的?郵件) ?-{2,}|"
    r"begin forwarded message ?:|début du message (?:réexpédié|transféré) ?:)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Part:
    """One field of a ticket, read. `newest` is blank where history is quoted; `folded` is it, for matching."""

    field: str  # "subject", "text", or "html:text": what `text.from_html` made of the HTML body
    original: str
    normal: Normal
    newest: str
    folded: str
    cut: bool = False  # there was more than the limit
    forwarded: bool = False

    def evidence(self, label: str, start: int, end: int, rule: str) -> Evidence:
        """Why `label`: the span of the normalised text, led back to the original."""
        first, last = self.normal.original(start, end)
        return Evidence(label, self.field, first, last, self.original[first:last][:_SHOWN], rule)

    @lazy
    def empty(self) -> bool:
        """Whether nobody wrote a word here: a number alone is none."""
        return not (self.newest[:1].isalpha() or any(map(str.isalpha, self.newest)))

    @lazy
    def words(self) -> Words:
        """Those of `folded`."""
        return Words(self.folded)

    @lazy
    def figures(self) -> Sequence[tuple[int, int]]:
        """Where figures stand, in `newest` and `folded` alike."""
        return [match.span() for match in _FIGURES.finditer(self.folded)]

    @lazy
    def number_words(self) -> Sequence[tuple[int, int]]:
        """Where those words stand, apart by spaces, that have a figure and are long enough for a number of an order."""
        found, end = [], 0
        for first, _ in self.figures:
            if first >= end:
                start, end = self.folded.rfind(" ", end, first) + 1 or end, self.folded.find(" ", first)
                end = len(self.folded) if end < 0 else end
                if end - start >= _NUMBER_FROM:
                    found.append((start, end))
        return found

    def numbers(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """What `pattern.finditer(newest)` gives, of a pattern of at least five letters and figures."""
        return (match for word in self.number_words for match in pattern.finditer(self.newest, *word))

    def around_figures(
        self, pattern: re.Pattern[str], text: str, before: int, longest: int, *,
        behind: tuple[str, ...] = (), after_word: bool = False,
    ) -> Iterator[re.Match[str]]:
        """What `pattern.finditer(text)` gives, looked for near figures only, for most of a text has none.

        A match begins with a figure, or at most `before` characters before it, and sees `longest` characters at most;
        with `behind` it begins with a figure or what is behind one of these, a space aside; with `after_word` it begins
        with a figure or the word before it.
        """
        end = 0
        for first, _ in self.figures:
            earliest = max(end, first - before)
            if behind and not text.endswith(behind, earliest, first - (text[first - 1:first] == " ")):
                earliest = max(end, first)
            starts = _word_before(text, earliest, first) if after_word else range(earliest, first + 1)
            for start in starts:
                if match := pattern.match(text, start, start + longest):
                    yield match
                    end = match.end()
                    break


def _word_before(text: str, earliest: int, first: int) -> Sequence[int]:
    """Where a word begins, if one stands before `first`, and `first`."""
    if first <= earliest or text[first - 1] != " ":
        return (first,)
    before = text[earliest:first - 1].rstrip(".")
    return earliest + len(before.rstrip(ascii_lowercase)), first


def read_parts(ticket: Ticket) -> tuple[Part, ...]:
    """The subject, if there is one, and the newest outside message. A message with both bodies is read as text."""
    forwarded = _FORWARDED_SUBJECT.match(ticket.subject[:SUBJECT_LIMIT]) is not None
    parts = [_part("subject", ticket.subject, SUBJECT_LIMIT)] if ticket.subject else []
    if (newest := ticket.newest) is not None:
        parts.append(read_body(newest, forwarded=forwarded))
    return tuple(parts)


def read_body(message: Message, *, forwarded: bool = False) -> Part:
    """A message's body."""
    if message.text.strip() or not message.html:
        return _part("text", message.text, BODY_LIMIT, forwarded=forwarded)
    part = _part("html:text", from_html(message.html), BODY_LIMIT, forwarded=forwarded)
    return part if len(message.html) <= HTML_LIMIT else _cut(part)


def _cut(part: Part) -> Part:
    return Part(part.field, part.original, part.normal, part.newest, part.folded, True, part.forwarded)


def _part(field: str, original: str, limit: int, *, forwarded: bool = False) -> Part:
    normal = normalise(original[:limit])
    if field == "subject":
        newest = normal.text
    else:
        if not forwarded and quoted.has_any(_FORWARD_MARKS, normal.text.lower()):
            forwarded = _FORWARDED_BODY.search(normal.text) is not None
        newest = quoted.newest(normal.text, forwarded=forwarded)
    if len(newest) > _BLOB_FROM and max(map(len, newest.split()), default=0) >= _BLOB_FROM:
        newest = _BLOB.sub(lambda blob: " " * len(blob[0]), newest)
    return Part(field, original, normal, newest, fold(newest), len(original) > limit, forwarded)
