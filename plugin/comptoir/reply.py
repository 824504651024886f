"""Macros: Jinja2 in a sandbox, sentences from PO catalogues; a macro rendered for a case is a Reply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Reply:
    """A macro rendered for a case in one locale. With facts in `missing` there is no text, and it comes last."""

    macro: str  # the template's path without its ending: "buyer/item_not_received/send_tracking"
    audience: Literal["buyer", "platform", "carrier", "agent"]
    locale: str
    title: str
    text: str
    agent_copy: str  # the same reply in the agent's locale; "" when that is the reply's own
    missing: tuple[str, ...] = ()
