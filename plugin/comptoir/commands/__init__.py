"""The commands: `reading` (tickets, macros), `keeping` (packs, settings), `rulebook` (rules), `running` (servers)."""
