"""Native macros: the same templates, in the helpdesk's own list, one per locale. `comptoir desk publish`.

What the helpdesk knows of a ticket becomes its placeholder; a macro that needs more stays out and is listed. The id
map of the last run is kept in a file beside the store, written whole or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from comptoir import helpdesk
from comptoir.counter import Office
from comptoir.errors import BadInput
from comptoir.helpdesk import Client, Desk, NativeMacro, Published
from comptoir.reply import native


def publish(desk: Desk, office: Office, id_map: Path, dry_run: bool) -> list[Published]:
    """Bring the desk's native macros up to date. Raises what the helpdesk raises, and BadInput for a broken id map."""
    client = helpdesk.load(desk.kind).connect(desk)
    published, known = client.publish(list(native_macros(desk, office, client)), _read(id_map), dry_run)
    if not dry_run:
        _write(id_map, known)
    return published


def native_macros(desk: Desk, office: Office, client: Client) -> Iterator[NativeMacro]:
    """Every macro, in every locale it is translated to, for the marketplaces of this desk.

    A comment that may land on somebody else's ticket (a note for colleagues, a letter to a carrier about a buyer's
    parcel) is an internal one: a click never sends it to whoever wrote the ticket.
    """
    wanted = set(desk.marketplaces.values()) or set(office.packs.marketplaces)
    for macro in office.macros.macros.values():
        if macro.marketplaces and not wanted & set(macro.marketplaces):
            continue
        for locale in office.macros.locales:
            parts = native(office.macros, macro.id, locale, client.placeholder, office.packs, shop=desk.shop)
            title = f"{parts.title} ({locale})"  # two locales may share a word: a menu entry must say which it is
            public = macro.senders == (macro.audience,)
            # the ticket's language is that of whoever wrote it, so only what goes there may say it
            tags = (f"lang_{locale.lower()}",) if public else ()
            yield NativeMacro(f"{macro.id}.{locale}", title, parts.text, tags, parts.missing, public)


def _read(id_map: Path) -> dict[str, Any]:
    if not id_map.exists():
        return {}
    try:
        known = json.loads(id_map.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{id_map}: not a map of published macros ({error}); restore it, or move it away and publish "
                       "again: macros are then found by the mark in their description") from error
    if not isinstance(known, dict):
        raise BadInput(f"{id_map}: not a map of published macros")
    return known


def _write(id_map: Path, known: dict[str, Any]) -> None:
    id_map.parent.mkdir(parents=True, exist_ok=True)
    draft = id_map.with_suffix(".new")
    draft.write_text(json.dumps(known, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(id_map)
