"""The template language: Jinja2 cut down to what a reply needs.

Templates are edited by many, so the language is a list of what is allowed (`LANGUAGE`), checked when a template is
loaded: no loops in a reply, no assignment, no attribute with an underscore, no call but ours, an include only of a
file below templates/. Jinja's sandbox stands behind that list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import cast

from jinja2 import BaseLoader, DictLoader, Environment, StrictUndefined, Template, TemplateSyntaxError, meta, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.sandbox import ImmutableSandboxedEnvironment

from comptoir import filters
from comptoir.errors import Fault
from comptoir.ticket import FACT_PATHS
from comptoir.yamlfile import did_you_mean

FACT_GROUPS = frozenset(path.partition(".")[0] for path in FACT_PATHS)
#: what a template may name; facts by their group
NAMES = FACT_GROUPS | {"marketplace", "marketplace_name", "shop", "rule", "deadline", "asked"}
#: what the note may name besides: everything that update.py lays out for it
NOTE_NAMES = NAMES | {"note"}
LANGUAGE: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.CondExpr, nodes.Include,
    nodes.Name, nodes.Getattr, nodes.Const, nodes.Tuple, nodes.List,
    nodes.And, nodes.Or, nodes.Not, nodes.Compare, nodes.Operand, nodes.Test,
    nodes.Filter, nodes.Call, nodes.Keyword, nodes.MarkSafeIfAutoescape,
)
NOTE_LANGUAGE: tuple[type[nodes.Node], ...] = (*LANGUAGE, nodes.For)
HTML = ".html."  # in the name of a file that escapes what it prints
CALLS = ("rule", "deadline", "gettext", "ngettext", "pgettext", "npgettext")
TESTS = ("defined", "in", "none")
MESSAGES: Mapping[str, Callable[..., str]] = {
    "gettext": filters.gettext, "ngettext": filters.ngettext, "pgettext": filters.pgettext,
    "npgettext": filters.npgettext,
}
#: mappings of our own, whose keys localised.py asks for in brackets; a template cannot name the last two
MAPPINGS = FACT_GROUPS | {"rule_", "deadline_"}


class _Generator(CodeGenerator):
    """Python for a template: what is asked of our own mappings is a plain bracket.

    The sandbox looks at every other item, which costs as much as a sentence. Here there is nothing to look at: the
    names are ours (reply.Scene), a template cannot assign to them, and the key is a word in its text.
    """

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:  # named by Jinja
        match node:
            case nodes.Getitem(node=nodes.Name(name=group), arg=nodes.Const(value=str() as key)) if group in MAPPINGS:
                self.visit(node.node, frame)
                self.write(f"[{key!r}]")
            case _:
                super().visit_Getitem(node, frame)


class _Environment(ImmutableSandboxedEnvironment):
    code_generator_class = _Generator


def environment(sources: Mapping[str, str]) -> ImmutableSandboxedEnvironment:
    """One environment over all templates; `.html.j2` escapes what it prints, text does not.

    A line that holds only a tag leaves no trace; a line that ends a sentence keeps its line break.
    """
    kept = {name: source.replace("{% endtrans %}\n", "{% endtrans +%}\n") for name, source in sources.items()}
    env = _Environment(
        loader=DictLoader(kept), undefined=StrictUndefined, extensions=["jinja2.ext.i18n"], auto_reload=False,
        cache_size=-1, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        autoescape=lambda name: bool(name and HTML in name),
    )
    env.policies["ext.i18n.trimmed"] = True
    env.filters = dict(filters.FILTERS)
    env.tests = {name: env.tests[name] for name in TESTS}
    env.globals.clear()
    env.newstyle_gettext = True  # type: ignore[attr-defined]  # put there by the i18n extension
    env.globals.update(MESSAGES)
    return env


def rendered(template: Template, names: Mapping[str, object]) -> str:
    """The text for `names`, which hold MESSAGES as well and are not copied: they are laid out once for many replies."""
    context = template.new_context(cast(dict[str, object], names), shared=True)
    return "".join(template.root_render_func(context))


def compile_all(
    env: ImmutableSandboxedEnvironment, sources: Mapping[str, str]
) -> tuple[dict[str, Template], list[Fault]]:
    """Every template compiled, and every fault: syntax, what the language does not allow, facts that do not exist."""
    templates: dict[str, Template] = {}
    faults = [Fault(f"templates/{name}", 0, "includes itself, by way of other files or not")
              for name in sources if name in included(name, sources)]
    for name in sources:
        try:
            tree = parsed(env, name)
            wrong = [Fault(f"templates/{name}", line, message) for line, message in _forbidden(tree, name, sources)]
            faults += wrong
            if not wrong:
                templates[name] = Template.from_code(env, env.compile(tree, name), env.make_globals(None))
        except TemplateSyntaxError as error:
            faults.append(Fault(f"templates/{name}", error.lineno, error.message or "not a template"))
        except RecursionError:
            faults.append(Fault(f"templates/{name}", 0, "nested too deeply to be read"))
    return templates, faults


def parsed(env: Environment, name: str) -> nodes.Template:
    """A template of the environment, from the source as `environment` keeps it."""
    return env.parse(cast(BaseLoader, env.loader).get_source(env, name)[0], name)


def _forbidden(tree: nodes.Template, name: str, sources: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    note = name.endswith(".html.j2")
    language, names = (NOTE_LANGUAGE, NOTE_NAMES) if note else (LANGUAGE, NAMES)
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, language):
            yield node.lineno, f"{type(node).__name__.lower()} is not allowed in a {'note' if note else 'reply'}"
        elif complaint := _complaint(node, sources):
            yield node.lineno, complaint
    for unknown in sorted(meta.find_undeclared_variables(tree) - names - set(CALLS)):
        yield _line_of_name(tree, unknown), f"unknown name {unknown!r}; a template may use {', '.join(sorted(names))}"


_INCLUDE = re.compile(r"""{%-?\s*include\s+["']([^"']+)["']""")


def included(name: str, sources: Mapping[str, str]) -> set[str]:
    """Every file that `name` includes, directly or by way of others."""
    found: set[str] = set()
    queue = [name]
    while queue:
        new = set(_INCLUDE.findall(sources.get(queue.pop(), ""))) - found
        found |= new
        queue += new
    return found


def names(name: str, sources: Mapping[str, str], word: str) -> bool:
    """Whether a template or a file it includes has `word` inside a tag, outside of its quotation marks."""
    tag = re.compile(rf"""\{{[{{%](?:"[^"]*"|'[^']*'|[^}}"'])*\b{re.escape(word)}\b""")
    return any(tag.search(sources.get(file, "")) for file in (name, *included(name, sources)))


def _line_of_name(tree: nodes.Template, name: str) -> int:
    return next((node.lineno for node in tree.find_all(nodes.Name) if node.name == name), 0)


def _complaint(node: nodes.Node, sources: Mapping[str, str]) -> str:
    match node:
        case nodes.Getattr(attr=attr) if attr.startswith("_"):
            return f"{attr!r}: names with an underscore in front are closed to templates"
        case nodes.Getattr(node=nodes.Name(name=group), attr=attr) if (
            group in FACT_GROUPS and f"{group}.{attr}" not in FACT_PATHS
        ):
            known = [path for path in FACT_PATHS if path.startswith(f"{group}.")]
            return f"no such fact {group}.{attr}; {did_you_mean(f'{group}.{attr}', known)}"
        case nodes.Include(template=nodes.Const(value=str() as wanted)):
            return "" if wanted in sources else f"no file {wanted!r} below templates/; an include names it by its path"
        case nodes.Include():
            return "an include names its file in quotes"
        case nodes.Call(node=nodes.Name(name=called)) if called in CALLS:
            return ""
        case nodes.Call():
            return "only rule(...) and deadline(...) can be called"
    return ""

