"""Sends a running server what its description allows and what it does not: ``make fuzz``.

``python -m tests.fuzz [--examples N] [--seed S] [--phases LIST]`` starts the HTTP face over the
tiny world, a real library that may be changed, and lets Schemathesis make up
requests to every operation, with all its checks. It ends as Schemathesis does:
with 0 where nothing failed.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path

from index.config import FetchingConfig
from index.storage.conversations import ConversationStore
from index.storage.library import Library
from qa.config import ReadingConfig
from qa.conversations import History
from qa.evaluation.run.background_run import asking_only
from qa.evaluation.run.evaluations import Evaluations
from tests.contracts.recording import CONVERSATION_ID, EVALUATION_ID, OWNER
from tests.ui.serving import served
from tests.world import ARTICLES, CHUNKING, FINGERPRINT, WordCountingEmbedder, library_of
from ui.app.config import KeepingConfig
from ui.app.settings import Settings
from ui.app.wiring import Indexer, product_over
from ui.http.attempts import Attempts
from ui.http.permission import Writers
from ui.server.app import create_app
from ui.widget.gate import KEY_HEADER
from ui.widget.site_keys import Quotas, SiteKeys

TOKEN = "fuzz"  # noqa: S105  # of a server that lasts a minute
NOTHING_FETCHED = FetchingConfig(timeout_s=0.001)  # made-up addresses are looked up by nobody
WITHOUT_END = Quotas(per_day=10**9, per_session=10**9, per_address=10**8)
HERE = Path(__file__).parent


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--examples", type=int, default=300, help="how many requests each operation is sent at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--phases", default="examples,coverage,fuzzing,stateful")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, tiny_world(Path(folder) / "library") as (address, key):
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"), "run"]
        command += [f"{address}/openapi.json", "--header", f"Authorization: Bearer {TOKEN}", "--checks", "all"]
        command += ["--header", f"Origin: {address}", "--header", f"{KEY_HEADER}: {key}"]
        command += ["--max-examples", str(arguments.examples), "--seed", str(arguments.seed)]
        command += ["--phases", arguments.phases, "--continue-on-failure", "--no-color"]
        return subprocess.run(command, cwd=folder).returncode


@contextmanager
def tiny_world(folder: Path) -> Iterator[tuple[str, str]]:
    """Serve the tiny world with everything that a server has; give its address, and a site key for its own pages."""
    keys = SiteKeys.in_memory()
    library_of(folder, *ARTICLES).close()
    settings = Settings(chunking=CHUNKING, reading=ReadingConfig(model="none"), fetching=NOTHING_FETCHED)
    indexer = Indexer(settings, WordCountingEmbedder(), FINGERPRINT)
    with Library.open(folder, fingerprint=FINGERPRINT) as library:
        product = replace(product_over(library, indexer), adding=indexer.adding(folder))
        store = ConversationStore.open(folder)
        names = chain([EVALUATION_ID], (f"{number:032x}" for number in count(1)))
        opening = asking_only(product.library, product.assistant.ask)
        evaluations = Evaluations(folder / "evaluations", library, opening, new_id=lambda: next(names))
        pairs = io.BytesIO(b"question,answer\nWhat is tea made of?,leaves\n")
        evaluations.add("pairs.csv", pairs)
        evaluations.start(EVALUATION_ID)
        history = History(
            store,
            library.article,
            now=lambda: datetime.now(UTC),
            new_id=lambda: CONVERSATION_ID,
            conversations_mb=1_000,
            feedback_mb=100,
        )
        history.append(OWNER, product.assistant.ask("What is tea made of?"))
        writers = Writers(token=TOKEN, attempts=Attempts(now=count(step=3_601).__next__))  # nobody has to wait
        keeping = KeepingConfig(feedback_per_hour=10**9)
        app = create_app(product, history, writers=writers, keys=keys, evaluations=evaluations, keeping=keeping)
        with served(app) as address:
            yield address, keys.add([address], articles=None, quotas=WITHOUT_END).key
        history.close()


if __name__ == "__main__":
    sys.exit(main())
