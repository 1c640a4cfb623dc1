"""The command line: every command, its options, and how its answer is shown. The work is done in `operate` and `up`.

running    up, ingest, render, feed: what keeps running     articles   publish, retract, release, resurface …
upkeep     check, rebuild, reconcile, tail, version         trying     verify-delivery, send: for integrators
dead · subscribers · ads · deliveries · pins · redirects · rejected: a group of commands each

options    what more commands than one can be told          call       which newsroom, and how its answer is shown
answers    the two consoles, tables, progress

Answers go to stdout (`--json`: one JSON value), everything else to stderr; exit code 1 for faults, 2 for wrong usage.
A command imports what it needs when it runs: `litfass --help` answers at once.
"""

import os
import sys

import typer

from litfass.cli import (
    ads,
    articles,
    dead,
    deliveries,
    pins,
    redirects,
    rejected,
    running,
    subscribers,
    trying,
    upkeep,
)
from litfass.cli.answers import err
from shared.runtime.errors import LitfassError
from shared.runtime.logging import configure

app = typer.Typer(
    name="litfass",
    help="From a CMS's webhook to pages, lists and feeds, in milliseconds.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
# In the order of `litfass --help`. What gets no name here is not a group: its commands stand beside `up`.
for commands in (running, articles, upkeep, trying):
    app.add_typer(commands.app)
app.add_typer(dead.app, name="dead")
app.add_typer(subscribers.app, name="subscribers")
app.add_typer(ads.app, name="ads")
app.add_typer(deliveries.app, name="deliveries")
app.add_typer(pins.app, name="pins")
app.add_typer(redirects.app, name="redirects")
app.add_typer(rejected.app, name="rejected")


def main() -> int:
    """Run the command line; return its exit code. Faults that we know are said in one message, without a traceback."""
    configure(form=os.environ.get("LITFASS_LOG_FORMAT", ""), level=os.environ.get("LITFASS_LOG_LEVEL", "info"))
    try:
        return int(app(standalone_mode=False) or 0)
    except LitfassError as fault:
        err.print(str(fault), style="red", highlight=False, markup=False)
        return 1
    except typer.Exit as leaving:
        return leaving.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except Exception as fault:  # wrong usage is an exception of typer's that it exports under no name
        if hasattr(fault, "show") and hasattr(fault, "exit_code"):
            fault.show(file=sys.stderr)
            return int(fault.exit_code)
        raise
