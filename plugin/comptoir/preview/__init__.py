"""The preview: the macro catalogue as it is now, for translators and policy keepers, as values and as pages.

Read in the order of the flow: `shelf` reads the files and keeps what is sound, `book` knows the state of each message
of a locale, `marks` finds out which message a sentence came from, `ask` reads what a visitor wants, `macro` and `lists`
lay a page out as frozen values, `pages` makes HTML of them. HTTP is the affair of `preview_server.py`, and who may look
of `preview_gate.py`.
"""
