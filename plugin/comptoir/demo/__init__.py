"""`comptoir demo`: the whole way of about twenty tickets, on this machine alone.

A sandbox stands in for the helpdesk; the server is the real one, in a process of its own with its own settings file and
store; every webhook is signed, some come twice, one is signed with a wrong secret. The table is read back from the
tickets in the sandbox: what it shows has been written over HTTP.
"""

from __future__ import annotations

import io
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import requests
import yaml
from rich import box
from rich.console import Console
from rich.live import Live
from rich.table import Table

from comptoir import helpdesk
from comptoir.errors import StoreDown
from comptoir.helpdesk import Desk
from comptoir.ticket import Message, Ticket

KIND = "zendesk"
_PATIENCE = 60  # seconds until the server answers, and until the last ticket is done
#: our names -> the sandbox's ticket fields
_FIELDS = {"marketplace": "101", "issue": "102", "language": "103", "due": "104", "deadline": "105", "reply": "106",
           "order.number": "107"}
_MARKETPLACES = {f"{name}@shop.example.com": pack for name, pack in
                 (("rakuten", "rakuten_fr"), ("aliexpress", "aliexpress"), ("taobao", "taobao"), ("tmall", "tmall"))}


def seeds() -> list[dict[str, Any]]:
    """The tickets of the demo, as written in tickets.yaml."""
    loaded: list[dict[str, Any]] = yaml.safe_load(files("comptoir.demo").joinpath("tickets.yaml").read_text("utf-8"))
    return loaded


def demo_tickets(now: datetime) -> list[Ticket]:
    """The demo's tickets as they are after reading, for the bench and the tests."""
    return [
        Ticket(
            id=str(number), subject=seed["subject"], created_at=now - timedelta(minutes=seed["ago"]),
            messages=(Message(from_=seed["from"], from_name=seed["from_name"], to=seed.get("to", ""), text=seed["text"],
                              sent_at=now - timedelta(minutes=seed["ago"])),),
        )
        for number, seed in enumerate(seeds(), 1)
    ]


def desk_for_demo() -> Desk:
    """The demo's desk without a helpdesk behind it."""
    return Desk("demo", KIND, None, fields=_FIELDS, marketplaces=_MARKETPLACES, shop="Maison Exemple")


def run(console: Console, *, once: bool, picture: Path | None = None) -> None:
    """Run it. Without `once` it stays until Ctrl-C so that one can look around."""
    sandbox = helpdesk.load_part(KIND, "sandbox")
    with tempfile.TemporaryDirectory() as folder, sandbox.Sandbox() as desk:
        for name, number in _FIELDS.items():
            desk.account.add_field(int(number), name)
        with _server(Path(folder), desk) as url:
            numbers = _post(console, desk, f"{url}/hooks/demo")
            table = _watch(console, desk, numbers)
            if picture:
                _draw(table, picture)
            _tell(console, url, desk, numbers)
            if not once:
                _wait()


@contextmanager
def _server(folder: Path, desk: Any) -> Iterator[str]:
    """The real server on a free port, as `comptoir serve` starts it; its log goes to a file in `folder`."""
    port = free_port()
    settings = folder / "comptoir.toml"
    settings.write_text(settings_text(port, desk.options()), encoding="utf-8")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "comptoir", "serve", "--settings", str(settings)], stdout=log, stderr=log, cwd=folder
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _until_ready(process, url, folder / "log")
            yield url
        finally:
            process.terminate()
            process.wait(30)


