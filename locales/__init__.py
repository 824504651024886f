"""Catalogues: one PO file a language, read at start; no compiled step."""
