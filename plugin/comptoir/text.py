"""What people write, made comparable: HTML to text, one spelling a character, quoted history apart.

Offsets survive every step, because evidence is shown in the original:

    from_html(html) -> text             the only step that makes a new text; evidence then counts in that text
    normalise(text) -> Normal           shorter or longer than the original; knows where each character came from
    split_quoted(text), fold(text)      as long as what they were given
"""

from __future__ import annotations

import html as entities
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import nh3

#: characters of an HTML body that are read; a browser's tree rules make hostile nesting cost the square of its depth
HTML_LIMIT = 128 * 1024

_BREAKS = ("br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "hr", "pre")
_TAG = re.compile(r"<(/?)([a-z0-9]+)>")
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_LINE_SPACE = re.compile(r"[^\S\n\u00a0\u3000]+")


def from_html(html: str) -> str:
    """The words of an HTML body, one block a line, quotations marked with "> " as in plain mail.

    Only the first `HTML_LIMIT` characters are read. Scripts, styles and comments are dropped by a real HTML parser,
    which leaves bare, balanced tags; those alone are then read here.
    """
    sound = html[:HTML_LIMIT].encode("utf-8", "replace").decode("utf-8")
    bare = nh3.clean(sound, tags={*_BREAKS, "blockquote", "td"}, attributes={}, link_rel=None,
                     clean_content_tags={"script", "style", "title"})
    lines = "".join(_words(bare)).split("\n")
    return _BLANK_LINES.sub("\n\n", "\n".join(line.strip(" \t") for line in lines)).strip("\n")


def _words(bare: str) -> Iterator[str]:
    """The text between bare tags; a tag that ends a line gives a newline, and "> " for each quotation it is in."""
    depth = end = 0
    for tag in _TAG.finditer(bare):
        yield entities.unescape(_LINE_SPACE.sub(" ", bare[end:tag.start()].replace("\n", " ")))
        end, name = tag.end(), tag[2]
        if name == "blockquote":
            depth = max(0, depth - 1 if tag[1] else depth + 1)
        yield " " if name == "td" else "\n" + ("> " if depth else "")
    yield entities.unescape(_LINE_SPACE.sub(" ", bare[end:].replace("\n", " ")))


@dataclass(frozen=True)
class Normal:
    """A normalised text. Character `i` was made from the original's `offsets[i]` on; the last offset is the end."""

    text: str
    offsets: Sequence[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that `text[start:end]` was made from."""
        if isinstance(self.offsets, range):  # nothing was moved
            return start, end
        return self.offsets[start], max(self.offsets[start], self.offsets[end - 1] + 1, self.offsets[end])


# Zero width, direction marks, soft hyphen, byte order mark: invisible, so worthless to a reader and used to hide words.
_INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff"
# Some copies of Chinese pages carry each converted character's pinyin behind it: "持續(xù)". "(1034)" and "(新)" stay.
_PINYIN = r"(?<=[\u3400-\u9fff\uf900-\ufaff])\([a-züāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ]{1,6}\)"
_DROPPED = re.compile(f"[{_INVISIBLE}]|{_PINYIN}")
_HIDDEN, _NOISE = re.compile(f"[{_INVISIBLE}]"), re.compile(_PINYIN)
_MARKS = r"\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u093c\u09be\u3099\u309a\u1161-\u11ff\u20d0-\u20f0\ufe20-\ufe2f"
# a run of characters that are what they are in NFKC, or one character with the marks upon it
_CLUSTER = re.compile(
    rf"[\t\n -~À-ıŊ-ž\u3001-\u3011\u3400-\u4dbf\u4e00-\u9fff]+(?![{_MARKS}])|[^{_MARKS}][{_MARKS}]{{1,8}}|[\s\S]")


def normalise(original: str) -> Normal:
    """NFKC without invisible characters and pinyin noise; a no-break space becomes a space. Never fails."""
    if original.isascii():
        return Normal(original, range(len(original) + 1))
    normal = unicodedata.is_normalized("NFKC", original)
    text = original if normal else original.translate(_ONE_FOR_ONE)
    dropped = _HIDDEN.search(text) or ("(" in text and _NOISE.search(text))
    if not dropped and (normal or unicodedata.is_normalized("NFKC", text)):
        return Normal(text, range(len(text) + 1))
    return _rebuild(text)


def _rebuild(text: str) -> Normal:
    pieces: list[str] = []
    offsets: list[int] = []
    end = 0
    for dropped in (*_DROPPED.finditer(text), None):
        start = dropped.start() if dropped else len(text)
        for cluster in _CLUSTER.finditer(text, end, start):
            piece = unicodedata.normalize("NFKC", cluster[0])
            pieces.append(piece)
            offsets.extend([cluster.start()] * len(piece) if len(piece) != cluster.end() - cluster.start()
                           else range(cluster.start(), cluster.end()))
        end = dropped.end() if dropped else start
    return Normal("".join(pieces), [*offsets, len(text)])


class _Table(dict[int, int]):
    """A translation table that works a character out when it first meets it; only the first 65,536 are remembered."""

    def __missing__(self, code: int) -> int:
        value = self._of(chr(code))
        if code < 0x10000:
            self[code] = value
        return value

    def _of(self, char: str) -> int:
        raise NotImplementedError


class _OneForOne(_Table):
    """NFKC where it gives one character for one, so that offsets need no list."""

    def _of(self, char: str) -> int:
        normal = unicodedata.normalize("NFKC", char)
        return ord(normal if len(normal) == 1 else char)


class _Fold(_Table):
    def _of(self, char: str) -> int:
        if char in _APOSTROPHES:
            return ord("'")
        if char.isspace():
            return ord(" ")
        bare = unicodedata.normalize("NFKD", char)[0].lower()
        return ord(simplified().get(bare, bare) if len(bare) == 1 else char)


_APOSTROPHES = "'’‘ʼ´`′＇"
_ONE_FOR_ONE = _OneForOne()
_FOLD = _Fold()


def fold(text: str) -> str:
    """For matching only: lower case, no accents, plain apostrophes and spaces, simplified characters. Same length."""
    if text.isascii():
        return text.translate(_FOLD)
    try:  # most of what is written in Latin letters: a table of 256 bytes is many times faster
        return text.encode("cp1252").translate(_western()).decode("cp1252")
    except UnicodeError:
        return text.translate(_FOLD)


@cache
def _western() -> bytes:
    """`_FOLD` for the bytes of cp1252. One that stands for nothing there marks what does not fit: decoding fails."""
    return b"".join(_western_byte(bytes([code])) for code in range(256))


def _western_byte(byte: bytes) -> bytes:
    try:
        return byte.decode("cp1252").translate(_FOLD).encode("cp1252")
    except UnicodeError:
        return b"\x81"


@cache
def simplified() -> dict[str, str]:
    """Traditional character -> the simplified one it is matched as (data/README.md says where from)."""
    table = (files("comptoir") / "classify" / "data" / "simplified.txt").read_text("utf-8")
    pairs = "".join(line for line in table.splitlines() if not line.startswith("#"))
    return dict(zip(pairs[::2], pairs[1::2], strict=True))
