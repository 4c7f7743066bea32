"""Files of questions as nobody should write them: what ``footnote eval`` says of each, and with which exit code.

``python -m tests.contracts.bad_pairs`` gives each to the real command, in a
process of its own, and prints a Markdown table with its time and memory.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl

ROOT = Path(__file__).parents[2]
GIGABYTE = 1 << 30
HEAD = "question,answer\n"
GOOD = "How big is Kazakhstan?,nine times the size of Italy\n"
LINE = '{"id": "1", "question": "How big is Kazakhstan?", "answers": ["nine times the size of Italy"]}\n'
Write = Callable[[Path], object]


@dataclass(frozen=True, slots=True)
class Case:
    """One file. ``says`` is told on stderr with the file's place; an ``exit`` of 0 means that something was asked."""

    what: str
    name: str
    content: bytes | Write
    exit: int
    says: str
    flags: tuple[str, ...] = ()
    beside: Mapping[str, bytes] = field(default_factory=dict)

    def written(self, folder: Path) -> Path:
        """Write the file into an empty folder."""
        path = folder / self.name
        for name, content in self.beside.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        if isinstance(self.content, bytes):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.content)
        else:
            self.content(path)
        return path


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.write(HEAD.encode())
        file.truncate(GIGABYTE)


def _long_line(path: Path) -> None:
    """Write as much as may be read, in one line."""
    with path.open("wb") as file:
        for _ in range(190):
            file.write(b"x" * 1_000_000)


