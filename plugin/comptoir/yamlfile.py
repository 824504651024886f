"""Reads one YAML file strictly and remembers where everything stands, so that each fault has its line.

Read as YAML 1.2 means it: only `true` and `false` are booleans (`off`, `no`, and `NO` for Norway stay words), a day
stays text until a shape asks for a date. Double keys, tags and merge keys are refused; aliases are fine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from comptoir.errors import BadPack, Fault
from comptoir.explain import Where, did_you_mean, explain, follows

__all__ = ["Document", "Where", "did_you_mean", "parse", "read", "validate"]

T = TypeVar("T")

# libyaml's parser where PyYAML was built with it: ten times as fast, the same nodes.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+")
_PLAIN_TAGS = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map")


@dataclass(frozen=True)
class Document:
    """One file, read. `line(("support_reply", "values", 0))` is where that value stands."""

    file: str
    data: Any
    root: yaml.Node | None

    def line(self, where: Where) -> int:
        """The line of the key or item at `where`, or of the nearest thing around it that is there."""
        node, line = self.root, self.root.start_mark.line + 1 if self.root else 0
        for step in where:
            found = _step(node, step)
            if found is None:
                break
            mark, node = found
            line = mark.start_mark.line + 1
        return line

    def fault(self, where: Where, message: str) -> Fault:
        """A fault at `where`."""
        return Fault(self.file, self.line(where), message)


def _step(node: yaml.Node | None, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def read(path: Traversable) -> Document:
    """The file as plain values. Raises BadPack for what is not YAML, for double keys, tags and merge keys."""
    try:
        return parse(path.read_text(encoding="utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise BadPack([Fault(str(path), 0, f"not YAML in UTF-8: {str(error).splitlines()[0]}")]) from error


def parse(text: str, file: str) -> Document:
    """The same for text that stands in another file, at its place there: empty lines in front keep the count right."""
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        # a quote that is never closed is noticed at the end of the file; its beginning is what helps
        scanning = error.context and error.context.startswith("while scanning")
        mark = (error.context_mark if scanning else error.problem_mark) or error.problem_mark
        said = ", ".join(filter(None, (error.context, error.problem)))
        raise BadPack([Fault(file, mark.line + 1 if mark else 0, f"not YAML: {said}; look at the indentation, colons "
                             "and quotes here and in the line above")]) from error
    except yaml.YAMLError as error:
        raise BadPack([Fault(file, 0, f"not YAML in UTF-8: {str(error).splitlines()[0]}")]) from error
    faults: list[Fault] = []
    data = None if root is None else _value(root, file, faults, ())
    if faults:
        raise BadPack(faults)
    return Document(file, data, root)


def _value(node: yaml.Node, file: str, faults: list[Fault], inside: tuple[int, ...]) -> Any:
    line = node.start_mark.line + 1
    if id(node) in inside:
        faults.append(Fault(file, line, "an alias (*name) stands inside its own anchor (&name); write the value out"))
        return None
    if node.tag not in _PLAIN_TAGS:
        faults.append(Fault(file, line, f"the tag {node.tag} is not read; write the plain value, text in quotes"))
        return None
    inside = (*inside, id(node))
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, file, faults, inside)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, file, faults, inside) for item in node.value]
    return _scalar(node)


def _mapping(node: yaml.MappingNode, file: str, faults: list[Fault], inside: tuple[int, ...]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        key, line = key_node.value, key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            faults.append(Fault(file, line, "a key must be one word, not a list or keys of its own"))
            continue
        if key in lines:
            faults.append(Fault(file, line, f"the key {key!r} stands here twice, first in line {lines[key]}; keep one"))
        if key == "<<":
            faults.append(Fault(file, line, "merge keys (<<) are not read; write the keys out"))
        lines.setdefault(key, line)
        result[key] = _value(value_node, file, faults, inside)
    return result


def _scalar(node: Any) -> str | bool | int | float | None:
    text: str = node.value
    if node.style:  # quoted or a block: text
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def validate(document: Document, shape: TypeAdapter[T]) -> T:
    """The document in its shape. Raises BadPack with every fault: what is wrong, and what is allowed there."""
    try:
        return shape.validate_python(document.data)
    except ValidationError as error:
        schema = shape.json_schema()
        faults = [document.fault(e["loc"], explain(e["type"], e["loc"], e["msg"], e["input"], e.get("ctx", {}), schema))
                  for e in error.errors(include_url=False) if not follows(e["type"], e["input"])]
        raise BadPack(faults) from error
