"""A process that reads a library while another writes it.

Run as ``python -m tests.faults.reading FOLDER LAST``: asks until an article
``counter`` says ``LAST``. Prints a line when it has begun, and in the end, as
JSON, how often it asked, which states it saw and what it found that cannot be.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from index.storage.library import Library
from tests.world import FINGERPRINT, retriever_over


def read_until(folder: Path, last: str) -> dict[str, object]:
    asked = 0
    states: list[str] = []
    faults: list[str] = []
    with Library.open(folder, fingerprint=FINGERPRINT) as library:
        retriever = retriever_over(library)
        while not states or states[-1] != last:
            found = retriever.retrieve("What does the counter say?", k=10, article_ids=["counter"])
            faults += [hit.passage.text for hit in found.sentences if not hit.passage.text.startswith("Counter ")]
            states.append(library.article("counter").text.split()[1])
            numbers = {word for word in library.article("counter").text.split() if word.isdigit()}
            faults += [f"two versions at once: {numbers}"] if len(numbers) > 1 else []
            asked += 1
            if asked == 1:
                print("asking", flush=True)
    return {"asked": asked, "states": sorted(set(map(int, states))), "faults": faults}


if __name__ == "__main__":
    print(json.dumps(read_until(Path(sys.argv[1]), sys.argv[2])))
