"""Which part of a mail is new: quoted history, forwarded headers and signatures, by the marks mail programs leave."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Every repeat is bounded and every pattern tied to a line's start: the time grows with the length, not with its square.
_WROTE = (
    r"le\b[^\n]{4,160}(?:\n[^\n]{0,120})?\b[aà]\s[ée]crit ?:",
    r"on\b[^\n]{4,160}(?:\n[^\n]{0,120})?\bwrote ?:",
    r"(?:在|於|于)[^\n]{4,160}(?:写道|寫道|写了|寫了)[^\n]{0,3}[:：]?[ ]*$",
    r"[^\n]{2,80}(?:于|於|在)[^\n]{4,80}(?:写道|寫道) ?[:：][ ]*$",
    r"[^\n]{3,120}(?:a écrit|wrote|写道|寫道) ?[:：][ ]*\n[> ]*>",
)
_SEPARATORS = (
    r"-{2,} ?(?:original message|message d'origine|message original|message initial|"
    r"原始邮件|原始郵件|原始信息|回复的邮件) ?-{2,}",
    r"_{20,}[ ]*\n",
    r"##- ?[^\n]{5,120}-##",
)
_FROM = r"(?:from|de|von|发件人|發件人|寄件者|寄件人)[ ]?[:：] ?[^\n]{1,200}\n(?:[^\n]{0,200}\n){0,3}?"
_HEADERS = (
    rf"{_FROM}\*?(?:sent|date|envoyé|to|à|objet|subject|"
    r"发送时间|發送時間|寄件日期|傳送時間|收件人|收件者|日期|主题|主旨)[ ]?[:：]"
)
_HISTORY = re.compile(rf"^[ ]{{0,8}}(?:{'|'.join((*_WROTE, *_SEPARATORS))})", re.IGNORECASE | re.MULTILINE)
_HEADERS_AT_LEAST = 2
_HISTORY_MARKS = ("crit", "wrote", "写", "寫", "--", "____", "##")  # no history without one of them
_HEADER_BLOCK = re.compile(rf"^[ *]{{0,8}}{_HEADERS}", re.IGNORECASE | re.MULTILINE)
_QUOTED_LINE = re.compile(r"^[ ]{0,3}>[^\n]*", re.MULTILINE)
_SIGNATURE = re.compile(r"^-- ?\n", re.MULTILINE)
# no line of a phone without one of these
_PHONE_MARKS = ("envoy", "sent", "自", "从我", "從我", "outlook", "provenance")
_PHONE = re.compile(
    r"^[ ]{0,8}(?:"
    r"(?:envoyé|sent)\b[^\n]{0,12}\b(?:de|depuis|from)\b[^\n]{0,12}"
    r"\b(?:mon|my|iphone|ipad|android|yahoo|outlook|mail|proton|samsung)\b[^\n]{0,60}"
    r"|(?:发自|發自|从|從|來自)我的[^\n]{0,40}|(?:发自|發自)[^\n]{0,30}(?:邮箱|郵箱|mail)[^\n]{0,20}"
    r"|(?:get|télécharge[zr]) outlook[^\n]{0,60}|provenance : courrier[^\n]{0,60}"
    r")$",
    re.IGNORECASE | re.MULTILINE,
)
_NOT_NEWLINE = re.compile(r"[^\n]")


def split_quoted(text: str, *, forwarded: bool = False) -> tuple[str, str]:
    """(newest, quoted): each as long as `text`, blank where the other has words, so offsets hold in both.

    Newest is what the sender wrote for this message; quoted is history, and signatures. A forwarded mail's headers
    introduce what the message is about, so `forwarded` keeps what follows them.
    """
    spans = _quoted(text, forwarded=forwarded)
    return _blank(text, spans), _blank(text, _rest(spans, len(text)))


def newest(text: str, *, forwarded: bool = False) -> str:
    """The first half of `split_quoted`."""
    spans = _quoted(text, forwarded=forwarded)
    return _blank(text, spans) if spans else text


def _quoted(text: str, *, forwarded: bool) -> list[tuple[int, int]]:
    lower = text.lower()
    spans = [match.span() for match in _QUOTED_LINE.finditer(text)] if ">" in text else []
    if has_any(_PHONE_MARKS, lower):
        spans += [match.span() for match in _PHONE.finditer(text)]
    history = _HISTORY.search(text) if has_any(_HISTORY_MARKS, lower) else None
    signature = _SIGNATURE.search(text) if "--" in text else None
    starts = [match.start() for match in (history, signature) if match]
    headers = not forwarded and text.count(":") + text.count("：") >= _HEADERS_AT_LEAST
    if headers and (block := _HEADER_BLOCK.search(text)):
        starts.append(block.start())
    if starts:
        spans.extend(_history(text, min(starts), spans))
    return spans


def has_any(marks: Sequence[str], text: str) -> bool:
    """Whether one of the marks stands in a text: a look that is many times faster than a pattern's."""
    return any(map(text.__contains__, marks))


def _history(text: str, start: int, quoted: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """From the mark to the end; but where ">" lines follow it, an answer below them is new."""
    below = [span for span in quoted if span[0] > start]
    if not below:
        return [(start, len(text))]
    return [(start, below[0][0])]


def _rest(spans: list[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    rest, end = [], 0
    for start, stop in sorted(spans):
        if start > end:
            rest.append((end, start))
        end = max(end, stop)
    return [*rest, (end, length)]


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    pieces, end = [], 0
    for start, stop in sorted(spans):
        if start > end:
            pieces.append(text[end:start])
        if stop > end:
            pieces.append(_NOT_NEWLINE.sub(" ", text[max(start, end):stop]))
        end = max(end, stop)
    return "".join((*pieces, text[end:]))
