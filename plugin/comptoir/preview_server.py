"""The preview over HTTP: `comptoir preview` on loopback, and `/preview` of the server where the settings switch it on.

    GET  /preview/                 the catalogue; narrowed by marketplace, issue, audience, work
    GET  /preview/macro/<id>       one macro in all locales; with sample, marketplace, day
    POST /preview/macro/<id>       the same, with facts that somebody pasted
    GET  /preview/messages         how far the locales are; /preview/messages/<locale>: its messages
    GET  /preview/coverage         issues by marketplaces
    GET  /preview/rules            the rules that macros lean on

Facts are posted, not put into the address: an order number is personal data, and addresses stay in histories and
logs. A POST changes nothing here, and what it brings is kept nowhere.
"""

from __future__ import annotations

import socket
import threading
import webbrowser
from collections.abc import Awaitable, Callable, Mapping
from difflib import get_close_matches
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from comptoir import preview_gate
from comptoir.checks import ISSUES
from comptoir.errors import BadInput
from comptoir.macros import Macro
from comptoir.preview import lists, pages
from comptoir.preview.ask import MAX_FACTS, Ask
from comptoir.preview.book import STATES
from comptoir.preview.lists import Filter
from comptoir.preview.macro import macro_view
from comptoir.preview.pages import BASE
from comptoir.preview.shelf import Shelf, Stock

MAX_FORM = 16 * MAX_FACTS  # bytes: a Chinese character has nine in a form, the rest of the form needs some too


class _Page(Exception):
    """A page that is shown instead of the one that was asked for: `what` names it in said.html.j2."""

    def __init__(self, status: int, what: str, stock: Stock | None = None, **values: object) -> None:
        super().__init__(what)
        self.status, self.html = status, pages.page("said", stock, what=what, **values)


