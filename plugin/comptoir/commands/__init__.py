"""The commands: `reading` (one ticket, a file of tickets, a macro), `keeping` (packs, settings), `running` (servers)."""
