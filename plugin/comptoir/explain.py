"""Says in one sentence what is wrong with a file and what is allowed there, from one of pydantic's errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from itertools import zip_longest
from typing import Any

Where = Sequence[str | int]


def follows(kind: str, given: Any) -> bool:
    """A list whose every item is faulty counts as empty too; its items have been told already."""
    return kind == "too_short" and bool(given)


def explain(kind: str, loc: Where, message: str, given: Any, ctx: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """One sentence a policy keeper understands, for one of pydantic's errors."""
    name = repr(str(loc[-1])) if loc else "the file"
    match kind:
        case "missing":
            return f"the key {name} is missing; needed are {_list(_at(schema, loc[:-1]).get('required', ()))}"
        case "unexpected_keyword_argument" | "extra_forbidden":
            return f"unknown key {name}; {did_you_mean(str(loc[-1]), _at(schema, loc[:-1]).get('properties', {}))}"
        case "literal_error":
            allowed = str(ctx["expected"]).replace(" or ", ", ")
            return f"{_shown(given)} is not allowed for {name}; allowed are {allowed}"
        case "string_pattern_mismatch":
            wanted = _at(schema, loc).get("description") or f"the pattern {ctx['pattern']}"
            return f"{_shown(given)} does not fit; write {wanted}"
        case "value_error":
            return str(ctx["error"])
        case "tuple_type" | "list_type":
            return f"{name} takes a list, as in [a, b], not {_shown(given)}"
        case "dict_type" | "mapping_type" | "dataclass_type" | "dataclass_exact_type":
            return f"{name} takes keys with values below it, not {_shown(given)}"
        case "string_type":
            return f"{name} takes text, not {_shown(given)}; put it in quotes"
        case "too_short":
            return f"{name} is empty; give at least one"
    return f"{name}: {message}, not {_shown(given)}"


def did_you_mean(word: str, allowed: Sequence[str] | Mapping[str, Any]) -> str:
    """`did you mean 'x'? allowed are ...`; a long list is cut to what is nearest."""
    near = get_close_matches(word, list(allowed), 1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{hint}allowed are {_list(allowed)}"


def _list(words: Sequence[str] | Mapping[str, Any]) -> str:
    return ", ".join(words)


def _shown(given: Any) -> str:
    if isinstance(given, Mapping):
        return "keys with values"
    if isinstance(given, list | tuple):
        return "a list"
    return "nothing" if given is None else repr(given)[:80]


def _at(schema: Mapping[str, Any], loc: Where) -> Mapping[str, Any]:
    """The part of a JSON Schema that speaks of `loc`; empty where it has none."""
    node = _resolved(schema, schema)
    for step, then in zip_longest(loc, loc[1:]):
        if then == "[key]":  # the fault is in the key itself
            return _resolved(node.get("propertyNames", {}), schema)
        by_name = {**node.get("patternProperties", {}), "items": node.get("items"), **node.get("properties", {})}
        inner: Any = by_name.get(step) or node.get("additionalProperties") or next(filter(None, by_name.values()), {})
        node = _resolved(inner if isinstance(inner, Mapping) else {}, schema)
    return node


def _resolved(node: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    for choice in node.get("anyOf", ()):
        if choice.get("type") != "null":
            return _resolved(choice, schema)
    if "$ref" in node:
        return _resolved(schema["$defs"][node["$ref"].rsplit("/", 1)[1]], schema)
    return node
