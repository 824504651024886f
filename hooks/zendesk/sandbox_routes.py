"""The sandbox's addresses: method and path -> what the account does. Shapes as in README.md beside this file."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any

from .sandbox_account import OWN_USER, Account, Answer, Refusal

Query = Mapping[str, str]
Route = Callable[[Account, tuple[int, ...], Query, Any], Answer]


def answer(account: Account, method: str, path: str, query: Query, body: Any, export_lag: int) -> Answer:
    """Raises Refusal, as 404 for an address that the sandbox does not have."""
    if (method, path) == ("GET", "/api/v2/incremental/tickets/cursor"):
        return _export(account, query, export_lag)
    for (verb, pattern), route in _ROUTES.items():
        if verb == method and (match := re.fullmatch(pattern, path)):
            return route(account, tuple(map(int, match.groups())), query, body)
    raise Refusal(404, "InvalidEndpoint", "Not found")


def _show_ticket(account: Account, ids: tuple[int, ...], query: Query, body: Any) -> Answer:
    ticket = account.ticket(ids[0])
    data: dict[str, Any] = {"ticket": ticket}
    if query.get("include") == "users":
        data["users"] = [account.users[ticket["requester_id"]]]
    return Answer(200, data)


def _comments(account: Account, ids: tuple[int, ...], query: Query, body: Any) -> Answer:
    account.ticket(ids[0])
    rows, meta = _page(account.comments[ids[0]], query)
    data: dict[str, Any] = {"comments": rows, **meta}
    if query.get("include") == "users":
        data["users"] = [account.users[id_] for id_ in dict.fromkeys(row["author_id"] for row in rows)]
    return Answer(200, data)


def _create_ticket(account: Account, ids: tuple[int, ...], query: Query, body: Any) -> Answer:
    return account.create(_object(body, "ticket"), OWN_USER, {"channel": "api"})


def _update_ticket(account: Account, ids: tuple[int, ...], query: Query, body: Any) -> Answer:
    return account.update(ids[0], _object(body, "ticket"), OWN_USER)


def _tags(account: Account, ids: tuple[int, ...], query: Query, body: Any) -> Answer:
    return Answer(200, {"tags": account.ticket(ids[0])["tags"]})


def _set_tags(change: Callable[[list[str], list[str]], list[str]], status: int) -> Route:
    def route(account: Account, ids: tuple[int, ...], query: Query, body: Any) -> Answer:
        stamp = {key: body[key] for key in ("safe_update", "updated_stamp") if key in body}
        tags = change(account.ticket(ids[0])["tags"], body.get("tags", []))
        account.update(ids[0], {"tags": tags, **stamp}, OWN_USER)
        return Answer(status, {"tags": account.tickets[ids[0]]["tags"]})

    return route


def _macros(account: Account, ids: tuple[int, ...], query: Query, body: Any) -> Answer:
    rows, meta = _page(list(account.macros.values()), query)
    return Answer(200, {"macros": rows, **meta})


def _put_macro(account: Account, ids: tuple[int, ...], query: Query, body: Any) -> Answer:
    return account.put_macro(ids[0] if ids else None, _object(body, "macro"))


def _show_macro(account: Account, ids: tuple[int, ...], query: Query, body: Any) -> Answer:
    if ids[0] not in account.macros:
        raise Refusal(404, "RecordNotFound", "Not found")
    return Answer(200, {"macro": account.macros[ids[0]]})


def _delete_macro(account: Account, ids: tuple[int, ...], query: Query, body: Any) -> Answer:
    _show_macro(account, ids, query, body)
    del account.macros[ids[0]]
    return Answer(204)


def _fields(account: Account, ids: tuple[int, ...], query: Query, body: Any) -> Answer:
    rows, meta = _page(list(account.fields.values()), query)
    return Answer(200, {"ticket_fields": rows, **meta})


_ROUTES: dict[tuple[str, str], Route] = {
    ("GET", r"/api/v2/users/me"): lambda account, ids, query, body: Answer(200, {"user": account.users[OWN_USER]}),
    ("POST", r"/api/v2/tickets"): _create_ticket,
    ("GET", r"/api/v2/tickets/(\d+)"): _show_ticket,
    ("PUT", r"/api/v2/tickets/(\d+)"): _update_ticket,
    ("DELETE", r"/api/v2/tickets/(\d+)"): lambda account, ids, query, body: account.delete(ids[0], OWN_USER),
    ("GET", r"/api/v2/tickets/(\d+)/comments"): _comments,
    ("GET", r"/api/v2/tickets/(\d+)/tags"): _tags,
    ("PUT", r"/api/v2/tickets/(\d+)/tags"): _set_tags(lambda old, new: [*old, *new], 200),
    ("POST", r"/api/v2/tickets/(\d+)/tags"): _set_tags(lambda old, new: new, 201),
    ("DELETE", r"/api/v2/tickets/(\d+)/tags"): _set_tags(lambda old, new: [t for t in old if t not in new], 200),
    ("GET", r"/api/v2/ticket_fields"): _fields,
    ("GET", r"/api/v2/macros"): _macros,
    ("POST", r"/api/v2/macros"): _put_macro,
    ("GET", r"/api/v2/macros/(\d+)"): _show_macro,
    ("PUT", r"/api/v2/macros/(\d+)"): _put_macro,
    ("DELETE", r"/api/v2/macros/(\d+)"): _delete_macro,
}


def _object(body: Any, key: str) -> dict[str, Any]:
    value = body.get(key) if isinstance(body, dict) else None
    if not isinstance(value, dict):
        raise Refusal(400, "InvalidValue", f"The parameter {key} is missing")
    return value


def _page(rows: list[dict[str, Any]], query: Query) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """One page by cursor. `links.next` names another host on purpose, as recorded ones do: it is not to be followed."""
    size = min(int(query.get("page[size]", "100")), 100)
    start = _uncursor(query["page[after]"])[0] if "page[after]" in query else 0
    end = start + size
    more = end < len(rows)
    after = _cursor(end) if more else None
    return rows[start:end], {
        "meta": {"has_more": more, "after_cursor": after, "before_cursor": None},
        "links": {"next": f"https://elsewhere.example.com/?page[after]={after}" if more else None, "prev": None},
    }


def _export(account: Account, query: Query, lag: int) -> Answer:
    """Rows by `generated_timestamp`; the newest `lag` seconds are withheld."""
    now = int(account.clock().timestamp())
    if "cursor" in query:
        from_, after_id = _uncursor(query["cursor"])
    else:
        from_, after_id = int(query.get("start_time", "0")), 0
        if from_ > now - lag:
            raise Refusal(400, "InvalidValue", "Too recent start_time. Use a start_time older than 60 seconds")
    rows = sorted((t["generated_timestamp"], t["id"]) for t in account.tickets.values())
    rows = [row for row in rows if row > (from_, after_id) and row[0] <= now - lag]
    size = min(int(query.get("per_page", "1000")), 1000)
    last = rows[:size][-1] if rows else (from_, after_id)
    cursor = _cursor(*last)
    tickets = [account.tickets[id_] for _, id_ in rows[:size]]
    if query.get("exclude_deleted") == "true":
        tickets = [t for t in tickets if t["status"] != "deleted"]
    return Answer(200, {"tickets": tickets, "after_cursor": cursor, "after_url": None, "before_cursor": None,
                        "before_url": None, "end_of_stream": len(rows) <= size})


def _cursor(*numbers: int) -> str:
    return base64.urlsafe_b64encode("|".join(map(str, numbers)).encode()).decode()


def _uncursor(cursor: str) -> tuple[int, ...]:
    try:
        return tuple(map(int, base64.urlsafe_b64decode(cursor).decode().split("|")))
    except ValueError as error:
        raise Refusal(400, "InvalidValue", "Invalid cursor") from error
