"""A server as ``footnote serve`` runs it, over a product that answers when it is let: it prints its port, then serves.

Run as ``python -m tests.faults.stopping GRACE_S``; a question is answered after as many seconds as it says.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import time
from dataclasses import dataclass, replace
from typing import Unpack

from qa.answer import Reply
from qa.assistant import Asking
from tests.ui.fakes import FakeProduct, ScriptedAssistant, seed_product
from ui.http.admission import AdmissionQueue
from ui.http.permission import Writers
from ui.server import run as server
from ui.server.app import create_app


@dataclass(slots=True)
class Slow(ScriptedAssistant):
    def ask(self, question: str, **asking: Unpack[Asking]) -> Reply:
        time.sleep(float(question))
        return ScriptedAssistant.ask(self, question)


def main(grace_s: int) -> None:
    product: FakeProduct = replace(seed_product(), assistant=Slow())
    turns = AdmissionQueue(most_at_once=2)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = create_app(product, writers=Writers(is_local=True), turns=turns)
    config = server.server_config(app, turns.stopping, host="127.0.0.1", port=port)
    config.timeout_graceful_shutdown = grace_s
    print(port, flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        server.StoppedServer(config, turns.stopping).run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
