from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa.errors import DatasetError
from qa.evaluation.data import parse_columns, read_pairs
from qa.evaluation.data.datasets import load_questions


def written(folder: Path, *statuses: str | None) -> Path:
    file = folder / "a.jsonl"
    rows = [{"id": str(n), "question": "What?", "answer": "tea"} for n in range(len(statuses))]
    said = [{} if status is None else {"status": status} for status in statuses]
    file.write_text("".join(json.dumps({**row, **each}) + "\n" for row, each in zip(rows, said, strict=True)), "utf-8")
    return file


def test_only_what_was_accepted_or_has_no_status_is_asked(tmp_path: Path) -> None:
    found = read_pairs(written(tmp_path, "accepted", "draft", None, "Candidate", "refused", " Accepted "))
    assert [pair.question.id for pair in found.pairs] == ["0", "2", "5"]
    assert found.refused == 1


def test_what_was_not_reviewed_is_told_with_its_line_and_what_was_refused_is_not(tmp_path: Path) -> None:
    file = written(tmp_path, "accepted", "draft", "refused")
    assert [problem.message for problem in read_pairs(file).problems] == [
        f"{file}:2: not reviewed yet (draft); look at it with: footnote eval review FILE"
    ]


def test_a_file_of_drafts_alone_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"not reviewed yet \(draft\).*none of the 2 rows"):
        read_pairs(written(tmp_path, "draft", "draft"))


def test_a_file_whose_rows_are_all_refused_has_nothing_to_ask(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="all its 2 rows are refused"):
        read_pairs(written(tmp_path, "refused", "refused"))


def test_a_status_of_somebody_elses_making_is_a_column_like_any_other(tmp_path: Path) -> None:
    (pair, accepted) = read_pairs(written(tmp_path, "open", "accepted")).pairs
    assert (pair.question.columns, accepted.question.columns) == ({"status": "open"}, {})


def test_a_column_called_status_can_be_told_to_be_none(tmp_path: Path) -> None:
    found = read_pairs(written(tmp_path, "draft"), mapped=parse_columns(["status=review"]))
    assert len(found.pairs) == 1


@pytest.mark.parametrize("status", ["draft", "candidate", "refused"])
def test_a_data_set_of_the_strict_kind_takes_none_either(tmp_path: Path, status: str) -> None:
    with pytest.raises(DatasetError, match=f"is '{status}', and no part of a set"):
        load_questions(written(tmp_path, status))
