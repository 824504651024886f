"""`comptoir classify` as a stream: constant memory, few writes, a bar that tears nothing, and all ways to end early."""

from __future__ import annotations

import io
import json
import os
import pty
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.console import Console

from comptoir.commands import reading, streams
from comptoir.commands.progress import Bar
from comptoir.counter import Office

COMMAND = [sys.executable, "-m", "comptoir", "classify"]


class Made(io.RawIOBase):
    """An input that is made while it is read."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = iter(lines)

    def read1(self, size: int) -> bytes:
        return next(self._lines, b"")


class Sink(io.RawIOBase):
    """An output that keeps the number of its writes and the last of them."""

    writes, lines, last = 0, 0, b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.writes, self.last = self.writes + 1, bytes(data)
        self.lines += self.last.count(b"\n")
        return len(data)


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch, office: Office) -> Sink:
    made = Sink()
    monkeypatch.setattr(reading, "open_office", lambda: office)
    monkeypatch.setattr(streams.typer, "get_binary_stream", lambda name: made)
    return made


def classify(monkeypatch: pytest.MonkeyPatch, sink: Sink, portions: Iterable[bytes]) -> int:
    """The command on an input of these portions; its exit code."""
    monkeypatch.setattr(streams.typer, "get_binary_stream", lambda name: Made(portions) if name == "stdin" else sink)
    try:
        reading.classify(Path("-"))
    except typer.Exit as end:
        return int(end.exit_code)
    return 0


def line(number: int, *, good: bool = False) -> bytes:
    """A line of 5 kB, answered with 1 kB; most are bad, for a good one takes its time."""
    text = {"text": "Où est mon colis ?"} if good else {"texte": "x" * 4000}
    return json.dumps({"id": f"{number}{'i' * 1000}", **text}).encode() + b"\n"


def test_memory_does_not_grow_with_the_input(monkeypatch: pytest.MonkeyPatch, sink: Sink) -> None:
    count, used = 4000, []

    def lines() -> Iterator[bytes]:
        for number in range(count):
            if number in (count // 4, count - 1):
                used.append(tracemalloc.get_traced_memory()[0])
                tracemalloc.reset_peak()
            yield line(number, good=number % 40 == 0)
        used.append(tracemalloc.get_traced_memory()[1])

    tracemalloc.start()
    try:
        code = classify(monkeypatch, sink, lines())
    finally:
        tracemalloc.stop()

    assert (code, sink.lines) == (1, count)
    # three quarters of the input are 15 MB and their answers 3 MB
    assert used[1] - used[0] < 1_000_000
    assert used[2] - used[0] < 1_000_000


def test_answers_are_written_by_the_portion_and_not_by_the_line(monkeypatch: pytest.MonkeyPatch, sink: Sink) -> None:
    portion = b"".join(line(number) for number in range(100))

    classify(monkeypatch, sink, [portion] * 5)

    assert (sink.lines, sink.writes) == (500, 5)


def test_what_has_come_is_answered_before_more_is_waited_for(monkeypatch: pytest.MonkeyPatch, sink: Sink) -> None:
    answered = []

    def typed() -> Iterator[bytes]:
        for part in (b'{"id": "1", "text"', b': "x"}\n', b'{"id": "2", "text": "x"}'):
            yield part
            answered.append(sink.lines)

    assert classify(monkeypatch, sink, typed()) == 0
    assert answered == [0, 1, 1]
    assert sink.lines == 2
    assert json.loads(sink.last)["id"] == "2"


def test_a_line_that_never_ends_is_cut_and_the_next_one_is_read(monkeypatch: pytest.MonkeyPatch, sink: Sink) -> None:
    monkeypatch.setattr(streams, "LINE_LIMIT", 1000)
    kept = []
    monkeypatch.setattr(reading, "_classify_line", lambda _, text: kept.append(len(text)) or {"error": text[:1]})

    classify(monkeypatch, sink, [b"a" * 700] * 9 + [b"a\nb", b"b" * 2000 + b"\n" + b"c" * 5])

    assert kept == [1000, 1000, 5]


def test_a_sequence_cut_between_two_portions_is_whole_again(monkeypatch: pytest.MonkeyPatch, sink: Sink) -> None:
    whole = '{"id": "é中", "text": "x"}\n'.encode()
    for place in range(7, 14):
        classify(monkeypatch, sink, [whole[:place], whole[place:]])
        assert json.loads(sink.last)["id"] == "é中"


@pytest.fixture(scope="module")
def tickets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("stream") / "tickets.jsonl"
    file.write_text("".join(f'{{"id": "{number}", "text": "Où est mon colis ?"}}\n' for number in range(3000)))
    return file


def terminal(arguments: list[str], *, stdin: Any = None, stdout: Any = None) -> tuple[int, str]:
    """Run with standard error on a terminal, and standard output too unless it is given; exit code, what was seen."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([*COMMAND, *arguments], stdin=stdin, stdout=stdout or theirs, stderr=theirs,
                               env={**os.environ, "TERM": "xterm", "COLUMNS": "100"})
    os.close(theirs)
    seen = b""
    try:
        while portion := os.read(ours, 65536):
            seen += portion
    except OSError:  # Linux' way to say that the other end is closed
        pass
    os.close(ours)
    return process.wait(60), seen.decode()


