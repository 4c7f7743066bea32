"""What every test may ask for: the tiny world, in a library of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import hypothesis
import pytest

from index.embedding.sentence_transformers import SentenceTransformersEmbedder
from index.storage.library import Library
from tests.world import ARTICLES, library_of

# The same examples on every run, and no failure because a machine is slow.
hypothesis.settings.register_profile("footnote", derandomize=True, deadline=None)
hypothesis.settings.load_profile("footnote")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """With ``-n auto``, one process more than there are processors: some tests wait, for a page or for a server."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return processors + 1


@pytest.fixture(scope="session", autouse=True)
def one_application_a_page() -> Iterator[None]:
    """Gradio makes an application whenever a page is laid out anew, and uses the last: tests make it of that alone.

    They make hundreds of pages, and an application takes most of their time. In a process of its own, as users start
    it, Gradio makes them all.
    """
    page = sys.modules.get("ui.chat.gradio_page")
    if page is None:  # no test that was found needs it
        yield
        return
    laid_out, applications = page.build_chat, page.gr.routes.App

    def build_chat(*arguments: Any) -> Any:
        with patch.object(applications, "create_app"):
            return laid_out(*arguments)

    with patch.object(page, "build_chat", build_chat):
        yield


@pytest.fixture(autouse=True)
def nobody_agreed(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What whoever runs the tests has agreed to, or trusts, changes nothing in them."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.getbasetemp() / "configuration"))
    monkeypatch.delenv("FOOTNOTE_TRUST", raising=False)


@pytest.fixture(scope="session")
def real_embedder() -> SentenceTransformersEmbedder:
    """The default model, loaded once for all tests that are marked ``model``."""
    return SentenceTransformersEmbedder(precision="fp32")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the tiny world's library."""
    return tmp_path / "library"


@pytest.fixture
def library(folder: Path) -> Iterator[Library]:
    """The tiny world, stored: rivers, tea and paper."""
    with library_of(folder, *ARTICLES) as library:
        yield library
