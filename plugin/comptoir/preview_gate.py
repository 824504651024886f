"""Who may look at the preview, and the strict headers that every answer of it carries.

On loopback there is no token: whoever sits at this machine may look. A page from elsewhere could still let a name of
its own point here and read along, so only this machine's own names are answered. On the server a token opens, once:
it is taken out of the address, and from then on a cookie that no script and no other site can use says who it is.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from urllib.parse import urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from comptoir import logs
from comptoir.preview import pages
from comptoir.preview.pages import BASE

COOKIE = "comptoir_preview"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
                               "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_KNOWN_FOR = 12 * 3600  # seconds that a browser stays known
_OPEN = ("/enter", f"/{pages.STYLE}", f"/{pages.ICON}")  # for those who are not known yet


class Gate:
    """An application behind the gate. With an empty `token` only loopback names are answered."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def strict(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        request = Request(scope)
        answer = (_door(request, self._token) if self._token else _own_name(request)) or _same_site(request)
        await (answer or self._app)(scope, receive, strict)


def same(given: str, token: str) -> bool:
    """Compared in constant time; nothing is the same as no token."""
    return bool(token) and hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())


def welcome(request: Request, token: str, to: str) -> Response:
    """Send a browser that has shown the token on to a page, and know it from now on."""
    answer = RedirectResponse(f"{BASE}/{to}", 303)
    answer.set_cookie(COOKIE, _pass(token), max_age=_KNOWN_FOR, path=BASE, httponly=True, samesite="strict",
                      secure=request.url.scheme == "https")
    return answer


def refused() -> Response:
    """A token that is not ours: counted, and asked for again."""
    logs.say("preview", "rejected", why="token")
    return HTMLResponse(pages.page("enter", wrong=True), 401)


def _door(request: Request, token: str) -> Response | None:
    """None for who is known, and for what is open to all."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", "")) or "/"
    if (given := request.query_params.get("token")) is not None:
        if not same(given, token):
            return refused()
        rest = urlencode([(name, value) for name, value in request.query_params.multi_items() if name != "token"])
        return welcome(request, token, f"{path.lstrip('/')}{'?' if rest else ''}{rest}")
    if path in _OPEN or same(request.cookies.get(COOKIE, ""), _pass(token)):
        return None
    return HTMLResponse(pages.page("enter", wrong=False), 401)


def _pass(token: str) -> str:
    """What a browser is known by; the token cannot be read from it."""
    return hmac.new(token.encode(), b"comptoir preview", sha256).hexdigest()


def _own_name(request: Request) -> Response | None:
    host = request.headers.get("host", "")
    name, colon, port = host.rpartition(":")
    if (name if colon and port.isdecimal() else host).lower() in LOOPBACK:
        return None
    return HTMLResponse(pages.page("said", what="host"), 403)


def _same_site(request: Request) -> Response | None:
    """A form of another site may not post here. Browsers say where a request comes from; other programs do not."""
    if request.method == "POST" and request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return HTMLResponse(pages.page("said", what="site"), 403)
    return None
