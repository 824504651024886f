"""HTTP: the helpdesks' webhooks come in, and whoever watches asks how it goes.

    POST /hooks/<desk>   prove the sender, store the delivery once, answer; the work is done elsewhere
    GET  /healthz        the process lives
    GET  /readyz         it can do its work: the store answers, the worker runs
    GET  /metrics        counters, in Prometheus' text format
    GET  /preview/       the macro catalogue, where the settings switch it on: preview_server.py

A helpdesk takes any status that is not 2xx as "not delivered", and most give it another try only for 429 and 503;
so a store that is down answers 503 with Retry-After, and a body that cannot be read answers 400 once and for all.
"""

from __future__ import annotations

import asyncio
import json
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from comptoir import __version__, counter, helpdesk, logs, preview_server, workflow
from comptoir.errors import BadInput, RejectedDelivery, StoreDown, UnknownEvent
from comptoir.helpdesk import Delivery, Desk
from comptoir.preview.pages import BASE
from comptoir.preview.shelf import Shelf
from comptoir.settings import Settings
from comptoir.workflow import Engine

_PATIENCE = 5.0  # seconds for the store; a helpdesk gives up on us after 3 to 12
_RETRY_AFTER = "5"


class Accepted(BaseModel):
    """What a helpdesk gets back for a delivery."""

    delivery: str
    new: bool


class Refusal(BaseModel):
    """Why a request was not taken."""

    error: str


@dataclass(frozen=True)
class _TooLarge(Exception):
    limit: int


