"""What the Makefile installs with: nobody gets several GB without being asked."""

from __future__ import annotations

from importlib import metadata

import pytest

from ui import install


class Typed:
    """A standard input, at a terminal or not."""

    def __init__(self, *, is_terminal: bool) -> None:
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.fixture(autouse=True)
def no_cpu_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Linux without a GPU, where neither index has a CPU build and nothing is installed."""

    def nothing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", nothing)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(install, "gpu_answers", lambda: False)
    monkeypatch.setattr(install, "newest_cpu_build", lambda lowest, options: None)
    monkeypatch.delenv("FOOTNOTE_LARGE_TORCH", raising=False)


def test_where_nobody_can_be_asked_nothing_is_fetched_and_what_to_do_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", Typed(is_terminal=False))
    with pytest.raises(SystemExit) as stopped:
        install.install_torch("2.13.0")
    said = capsys.readouterr()
    assert stopped.value.code == 2
    assert said.out.startswith("No CPU build of PyTorch could be reached")
    assert "about 3 GB to download" in said.out
    assert said.err.startswith("Nothing was fetched. To take it: make ... FOOTNOTE_LARGE_TORCH=1.")


@pytest.mark.parametrize("answer", ["", "n", "no"])
def test_who_does_not_say_yes_gets_nothing(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr("sys.stdin", Typed(is_terminal=True))
    monkeypatch.setattr("builtins.input", lambda question: answer)
    with pytest.raises(SystemExit):
        install.install_torch("2.13.0")


def test_who_says_yes_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Typed(is_terminal=True))
    monkeypatch.setattr("builtins.input", lambda question: "y")
    install.install_torch("2.13.0")


def test_it_can_be_agreed_to_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Typed(is_terminal=False))
    monkeypatch.setenv("FOOTNOTE_LARGE_TORCH", "1")
    install.install_torch("2.13.0")


def test_with_a_gpu_it_is_asked_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", Typed(is_terminal=False))
    monkeypatch.setattr(install, "gpu_answers", lambda: True)
    with pytest.raises(SystemExit):
        install.install_torch("2.13.0")
    assert capsys.readouterr().out.startswith("An NVIDIA GPU answers here.")


def test_a_pytorch_that_is_there_asks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: "2.13.0+cpu")
    install.install_torch("2.13.0")
