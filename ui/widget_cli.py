"""The commands of the widget."""

from __future__ import annotations

import typer

from ui.widget_publishing import add_publishing_commands

widget = typer.Typer(help="Put the chat into pages of other sites.", no_args_is_help=True)
add_publishing_commands(widget)