def settings_text(port: int, options: Mapping[str, str]) -> str:
    """A comptoir.toml for one desk on a sandbox with `options`."""
    def table(values: Mapping[str, object]) -> str:
        return "".join(f'"{key}" = "{value}"\n' for key, value in values.items())

    return (
        f'[store]\nurl = "sqlite:///demo.sqlite"\n[server]\nport = {port}\n'
        f'[desks.demo]\nkind = "{KIND}"\nshop = "Maison Exemple"\n{table(options)}'
        f"[desks.demo.fields]\n{table(_FIELDS)}[desks.demo.marketplaces]\n{table(_MARKETPLACES)}"
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            if requests.get(f"{url}/readyz", timeout=2).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise StoreDown(f"the server did not start; its log says:\n{log.read_text(errors='replace')[-2000:]}")


def _post(console: Console, desk: Any, url: str) -> list[int]:
    """Open the tickets and deliver them: by event or by trigger in turn, some twice, one badly signed."""
    now, numbers, answers = datetime.now(UTC), [], []
    for place, seed in enumerate(seeds()):
        number = desk.open_ticket(
            subject=seed["subject"], text=seed["text"], from_=seed["from"], name=seed["from_name"],
            to=seed.get("to", "contact@shop.example.com"),
            created_at=(now - timedelta(minutes=seed["ago"])).strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        numbers.append(number)
        answers += desk.send(url, number, trigger=place % 2 == 1, times=2 if seed.get("twice") else 1)
    forged = desk.send(url, numbers[0], secret="not the secret")
    console.print(f"{len(numbers)} tickets, {len(answers)} signed deliveries: {answers.count(202)} taken (202); "
                  f"one with a bad signature: {forged[0]}")
    return numbers


def _watch(console: Console, desk: Any, numbers: list[int]) -> Table:
    """The live table, until every ticket is done."""
    start = time.monotonic()
    with Live(console=console, refresh_per_second=8) as live:
        while True:
            done = [number for number in numbers if desk.notes(number)]
            table = _table(desk, numbers, time.monotonic() - start)
            live.update(table)
            if len(done) == len(numbers):
                return table
            if time.monotonic() - start > _PATIENCE:
                raise StoreDown(f"only {len(done)} of {len(numbers)} tickets were handled in {_PATIENCE} s")
            time.sleep(0.1)


def _table(desk: Any, numbers: list[int], seconds: float) -> Table:
    table = Table(title=f"Comptoir: what was written back to {len(numbers)} tickets, {seconds:.1f} s", expand=False)
    for column in ("#", "ticket", "marketplace", "from", "issue", "language", "next deadline", "reply laid ready"):
        table.add_column(column, overflow="ellipsis", no_wrap=True, max_width=34)
    for number in numbers:
        ticket = desk.ticket(number)
        fields = {str(field["id"]): field["value"] or "" for field in ticket["custom_fields"]}
        tags = ticket["tags"]
        sender = next((tag.removeprefix("from_") for tag in tags if tag.startswith("from_")), "")
        table.add_row(
            str(number), ticket["subject"], fields[_FIELDS["marketplace"]], sender, fields[_FIELDS["issue"]],
            fields[_FIELDS["language"]], _deadline(fields[_FIELDS["deadline"]], tags), fields[_FIELDS["reply"]],
            style="" if tags else "dim",
        )
    return table


def _deadline(text: str, tags: list[str]) -> str:
    shown = re.sub(r"T(\d\d:\d\d).*", r" \1", text) or ("[yellow]a person decides[/]" if "needs_human" in tags else "")
    return f"[red]{shown} overdue[/]" if "overdue" in tags else shown


def _draw(table: Table, picture: Path) -> None:
    table.box = box.SIMPLE_HEAD  # without the lines between columns, which another font's widths would break
    wide = Console(width=400, file=io.StringIO())
    drawing = Console(record=True, width=wide.measure(table).maximum, file=io.StringIO(), force_terminal=True)
    drawing.print(table)
    # rich counts a Chinese character as one column there, and so would squeeze it into half its room
    svg = re.sub(r' textLength="[^"]*"', "", drawing.export_svg(title="comptoir demo"))
    picture.write_text(svg, encoding="utf-8")


def _tell(console: Console, url: str, desk: Any, numbers: list[int]) -> None:
    notes = [len(desk.notes(number)) for number in numbers]
    console.print(f"\n{sum(notes)} notes on {len(numbers)} tickets, at most {max(notes)} on each, "
                  "though some came twice.\n")
    console.print("Where to look next:")
    console.print(f"  a ticket as the helpdesk has it   {desk.url}/agent/tickets/{numbers[0]}")
    console.print(f"  health and counters               {url}/readyz  {url}/metrics")
    console.print("  one ticket, and why               comptoir try FILE")
    console.print("  your own helpdesk                 comptoir init, comptoir doctor, comptoir serve")


def _wait() -> None:
    with suppress(KeyboardInterrupt, EOFError):
        input("\nEnter or Ctrl-C ends the demo. ")
