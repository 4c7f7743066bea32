"""Many people asking at once: ``make load``, or ``python -m tests.bench.load [--askers N] [--seconds S]``.

Starts the product's own server on the seed article, lets each asker put one
question after the other, and prints one JSON document.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

QUESTIONS = (
    "Who asked for the intervention of the Collective Defense Pact troops?",
    "How big is Kazakhstan compared with Italy?",
    "Why did Nazarbayev move away from Moscow after 2014?",
    "What did the Telegram channels say?",
    "What is the capital of Australia?",
)
LONGEST_S = 120.0  # what an asker waits for a reply before it counts as an error


@dataclass(slots=True)
class Told:
    """What the askers were told: seconds of each reply, and what else they got, by name."""

    seconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    health: list[float] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.load")
    parser.add_argument("--askers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    arguments = parser.parse_args()
    print(json.dumps(load(arguments.askers, arguments.seconds), indent=2))


def load(askers: int, seconds: float) -> dict[str, Any]:
    """Measure the real server with so many askers for so long."""
    with served() as (address, process):
        asyncio.run(asked(address, 1, 3.0))  # what the first questions load is no growth
        before, worked = memory_mib(process), processor_s(process)
        began = time.perf_counter()
        told = asyncio.run(asked(address, askers, seconds))
        spent = time.perf_counter() - began
        after, worked = memory_mib(process), processor_s(process) - worked
    waits = sorted(told.seconds)
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "askers": askers,
        "seconds": round(spent, 1),
        "replies": len(waits),
        "replies_per_s": round(len(waits) / spent, 2),
        "processor_s_per_reply": round(worked / len(waits), 3),  # the same on a busy machine
        "p50_s": round(statistics.median(waits), 3),
        "p95_s": round(waits[int(0.95 * len(waits))], 3),
        "most_s": round(waits[-1], 3),
        "errors": dict(told.errors),
        "health_p50_ms": round(1000 * statistics.median(told.health), 1),
        "health_most_ms": round(1000 * max(told.health), 1),
        "rss_before_mib": before,
        "rss_after_mib": after,
    }


async def asked(address: str, askers: int, seconds: float) -> Told:
    """Let so many ask, each anew as soon as it has its reply; somebody else looks after the server's health."""
    told, until = Told(), time.perf_counter() + seconds
    async with httpx2.AsyncClient(
        base_url=address, timeout=LONGEST_S, limits=httpx2.Limits(max_connections=askers + 1)
    ) as client:
        asking = [_ask(client, told, until, start) for start in range(askers)]
        await asyncio.gather(*asking, _look_after(client, told, until))
    return told


async def _ask(client: httpx2.AsyncClient, told: Told, until: float, start: int) -> None:
    for question in itertools.islice(itertools.cycle(QUESTIONS), start % len(QUESTIONS), None):
        began = time.perf_counter()
        if began >= until:
            return
        try:
            response = await client.post("/v1/ask", json={"question": question})
        except httpx2.HTTPError as error:
            told.errors[type(error).__name__] += 1
            continue
        if response.status_code == 200 and response.json()["question"] == question:
            told.seconds.append(time.perf_counter() - began)
        else:
            told.errors[str(response.status_code)] += 1


async def _look_after(client: httpx2.AsyncClient, told: Told, until: float) -> None:
    while (began := time.perf_counter()) < until:
        response = await client.get("/healthz")
        response.raise_for_status()
        told.health.append(time.perf_counter() - began)
        await asyncio.sleep(0.5)


@contextmanager
def served() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serve the seed article on a free port, as ``footnote serve`` does, away from the user's own library."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from ui.cli.main import main; main()", "serve", "--port", str(port)]
    with tempfile.TemporaryDirectory() as nowhere:
        server = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, env={**os.environ, "FOOTNOTE_LIBRARY": str(Path(nowhere) / "none")}
        )
        try:
            _wait_until_ready(f"http://127.0.0.1:{port}", server)
            yield f"http://127.0.0.1:{port}", server
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait_until_ready(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with {server.returncode}")
        try:
            httpx2.get(f"{address}/readyz").raise_for_status()
        except httpx2.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the server did not answer within two minutes")


def memory_mib(process: subprocess.Popen[bytes]) -> int:
    """Return the resident memory of a process, as Linux tells it."""
    status = Path(f"/proc/{process.pid}/status").read_text("utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024


def processor_s(process: subprocess.Popen[bytes]) -> float:
    """Return how long a process has kept processors busy, as Linux tells it."""
    after_name = Path(f"/proc/{process.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
