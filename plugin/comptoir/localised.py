"""A template for one locale: its partials in place, its sentences translated, compiled once.

What a catalogue says never changes while it is loaded, so there is nothing to look up while a reply is written. A
translation goes in as a constant, behind the parser: a tag inside it stays text. The environment is the template's
own, with its sandbox.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from jinja2 import Environment, Template, nodes
from jinja2.visitor import NodeTransformer

from comptoir.catalogue import Catalogue
from comptoir.sandbox import FACT_GROUPS, HTML

#: a name that templates call -> the name under which the same is asked in brackets
ASKED = {"rule": "rule_", "deadline": "deadline_"}


def localised(template: Template, catalogue: Catalogue) -> Template:
    """`template` with the words of `catalogue`: the same text, sooner.

    The template itself where it escapes what it prints, or is nested as deeply as Python allows.
    """
    env, name = template.environment, cast(str, template.name)
    if HTML in name:
        return template
    try:
        tree = _Localiser(env, catalogue).visit(_parsed(env, name))
        return Template.from_code(env, env.compile(tree, name, template.filename), dict(env.globals))
    except (SyntaxError, RecursionError):
        return template


def _parsed(env: Environment, name: str) -> nodes.Template:
    source = env.loader.get_source(env, name)[0] if env.loader else ""
    return env.parse(source, name)


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
    def __init__(self, env: Environment, catalogue: Catalogue) -> None:
        self.env, self.catalogue = env, catalogue

    def visit_Template(self, node: nodes.Template) -> nodes.Node:
        self.generic_visit(node)
        node.body = list(_joined(node.body))
        return node

    def visit_If(self, node: nodes.If) -> nodes.Node:
        self.generic_visit(node)
        node.body, node.else_ = list(_joined(node.body)), list(_joined(node.else_))
        return node

    def visit_Include(self, node: nodes.Include) -> nodes.Node | list[nodes.Node]:
        """The partial's own nodes, which see the same names. HTML escapes what it prints, so it stays apart."""
        match node:
            case nodes.Include(template=nodes.Const(value=str() as file), with_context=True) if HTML not in file:
                return [*self._body(file)]
        return node

    def _body(self, file: str) -> Iterator[nodes.Node]:
        """A partial's nodes; a partial of its own among them is many."""
        for part in _parsed(self.env, file).body:
            visited = self.visit(part)
            yield from visited if isinstance(visited, list) else (visited,)

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        """A message as the words that `filters.gettext` and `pgettext` would find. Plurals wait for their number."""
        self.generic_visit(node)
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

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:
        """`order.total` is a fact in the mapping `order`, never an attribute, which is what Jinja would try first."""
        self.generic_visit(node)
        match node:
            case nodes.Getattr(node=nodes.Name(name=group), attr=fact) if group in FACT_GROUPS:
                return nodes.Getitem(node.node, nodes.Const(fact), "load", lineno=node.lineno)
        return node
