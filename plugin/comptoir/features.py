"""What is kept of a text to learn from it: its newest words in no order, and a hash of it. Not the text.

Order numbers, addresses, links and whatever holds a figure are replaced, and the names of those who write are left out.
The words of a short text still tell much of it, so they are personal data as the ticket is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from comptoir.classify.parts import read_parts
from comptoir.text import fold
from comptoir.ticket import Ticket

MAX_FEATURES = 400
_MAX_WORD = 30  # characters; a longer one is no word
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,255}")
_LINK = re.compile(r"(?:https?://|www\.)\S{1,2000}")
_FIGURES = re.compile(r"[^\W_]*\d[\w/.,:+-]*")
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"<(?:mail|link|number)>|[{_HAN}]+|(?:(?![{_HAN}])[^\W\d_])+")


def newest_text(ticket: Ticket) -> tuple[str, str]:
    """Subject and newest outside message, normalised, without quoted history."""
    newest = {part.field: " ".join(part.newest.split()) for part in read_parts(ticket)}
    return newest.pop("subject", ""), " ".join(newest.values())


def sha256(ticket: Ticket) -> str:
    """Of the newest text, subject first: the same text, the same hash."""
    return hashlib.sha256("\n".join(newest_text(ticket)).encode("utf-8", "replace")).hexdigest()


def features_of(ticket: Ticket) -> tuple[str, ...]:
    """The distinct folded words of the newest text, and the pairs of its Chinese characters, sorted."""
    found: dict[str, None] = {}
    for part in read_parts(ticket):
        for word in _WORD.finditer(_replaced(part.folded, ticket)):
            found.update(dict.fromkeys(_split(word[0])))
            if len(found) >= MAX_FEATURES:
                return tuple(sorted([*found][:MAX_FEATURES]))
    return tuple(sorted(found))


def _replaced(folded: str, ticket: Ticket) -> str:
    text = _FIGURES.sub(" <number> ", _LINK.sub(" <link> ", _MAIL.sub(" <mail> ", folded)))
    for name in _names(ticket):
        bounded = re.escape(name) if re.search(f"[{_HAN}]", name) else rf"(?<!\w){re.escape(name)}(?!\w)"
        text = re.sub(bounded, " ", text)
    return text


def _names(ticket: Ticket) -> set[str]:
    """The words that the names of requester and writer are made of."""
    newest = ticket.newest
    written = f"{ticket.requester.name} {newest.from_name if newest else ''}"[:400]
    return {word for word in re.findall(r"[^\W\d_]+", fold(written)) if len(word) > 1}


def _split(word: str) -> Iterator[str]:
    if not re.match(f"[{_HAN}]", word):
        if len(word) <= _MAX_WORD:
            yield word
    elif len(word) == 1:
        yield word
    else:
        yield from (word[place:place + 2] for place in range(len(word) - 1))
