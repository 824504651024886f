"""Zendesk Support: signed webhooks in, one write per ticket out. See README.md beside this file."""

from __future__ import annotations

from comptoir.helpdesk import Client, Desk

from . import client
from .options import Options
from .webhook import receive

__all__ = ["Options", "connect", "receive"]


def connect(desk: Desk) -> Client:
    """A client for this desk; opens no connection yet."""
    return client.Client(desk)
