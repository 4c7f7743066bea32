"""Start the server: one process, one port, chat and API."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import typer
import uvicorn

from index.errors import ConfigurationError
from ui.api import create_app
from ui.compose import open_history, open_product
from ui.permission import TOKEN_VARIABLE, Writers, is_loopback


def run_server(library: Path | None, *, host: str, port: int) -> None:
    """Serve a library until interrupted; the address is printed once the server answers.

    A named folder that holds no library gets an empty one, to be added to.

    Raises:
        ConfigurationError: the address cannot be listened on.
    """
    require_free(host, port)
    product = open_product(library, make=True)
    product.assistant.warm_up()  # the first question should not wait for the model
    writers = Writers(token=os.environ.get(TOKEN_VARIABLE) or None, is_local=is_loopback(host))
    app = create_app(product, open_history(product.library), writers=writers)
    typer.echo(f"Footnote answers at http://{host}:{port} (API: /openapi.json). Ctrl-C stops it.")
    uvicorn.run(app, host=host, port=port, log_level="warning")


def require_free(host: str, port: int) -> None:
    """Fail early, before a model is loaded, when the address is taken or not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = error.strerror or error
            raise ConfigurationError(
                f"cannot listen on {host}:{port} ({reason}); choose another with --port or --host"
            ) from error
