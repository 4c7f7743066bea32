"""Hostile files sent to a running server: ``python -m tests.bench.hostile [NAME]...``.

Prints a row for each file of `tests.index.formats.hostile`: its size, how long the server took over
it, the most memory that the process which read it held, how long ``/healthz`` took meanwhile (95th
percentile), and what was said. Linux only: memory is read from ``/proc``.
"""

from __future__ import annotations

import argparse
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2

from tests.bench.serving import served
from tests.index.formats import hostile

HEADERS = {"X-Footnote-Request": "1"}
LONGEST_S = 600.0
ASKED_EVERY_S = 0.02


@dataclass(slots=True)
class Meanwhile:
    """What was seen while a file was read: seconds of each ``/healthz``, and memory of what the server started."""

    health: list[float] = field(default_factory=list)
    peak_bytes: int = 0

    @property
    def p95_ms(self) -> float:
        return 1000 * sorted(self.health)[int(0.95 * (len(self.health) - 1))]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.hostile")
    parser.add_argument("names", nargs="*", help="of the files; without one, all")
    names = parser.parse_args().names
    print(f"load average {os.getloadavg()[0]:.1f}")
    print(f"{'file':16} {'bytes':>10} {'s':>6} {'MiB':>6} {'p95 ms':>7}  said")
    with (
        TemporaryDirectory() as home,
        served(Path(home), "--library", str(Path(home) / "library")) as address,
        httpx2.Client(base_url=address, headers=HEADERS, timeout=LONGEST_S) as client,
    ):
        _send(client, "/v1/articles", "first.md", b"The river floods in May.")  # starts the process
        with watched(address) as meanwhile:
            time.sleep(2)
        print(f"{'(nothing)':16} {'':>10} {2:6.1f} {'':>6} {meanwhile.p95_ms:7.1f}")
        for name, make in {**hostile.ARTICLES, **hostile.QUESTIONS}.items():
            if names and name not in names:
                continue
            content = make()
            raw = content.encode() if isinstance(content, str) else content
            route = "/v1/evaluations?start=false" if name in hostile.QUESTIONS else "/v1/articles"
            with watched(address) as meanwhile:
                began = time.perf_counter()
                said = _send(client, route, name, raw)
                spent = time.perf_counter() - began
            print(
                f"{name:16} {len(raw):10,} {spent:6.1f} {meanwhile.peak_bytes / 2**20:6.0f} "
                f"{meanwhile.p95_ms:7.1f}  {said}",
                flush=True,
            )


def _send(client: httpx2.Client, route: str, name: str, raw: bytes) -> str:
    response = client.post(route, files={"file": (name, raw)})
    document = response.json()
    if "detail" in document:
        return f"{response.status_code}: {document['detail']}"
    results = document.get("results", [{"state": document.get("state")}])
    return f"{response.status_code}: {', '.join(str(result['state']) for result in results)}"


@contextmanager
def watched(address: str) -> Iterator[Meanwhile]:
    """Ask for the server's health again and again, and look at the processes that read files."""
    meanwhile, over = Meanwhile(), threading.Event()
    for process in _readers():
        (process / "clear_refs").write_text("5", "ascii")  # what it held before does not count

    def ask() -> None:
        is_first = True
        with httpx2.Client(base_url=address, timeout=LONGEST_S) as client:
            while is_first or not over.is_set():
                is_first = False
                began = time.perf_counter()
                client.get("/healthz").raise_for_status()
                meanwhile.health.append(time.perf_counter() - began)
                meanwhile.peak_bytes = max(meanwhile.peak_bytes, *map(_peak_of, _readers()), 0)
                time.sleep(ASKED_EVERY_S)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield meanwhile
    finally:
        over.set()
        thread.join()


def _readers() -> Iterator[Path]:
    """Give the processes which read files, of those that this one's server started."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            is_ours = b"limited.program" in command and os.getpid() in _ancestors(int(process.name))
        except (OSError, IndexError):  # it has ended meanwhile
            continue
        if is_ours:
            yield process


def _peak_of(process: Path) -> int:
    try:
        return 1024 * int((process / "status").read_text("utf-8").partition("VmHWM:")[2].split()[0])
    except (OSError, IndexError):
        return 0


def _ancestors(process: int) -> Iterator[int]:
    while process > 1:
        status = Path(f"/proc/{process}/status").read_text("utf-8")
        process = int(status.partition("PPid:")[2].split()[0])
        yield process


if __name__ == "__main__":
    main()
