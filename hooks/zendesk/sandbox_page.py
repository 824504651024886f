"""How a ticket of the sandbox looks to an agent: one plain page, so that a demo can be read and not only queried."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from typing import Any

import nh3

from .sandbox_account import Account, Refusal

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, "Noto Sans CJK SC", sans-serif }
body { margin: 0 auto; padding: 1rem; max-width: 46rem }
article { border: 1px solid #8886; border-radius: .5rem; padding: .25rem 1rem; margin: 1rem 0; overflow-wrap: anywhere }
article.note { background: #fff4c2; color: #222 }
article pre, article blockquote { white-space: pre-wrap; font: inherit }
.tags span { display: inline-block; border: 1px solid #8888; border-radius: 1rem; padding: 0 .6rem; margin: .15rem }
table { border-collapse: collapse } td, th { text-align: left; vertical-align: top; padding: .15rem .8rem .15rem 0 }
"""


def page(account: Account, number: int) -> str:
    """The ticket's page. Raises Refusal for a ticket that is not there."""
    ticket = account.ticket(number)
    subject = html.escape(ticket["subject"])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>#{number} {subject}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head><body>'
        f"<nav>{_links(account, number)}</nav><h1>#{number} {subject}</h1>"
        f'<p class="tags" aria-label="Tags">{_tags(ticket["tags"])}</p>'
        f"<table><caption>Ticket fields</caption>{_fields(account, ticket)}</table>"
        f"<main>{''.join(_comment(account, comment) for comment in account.comments[number])}</main></body></html>"
    )


def _links(account: Account, number: int) -> str:
    near = [other for other in (number - 1, number + 1) if other in account.tickets]
    return " · ".join(f'<a href="/agent/tickets/{other}">ticket #{other}</a>' for other in near)


def _tags(tags: Iterable[str]) -> str:
    return " ".join(f"<span>{html.escape(tag)}</span>" for tag in tags)


def _fields(account: Account, ticket: Mapping[str, Any]) -> str:
    rows = [(account.fields[field["id"]]["title"], field["value"]) for field in ticket["custom_fields"]]
    return "".join(f"<tr><th scope=row>{html.escape(title)}</th><td>{html.escape(str(value))}</td></tr>"
                   for title, value in rows if value)


def _comment(account: Account, comment: Mapping[str, Any]) -> str:
    who = html.escape(account.users[comment["author_id"]]["name"] or account.users[comment["author_id"]]["email"])
    if comment["public"]:
        return f"<article><h2>{who}</h2><pre>{html.escape(comment['plain_body'])}</pre></article>"
    # as in the helpdesk, a note's HTML is shown: cleaned, whoever wrote it
    return f'<article class="note"><h2>Internal note, {who}</h2>{nh3.clean(comment["html_body"])}</article>'


def refusal_page(refusal: Refusal) -> str:
    """What is shown for a ticket that is not there."""
    return f"<!doctype html><title>{refusal.answer.status}</title><p>{html.escape(str(refusal.answer.data))}"
