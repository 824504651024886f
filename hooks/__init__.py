"""Helpdesks: one folder each, found by its name and loaded with `comptoir.helpdesk.load`."""