def make_app(shelf: Shelf, token: str = "") -> ASGIApp:
    """The preview's application, to be mounted at `/preview`.

    With a `token` only who knows it comes in, without one only who calls this machine by a name of its own.
    """
    def get(build: Callable[[Stock, Request], str]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            return await run_in_threadpool(lambda: HTMLResponse(build(shelf.look(), request)))
        return answer

    async def pasted(request: Request) -> Response:
        form = await _form(request)
        return await run_in_threadpool(lambda: HTMLResponse(_macro(shelf.look(), request, form)))

    async def enter(request: Request) -> Response:
        given = (await _form(request)).get("token", "")
        return preview_gate.welcome(request, token, "") if preview_gate.same(given, token) else preview_gate.refused()

    app = Starlette(
        routes=[
            Route("/", get(_catalogue)), Route("/coverage", get(_coverage)), Route("/rules", get(_rules)),
            Route("/messages", get(_locales)), Route("/messages/{locale}", get(_messages)),
            Route("/macro/{macro:path}", get(_macro)), Route("/macro/{macro:path}", pasted, methods=["POST"]),
            Route("/enter", enter, methods=["POST"]),
            Route(f"/{pages.STYLE}", _asset), Route(f"/{pages.ICON}", _asset),
        ],
        exception_handlers={_Page: _shown, 404: _lost, 405: _lost},
    )
    return preview_gate.Gate(app, token)


async def _shown(request: Request, error: Exception) -> Response:
    assert isinstance(error, _Page)
    return HTMLResponse(error.html, error.status)


async def _lost(request: Request, error: Exception) -> Response:
    status = int(getattr(error, "status_code", 404))
    return HTMLResponse(pages.page("said", what="lost"), status)


async def _asset(request: Request) -> Response:
    content, kind = pages.asset(request.url.path.rpartition("/")[2])
    return Response(content, media_type=kind)


async def _form(request: Request) -> Mapping[str, str]:
    """A form's fields, read no further than MAX_FORM bytes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM:
            raise _Page(413, "large", limit=MAX_FORM)
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20))
    except ValueError as error:
        raise _Page(400, "form") from error


def _catalogue(stock: Stock, request: Request) -> str:
    asked = request.query_params
    wanted = Filter(*(asked.get(name, "") for name in ("marketplace", "issue", "audience", "work")))
    return pages.page("catalogue", stock, here="catalogue", view=lists.catalogue_view(stock, wanted), issues=ISSUES,
                      marketplaces=list(stock.packs.marketplaces), locales=list(stock.books))


def _macro(stock: Stock, request: Request, form: Mapping[str, str] | None = None) -> str:
    macro = _known_macro(stock, request.path_params["macro"])
    asked = request.query_params if form is None else form
    facts = None if form is None else form.get("facts", "").replace("\r\n", "\n")
    ask = Ask(asked.get("sample", ""), asked.get("marketplace", ""), asked.get("day", ""), facts)
    view = macro_view(stock, macro, ask)
    return pages.page(
        "macro", stock, here="catalogue", view=view, limit=MAX_FACTS,
        marketplaces=[*stock.packs.marketplaces, "unknown"],
        numbers_of={row.key: row.number for row in view.messages},
        entry_of={(locale, key): book.entry(key) for locale, book in stock.books.items()
                  for key in (row.key for row in view.messages)},
    )


def _known_macro(stock: Stock, id: str) -> Macro:
    """Raises a page that says what is wrong with a macro's file, or what there is instead of it."""
    known = stock.macros.macros
    if id in known:
        return known[id]
    if id in stock.words.broken:
        raise _Page(200, "broken", stock, name=id, wrong=stock.words.broken[id])
    near = get_close_matches(id, known, n=5, cutoff=0.4)
    raise _Page(404, "macro", stock, name=id[:80], near=[(one, known[one].title) for one in near])


def _coverage(stock: Stock, request: Request) -> str:
    locale, audience = request.query_params.get("locale", ""), request.query_params.get("audience", "")
    locale, audience = locale if locale in stock.books else "", audience if audience in lists.AUDIENCES else ""
    return pages.page("coverage", stock, here="coverage", view=lists.coverage_view(stock, locale, audience),
                      audience=audience, total=len(stock.macros.macros))


def _rules(stock: Stock, request: Request) -> str:
    marketplace = request.query_params.get("marketplace", "")
    marketplace = marketplace if marketplace in stock.packs.marketplaces else ""
    return pages.page("rules", stock, here="rules", marketplace=marketplace, rows=lists.rules_view(stock, marketplace),
                      marketplaces=list(stock.packs.marketplaces), titles=_titles(stock))


def _locales(stock: Stock, request: Request) -> str:
    ready = {locale: len(ids) for locale, ids in stock.macros.ready.items()}
    return pages.page("locales", stock, here="messages", progress=lists.progress(stock), ready=ready,
                      total=len(stock.macros.macros))


def _messages(stock: Stock, request: Request) -> str:
    locale, asked = request.path_params["locale"], request.query_params
    if locale not in stock.books:
        raise _Page(404, "locale", stock, name=locale[:40])
    state = asked.get("state", "work")
    number = asked.get("page", "1")
    view = lists.messages_view(
        stock, locale, state if state in (*STATES, "all") else "work", int(number) if number.isdecimal() else 1,
        asked.get("search", "")[:100], macros_only=bool(asked.get("macros")),
    )
    return pages.page("messages", stock, here="messages", view=view, size=lists.PAGE, titles=_titles(stock))


def _titles(stock: Stock) -> Mapping[str, str]:
    return {id: macro.title for id, macro in stock.macros.macros.items()}


def standalone(shelf: Shelf) -> Starlette:
    """The preview by itself, for this machine alone."""
    app = Starlette(routes=[Route("/", lambda request: RedirectResponse(f"{BASE}/"))])
    app.mount(BASE, make_app(shelf))
    return app


def serve(shelf: Shelf, port: int, *, show: Callable[[str], object], browse: bool) -> None:
    """Serve the preview on 127.0.0.1 until Ctrl-C. `show` is told the address; `browse` opens it in a browser.

    Raises BadInput for a port that is taken.
    """
    app = standalone(shelf)
    try:
        door = socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise BadInput(f"port {port} is taken ({error.strerror}); choose another with --port") from error
    with door:
        address = f"http://127.0.0.1:{door.getsockname()[1]}{BASE}/"
        show(address)
        if browse:  # the door is open already: whoever comes first waits there
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, server_header=False)).run([door])
