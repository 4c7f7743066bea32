"""The command ``footnote`` from its first moment on: Ctrl-C is one line and exit code 130, whatever it interrupts.

Importing the command line takes long enough to be interrupted, so this module
imports nothing of it before it stands ready. Not for what commands do: that is `ui.cli.main`.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it


def main() -> NoReturn:
    """Run the command line."""
    try:
        from ui.cli.main import main as run_command

        run_command()
    except KeyboardInterrupt as stop:
        _leave(stop)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            _leave(end)
        raise


def _leave(end: BaseException) -> NoReturn:
    """End at once: everything is unwound by now, and threads that still compute would be waited for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is sys.stderr:
                stream.write(f"footnote: {_said(end)}\n")
            stream.flush()
        except (OSError, ValueError):  # whoever read it has gone too
            pass
    os._exit(INTERRUPTED)


def _said(end: BaseException) -> str:
    """Return what the work that was interrupted says of itself, where it says anything."""
    raised: BaseException | None = end
    while raised is not None:
        if isinstance(raised, KeyboardInterrupt) and raised.args:
            return str(raised.args[0])
        raised = raised.__cause__ or raised.__context__
    return "stopped"


if __name__ == "__main__":
    main()
