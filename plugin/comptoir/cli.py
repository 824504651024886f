"""The command `comptoir`. Each command is a short function in `commands/`; this page is their index.

Exit codes: 0 all well; 1 it ran and found faults (a bad line, a failed check, the helpdesk said no);
2 it could not run as asked (wrong option, unreadable file, a setting missing). docs/reference/commands.md.
"""

from __future__ import annotations

import sys

import typer

from comptoir import __version__
from comptoir.commands import keeping, learning, linting, measuring, reading, rulebook, running, wording
from comptoir.errors import ComptoirError

app = typer.Typer(
    help="Comptoir reads helpdesk tickets of marketplace buyers, works out every deadline and lays the reply ready.",
    epilog="Start with `comptoir demo`; then `comptoir init`, `comptoir doctor`, `comptoir serve`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
desk = typer.Typer(help="What belongs to one helpdesk account.", no_args_is_help=True)
app.add_typer(desk, name="desk")
book = typer.Typer(help="The rules of all packs.", invoke_without_command=True)
app.add_typer(book, name="rules")

app.command("demo")(running.demo)
app.command("serve")(running.serve)
app.command("worker")(running.worker)
app.command("preview")(running.preview)
desk.command("publish")(running.publish)
app.command("try")(reading.try_ticket)
app.command("classify")(reading.classify)
app.command("eval")(measuring.evaluate)
app.command("correct")(learning.correct)
app.add_typer(learning.app, name="corrections")
app.command("reply")(reading.reply)
app.command("calc")(reading.calc)
app.command("lint")(linting.lint)
app.command("check")(keeping.check)
book.callback(invoke_without_command=True)(rulebook.rules)
book.command("diff")(rulebook.diff)
app.command("init")(keeping.init)
app.command("doctor")(keeping.doctor)
app.add_typer(wording.app, name="locales")


@app.callback(invoke_without_command=True)
def _top(version: bool = typer.Option(False, "--version", help="Print the version and stop.")) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command line; every error of ours is one clear line on standard error, never a traceback."""
    try:
        app()
    except ComptoirError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone: nothing is left to say, not even at exit
        sys.exit(0)


if __name__ == "__main__":
    main()
