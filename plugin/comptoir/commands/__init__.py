"""The commands: `reading` (tickets, macros), `keeping` (packs, settings), `rulebook` (rules), `running` (servers).

`streams` and `progress` are what they read and write with.
"""
