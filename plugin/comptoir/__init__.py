"""Comptoir, the after-sales counter for marketplace sellers. Read the modules in the order of README's house."""

__version__ = "0.1.0"
