"""HTML of the views. Sentences stand in the templates beside this file; everything that is printed is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from babel.core import Locale, UnknownLocaleError
from jinja2 import Environment, FunctionLoader, StrictUndefined
from jinja2.filters import do_urlencode

from comptoir.catalogue import SOURCE
from comptoir.classify.case import UNKNOWN
from comptoir.macros import Names
from comptoir.preview.shelf import Stock

BASE = "/preview"
STYLE, ICON = "style.css", "icon.svg"


@dataclass(frozen=True)
class Words:
    """What codes are called on the pages, which speak English."""

    stock: Stock | None = None

    def issue(self, code: str) -> str:
        """The issue's name, else its code."""
        return self._names().issues.get(code, code)

    def fact(self, path: str) -> str:
        """The fact's name, else its path."""
        return self._names().facts.get(path, path)

    def marketplace(self, id: str) -> str:
        """The marketplace's name, else its pack's."""
        pack = self.stock.packs.packs.get(id) if self.stock else None
        return pack.name[SOURCE] if pack else "Unknown marketplace" if id == UNKNOWN else id

    def locale(self, locale: str) -> str:
        """The locale's English name: Chinese (Simplified)."""
        known = _locale(locale)
        return known.english_name or locale if known else locale

    def own(self, locale: str) -> str:
        """The locale's name in itself: 中文 (简体)."""
        known = _locale(locale)
        return known.display_name or locale if known else locale

    def tag(self, locale: str) -> str:
        """The locale as HTML's `lang` writes it: zh-Hans."""
        return locale.replace("_", "-")

    def short(self, locale: str) -> str:
        """Its name where there is little room: fr, 简, 繁."""
        return {"zh_Hans": "简", "zh_Hant": "繁"}.get(locale, locale)

    def _names(self) -> Names:
        return self.stock.macros.names if self.stock else Names()


@cache
def _locale(locale: str) -> Locale | None:
    try:
        return Locale.parse(locale)
    except (UnknownLocaleError, ValueError):
        return None


def link(path: str, /, **query: object) -> str:
    """An address of the preview; empty parts of the query are left out."""
    asked = do_urlencode({name: value for name, value in query.items() if value not in ("", None)})
    return f"{BASE}/{do_urlencode(path)}{'?' if asked else ''}{asked}"


def page(name: str, stock: Stock | None = None, /, **values: Any) -> str:
    """The page `name` as HTML. `stock` gives the names of codes and the faults on top of it."""
    return _environment().get_template(f"{name}.html.j2").render(
        words=Words(stock), faults=stock.faults if stock else (), **values,
    )


def asset(name: str) -> tuple[bytes, str]:
    """The style sheet or the icon, with its media type."""
    types: Mapping[str, str] = {STYLE: "text/css; charset=utf-8", ICON: "image/svg+xml"}
    return files("comptoir.preview").joinpath(name).read_bytes(), types[name]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(lambda name: files("comptoir.preview").joinpath(name).read_text("utf-8")),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )
    environment.globals["link"] = link
    return environment