def _workbook(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _bomb(path: Path) -> None:
    """Write a workbook whose sheet unpacks to a gigabyte of blanks."""
    whole = zipfile.ZipFile(io.BytesIO(_workbook(("question", "answer"))))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in whole.namelist():
            with packed.open(name, "w", force_zip64=True) as part:
                part.write(whole.read(name))
                for _ in range(1024 if name.endswith("sheet1.xml") else 0):
                    part.write(b" " * (1 << 20))


def _squad(*qas: object) -> bytes:
    paragraphs = [{"context": "Paper is thin.", "qas": list(qas)}]
    return json.dumps({"data": [{"title": "Paper", "paragraphs": paragraphs}]}).encode()


NAMED = ("--column", "question=Frage")
WORKBOOK = _workbook(("question", "answer"), ("How big is Kazakhstan?", "nine times"))
CASES = (
    Case("nothing in it", "a.csv", b"", 2, "is empty"),
    Case("blank lines", "a.csv", b" \n\n", 2, "holds no text"),
    Case("a header and no row", "a.csv", HEAD.encode(), 2, "there is no question in it"),
    Case("wrong columns", "a.csv", b"Frage,Antwort\nWas?,Papier\n", 2, "no column of questions among 'Frage'"),
    Case("a column that is not there", "a.csv", HEAD.encode(), 2, "there is no column 'Frage'", NAMED),
    Case("nothing to score by", "a.csv", b"question,topic\nWhat?,x\n", 2, "nothing to score replies by"),
    Case("a column twice", "a.csv", b"question,answer,answer\nWhat?,a,b\n", 2, "two columns are called 'answer'"),
    Case("no header, only rows", "a.csv", GOOD.encode(), 2, "no column of questions"),
    Case("mixed encodings", "a.csv", (HEAD + GOOD + "Café?,thé\n").encode() + "Où?,là\n".encode("latin-1"), 0,
         ":4: the row holds bytes that are not UTF-8"),
    Case("UTF-16 with a byte order mark", "a.csv", (HEAD + GOOD).encode("utf-16"), 0, ""),
    Case("UTF-16 without one", "a.csv", (HEAD + GOOD).encode("utf-16-le"), 0, ""),
    Case("UTF-8 with a byte order mark", "a.csv", b"\xef\xbb\xbf" + (HEAD + GOOD).encode(), 0, ""),
    Case("lines that end in CR LF", "a.csv", (HEAD + GOOD).replace("\n", "\r\n").encode(), 0, ""),
    Case("lines that end in CR alone", "a.csv", (HEAD + GOOD).replace("\n", "\r").encode(), 0, ""),
    Case("semicolons", "a.csv", (HEAD + GOOD).replace(",", ";").encode(), 0, ""),
    Case("NUL bytes in a text", "a.csv", (HEAD + GOOD + "Wh\x00at?,pa\x00per\n").encode(), 2, "binary data"),
    Case("a quote left open", "a.csv", (HEAD + '"Why?,tea\n' + GOOD).encode(), 0, ":2: the row that begins here"),
    Case("more cells than columns", "a.csv", (HEAD + GOOD + "Why, where?,a,b\n").encode(), 0, ":3: the row has 4"),
    Case("a line of 1 MB among others", "a.csv", (HEAD + GOOD + "x" * 1_000_001 + "\n" + GOOD).encode(), 0,
         ":3: the line is longer"),
    Case("one line of 190 MB", "a.csv", _long_line, 2, ":1: the line is longer than the limit of 1,000,000"),
    Case("one line of 190 MB, as JSON lines", "a.jsonl", _long_line, 2, ":1: the line is longer than the limit"),
    Case("one line of 1 GB", "a.csv", _sparse, 2, "holds 1,073,741,824 bytes, above the limit"),
    Case("one line of 1 GB, as JSON lines", "a.jsonl", _sparse, 2, "holds 1,073,741,824 bytes, above the limit"),
    Case("an id twice", "a.jsonl", (LINE + LINE).encode(), 0, ":2: id '1' was used before"),
    Case("no question in a row", "a.jsonl", (LINE + '{"id": "2", "question": " "}\n').encode(), 0,
         ":2: the question is missing"),
    Case("a gold span out of range", "a.jsonl",
         (LINE + '{"id": "2", "question": "Who?", "gold": [{"doc": "n", "start": 3, "end": 9999}]}\n').encode(), 0,
         ":2: the gold span ends at 9999", ("--corpus", "{folder}/n.txt"), {"n.txt": b"The Nile is long."}),
    Case("a gold span backwards", "a.csv", b"question,article,start,end\nWhat?,a,9,4\n", 2, "runs from '9' to '4'"),
    Case("a gold span that is not a number", "a.jsonl",
         (LINE + '{"id": "2", "question": "Who?", "gold": [{"doc": "n", "start": NaN, "end": 5}]}\n').encode(), 0,
         ":2: gold[0] runs from nan to 5"),
    Case("a number that is none, in a column", "a.jsonl", LINE.replace('"id": "1"', '"score": NaN').encode(), 0, ""),
    Case("a judgement that is no number", "beir/queries.jsonl", b'{"_id": "q1", "text": "How big?"}\n', 2,
         "test.tsv:1: 'q1\\tn\\tNaN' is no judgement", (),
         {"beir/qrels/test.tsv": b"q1\tn\tNaN\n", "beir/corpus.jsonl": b'{"_id": "n", "text": "The Nile."}\n'}),
    Case("an article that is not there", "a.csv", b"question,answer,article\nHow big is Kazakhstan?,nine,none.txt\n", 0,
         ":2: there is no article 'none.txt'"),
    Case("broken JSON in a line", "a.jsonl", (LINE + "{'id': 2}\n").encode(), 0, ":2: not JSON"),
    Case("JSON nested without end", "a.jsonl", (LINE + "[" * 900_000 + "\n").encode(), 0,
         ":2: not JSON (its brackets are nested too deep)"),
    Case("a document nested without end", "a.json", b"[" * 900_000, 2, "(its brackets are nested too deep)"),
    Case("objects nested without end", "a.jsonl", (LINE + '{"question":' * 80_000 + "\n").encode(), 0, ":2: not JSON"),
    Case("a number of 5,000 digits", "a.jsonl", (LINE + f'{{"id": {"9" * 5000}}}\n').encode(), 0,
         ":2: not JSON (a number in it has thousands of digits)"),
    Case("half a character", "a.jsonl", (LINE + '{"id": "2", "question": "What? \\ud800"}\n').encode(), 0,
         ":2: the row holds text that is not Unicode"),
    Case("JSON lines named .json", "a.json", (LINE + LINE).encode(), 2, "one JSON object a line is named .jsonl"),
    Case("another JSON document", "a.json", b'{"version": "2.0"}', 2, "neither SQuAD nor a JSON list"),
    Case("SQuAD without an id", "a.json", _squad({"question": "Why?", "answers": []}), 2, "'id' is None"),
    Case("a table named .xlsx", "a.xlsx", (HEAD + GOOD).encode(), 2, "is not an Excel workbook"),
    Case("half a workbook", "a.xlsx", WORKBOOK[: len(WORKBOOK) // 2], 2, "is not an Excel workbook"),
    Case("a workbook that unpacks to 1 GB", "a.xlsx", _bomb, 2, "above the limit of 200,000,000"),
    Case("a workbook named .csv", "a.csv", WORKBOOK, 2, "is a ZIP container, not text"),
    Case("an old Excel file", "a.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), 2, "old Microsoft Office"),
    Case("half a gzip file", "a.csv", gzip.compress((HEAD + GOOD * 99).encode())[:60], 2,
         "is a gzip archive, not text; unpack it first"),
    Case("a gzip file", "a.csv.gz", gzip.compress((HEAD + GOOD).encode()), 2, "is an archive; unpack it first"),
    Case("binary data", "a.csv", bytes(range(256)) * 20, 2, "binary data"),
    Case("a PDF", "a.pdf", b"%PDF-1.7", 2, "a .pdf file is not read as questions"),
    Case("an empty folder", "a.csv", lambda path: path.mkdir(), 2, "no such file as questions.jsonl"),
    Case("a device", "a.csv", lambda path: path.symlink_to("/dev/zero"), 2, "not a"),
    Case("a pipe", "a.csv", lambda path: os.mkfifo(path), 2, "not a"),
    Case("a link to itself", "a.csv", lambda path: path.symlink_to(path), 2, ""),
    Case("nothing there", "a.csv", lambda path: None, 2, "does not exist"),
)  # fmt: skip


def command(case: Case, folder: Path) -> list[str]:
    """Write the case's file and return the arguments of ``footnote`` that evaluate it."""
    path = case.written(folder)
    asked = path.parent if case.name.startswith("beir/") else path
    return ["eval", str(asked), *(flag.replace("{folder}", str(folder)) for flag in case.flags)]


def main() -> None:
    """Give each file to the real command and print what came."""
    home = Path(tempfile.mkdtemp(prefix="footnote-bad-pairs-"))
    environment = {**os.environ, "XDG_DATA_HOME": str(home / "data"), "XDG_CACHE_HOME": str(home / "cache")}
    print("| file | exit | time | memory | what is said |\n|---|---|---|---|---|")
    wrong = 0
    try:
        for number, case in enumerate(CASES):
            folder = home / str(number)
            folder.mkdir()
            arguments = command(case, folder)
            code, seconds, mebibytes, said = _measured(arguments, environment)
            shutil.rmtree(folder)
            lines = [line.replace(f"{folder}/", "") for line in said.splitlines()] or ["(nothing: it is read)"]
            ok = code == case.exit and case.says in said and "Traceback" not in said
            wrong += not ok
            shown = "<br>".join(line.replace("|", "\\|")[:240] for line in lines[:3])
            expected = "" if ok else f" (NOT AS EXPECTED: {case.exit}, {case.says!r})"
            print(f"| {case.what} | {code}{expected} | {seconds:.1f} s | {mebibytes:.0f} MiB | {shown} |", flush=True)
    finally:
        shutil.rmtree(home)
    sys.exit(wrong > 0)


def _measured(arguments: list[str], environment: Mapping[str, str]) -> tuple[int, float, float, str]:
    began = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "ui.cli.main", *arguments],
            cwd=ROOT, env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said,
        )  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        said.seek(0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return process.returncode, time.monotonic() - began, usage.ru_maxrss / 1024, said.read().decode()


if __name__ == "__main__":
    main()
