"""What the Zendesk client sends and what the sandbox answers, against Zendesk's own OpenAPI document.

The document is Zendesk's and is not shipped. It is looked for as zendesk-oas/support.yaml in the folder that
COMPTOIR_CONTRACT names, else in shared/contract beside the checkout; get it as "Download OpenAPI file" from
https://developer.zendesk.com/api-reference/ticketing/introduction/. Without it these tests are skipped and say so.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml
from jsonschema import Draft4Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

from comptoir import helpdesk
from comptoir.helpdesk import Desk, NativeMacro
from comptoir.update import Note, Update

pytestmark = [pytest.mark.contract, pytest.mark.xdist_group("contract")]
ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "hooks" / "zendesk" / "fixtures" / "rest"
FOLDER = Path(os.environ.get("COMPTOIR_CONTRACT") or ROOT.parent / "shared" / "contract")
DOCUMENT = FOLDER / "zendesk-oas" / "support.yaml"
_ANY: dict[str, Any] = {}

#: where recorded traffic or the reference pages show the document wrong: (place in the document, what holds)
CORRECTIONS: tuple[tuple[str, Any], ...] = (
    # recorded: a created macro answers 201
    ("paths//api/v2/macros/post/responses/201", "paths//api/v2/macros/post/responses/200"),
    # a write names a field and its value; the document puts the definition of a field here
    ("components/schemas/TicketUpdateInput/properties/custom_fields/items",
     {"type": "object", "required": ["id", "value"], "properties": {"id": {"type": "integer"}, "value": _ANY}}),
    # a field's value is a text, a number, a boolean, a list or null, by its type
    ("components/schemas/TicketObject/properties/custom_fields/items/properties/value", _ANY),
    # recorded: text in both spellings, and lists
    ("components/schemas/ActionObject/properties/value", _ANY),
)
#: every operation may answer these, although the document names none of them
ERRORS = {400, 401, 403, 404, 409, 422, 429, 500, 503}


class Loader(yaml.SafeLoader):
    """YAML without its dates and its `=`, on both of which the document makes the plain loader stumble."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":value", ":timestamp"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    if not DOCUMENT.exists():
        pytest.skip(f"Zendesk's OpenAPI document is not here ({DOCUMENT}): nothing was compared with it")
    data = yaml.load(DOCUMENT.read_text("utf-8"), Loader)
    for place, right in CORRECTIONS:
        *way, last = _steps(place)
        _at(data, way)[last] = _at(data, _steps(right)) if isinstance(right, str) else right
    return _nullable(data)  # type: ignore[no-any-return]  # a document is an object


def _steps(place: str) -> list[str]:
    """`paths//api/v2/x/get` -> ["paths", "/api/v2/x", "get"]: an address is one step."""
    address = re.search(r"paths/(/.*?)/(get|post|put|delete)(/.*)?$", place)
    if address:
        return ["paths", address[1], address[2], *filter(None, (address[3] or "").split("/"))]
    return place.split("/")


def _at(data: Any, way: list[str]) -> Any:
    for step in way:
        data = data[step]
    return data


