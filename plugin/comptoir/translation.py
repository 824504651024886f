"""The catalogues' files: what there is to translate, brought into locales/, and how far each locale is.

The files never change without a cause: messages stand in the order of their files, without line numbers or dates.
English has its own catalogue, filled with the message ids, so that a sentence can be reworded without touching a
template and "how far are we" has one answer for all locales.
"""

from __future__ import annotations

import copy
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.core import Locale, UnknownLocaleError
from babel.messages import pofile
from babel.messages.catalog import Catalog

from comptoir import filters, macros, sandbox
from comptoir.advice import sentences
from comptoir.catalogue import DOMAIN, SOURCE, Folder, parse, po_path
from comptoir.errors import BadInput, BadPack
from comptoir.rules import Packs

WIDTH = 100
_HEADER = """# {language} messages of Comptoir, after-sales replies and notes.
# Message ids are English sentences; %(name)s is filled in, keep it as it is.
msgid ""
msgstr ""
"Project-Id-Version: comptoir\\n"
"Language: {locale}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""


@dataclass(frozen=True)
class Entry:
    """One message to translate."""

    file: str
    ids: tuple[str, ...]  # singular, and the plural where there is one
    context: str = ""
    comment: str = ""


@dataclass(frozen=True)
class Status:
    """How far one locale is."""

    locale: str
    total: int
    done: int
    fuzzy: int

    @property
    def percent(self) -> int:
        """Whole percent, rounded down: 100 means all."""
        return 100 * self.done // self.total if self.total else 100


def entries(sources: Mapping[str, str], names: macros.Names, packs: Packs) -> Iterator[Entry]:
    """Everything there is to translate, in the order of its files: templates, names, the engine's few, packs."""
    env = sandbox.environment(sources)
    heads = {macro.file: macro for macro in macros.read_heads(sources, env)[0]}
    for name, source in sources.items():
        macro = heads.get(name)
        if macro:
            yield Entry(f"templates/{name}", (macro.title,), comment=f"Title of the macro {macro.id}")
        about = f"In: {macro.title}" if macro else ""
        for _, (context, message), plural in macros.extract(env, source):
            yield Entry(f"templates/{name}", (message, *plural), context, about)
    yield from _named(names)
    for context, message, comment in filters.MESSAGES:
        yield Entry("plugin/comptoir/filters.py", (message,), context, comment)
    for one, many in filters.UNITS.values():
        yield Entry("plugin/comptoir/filters.py", (one, many), comment="A number with its unit")
    yield from _ruled(packs)
    yield from _guided(packs)
    yield from _linted(packs)


def _named(names: macros.Names) -> Iterator[Entry]:
    what = {"issues": "Name of an issue", "checklist": "A piece of evidence",
            "asked": "In a list of what a buyer is asked for", "facts": "A fact that is not known yet",
            "risks": "A warning to the agent", "labels": "Who, which language, which stage"}
    for section, comment in what.items():
        for code, name in getattr(names, section).items():
            yield Entry(f"templates/{macros.NAMES}", (name,), comment=f"{comment}: {code}")


def _ruled(packs: Packs) -> Iterator[Entry]:
    for pack in packs.packs.values():
        file = f"plugin/comptoir/packs/{pack.id}/policies.yaml"
        for rule in pack.rules:
            yield Entry(file, (rule.title,), comment=f"Title of the rule {rule.id}, shown to agents")
            if rule.consequence:
                yield Entry(file, (rule.consequence,), comment=f"What happens otherwise, rule {rule.id}")
            for reading in (reading for value in rule.values for reading in value.readings if reading.why):
                yield Entry(file, (reading.why,), comment=f"Another reading of the rule {rule.id}")


def _guided(packs: Packs) -> Iterator[Entry]:
    for pack in packs.packs.values():
        for section, messages in (sentences(pack.guide) if pack.guide else {}).items():
            for message in messages:
                yield Entry(f"plugin/comptoir/packs/{pack.id}/guide.yaml", (message,),
                            comment=f"For agents: {section.replace('_', ' ')}")


