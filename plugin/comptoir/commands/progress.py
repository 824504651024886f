"""The progress bar on standard error: how many lines, how fast, and how much is left where that is known.

Drawn by hand below the answers instead of by a thread of its own, so that both may share one terminal and no answer is
ever torn by a bar.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

_EVERY = 0.1  # seconds between two drawings
_ERASE = "\r\x1b[2K"


class Bar:
    """Counts, and draws itself where standard error is a terminal. `total` is in bytes; None: nobody knows."""

    def __init__(self, total: int | None, *, quiet: bool = False, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._shown = self._console.is_terminal and not self._console.is_dumb_terminal and not quiet
        known: tuple[ProgressColumn, ...] = (BarColumn(), TaskProgressColumn()) if total else ()
        left: tuple[ProgressColumn, ...] = (TextColumn("left:"), TimeRemainingColumn()) if total else ()
        # never started: it lays out a row, the rest is done here
        self._row = Progress(*known, TextColumn("{task.description}"), *left, console=self._console)
        self._task = self._row.add_task("", total=total or None)
        self._began = self._drawn = monotonic()
        self._under = False  # a bar stands in the terminal's last row
        self._bytes = 0
        self.lines = 0

    def begin(self) -> None:
        """The clock starts here: not with what is read before the first line."""
        self._began = monotonic()

    def count(self, size: int) -> None:
        """One more line, of `size` bytes."""
        self.lines += 1
        self._bytes += size

    def skip(self, size: int) -> None:
        """Bytes of a line that has not ended yet."""
        self._bytes += size

    def draw(self, *, now: bool = False) -> None:
        """Show how far it is; not more often than the eye follows."""
        moment = monotonic()
        if not self._shown or (moment - self._drawn < _EVERY and not now):
            return
        self._drawn = moment
        self._row.update(self._task, completed=self._bytes, description=self.said(moment - self._began))
        with self._console.capture() as captured:
            self._console.print(self._row.get_renderable(), no_wrap=True)
        self._write(_ERASE + captured.get().splitlines()[0])
        self._under = True

    def said(self, seconds: float) -> str:
        """`12,345 lines, 5,100 lines/s`."""
        return f"{self.lines:,} lines, {self.lines / seconds if seconds else 0:,.0f} lines/s"

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Take the bar away while something else is written."""
        if self._under:
            self._write(_ERASE)
            self._under = False
        yield

    def end(self) -> None:
        """Leave the last state standing."""
        self.draw(now=True)
        if self._under:
            self._write("\n")
        self._shown = self._under = False

    def _write(self, text: str) -> None:
        self._console.file.write(text)
        self._console.file.flush()
