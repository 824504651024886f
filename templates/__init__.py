"""Macros and notes: Jinja2 templates whose sentences are English message ids."""
