"""The command from its first moment on: its version, its help, and Ctrl-C wherever it comes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.architecture.checkout import ROOT

COMMAND = [sys.executable, "-m", "ui.cli.entry"]

# Sends itself what Ctrl-C sends, at the moment when a module is first looked for.
INTERRUPTED_AT = """
import os, signal, sys

moment = sys.argv.pop(1)

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == moment:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
from ui.cli.entry import main
main()
"""


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    named = {name: str(tmp_path / name) for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME")}
    return {name: value for name, value in os.environ.items() if name != "FOOTNOTE_LIBRARY"} | named


def run(*arguments: str | Path, home: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, env=home, capture_output=True, text=True, timeout=120)


def test_the_version_is_that_of_the_package(home: dict[str, str]) -> None:
    ran = run("--version", home=home)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"footnote {version('footnote-qa')}\n", "")


@pytest.mark.parametrize("arguments", [(), ("ask",), ("eval",), ("eval", "compare"), ("widget", "key", "add")])
def test_h_is_help_everywhere(arguments: tuple[str, ...], home: dict[str, str]) -> None:
    short, long = run(*arguments, "-h", home=home), run(*arguments, "--help", home=home)
    assert short.returncode == 0
    assert short.stdout == long.stdout
    assert "Usage: " in short.stdout


def test_a_shell_can_complete_the_commands(home: dict[str, str], tmp_path: Path) -> None:
    script = tmp_path / "footnote"
    script.write_text("from ui.cli.entry import main; main()", "utf-8")
    asked = {"_FOOTNOTE_COMPLETE": "complete_bash", "COMP_WORDS": "footnote do", "COMP_CWORD": "1"}
    places = {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script)]
    assert subprocess.run(command, env=home | asked | places, capture_output=True, text=True).stdout == "doctor\n"
    shown = subprocess.run([*command, "--show-completion"], env=home | places, capture_output=True, text=True)
    assert (shown.returncode, "_FOOTNOTE_COMPLETE=complete_" in shown.stdout) == (0, True)


@pytest.mark.parametrize(
    ("moment", "arguments"),
    [
        ("typer", ["--help"]),
        ("index.ingest", ["index", "."]),
        ("ui.app.wiring", ["ask", "Who asked?"]),
        ("ui.evaluate.evaluate_file", ["eval", "seeds"]),
        ("gradio", ["serve", "--port", "PORT"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_ctrl_c_is_one_line_and_exit_code_130(moment: str, arguments: list[str], home: dict[str, str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    given = [port if argument == "PORT" else argument for argument in arguments]
    command = [sys.executable, "-c", INTERRUPTED_AT, moment, *given]
    ran = subprocess.run(command, env=home, capture_output=True, text=True, timeout=120)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "footnote: stopped\n")


def test_what_was_interrupted_may_say_what_is_kept(home: dict[str, str]) -> None:
    code = """
import ui.cli.main, ui.cli.entry

def stop():
    raise KeyboardInterrupt("half is kept")

ui.cli.main.app = stop
ui.cli.entry.main()
"""
    ran = subprocess.run([sys.executable, "-c", code], env=home, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (130, "footnote: half is kept\n")


@pytest.mark.model
def test_ctrl_c_stops_a_server_that_answers(home: dict[str, str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [*COMMAND, "serve", "--port", port]
    with subprocess.Popen(command, env=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert "Footnote answers at" in server.stdout.readline()
        server.send_signal(signal.SIGINT)
        _, said = server.communicate(timeout=30)
    assert (server.returncode, said) == (130, "footnote: stopped\n")


@pytest.mark.model
def test_ctrl_c_twice_is_one_line_too(home: dict[str, str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [*COMMAND, "serve", "--port", str(port)]
    with subprocess.Popen(command, env=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        while server.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        server.send_signal(signal.SIGINT)
        server.send_signal(signal.SIGINT)
        _, said = server.communicate(timeout=30)
    assert (server.returncode, said) == (130, "footnote: stopped\n")
