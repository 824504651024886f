"""Ask: what somebody wants to see a macro with. What was pasted is hostile: limited in size, refused in sentences."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from comptoir.errors import BadInput
from comptoir.preview.marks import SIGNS
from comptoir.ticket import Facts, Ticket, read_facts, ticket_json

MAX_FACTS = 8000  # characters: all facts there are, at their longest, need half of it


@dataclass(frozen=True)
class Ask:
    """What somebody wants to see a macro with. Empty: what suits the macro."""

    sample: str = ""
    marketplace: str = ""
    day: str = ""
    facts: str | None = None  # JSON, as it was pasted


def facts_json(facts: Facts) -> str:
    """Facts as somebody would write them."""
    return json.dumps(ticket_json(Ticket(facts=facts))["facts"], ensure_ascii=False, indent=2)


def read_day(text: str, problems: list[str]) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        problems.append(f"{text[:40]!r} is not a day; write it as 2026-11-22.")
        return None


def read_pasted(text: str, problems: list[str]) -> Facts:
    """Facts from what somebody pasted; none, and a sentence, where they cannot be read."""
    if len(text) > MAX_FACTS:
        problems.append(f"The facts have {len(text)} characters; at most {MAX_FACTS} are read.")
        return Facts()
    try:
        # a lone surrogate and the signs that mark sentences are no text: they become nothing
        return read_facts(_without_signs(json.loads(SIGNS.sub("", text) or "{}")))
    except json.JSONDecodeError as error:
        problems.append(f"The facts are not JSON: {error.msg}, line {error.lineno}, column {error.colno}.")
    except (RecursionError, ValueError):
        problems.append("The facts cannot be read: they are nested too deeply, or hold a number that is too long.")
    except BadInput as error:
        problems.append(f"The facts do not fit: {short(str(error))}.")
    return Facts()


def _without_signs(value: Any) -> Any:
    """JSON may spell what the text itself cannot hold, as \\ufdd0 or half a surrogate pair."""
    if isinstance(value, str):
        return SIGNS.sub("", value.encode("utf-8", "ignore").decode("utf-8"))
    if isinstance(value, list):
        return [_without_signs(inner) for inner in value]
    if isinstance(value, dict):
        return {_without_signs(key): _without_signs(inner) for key, inner in value.items()}
    return value


def short(text: str) -> str:
    return text if len(text) <= 600 else f"{text[:600]} …"
