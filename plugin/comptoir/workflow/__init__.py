"""The durable flow: deliveries are stored, then worked on until nothing is left to do, whatever dies in between.

`visit` sees to one ticket, `flows` is the table of contents, `store` is where it all rests, `engine` starts and stops
it. Nobody else knows DBOS.
"""

from __future__ import annotations

from comptoir.workflow.engine import Engine, start
from comptoir.workflow.store import stuck

__all__ = ["Engine", "start", "stuck"]
