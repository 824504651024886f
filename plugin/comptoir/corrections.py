"""What agents said was wrong, kept to be read, exported and learned from; and what Comptoir last wrote to a ticket.

Two tables in the store's database. `comptoir_corrections` holds a row for each text and label: of the text its hash
and features only, unless the settings keep texts. `comptoir_marks` holds codes and ids (see labels.py). Nothing is
trained from here by itself.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateSchema, CreateTable

from comptoir import database
from comptoir.classify.case import Case
from comptoir.errors import StoreDown
from comptoir.features import features_of, newest_text, sha256
from comptoir.labels import MAX_NOTE, Mark, Word
from comptoir.ticket import Ticket

_SCHEMA = "comptoir"  # on PostgreSQL, beside the engine's own; SQLite has none
_TABLES = sa.MetaData()
_CORRECTIONS = sa.Table(
    "comptoir_corrections", _TABLES,
    *(sa.Column(name, sa.Text, primary_key=True) for name in ("desk", "ticket", "label", "sha256")),
    *(sa.Column(name, sa.Text, nullable=False)
      for name in ("at", "told", "right", "source", "note", "features", "subject", "text")),
    sa.Column("confidence", sa.Float, nullable=False),
)
_MARKS = sa.Table(
    "comptoir_marks", _TABLES,
    sa.Column("desk", sa.Text, primary_key=True), sa.Column("ticket", sa.Text, primary_key=True),
    sa.Column("marks", sa.Text, nullable=False),
)


@dataclass(frozen=True)
class Correction:
    """One label of one text, as a person says it is."""

    at: datetime
    desk: str
    ticket: str
    label: str  # issue, sender, marketplace, language
    told: str  # what Comptoir read
    confidence: float  # and how sure it was of that
    right: str  # "": only that `told` is wrong
    source: Literal["tag", "command"]
    sha256: str
    features: tuple[str, ...]
    note: str = ""
    subject: str = ""  # subject and text are "" unless texts are kept
    text: str = ""


def correction(
    ticket: Ticket, case: Case, word: Word, *, desk: str, at: datetime, source: Literal["tag", "command"],
    note: str = "",
) -> Correction:
    """What there is to learn from one word about a ticket; `case` is how Comptoir reads it by itself."""
    read = getattr(case, word.label)
    told = read if word.right or read in word.wrong or not word.wrong else word.wrong[0]
    sure = case.confidence if word.label == "issue" else case.confidences.get(word.label, 0.0)
    subject, text = newest_text(ticket)
    return Correction(
        at=at.astimezone(UTC), desk=desk, ticket=_clean(ticket.id), label=word.label, told=told,
        confidence=sure if told == read else 0.0, right=word.right, source=source, sha256=sha256(ticket),
        features=features_of(ticket), note=_clean(note)[:MAX_NOTE], subject=_clean(subject), text=_clean(text),
    )


def open_ledger(store_url: str, *, keep_text: bool = False) -> Ledger:
    """The tables of a store, made where they are not there. Raises StoreDown. Close it when done."""
    with _said_plainly():
        database.prepare(store_url)
        engine = database.connect(store_url)
        if engine.dialect.name == "postgresql":
            engine = engine.execution_options(schema_translate_map={None: _SCHEMA})
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":  # where several processes start at once
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('comptoir:tables'))"))
                connection.execute(CreateSchema(_SCHEMA, if_not_exists=True))
            for table in _TABLES.sorted_tables:
                connection.execute(CreateTable(table, if_not_exists=True))
    return Ledger(engine, keep_text)


class Ledger:
    """The two tables. May be used by several threads and processes; every method raises StoreDown."""

    def __init__(self, engine: sa.Engine, keep_text: bool) -> None:
        self._engine, self._keep_text = engine, keep_text

    def close(self) -> None:
        self._engine.dispose()

    def marks(self, desk: str, ticket: str) -> Mapping[str, Mark] | None:
        """What Comptoir last wrote to a ticket; None for one it never saw to."""
        with self._begin() as connection:
            kept = connection.scalar(sa.select(_MARKS.c.marks).where(*_of(_MARKS, desk, ticket)))
        return None if kept is None else {label: _mark(mark) for label, mark in json.loads(kept).items()}

    def keep(
        self, desk: str, ticket: str, marks: Mapping[str, Mark], corrections: Sequence[Correction] = (),
        withdrawn: Mapping[str, str] | None = None,
    ) -> None:
        """Marks and what was said, all or nothing, so that what was noticed once is not noticed again.

        `withdrawn` are labels whose tag an agent took back: what it had said is no longer a correction.
        """
        kept = json.dumps({label: asdict(mark) for label, mark in marks.items()})
        with self._begin() as connection:
            self._put(connection, _MARKS, {"desk": desk, "ticket": ticket, "marks": kept})
            for label, right in (withdrawn or {}).items():
                table = _CORRECTIONS.c
                connection.execute(sa.delete(_CORRECTIONS).where(
                    *_of(_CORRECTIONS, desk, ticket), table.label == label, table.right == right,
                    table.source == "tag"))
            for one in corrections:
                self._put(connection, _CORRECTIONS, self._row(one))

    def add(self, corrections: Sequence[Correction]) -> None:
        """Corrections of a command. A second one for the same text and label takes the first one's place."""
        with self._begin() as connection:
            for one in corrections:
                self._put(connection, _CORRECTIONS, self._row(one))

    def drop_marks(self, desk: str, ticket: str) -> None:
        """The ticket can no longer be written: nobody will ask."""
        with self._begin() as connection:
            connection.execute(sa.delete(_MARKS).where(*_of(_MARKS, desk, ticket)))

    def corrections(self, **where: str | None) -> Iterator[Correction]:
        """Oldest first; `desk`, `ticket`, `label` narrow it where they are given."""
        query = sa.select(_CORRECTIONS).order_by(*(_CORRECTIONS.c[name] for name in ("at", "desk", "ticket", "label")))
        chosen = query.where(*(_CORRECTIONS.c[name] == value for name, value in where.items() if value is not None))
        with self._begin() as connection:
            yield from (_correction(dict(row)) for row in connection.execute(chosen).mappings())

    def counts(self) -> Mapping[tuple[str, str], int]:
        """How many there are, by desk and label."""
        table = _CORRECTIONS.c
        with self._begin() as connection:
            rows = connection.execute(sa.select(table.desk, table.label, sa.func.count()).group_by(
                table.desk, table.label).order_by(table.desk, table.label))
            return {(desk, label): count for desk, label, count in rows}

    def forget(self, *, desk: str | None = None, ticket: str | None = None, before: datetime | None = None) -> int:
        """Delete corrections, with all that was kept of their texts; how many. What an agent set on a ticket still
        holds there."""
        table = _CORRECTIONS.c
        which = [column == value for column, value in ((table.desk, desk), (table.ticket, ticket)) if value is not None]
        if before is not None:
            which.append(table.at < _time(before))
        with self._begin() as connection:
            return int(connection.execute(sa.delete(_CORRECTIONS).where(*which)).rowcount)

    @contextmanager
    def _begin(self) -> Iterator[sa.Connection]:
        with _said_plainly(), self._engine.begin() as connection:
            yield connection

    def _put(self, connection: sa.Connection, table: sa.Table, row: Mapping[str, Any]) -> None:
        insert = (postgresql if self._engine.dialect.name == "postgresql" else sqlite).insert(table).values(row)
        keys = [column.name for column in table.primary_key]
        connection.execute(insert.on_conflict_do_update(
            index_elements=keys, set_={name: value for name, value in row.items() if name not in keys}))

    def _row(self, one: Correction) -> Mapping[str, Any]:
        kept = one if self._keep_text else replace(one, subject="", text="")
        return {**asdict(kept), "at": _time(one.at), "features": json.dumps(one.features)}


