"""Asking must start fast: what an import loads, in an interpreter that has loaded nothing yet."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.architecture.checkout import ROOMS, ROOT

HEAVY = {"faiss", "gradio", "sentence_transformers", "torch", "transformers"}
NOT_TO_ASK = {  # parsers of documents, the HTTP client, the HTTP face, and what draws on a terminal
    *("charset_normalizer", "lxml", "markdown_it", "openpyxl", "pypdfium2", "trafilatura", "yaml", "httpcore2", "idna"),
    *("asyncio", "fastapi", "pydantic", "starlette", "uvicorn", "babel", "rich", "onnx", "onnxruntime", "openai"),
}
ASKING = "import ui.cli.main, ui.app.trust, ui.app.wiring, ui.replies.terminal, qa.reply_json"
NOUNS = ("index.article", "index.errors", "qa.errors", "qa.answer")


def top_level_modules_after(statement: str) -> set[str]:
    program = f"import sys; {statement}; print(*sys.modules)"  # -c puts the working directory on the path
    found = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in found.stdout.split()}


@pytest.mark.parametrize("room", ROOMS)
def test_importing_a_room_loads_no_model_index_or_chat_framework(room: str) -> None:
    assert top_level_modules_after(f"import {room}") & HEAVY == set()


def test_asking_loads_no_parser_of_documents_and_no_server() -> None:
    assert top_level_modules_after(ASKING) & (HEAVY | NOT_TO_ASK) - {"faiss"} == set()


@pytest.mark.parametrize("module", NOUNS)
def test_the_nouns_need_the_standard_library_only(module: str) -> None:
    before = top_level_modules_after("pass")
    loaded = top_level_modules_after(f"import {module}") - before
    assert loaded - set(sys.stdlib_module_names) <= {"index", "qa"}
