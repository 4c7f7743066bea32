"""A run of forty questions, in a process that can be killed: ``python -m tests.faults.evaluating FOLDER [RENAME]``.

Each question takes some milliseconds. With RENAME the process kills itself
when it is about to give a file its name for so many times.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from qa.answer import Reply
from qa.evaluation.data.datasets import Question
from qa.evaluation.run.evaluate import evaluate
from qa.followups.standalone import Turn
from tests.faults.crashing import die_at
from tests.qa.evaluation.conftest import World

COPIES = 8
TAKES_S = 0.01
WORLD = World()


def questions() -> list[Question]:
    return [
        replace(question, id=f"{question.id}.{copy}", question=f"{question.question} ({copy})")
        for copy in range(COPIES)
        for question in WORLD.questions()
    ]


def ask(question: str, *, history: Sequence[Turn]) -> Reply:
    time.sleep(TAKES_S)
    plain = question.rpartition(" (")[0]
    name = next(each.id for each in WORLD.questions() if each.question == plain)
    return WORLD.replies()[name]


if __name__ == "__main__":
    if len(sys.argv) > 2:
        die_at("os.rename", int(sys.argv[2]))
    evaluate(questions(), ask, WORLD.text, out=Path(sys.argv[1]), dataset="forty", configuration="c", jobs=3)