def rows(seen: str) -> list[str]:
    """What stands on a terminal in the end: a row ends with a newline, and is begun anew after an erasure."""
    return [row.rpartition("\r\x1b[2K")[2].rstrip("\r") for row in seen.split("\n")]


def test_the_bar_stands_on_the_terminal_and_the_answers_in_the_file(tickets: Path, tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out:
        code, seen = terminal([str(tickets)], stdout=out)

    assert code == 0
    assert [json.loads(row)["id"] for row in (tmp_path / "out").read_text("utf-8").splitlines()] == [
        str(number) for number in range(3000)]
    last = rows(seen)[-2]
    assert "100%" in last
    assert "3,000 lines" in last
    assert "lines/s" in last
    assert seen.count("\x1b[2K") > 2  # it moved


def test_on_one_terminal_no_answer_is_torn_by_the_bar(tickets: Path) -> None:
    code, seen = terminal([str(tickets)])
    *answers, bar, nothing = rows(seen)

    assert code == 0
    assert [json.loads(row)["id"] for row in answers] == [str(number) for number in range(3000)]
    assert "3,000 lines" in bar
    assert nothing == ""


def test_of_a_pipe_nobody_knows_the_end(tickets: Path, tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out, subprocess.Popen(["cat", tickets], stdout=subprocess.PIPE) as cat:
        code, seen = terminal(["-"], stdin=cat.stdout, stdout=out)

    assert code == 0
    assert rows(seen)[-2].startswith("3,000 lines, ")
    assert "%" not in seen


@pytest.mark.parametrize("option", ["--quiet", "-q"])
def test_quiet_shows_no_bar(tickets: Path, tmp_path: Path, option: str) -> None:
    with (tmp_path / "out").open("wb") as out:
        assert terminal([option, str(tickets)], stdout=out) == (0, "")


def test_without_a_terminal_there_is_no_bar(tickets: Path) -> None:
    done = subprocess.run([*COMMAND, str(tickets)], capture_output=True, check=True, timeout=120)

    assert done.stderr == b""
    assert done.stdout.count(b"\n") == 3000


def test_a_reader_that_has_enough_ends_it_without_a_word(tickets: Path) -> None:
    with subprocess.Popen([*COMMAND, str(tickets)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        first = process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()

    assert json.loads(first)["id"] == "0"
    assert (process.returncode, said) == (0, b"")


@pytest.fixture
def ctrl_c_is_heard() -> Iterator[None]:
    """A shell that starts something in the background has it, and all that this starts, not hear Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c_is_heard")
def test_ctrl_c_ends_it_with_one_plain_line() -> None:
    with subprocess.Popen([*COMMAND, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
                          ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(b'{"id": "1", "text": "x"}\n')
        process.stdin.flush()
        answer = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()

    assert json.loads(answer)["id"] == "1"
    assert (process.returncode, said) == (130, b"stopped after 1 line(s)\n")


def test_the_bar_says_how_fast_it_goes() -> None:
    bar = Bar(1000, console=Console(file=io.StringIO(), force_terminal=True, width=100))
    for _ in range(1200):
        bar.count(1)

    assert bar.said(4.0) == "1,200 lines, 300 lines/s"
    assert bar.said(0.0) == "1,200 lines, 0 lines/s"


def test_an_empty_file_has_no_share() -> None:
    shown = io.StringIO()
    Bar(0, console=Console(file=shown, force_terminal=True, width=100)).end()

    assert "0 lines" in shown.getvalue()
    assert "%" not in shown.getvalue()
