"""What happened, as JSON lines on standard error and as counters: one call for both, so that they never disagree.

A line names an event, its outcome and ids. It never holds a ticket's text, a name, an address or a secret: there is
no parameter to pass one in.
"""

from __future__ import annotations

import json
import logging
import sys
from collections import Counter
from datetime import UTC, datetime
from threading import Lock

_logger = logging.getLogger("comptoir")
_lock = Lock()
_counts: Counter[tuple[str, str, str]] = Counter()

#: outcomes that a person should look at; the rest are information
_LOUD = frozenset({"failed", "not_allowed", "given_up", "store_down", "stopped"})
_WARN = frozenset({"rejected", "unknown_event", "bad_input", "too_large", "unknown_desk", "retry"})


class JsonLines(logging.Formatter):
    """One JSON object a line. Other libraries' records keep their message and lose their traceback's values."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "log": record.name,
            **getattr(record, "said", {"message": record.getMessage()}),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__  # its text may quote a ticket
        return json.dumps(line, ensure_ascii=False)


def set_up(level: str = "INFO") -> None:
    """Send every log to standard error as JSON lines. Called once by a server or worker, never by a library."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("uvicorn.access").disabled = True  # it writes request lines; ours carry desk and outcome
    # DBOS hangs a console handler of its own on its logger, unless there is one
    engine = logging.getLogger("dbos")
    engine.handlers, engine.propagate = [handler], False


def say(
    event: str,
    outcome: str,
    *,
    desk: str = "",
    ticket: str = "",
    work: str = "",
    why: str = "",
    seconds: float | None = None,
) -> None:
    """Log one outcome and count it.

    `work` is the id of a delivery, sweep or timer; `why` is a word or a sentence of ours, never a buyer's.
    """
    with _lock:
        _counts[event, desk, outcome] += 1
    level = logging.ERROR if outcome in _LOUD else logging.WARNING if outcome in _WARN else logging.INFO
    said = {"event": event, "outcome": outcome, "desk": desk, "ticket": ticket, "work": work, "why": why,
            "seconds": None if seconds is None else round(seconds, 3)}
    _logger.log(level, "%s: %s", event, outcome, extra={"said": {k: v for k, v in said.items() if v not in ("", None)}})


def counts() -> dict[tuple[str, str, str], int]:
    """How often each (event, desk, outcome) happened since this process started."""
    with _lock:
        return dict(_counts)
