"""Everything Comptoir raises on purpose.

    ComptoirError                    one clear line for a person; `exit_code` for the command line
      BadInput                       what was given cannot be read: where, what, what is allowed
        BadPack                      faults in packs, templates or catalogues; carries them all
        BadSettings                  a missing or wrong setting: its name, the file, an example
      MissingFact                    a template or calculator needs a fact that is not known
      StoreDown                      the store of deliveries does not answer: 503, the helpdesk comes again
      HelpdeskError                  the helpdesk said no, or did not answer
        RejectedDelivery             a webhook request that is not the helpdesk's: 401
        UnknownEvent                 a webhook event this helpdesk folder has no line for
        TicketGone                   deleted or never there: terminal
        TicketClosed                 can no longer be written: terminal
        Conflict                     somebody wrote in between: read again, merge again
        NotAllowed                   credentials refused
        Unavailable                  time-out, 429, 5xx: try again after `retry_after` seconds
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class ComptoirError(Exception):
    """The root. `str(error)` is a sentence a person can act on."""

    exit_code = 1


class BadInput(ComptoirError):
    """What was given cannot be read."""

    exit_code = 2


@dataclass(frozen=True, order=True)
class Fault:
    """One fault in a file: `file:line: message`. `line` is 0 when the whole file is meant."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


class BadPack(BadInput):
    """Packs, templates or catalogues with faults; all of them at once, in file order."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(map(str, self.faults)))


class BadSettings(BadInput):
    """A setting is missing or wrong."""


class MissingFact(ComptoirError):
    """A fact is needed and unknown; `paths` names it as in `order.total`."""

    def __init__(self, *paths: str) -> None:
        self.paths = paths
        super().__init__(f"not known: {', '.join(paths)}")


class StoreDown(ComptoirError):
    """The store does not answer, so nothing was accepted."""


class HelpdeskError(ComptoirError):
    """The helpdesk said no, or did not answer."""


class RejectedDelivery(HelpdeskError):
    """A webhook request that did not prove where it comes from. `reason` is one word for the log."""

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        super().__init__(message)


class UnknownEvent(HelpdeskError):
    """An event that is neither handled nor on the ignored list: the vendor added one, or we forgot."""


class TicketGone(HelpdeskError):
    """The ticket was deleted, or never was."""


class TicketClosed(HelpdeskError):
    """The ticket can no longer be written."""


class Conflict(HelpdeskError):
    """Somebody changed the ticket since it was read."""


class NotAllowed(HelpdeskError):
    """The helpdesk refused our credentials, or our rights do not reach that far."""


class Unavailable(HelpdeskError):
    """No answer, too many requests, or a fault at the helpdesk. Try again after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)
