"""A small language model on llama.cpp's server, as a process: ``python -m tests.qa.llm.real_server FILE``.

The model only continues text: the messages are given to it one after the other,
without the marks of a conversation. It prints its address, and ends when its
standard input does.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONTEXT_TOKENS = 4096
AS_PLAIN_TEXT = "{{ messages[0]['content'] }}\n\n{{ messages[1]['content'] }}"


def serve(model: Path) -> None:
    """Serve a GGUF file on this machine, on a free port, until standard input is closed."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(model)
    params.n_ctx = CONTEXT_TOKENS
    params.n_parallel = 1
    params.cpuparams.n_threads = max(1, (os.cpu_count() or 2) // 2)
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.chat_template = AS_PLAIN_TEXT
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()
    os._exit(0)  # its threads would go on serving


@contextmanager
def serving_model(model: Path) -> Iterator[str]:
    """Start the process; give the address that an OpenAI-compatible client takes."""
    command = [sys.executable, "-m", "tests.qa.llm.real_server", str(model)]
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:"), "the server did not start"
        yield f"{address}/v1"
        process.stdin.close()
        process.wait(timeout=20)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
