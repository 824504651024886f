"""A template for one locale: its partials in place, its sentences translated, compiled once.

What a catalogue says never changes while it is loaded, so there is nothing to look up while a reply is written. A
translation goes in as a constant, behind the parser: a tag inside it stays text. The environment is the template's
own, with its sandbox.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Any, cast

from jinja2 import Environment, Template, nodes
from jinja2.visitor import NodeTransformer

from comptoir.catalogue import Catalogue
from comptoir.sandbox import FACT_GROUPS, HTML, parsed

#: a name that templates call -> the name under which the same is asked in brackets
ASKED = {"rule": "rule_", "deadline": "deadline_"}

Trees = dict[str, nodes.Template]  # by the name of the file


def localised(template: Template, catalogue: Catalogue, trees: Trees | None = None) -> Template:
    """`template` with the words of `catalogue`: the same text, sooner.

    The template itself where it escapes what it prints, or is nested as deeply as Python allows. `trees` keeps what
    was read of the template's environment for the next template and the next locale: the same partials are in many.
    """
    env, name = template.environment, cast(str, template.name)
    if HTML in name:
        return template
    try:
        reader = _Localiser(env, catalogue, {} if trees is None else trees)
        tree = reader.visit(reader.parsed(name))
        return Template.from_code(env, env.compile(tree, name, template.filename), dict(env.globals))
    except (SyntaxError, RecursionError):
        return template


def _joined(body: Iterable[nodes.Node]) -> Iterator[nodes.Node]:
    """`body` with what is printed in a row as one node, in which Jinja makes one string of what is fixed."""
    row: list[nodes.Expr] = []
    for node in body:
        if isinstance(node, nodes.Output):
            row += node.nodes
            continue
        if row:
            yield nodes.Output(row, lineno=row[0].lineno)
            row = []
        yield node
    if row:
        yield nodes.Output(row, lineno=row[0].lineno)


class _Localiser(NodeTransformer):
    """Leaves what it visits as it is, and gives back a tree of its own."""

    def __init__(self, env: Environment, catalogue: Catalogue, trees: Trees) -> None:
        self.env, self.catalogue, self.trees = env, catalogue, trees

    def parsed(self, name: str) -> nodes.Template:
        if name not in self.trees:
            self.trees[name] = parsed(self.env, name)
        return self.trees[name]

    def generic_visit(self, node: nodes.Node, *_: Any, **__: Any) -> nodes.Node:
        own = copy.copy(node)
        for name, value in node.iter_fields():
            if isinstance(value, list):
                setattr(own, name, [*self._all(value)])
            elif isinstance(value, nodes.Node):
                setattr(own, name, self.visit(value))
        return own

    def _all(self, parts: list[Any]) -> Iterator[Any]:
        """What a list of nodes became; a partial among them is many."""
        for part in parts:
            visited = self.visit(part) if isinstance(part, nodes.Node) else part
            yield from visited if isinstance(visited, list) else (visited,)

    def visit_Template(self, node: nodes.Template) -> nodes.Node:
        own = cast(nodes.Template, self.generic_visit(node))
        own.body = list(_joined(own.body))
        return own

    def visit_If(self, node: nodes.If) -> nodes.Node:
        own = cast(nodes.If, self.generic_visit(node))
        own.body, own.else_ = list(_joined(own.body)), list(_joined(own.else_))
        return own

    def visit_Include(self, node: nodes.Include) -> nodes.Node | list[nodes.Node]:
        """The partial's own nodes, which see the same names. HTML escapes what it prints, so it stays apart."""
        match node:
            case nodes.Include(template=nodes.Const(value=str() as file), with_context=True) if HTML not in file:
                return [*self._all(self.parsed(file).body)]
        return self.generic_visit(node)

    def visit_Call(self, call: nodes.Call) -> nodes.Node:
        """A message as the words that `filters.gettext` and `pgettext` would find. Plurals wait for their number."""
        node = cast(nodes.Call, self.generic_visit(call))
        if node.dyn_args or node.dyn_kwargs:
            return node
        match node.node, node.args:
            case nodes.Name(name="gettext"), [nodes.Const(value=str() as message)]:
                return self._filled(node, self.catalogue.get(message))
            case nodes.Name(name="pgettext"), [nodes.Const(value=str() as about), nodes.Const(value=str() as message)]:
                return self._filled(node, self.catalogue.get(message, about))
            case nodes.Name(name="rule" | "deadline" as asked), [nodes.Const(value=str())] if not node.kwargs:
                # asked in a bracket: what the sandbox does for a call costs more than the answer
                return nodes.Getitem(nodes.Name(ASKED[asked], "load"), node.args[0], "load", lineno=node.lineno)
        return node

    def _filled(self, node: nodes.Call, text: str) -> nodes.Node:
        if node.kwargs:
            values = nodes.Dict([nodes.Pair(nodes.Const(one.key), one.value) for one in node.kwargs])
            return nodes.Mod(nodes.Const(text), values, lineno=node.lineno)
        try:
            return nodes.Const(text % {}, lineno=node.lineno)
        except (KeyError, TypeError, ValueError):
            return node  # a % that fills in nothing is the fault of the reply that prints it, and of no other

    def visit_Getattr(self, fact: nodes.Getattr) -> nodes.Node:
        """`order.total` is a fact in the mapping `order`, never an attribute, which is what Jinja would try first."""
        node = cast(nodes.Getattr, self.generic_visit(fact))
        match node:
            case nodes.Getattr(node=nodes.Name(name=group), attr=name) if group in FACT_GROUPS:
                return nodes.Getitem(node.node, nodes.Const(name), "load", lineno=node.lineno)
        return node