def as_json(one: Correction) -> dict[str, Any]:
    """A correction as JSON-ready values, in the shape of docs/reference/commands.md."""
    return {**asdict(one), "at": _time(one.at), "features": list(one.features)}


def exported(corrections: Iterator[Correction]) -> Iterator[dict[str, Any]]:
    """One object a text: as `comptoir eval` takes it where the text was kept and the issue said, else its features."""
    texts: dict[tuple[str, str, str], list[Correction]] = {}
    for one in corrections:
        texts.setdefault((one.desk, one.ticket, one.sha256), []).append(one)
    for said in texts.values():
        one, gold = said[-1], {each.label: each.right for each in said if each.right}
        named = {"id": one.ticket, **({"desk": one.desk} if one.desk else {})}
        if (one.subject or one.text) and "issue" in gold:
            yield {**named, "subject": one.subject, "text": one.text, "gold": gold, "origin": "correction"}
        else:
            wrong = {each.label: each.told for each in said if not each.right}
            yield {**named, "sha256": one.sha256, "features": list(one.features), "gold": gold,
                   **({"not": wrong} if wrong else {}), "origin": "correction"}


def _of(table: sa.Table, desk: str, ticket: str) -> tuple[Any, ...]:
    return table.c.desk == desk, table.c.ticket == ticket


def _mark(kept: Mapping[str, Any]) -> Mark:
    intends = kept["intends"]
    return Mark(tuple(kept["wrote"]), None if intends is None else tuple(intends), kept["held"], tuple(kept["refused"]))


def _correction(row: Mapping[str, Any]) -> Correction:
    at = datetime.fromisoformat(row["at"])
    return Correction(**{**row, "at": at, "features": tuple(json.loads(row["features"]))})


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _clean(text: str) -> str:
    """What every database keeps: no lone surrogate, no NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")


@contextmanager
def _said_plainly() -> Iterator[None]:
    try:
        yield
    except (sa.exc.SQLAlchemyError, OSError, sqlite3.Error) as error:
        raise StoreDown(f"the store does not answer ({type(error).__name__}); see store.url") from error
