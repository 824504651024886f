"""Catalogues: the PO files under locales/, read once at start. Message ids are English.

A translation is data: it is never parsed as a template, so a Jinja tag inside one comes out as it stands (and
`comptoir check` complains about it).
"""

from __future__ import annotations

import gettext
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import ClassVar

from babel.core import Locale, UnknownLocaleError
from babel.messages import pofile
from babel.messages.catalog import Catalog

from comptoir.errors import Fault

SOURCE = "en"  # the locale the message ids are written in; what is missing elsewhere falls back to it
DOMAIN = "comptoir"
Folder = Path | Traversable
_LINE = re.compile(r'(?:(?:msgctxt|msgid|msgid_plural|msgstr|msgstr\[\d\])\s*)?"(?:[^"\\]|\\.)*"')
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
Key = tuple[str, str]  # (context or "", message id)


@dataclass(frozen=True)
class Catalogue:
    """One locale's translations. A key that is not in `forms` (untranslated or fuzzy) comes out as its message id."""

    fixed: ClassVar[bool] = True  # says the same of a key each time, so that templates can be compiled with its words
    locale: str
    forms: Mapping[Key, tuple[str, ...]]
    plural: Callable[[int], int]

    def get(self, message: str, context: str = "") -> str:
        forms = self.forms.get((context, message))
        return forms[0] if forms else message

    def nget(self, one: str, many: str, count: int, context: str = "") -> str:
        """The plural form for `count`; English rules where there is no translation."""
        forms = self.forms.get((context, one))
        if forms is None:
            return one if count == 1 else many
        return forms[min(self.plural(count), len(forms) - 1)]

    def missing(self, keys: Iterable[Key]) -> tuple[Key, ...]:
        return tuple(key for key in keys if key not in self.forms)


def po_path(locale: str) -> str:
    """Where a locale's PO file lies below locales/."""
    return f"{locale}/LC_MESSAGES/{DOMAIN}.po"


def read(folder: Folder) -> tuple[dict[str, Catalogue], list[Fault]]:
    """Every locale found below `folder` and every fault in its PO file; a faulty locale is left out of the first."""
    catalogues: dict[str, Catalogue] = {}
    faults: list[Fault] = []
    for entry in sorted(folder.iterdir(), key=lambda found: found.name):
        source = entry.joinpath("LC_MESSAGES", f"{DOMAIN}.po")
        if not source.is_file():
            continue
        parsed, wrong = parse(source.read_bytes(), entry.name, f"locales/{po_path(entry.name)}")
        faults += wrong
        if parsed is not None:
            catalogues[entry.name] = from_babel(parsed, entry.name)
    if SOURCE not in catalogues and not faults:
        faults.append(Fault("locales", 0, f"no locales/{po_path(SOURCE)}; every other locale falls back to it"))
    return catalogues, faults


def parse(source: bytes, locale: str, file: str) -> tuple[Catalog | None, list[Fault]]:
    """A PO file as Babel's Catalog; None and the fault with its line where it is not one.

    Babel takes lines without their quotation marks and drops a letter at each end instead: they are refused here.
    """
    try:
        Locale.parse(locale)
        lines = source.decode("utf-8").splitlines()
        for number, line in enumerate(map(str.strip, lines), start=1):
            if line and not line.startswith("#") and not _LINE.fullmatch(line):
                return None, [Fault(file, number, f'not a PO file: {line[:40]!r}; text stands in "quotation marks"')]
        read = pofile.read_po(io.BytesIO(source), locale=locale, charset="utf-8", abort_invalid=True)
        return _without_previous(read), []
    except (UnknownLocaleError, ValueError) as error:
        return None, [Fault(file, _line_of(error, source), _explain(error, locale))]
    except pofile.PoFileError as error:
        return None, [Fault(file, (error.lineno or 0) + 1, f"not a PO file: {error}")]


def _without_previous(catalog: Catalog) -> Catalog:
    """Without previous texts (`#| msgid`), which Babel takes for a translator's comments and writes back."""
    for message in catalog:
        message.user_comments = [line for line in message.user_comments if not line.startswith("|")]
    return catalog


def _line_of(error: Exception, source: bytes) -> int:
    return source.count(b"\n", 0, error.start) + 1 if isinstance(error, UnicodeDecodeError) else 0


def _explain(error: Exception, locale: str) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8; save the file with charset utf-8"
    return f"the folder name {locale!r} is no locale, or the header is wrong: {error}"


def from_babel(catalog: Catalog, locale: str) -> Catalogue:
    """The translations that count: not fuzzy, not empty in any plural form, and with the placeholders of the English.

    One with a wrong placeholder would stop every reply it stands in, so it counts as not translated.
    """
    forms: dict[Key, tuple[str, ...]] = {}
    for message in catalog:
        strings = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        if message.id and not message.fuzzy and all(strings) and strings and not _differs(message.id, strings):
            forms[message.context or "", first_id(message.id)] = strings
    return Catalogue(locale, forms, gettext.c2py(catalog.plural_expr))


def _differs(message_id: str | tuple[str, ...] | list[str], strings: tuple[str, ...]) -> bool:
    english = message_id if isinstance(message_id, str) else message_id[-1]
    return any(placeholders(english) != placeholders(string) for string in strings)


def placeholders(text: str) -> tuple[Counter[str], int]:
    """The named placeholders of a message, and the number of other % signs."""
    return Counter(PLACEHOLDER.findall(text)), PLACEHOLDER.sub("", text).count("%")


def first_id(message_id: str | tuple[str, ...] | list[str]) -> str:
    """The singular, which is the key of a message with plural forms."""
    return message_id if isinstance(message_id, str) else message_id[0]