def _linted(packs: Packs) -> Iterator[Entry]:
    for pack in packs.packs.values():
        for code, entry in pack.lint.items():
            yield Entry(f"plugin/comptoir/packs/{pack.id}/lint.yaml", (entry.reason,),
                        comment=f"Why words may not stand in a message: {code}")


def extract(packs: Packs, templates: Folder) -> Catalog:
    """The template catalogue. Raises BadPack where templates/names.yaml cannot be read."""
    sources, names_source = macros.read_sources(templates)
    names, faults = macros.read_names(names_source)
    if faults:
        raise BadPack(faults)
    catalog = Catalog()
    for entry in entries(sources, names, packs):
        catalog.add(
            entry.ids if len(entry.ids) > 1 else entry.ids[0], locations=[(entry.file, 0)],
            auto_comments=[entry.comment] if entry.comment else [], context=entry.context or None,
        )
    return catalog


def written(catalog: Catalog, locale: str = "") -> bytes:
    """A catalogue as the bytes of its file; the same messages give the same bytes."""
    known = Locale.parse(locale) if locale else None
    plurals = Catalog(locale=locale).plural_forms if locale else "nplurals=INTEGER; plural=EXPRESSION"
    header = _HEADER.format(language=known.english_name if known else "The", locale=locale, plurals=plurals)
    body = io.BytesIO()
    pofile.write_po(body, catalog, WIDTH, omit_header=True, ignore_obsolete=True, include_previous=True,
                    include_lineno=False)
    return header.encode() + body.getvalue()


def updated(source: bytes, locale: str, template: Catalog) -> bytes:
    """A locale's file brought up to `template`.

    A message that is close to one that went is proposed as fuzzy, with its previous text beside it until the next
    update; what is no longer used goes. English takes new messages as they are. Raises BadPack where the file is no PO
    file.
    """
    catalog, faults = parse(source, locale, f"locales/{po_path(locale)}")
    if catalog is None:
        raise BadPack(faults)
    # a copy: Babel takes the template's own messages over, and English fills them in below
    catalog.update(copy.deepcopy(template), no_fuzzy_matching=locale == SOURCE)
    if locale == SOURCE:
        for message in catalog:
            if message.id and not _done(message.string):
                message.string = message.id
    return written(catalog, locale)


def update(packs: Packs, templates: Folder, locales: Path) -> list[Path]:
    """Write the template catalogue and every locale's file that differs; says which were written."""
    template = extract(packs, templates)
    wanted = {locales / f"{DOMAIN}.pot": written(template)}
    for folder in sorted(entry for entry in locales.iterdir() if (entry / "LC_MESSAGES").is_dir()):
        path = locales / po_path(folder.name)
        wanted[path] = updated(path.read_bytes(), folder.name, template)
    changed = [path for path, content in wanted.items() if not path.exists() or path.read_bytes() != content]
    for path in changed:
        path.write_bytes(wanted[path])
    return changed


def init(packs: Packs, templates: Folder, locales: Path, locale: str) -> Path:
    """Start a locale with an empty catalogue. Raises BadInput for an unknown name, or one that is there already."""
    try:
        Locale.parse(locale)
    except (UnknownLocaleError, ValueError) as error:
        raise BadInput(f"{locale!r} is no locale; write it as in de, pt_BR or zh_Hant") from error
    path = locales / po_path(locale)
    if path.exists():
        raise BadInput(f"{path} is there already; `update` brings it up to date")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(updated(written(Catalog(), locale), locale, extract(packs, templates)))
    return path


def status(catalog: Catalog, locale: str, template: Catalog) -> Status:
    """How many of the template's messages a catalogue has; a fuzzy one does not count."""
    total = done = fuzzy = 0
    for wanted in template:
        if wanted.id:
            found = catalog.get(wanted.id, wanted.context)
            total += 1
            fuzzy += bool(found and found.fuzzy)
            done += bool(found and not found.fuzzy and _done(found.string))
    return Status(locale, total, done, fuzzy)


def _done(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return bool(string) if isinstance(string, str) else bool(string) and all(string or ())
