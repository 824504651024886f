"""plan(...) -> Update: tags, fields and the note, as a value, diffed against what is on the ticket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Note:
    """An internal note. `fingerprint` stands in its last line and says whether the ticket has it already."""

    html: str
    fingerprint: str


@dataclass(frozen=True)
class Update:
    """Everything that will be written to a ticket, before it is written. Only what differs from the ticket."""

    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)  # our names, as in Desk.fields
    note: Note | None = None

    def __bool__(self) -> bool:
        return bool(self.add_tags or self.remove_tags or self.fields or self.note)
