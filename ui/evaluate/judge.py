"""The language model that judges the replies of an evaluation, where one is set up."""

from __future__ import annotations

from pathlib import Path

from index.errors import ConfigurationError
from index.protocols import Progress
from qa.evaluation.run.judge import Judge
from qa.llm.client import OpenAIClient
from ui.app.settings import FILE_NAME, Settings


def make_judge(settings: Settings, out: Path | None, jobs: int, progress: Progress, *, restart: bool) -> Judge:
    """Return the judge of ``[judge]``, or else of ``[llm]``; nothing is connected to yet.

    Raises:
        ConfigurationError: neither names a language model.
        ModelUnavailableError: the package that talks with it is not installed.
    """
    config = settings.judge if settings.judge.is_on else settings.llm
    if not config.is_on:
        raise ConfigurationError(
            f"--judge: no language model is set up; name its base_url and model under [judge] in {FILE_NAME}"
            " in the folder that --library names"
        )
    room = config.context_tokens - config.max_tokens
    return Judge(OpenAIClient(config), room=room, folder=out, jobs=jobs, restart=restart, progress=progress)