def _nullable(node: Any) -> Any:
    """OpenAPI 3.0's `nullable` as JSON Schema says it. The document sets it rarely: its examples hold more nulls."""
    if isinstance(node, list):
        return [_nullable(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _nullable(value) for key, value in node.items()}
    if not isinstance(node.get("type"), str):
        return node
    return {"anyOf": [node, {"type": "null"}]} if "enum" in node else {**node, "type": [node["type"], "null"]}


def faults(document: dict[str, Any], schema: dict[str, Any], value: Any) -> list[str]:
    registry: Registry[Any] = Registry().with_resource("urn:oas", DRAFT4.create_resource(document))
    absolute = json.loads(json.dumps(schema).replace('"#/', '"urn:oas#/'))
    found = Draft4Validator(absolute, registry=registry).iter_errors(value)
    return [f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in found]


def operation(document: dict[str, Any], method: str, path: str) -> tuple[str, dict[str, Any]]:
    """The template and the operation of a request. Exact addresses win over those with a parameter."""
    for template in sorted(document["paths"], key=lambda t: t.count("{")):
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", template)
        if re.fullmatch(pattern, path) and method.lower() in document["paths"][template]:
            return template, document["paths"][template][method.lower()]
    raise AssertionError(f"{method} {path} is not in Zendesk's document")


def resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = _at(document, schema["$ref"].removeprefix("#/").split("/"))
    return schema


def keys_not_written(document: dict[str, Any], schema: dict[str, Any], value: Any, where: str = "") -> list[str]:
    """Keys in a request that the document does not have, or marks as read only: Zendesk drops them."""
    schema = resolve(document, schema)
    if isinstance(value, list):
        return [f for item in value for f in keys_not_written(document, schema.get("items", {}), item, where)]
    properties = schema.get("properties")
    if not isinstance(value, dict) or not properties:
        return []
    wrong = [f"{where}{key}" for key in value
             if key not in properties or resolve(document, properties[key]).get("readOnly")]
    return wrong + [f for key in value.keys() & properties.keys()
                    for f in keys_not_written(document, properties[key], value[key], f"{where}{key}.")]


@pytest.fixture(scope="module")
def traffic() -> Iterator[list[Any]]:
    """Everything the client can do, once, through the sandbox."""
    zendesk, sandbox = helpdesk.load("zendesk"), helpdesk.load_part("zendesk", "sandbox")
    with sandbox.Sandbox(export_lag=0) as running:
        running.account.add_field(360001, "Order")
        client = zendesk.connect(Desk("a", "zendesk", zendesk.Options(**running.options()), {"order.number": "360001"}))
        number = str(running.open_ticket(subject="Colis", text="Bonjour", fields={360001: "x"}))
        note = Note("<p>x</p><p>comptoir:1</p>", "comptoir:1")
        client.apply(client.fetch(number), Update(("lang_fr",), (), {"order.number": "1"}, note))
        first = client.changes("", datetime.now(UTC) - timedelta(hours=1))
        client.changes(first.cursor, datetime.now(UTC))
        client.check()
        macro = NativeMacro("a.fr", "A::B", "Bonjour {{ticket.id}}", ("reply_a",))
        _, known = client.publish([macro, NativeMacro("b.fr", "A::C", "Merci")], {}, False)
        client.publish([NativeMacro("a.fr", "A::D", "Bonsoir")], known, False)
        yield running.requests


def test_what_the_client_sends(document: dict[str, Any], traffic: list[Any]) -> None:
    checked = set()
    for request in traffic:
        template, described = operation(document, request.method, request.path)
        content = described.get("requestBody", {}).get("content", {}).get("application/json", {})
        if request.body is not None and "schema" in content:
            assert faults(document, content["schema"], request.body) == [], f"{request.method} {template}"
            assert keys_not_written(document, content["schema"], request.body) == [], f"{request.method} {template}"
            checked.add(f"{request.method} {template}")
    assert checked == {"PUT /api/v2/tickets/{ticket_id}", "POST /api/v2/macros", "PUT /api/v2/macros/{macro_id}"}


def test_what_the_sandbox_answers(document: dict[str, Any], traffic: list[Any]) -> None:
    checked = set()
    for request in traffic:
        template, described = operation(document, request.method, request.path)
        if request.status in ERRORS:
            continue
        responses = described["responses"]
        assert str(request.status) in responses, f"{request.method} {template}: {request.status}"
        schema = responses[str(request.status)].get("content", {}).get("application/json", {}).get("schema")
        if schema is not None:
            assert faults(document, schema, request.answer) == [], f"{request.method} {template}"
            checked.add(template)
    assert len(checked) >= 7


@pytest.mark.parametrize(("fixture", "path"), [
    ("ticket.json", "/api/v2/tickets/1"), ("ticket_closed.json", "/api/v2/tickets/1"),
    ("user_me.json", "/api/v2/users/me"), ("token.json", "/oauth/tokens"),
    ("comments_1.json", "/api/v2/tickets/1/comments"), ("comments_2.json", "/api/v2/tickets/1/comments"),
])
def test_the_recorded_shapes(fixture: str, path: str, document: dict[str, Any]) -> None:
    described = operation(document, "POST" if path == "/oauth/tokens" else "GET", path)[1]
    (answer,) = described["responses"].values()
    schema = answer["content"]["application/json"]["schema"]
    assert faults(document, schema, json.loads((FIXTURES / fixture).read_text("utf-8"))) == []


def test_the_comparison_can_fail(document: dict[str, Any]) -> None:
    schema = operation(document, "PUT", "/api/v2/tickets/1")[1]["requestBody"]["content"]["application/json"]["schema"]
    assert faults(document, schema, {"ticket": {"tags": "not a list"}}) != []
    assert faults(document, schema, {"ticket": {"status": "sleeping"}}) != []
    sent = {"ticket": {"due_by": "x", "comment": {"plain_body": "x", "body": "x"}}}
    assert keys_not_written(document, schema, sent) == ["ticket.due_by", "ticket.comment.plain_body"]
