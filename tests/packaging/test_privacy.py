"""What the installed product tells the world, at the level of system calls: guards in Python see nothing of C++.

Each command runs in a fresh home, watched by strace. Counted are outside
look-ups (any name server, any address that is not this machine's) and what is
left on the disk afterwards.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from reportlab.pdfgen.canvas import Canvas

from index.telemetry import SWITCHES, left_on, switch_off
from ui.cli.doctor import examine

pytestmark = [pytest.mark.packaging, pytest.mark.model]

QUESTION = "How big is Kazakhstan?"
WATCHED = "connect,sendto,sendmsg,sendmmsg,open,openat,creat,mkdir,mkdirat"
SERVED_S = 45  # from its start; unless it is switched off, onnxruntime looks its host up after 20
_MADE = re.compile(r'^(?:open|openat|creat|mkdir|mkdirat)\((?:\w+<([^>]*)>, )?"((?:[^"\\]|\\.)*)"(.*)\) += \d')
_NAME_SERVERS = ("htons(53)", "htons(853)", "io.systemd.Resolve", r"hosts\0")
_THIS_MACHINE = re.compile(r'inet_addr\("(?:127\.\d+\.\d+\.\d+|0\.0\.0\.0)"\)|"::1?"|"::ffff:127\.')


@dataclass
class Seen:
    """What a command did: its exit code, each look-up as strace words it, and each file and folder that it left."""

    code: int = 0
    lookups: list[str] = field(default_factory=list)
    left: set[Path] = field(default_factory=set)


@dataclass(frozen=True)
class Watcher:
    """Runs commands in a home of their own, below strace."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        home, temporary = self.folder / "home", self.folder / "temporary"
        home.mkdir(exist_ok=True)
        temporary.mkdir(exist_ok=True)
        return {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(temporary), "LANG": "C.UTF-8"}

    def start(self, command: Sequence[str | Path]) -> subprocess.Popen[bytes]:
        traced = [_strace(), "-ff", "-qq", "-y", "-s", "64", "-e", f"trace={WATCHED}", "-o", str(self.folder / "trace")]
        return subprocess.Popen([*traced, *map(str, command)], cwd=self.folder, env=self.environment)

    def run(self, *command: str | Path) -> Seen:
        """Run a command to its end and return what it did."""
        with self.start(command) as process:
            code = process.wait(timeout=240)
        return self.seen(code)

    def seen(self, code: int) -> Seen:
        seen = Seen(code)
        for trace in self.folder.glob("trace.*"):
            for line in trace.read_text("utf-8", "replace").splitlines():
                if _is_lookup(line):
                    seen.lookups.append(line)
                elif made := _made(line, self.folder):
                    seen.left.add(made)
        homes = [self.folder / "home", self.folder / "temporary"]
        seen.left |= {
            path for home in homes for path in home.rglob("*") if not path.is_dir() or not any(path.iterdir())
        }
        return seen


def _strace() -> str:
    """Return strace; where CI has none that is a failure, elsewhere a skip."""
    found = shutil.which("strace")
    if found and subprocess.run([found, "-qq", "-o", os.devnull, "true"], capture_output=True).returncode == 0:
        return found
    reason = "no strace that may watch: install the package strace, and allow ptrace"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _is_lookup(line: str) -> bool:
    if not line.startswith(("connect", "send")):
        return False
    if any(server in line for server in _NAME_SERVERS):
        return True
    return "sa_family=AF_INET" in line and not _THIS_MACHINE.search(line)


def _made(line: str, folder: Path) -> Path | None:
    """Return what a line of strace says was made, if it is still there."""
    found = _MADE.match(line)
    if found is None or not (line.startswith(("mkdir", "creat")) or "O_CREAT" in found[3]):
        return None
    path = Path(found[1] or folder, found[2])
    return path if path.exists() and not path.is_relative_to("/dev") else None


@pytest.fixture
def watcher(tmp_path: Path) -> Watcher:
    return Watcher(tmp_path)


def not_ours(seen: Seen, watcher: Watcher, installed: Path) -> list[Path]:
    """Return what was left anywhere but in footnote's own folders and in the installation itself."""
    home, temporary = watcher.folder / "home", watcher.folder / "temporary"
    ours = [home / ".cache" / "footnote", home / ".local" / "share" / "footnote", temporary / "footnote-"]
    above = {home / ".cache", home / ".local", home / ".local" / "share"}
    installations = [installed.parent, Path(sysconfig.get_path("purelib")), watcher.folder / "out"]
    return sorted(
        path
        for path in seen.left - above
        if not any(str(path).startswith(str(place)) for place in (*ours, *installations))
    )


