"""A small language model on llama.cpp's server, as a process: ``python -m tests.qa.llm.real_server FILE [endless]``.

The model only continues text: the messages are given to it one after the other,
without the marks of a conversation. It prints its address, and ends when its
standard input does. An endless one does not stop by itself: it writes as much
as it is asked for.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

CONTEXT_TOKENS = 4096
AS_PLAIN_TEXT = "{{ messages[0]['content'] }}\n\n{{ messages[1]['content'] }}"


@dataclass(frozen=True, slots=True)
class RealServer:
    """A server that runs, and its address as an OpenAI-compatible client takes it. It answers one request at a time."""

    address: str
    process: subprocess.Popen[str]

    def is_writing(self) -> bool:
        """Tell whether its only slot is taken."""
        address = urlsplit(self.address)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=20)
        with closing(connection):
            connection.request("GET", "/slots")
            (slot,) = json.load(connection.getresponse())
        return bool(slot["is_processing"])

    def is_free_within(self, seconds: float) -> bool:
        """Wait until its slot is free; tell whether it came to be."""
        return comes_true(lambda: not self.is_writing(), seconds)


def comes_true(is_so: Callable[[], bool], seconds: float) -> bool:
    """Wait until something is so; tell whether it came to be."""
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def serve(model: Path, *, endless: bool) -> None:
    """Serve a GGUF file on this machine, on a free port, until standard input is closed."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(model)
    params.n_ctx = CONTEXT_TOKENS
    params.n_parallel = 1
    params.cpuparams.n_threads = max(1, (os.cpu_count() or 2) // 2)
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.endpoint_slots = True
    params.sampling.ignore_eos = endless
    params.chat_template = AS_PLAIN_TEXT
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()
    os._exit(0)  # its threads would go on serving


@contextmanager
def running_model(model: Path, *, endless: bool = False) -> Iterator[RealServer]:
    """Start the process, and end it; it may have been killed meanwhile."""
    command = [sys.executable, "-m", "tests.qa.llm.real_server", str(model), *(["endless"] if endless else [])]
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:"), "the server did not start"
        yield RealServer(f"{address}/v1", process)
        process.stdin.close()
        process.wait(timeout=20)


@contextmanager
def serving_model(model: Path) -> Iterator[str]:
    """Start the process; give the address that an OpenAI-compatible client takes."""
    with running_model(model) as server:
        yield server.address


if __name__ == "__main__":
    serve(Path(sys.argv[1]), endless="endless" in sys.argv[2:])
