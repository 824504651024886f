"""What `comptoir doctor` tries: settings, packs, the store, the address, every desk. Each check says what to mend.

It writes nothing to a helpdesk, and to the store only what starting would write.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from comptoir import counter, helpdesk, settings, workflow
from comptoir.errors import BadPack, BadSettings, HelpdeskError, NotAllowed, StoreDown, Unavailable
from comptoir.helpdesk import Desk
from comptoir.settings import Settings


@dataclass(frozen=True)
class Finding:
    """One thing that was tried. `text` is a sentence; where it is not well, with what to mend."""

    well: bool
    text: str


def examine(file: Path | None = None) -> Iterator[Finding]:
    """Everything, in the order in which it should be mended; a desk is tried even where the store is down."""
    try:
        read = settings.read(file)
        read.need_desks()
    except BadSettings as error:
        yield from (Finding(False, line) for line in str(error).splitlines())
        return
    yield Finding(True, f"settings: {read.file} is read, {len(read.desks)} desk(s)")
    yield from packs()
    yield from store(read)
    yield from address(read)
    for desk in read.desks.values():
        yield from account(desk)


def packs() -> Iterator[Finding]:
    """Packs, templates and catalogues are read as at start."""
    try:
        office = counter.open_office()
    except BadPack as error:
        yield from (Finding(False, str(fault)) for fault in error.faults)
        return
    yield Finding(True, f"packs: {', '.join(sorted(office.packs.marketplaces))}")


def store(read: Settings) -> Iterator[Finding]:
    """The store opens, and no work waits for a worker that is gone."""
    try:
        stuck = workflow.stuck(read.store_url)
    except StoreDown as error:
        yield Finding(False, f"store: {error}")
        return
    yield Finding(True, "store: answers")
    for name, count in sorted(stuck.items()):
        yield Finding(
            False, f"store: {count} ticket(s) wait for a worker called {name!r} that is gone; start one with "
            f'work.name = "{name}", and it goes on with them',
        )


def address(read: Settings) -> Iterator[Finding]:
    """Nobody else listens where the server would."""
    where = f"{read.server.host}:{read.server.port}"
    try:
        with socket.create_server((read.server.host, read.server.port)):
            pass
    except OSError as error:
        yield Finding(
            False, f"server: {where} cannot be listened on ({error.strerror}); all is well where `comptoir serve` runs "
            "there already, else mend server.host and server.port",
        )
        return
    yield Finding(True, f"server: {where} is free; each desk's webhook goes to /hooks/<desk> there, by way of https")


def account(desk: Desk) -> Iterator[Finding]:
    """The helpdesk takes the desk's credentials and has what its settings name."""
    name = f"desks.{desk.name}"
    try:
        yield from (Finding(True, f"{name}: {line}") for line in helpdesk.load(desk.kind).connect(desk).check())
    except NotAllowed as error:
        yield Finding(False, f"{name}: credentials are refused: {error}")
    except Unavailable as error:
        yield Finding(False, f"{name}: no answer: {error}")
    except (BadSettings, HelpdeskError) as error:
        yield Finding(False, f"{name}: {error}")
