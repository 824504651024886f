"""`comptoir doctor` for a Zendesk: credentials, rights, and the fields named in the settings."""

from __future__ import annotations

from comptoir.errors import BadSettings
from comptoir.helpdesk import Desk

from .api import Api, part
from .auth import LEGACY_WARNING


def check(api: Api, desk: Desk) -> list[str]:
    """One line a check. Raises NotAllowed, Unavailable or BadSettings with what to mend."""
    user = api.get("/api/v2/users/me", "user")
    own = str(user.get("id", ""))
    lines = [f"credentials: accepted by {desk.options.address}, acting as user {own} ({user.get('role')})"]
    if api.oauth is None:
        lines.append(f"credentials: {LEGACY_WARNING}")
    if desk.options.own_user_id != own:
        lines.append(f'own_user_id: set it to "{own}", and our own updates are dropped at the door')
    if user.get("role") != "admin":
        lines.append("rights: the sweep for lost webhooks reads the incremental export, which only an admin may")
    api.get("/api/v2/macros", "macros", {"page[size]": "1"})
    lines.append("macros: readable")
    if desk.fields:
        lines.append(_fields(api, desk))
    return lines


def _fields(api: Api, desk: Desk) -> str:
    there = {str(f["id"]) for page in api.pages("/api/v2/ticket_fields") for f in part(page, "ticket_fields", "fields")}
    if lost := [f'{name} = "{key}"' for name, key in desk.fields.items() if key not in there]:
        raise BadSettings(f"desks.{desk.name}.fields: Zendesk has no ticket field {', '.join(lost)}; "
                          "the number stands on the field's page in Admin Center")
    return f"fields: all {len(desk.fields)} there"
