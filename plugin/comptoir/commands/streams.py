"""Text in and lines out: files, standard input, and streams of lines too long to be kept.

Lines are read and answered in portions of what the input has ready: a million lines cost a few thousand writes, and
one line typed into a pipe is answered before the next is waited for. Nothing of a portion outlives it.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from comptoir.commands.progress import Bar
from comptoir.errors import BadInput

File = Annotated[Path, typer.Argument(help="A file, or - for standard input.", metavar="FILE|-")]

_PORTION = 32 * 1024  # bytes read at once
#: bytes of a line that are kept: a ticket's texts may have 16 million characters
LINE_LIMIT = 64 * 1024 * 1024


class Lines:
    """The lines of an input, and the answers to them. Made by `open_lines`."""

    def __init__(self, stream: IO[bytes], bar: Bar) -> None:
        self._stream, self._bar = stream, bar
        self._answers: list[str] = []

    def __iter__(self) -> Iterator[str]:
        """Each line as it comes, without its end; of one that is too long, the first `LINE_LIMIT` bytes."""
        self._bar.begin()
        rest = bytearray()
        read = getattr(self._stream, "read1", self._stream.read)
        while portion := read(_PORTION):
            *whole, last = portion.split(b"\n")
            for piece in whole:
                rest += piece[:LINE_LIMIT - len(rest)]
                line, rest = rest, bytearray()
                self._bar.count(len(piece) + 1)
                yield line.decode("utf-8", "replace")
            rest += last[:LINE_LIMIT - len(rest)]
            self._bar.skip(len(last))
            self.flush()
        if rest:
            self._bar.count(0)
            yield rest.decode("utf-8", "replace")
        self.flush()

    @property
    def count(self) -> int:
        """How many have been read."""
        return self._bar.lines

    def answer(self, text: str) -> None:
        """A line for standard output, written with the others of its portion."""
        self._answers.append(text)

    def flush(self) -> None:
        """Write the answers so far, and draw the bar below them."""
        if self._answers:
            answers = "".join(f"{answer}\n" for answer in self._answers).encode("utf-8", "replace")
            self._answers.clear()
            with self._bar.aside():
                out = typer.get_binary_stream("stdout")
                out.write(answers)
                out.flush()
        self._bar.draw()

    def close(self) -> None:
        """Write what is still to be written, and leave the bar as it stands."""
        try:
            self.flush()
        finally:
            self._answers.clear()
            self._bar.end()


@contextmanager
def open_lines(file: Path, *, quiet: bool = False) -> Iterator[Lines]:
    """The lines of a file or of standard input, with a progress bar on standard error where somebody watches."""
    with _open(file) as stream:
        lines = Lines(stream, Bar(_size(stream), quiet=quiet))
        try:
            yield lines
        finally:
            lines.close()


@contextmanager
def ended_by_the_reader(lines: Lines) -> Iterator[None]:
    """Stop quietly when nobody reads the answers any more (`| head`), and with one plain line at Ctrl-C."""
    try:
        yield
    except BrokenPipeError:
        # what is still to be written at exit would fail in the same way, and say so
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, typer.get_binary_stream("stdout").fileno())
        os.close(nowhere)
        raise typer.Exit(0) from None
    except KeyboardInterrupt:
        with suppress(BrokenPipeError):
            lines.close()
        typer.echo(f"stopped after {lines.count:,} line(s)", err=True)
        raise typer.Exit(130) from None


def read_text(file: Path) -> str:
    """A file's text, or that of standard input. Raises BadInput for a file that cannot be read."""
    with _open(file) as stream:
        return stream.read().decode("utf-8", errors="replace")


def read_json(file: Path) -> Any:
    """A file's JSON, or that of standard input. Raises BadInput."""
    return parse_json(read_text(file), "standard input" if str(file) == "-" else str(file))


def parse_json(text: str, where: str) -> Any:
    """Raises BadInput, naming `where`. A lone surrogate, which JSON allows and UTF-8 does not, becomes a "?"."""
    try:
        data = json.loads(text)
        if "\\ud" in text.lower():
            return json.loads(json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))
        return data
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadInput(f"{where} is not JSON: {error}") from error


@contextmanager
def _open(file: Path) -> Iterator[IO[bytes]]:
    if str(file) == "-":
        yield typer.get_binary_stream("stdin")
        return
    try:
        stream = file.open("rb")
    except OSError as error:
        raise BadInput(f"{file}: cannot be read: {error.strerror}") from error
    with stream:
        yield stream


def _size(stream: IO[bytes]) -> int | None:
    """The bytes to come, where that is known: of a file, also as `< file`; not of a pipe."""
    try:
        there = os.fstat(stream.fileno())
        return there.st_size - stream.tell() if stat.S_ISREG(there.st_mode) else None
    except (OSError, ValueError):  # no file of the system at all
        return None