def test_the_watch_sees_a_look_up_and_a_folder(watcher: Watcher) -> None:
    program = "import os, socket; os.mkdir(os.path.expanduser('~/made')); socket.getaddrinfo('footnote.invalid', 80)"
    seen = watcher.run(sys.executable, "-c", program)
    assert seen.lookups != []
    assert watcher.folder / "home" / "made" in seen.left


def test_the_watch_sees_onnxruntime_where_it_is_not_switched_off(watcher: Watcher) -> None:
    program = (
        "import os, index; del os.environ['ORT_DISABLE_TELEMETRY'];"
        "from pathlib import Path; from index.embedding.minilm import MiniLMEmbedder;"
        "MiniLMEmbedder(cache_folder=Path('out')).embed_questions(['Which river?'])"
    )
    seen = watcher.run("env", f"PYTHONPATH={os.pathsep.join(sys.path)}", sys.executable, "-c", program)
    assert any(".onnxruntime" in str(path) for path in seen.left)


def test_asking_looks_nothing_up_and_leaves_nothing_elsewhere(watcher: Watcher, installed: Path) -> None:
    seen = watcher.run(installed / "footnote", "ask", QUESTION)
    assert (seen.code, seen.lookups) == (0, [])
    assert not_ours(seen, watcher, installed) == []


def test_indexing_looks_nothing_up_and_leaves_nothing_elsewhere(watcher: Watcher, installed: Path) -> None:
    articles = watcher.folder / "out"
    articles.mkdir()
    (articles / "a.html").write_text("<html><body><p>The tea was sold in Riga, and it was good.</p></body></html>")
    (articles / "b.md").write_text("# Rivers\n\nThe Po is in Italy, and long.")
    canvas = Canvas(str(articles / "c.pdf"))
    canvas.drawString(72, 700, "Paper was made in Fabriano.")
    canvas.save()
    seen = watcher.run(installed / "footnote", "index", articles)
    assert (seen.code, seen.lookups) == (0, [])
    assert not_ours(seen, watcher, installed) == []
    assert any(path.name == "library.sqlite3" for path in seen.left)


def test_evaluating_looks_nothing_up_and_leaves_nothing_elsewhere(watcher: Watcher, installed: Path) -> None:
    pairs = watcher.folder / "pairs.csv"
    pairs.write_text(f"question,answer\n{QUESTION},nine times the size of Italy\n")
    seen = watcher.run(installed / "footnote", "eval", pairs, "--out", watcher.folder / "out")
    assert (seen.code, seen.lookups) == (0, [])
    assert not_ours(seen, watcher, installed) == []
    assert (watcher.folder / "out" / "report.json").is_file()


def test_long_jobs_look_nothing_up_and_leave_nothing_elsewhere(watcher: Watcher, installed: Path) -> None:
    program = (
        "from index.config import EmbeddingConfig; from ui.app.wiring import make_embedder;"
        "from ui.app.settings import Settings;"
        "settings = Settings(embedding=EmbeddingConfig(model='all-MiniLM-L6-v2'));"
        "make_embedder(settings)._bulk.embed_passages(['Which river?'] * 70)"
    )
    seen = watcher.run(installed / "python", "-c", program)
    assert (seen.code, seen.lookups) == (0, [])
    assert not_ours(seen, watcher, installed) == []


def test_a_server_looks_nothing_up_and_leaves_nothing_elsewhere(watcher: Watcher, installed: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.monotonic()
    with watcher.start([installed / "footnote", "serve", "--port", str(port)]) as process:
        try:
            _ask(f"http://127.0.0.1:{port}", until=began + 120)
            time.sleep(max(0.0, began + SERVED_S - time.monotonic()))
        finally:
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            os.kill(int(children[0]), signal.SIGINT)
        seen = watcher.seen(process.wait(timeout=60))
    assert (seen.code, seen.lookups) == (130, [])
    assert not_ours(seen, watcher, installed) == []


def _ask(address: str, *, until: float) -> None:
    """Open the page and ask a question, as soon as the server answers."""
    with httpx2.Client(base_url=address, timeout=120) as client:
        while not _answers(client):
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.5)
        assert client.get("/").status_code == 200
        assert client.post("/v1/ask", json={"question": QUESTION}).status_code == 200


def _answers(client: httpx2.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx2.TransportError:
        return False


def test_importing_anything_of_the_product_switches_telemetry_off() -> None:
    environment = dict.fromkeys(SWITCHES, "0")
    assert left_on(environment) == list(SWITCHES)
    switch_off(environment)
    assert left_on(environment) == []
    assert left_on() == []


def test_the_doctor_says_that_telemetry_is_off() -> None:
    (finding,) = [finding for finding in examine(Path("nowhere")) if finding.what == "telemetry"]
    assert finding.ok
    assert "ORT_DISABLE_TELEMETRY" in finding.found