def make_app(
    settings: Settings, engine: Engine, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> FastAPI:
    """The web application on a started engine. It neither starts nor stops the engine."""
    helpdesks = {name: helpdesk.load(desk.kind) for name, desk in settings.desks.items()}
    app = FastAPI(title="Comptoir", version=__version__, docs_url=None, redoc_url=None)

    @app.post(
        "/hooks/{desk}",
        status_code=202,
        response_model=Accepted,
        responses={200: {"model": Accepted}, **{code: {"model": Refusal} for code in (400, 401, 404, 413, 503)}},
        openapi_extra={"requestBody": {"content": {"application/json": {"schema": {}}}, "required": True}},
    )
    async def hook(desk: str, request: Request) -> JSONResponse:
        """Take one delivery of a helpdesk's webhook."""
        known = settings.desks.get(desk)
        if known is None:
            return _refuse(404, "", "unknown_desk", "no such desk")
        try:
            body = await _body(request, settings.server.max_body)
            delivery = helpdesks[desk].receive(known, request.headers, body, now())
        except _TooLarge as error:
            return _refuse(413, desk, "too_large", f"a delivery is at most {error.limit} bytes")
        except RejectedDelivery as error:
            return _refuse(401, desk, "rejected", str(error), why=error.reason)
        except UnknownEvent as error:
            logs.say("delivery", "unknown_event", desk=desk, why=str(error))
            return JSONResponse({"delivery": "", "new": False})
        except BadInput as error:
            return _refuse(400, desk, "bad_input", str(error))
        return await _take(engine, known, delivery)

    @app.get("/healthz", response_class=PlainTextResponse)
    async def healthz() -> str:
        """The process answers."""
        return "ok\n"

    @app.get("/readyz", response_class=PlainTextResponse, responses={503: {"description": "what is missing"}})
    async def readyz() -> PlainTextResponse:
        """The store answers and the worker runs; else one line a fault."""
        try:
            faults = await asyncio.wait_for(run_in_threadpool(engine.faults), _PATIENCE)
        except TimeoutError:
            faults = ["the store does not answer in time"]
        return PlainTextResponse("".join(f"{fault}\n" for fault in faults) or "ok\n", 503 if faults else 200)

    @app.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> str:
        """How often what happened, since this process started."""
        try:
            kept = await asyncio.wait_for(run_in_threadpool(engine.ledger.counts), _PATIENCE)
        except (StoreDown, TimeoutError):
            kept = {}  # /readyz says so
        return _prometheus(logs.counts()) + _corrections(kept)

    if settings.preview.on and settings.preview.token:
        app.mount(BASE, preview_server.make_app(Shelf(), settings.preview.token.get_secret_value()))
    return app


async def _body(request: Request, limit: int) -> bytes:
    """The raw body, read no further than `limit` bytes whatever Content-Length claims."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise _TooLarge(limit)
    return bytes(body)


async def _take(engine: Engine, desk: Desk, delivery: Delivery) -> JSONResponse:
    if delivery.event != "changed":
        logs.say("delivery", delivery.event, desk=desk.name, ticket=delivery.ticket_id, work=delivery.id)
        return JSONResponse({"delivery": delivery.id, "new": False})
    try:
        new = await asyncio.wait_for(asyncio.wrap_future(engine.accept(desk.name, delivery)), _PATIENCE)
    except (StoreDown, TimeoutError) as error:
        why = str(error) or "the store does not answer in time"
        return _refuse(503, desk.name, "store_down", why, work=delivery.id)
    logs.say("delivery", "accepted" if new else "duplicate", desk=desk.name, ticket=delivery.ticket_id,
             work=delivery.id, why=delivery.name)
    return JSONResponse({"delivery": delivery.id, "new": new}, 202)


def _refuse(status: int, desk: str, outcome: str, error: str, *, why: str = "", work: str = "") -> JSONResponse:
    logs.say("delivery", outcome, desk=desk, why=why or error, work=work)
    headers = {"Retry-After": _RETRY_AFTER} if status == 503 else None
    return JSONResponse({"error": error}, status, headers=headers)


def _prometheus(counts: dict[tuple[str, str, str], int]) -> str:
    # every label comes from our own words or from a desk's name, which is a-z, 0-9, - and _: nothing to escape
    lines = [f'comptoir_events_total{{event="{event}",desk="{desk}",outcome="{outcome}"}} {count}\n'
             for (event, desk, outcome), count in sorted(counts.items())]
    return "# HELP comptoir_events_total What happened.\n# TYPE comptoir_events_total counter\n" + "".join(lines)


def _corrections(kept: Mapping[tuple[str, str], int]) -> str:
    # a desk's name may come from a ticket's JSON here, by way of `comptoir correct`
    lines = [f'comptoir_corrections{{desk={json.dumps(desk)},label="{label}"}} {count}\n'
             for (desk, label), count in kept.items()]
    return ("# HELP comptoir_corrections Corrections by agents that are kept.\n# TYPE comptoir_corrections gauge\n"
            + "".join(lines))


def open_engine(settings: Settings, *, run_worker: bool = True) -> Engine:
    """Read packs, templates and catalogues, open the store, start to work. BadSettings, BadPack or StoreDown."""
    desks = settings.need_desks()
    work = settings.work
    return workflow.start(
        settings.store_url, counter.open_office(), desks, executor_id=work.name, run_worker=run_worker,
        threads=work.threads, sweep_minutes=work.sweep_minutes, keep_days=settings.store.keep_days,
        stop_seconds=work.stop_seconds, keep_text=settings.learning.keep_text,
    )


def serve(settings: Settings, *, run_worker: bool = True) -> None:
    """Serve until SIGTERM or Ctrl-C, then let running work end."""
    logs.set_up()
    engine = open_engine(settings, run_worker=run_worker)
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn takes them over, and raises them again when it has shut down: then the engine is still to be stopped
        signal.signal(number, lambda *_: None)
    try:
        uvicorn.run(
            make_app(settings, engine), host=settings.server.host, port=settings.server.port, access_log=False,
            log_config=None, server_header=False, timeout_graceful_shutdown=settings.work.stop_seconds,
        )
    finally:
        engine.stop()


def work(settings: Settings) -> None:
    """Work without serving until SIGTERM or Ctrl-C: for a store that several processes share."""
    logs.set_up()
    engine = open_engine(settings)
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    told.wait()
    engine.stop()
