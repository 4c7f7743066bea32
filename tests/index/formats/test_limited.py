"""A file that its parser is helpless against: it is named, the others are read, and nothing else suffers."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import SourceError
from index.formats import ReadingLimits, read_articles, read_upload
from index.formats.html import read_html
from index.formats.limited import process as limited
from index.formats.limited import program
from index.formats.pdf.reader import read_pdf
from tests.index.formats import hostile
from tests.index.formats.making import STAMPED, pdf_of, zip_of

WriteFile = Callable[[str, str | bytes], Path]
ROOT = Path(__file__).parents[3]
BRIEF = ReadingLimits(max_seconds=1)
SMALL = ReadingLimits(max_memory_bytes=500_000_000)
is_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to its memory to the byte")


def refusal(path: Path, limits: ReadingLimits) -> str:
    with pytest.raises(SourceError) as caught:
        list(read_articles(path, limits=limits))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def run(name: str, path: Path, limits: ReadingLimits = BRIEF, *, whole: bool = False) -> limited.Items:
    return limited.run(f"tests.index.formats.misbehaving:{name}", path, limits, whole=whole)


def is_running(process: int) -> bool:
    """Tell a process that runs from one that is gone, or waits only for its end to be noticed."""
    try:
        os.kill(process, 0)
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text("utf-8")
    except (ProcessLookupError, FileNotFoundError):
        return False


@pytest.fixture
def file(write: WriteFile) -> Path:
    return write("a.txt", "Some words.")


def test_a_file_that_keeps_its_parser_busy_is_given_up_and_the_next_is_read(write: WriteFile, tmp_path: Path) -> None:
    busy = write("a.html", hostile.one_element_with_many_attributes())
    write("b.html", "<p>A paragraph.</p>")
    assert refusal(busy, BRIEF) == (
        f"{busy}: takes longer to read than the limit of 1 seconds for a file of its size; "
        "split it, or save it as plain text"
    )
    assert [article.text for article in read_articles(tmp_path / "b.html", limits=BRIEF)] == ["A paragraph."]


@is_linux
def test_a_file_that_fills_the_memory_is_given_up(write: WriteFile) -> None:
    path = write("a.jsonl", hostile.many_lists(8_000_000))
    assert refusal(path, SMALL) == (
        f"{path}: takes more memory to read than the limit of 500,000,000 bytes; split it, or save it as plain text"
    )


@is_linux
def test_a_bomb_in_a_pdf_ends_the_process_that_opens_it(write: WriteFile) -> None:
    bomb = write("a.pdf", hostile.a_page_of_white_space())
    assert refusal(bomb, SMALL) == (
        f"{bomb}: is damaged, or made so that its parser fails; print or save it to a new PDF"
    )
    assert refusal(bomb, ReadingLimits()) == f"{bomb}: holds no text; give a file that holds text"


def test_a_text_above_the_limit_is_refused_before_it_is_taken_over(write: WriteFile) -> None:
    path = write("a.html", "<p>Twelve words.</p>")
    assert [article.text for article in read_articles(path, limits=ReadingLimits(max_text_bytes=13))] == [
        "Twelve words."
    ]
    assert refusal(path, ReadingLimits(max_text_bytes=12)) == (
        f"{path}: holds more text than the limit of 12 bytes; split it, or save it as plain text"
    )


def test_a_member_of_an_archive_that_is_given_up_does_not_stop_the_others(write: WriteFile) -> None:
    members = {
        "a.md": "One.",
        "b.html": hostile.one_element_with_many_attributes(),
        "c.md": "Three.",
    }
    path = write("all.zip", zip_of(members))
    articles = read_articles(path, limits=BRIEF)
    read = [next(articles).text, next(articles).text]
    with pytest.raises(SourceError) as caught:
        next(articles)
    assert read == ["One.", "Three."]
    assert str(caught.value).startswith(f"{path}#b.html: takes longer to read than the limit of 1 seconds")


def test_a_larger_file_may_take_longer_up_to_the_largest() -> None:
    limits = ReadingLimits(max_seconds=30, max_seconds_per_megabyte=2, max_file_bytes=50_000_000)
    assert [limits.seconds_for(size) for size in (0, 999_999, 1_000_000, 50_000_000, 10**12)] == [30, 30, 32, 130, 130]


def test_an_article_is_the_same_as_if_it_had_been_read_here(write: WriteFile) -> None:
    page = write(
        "a.html",
        '<html lang="de"><head><title>On rivers</title><meta property="article:published_time" content="2020-02-03">'
        '<link rel="canonical" href="https://example.org/a"></head><body><h1>On rivers 🙂</h1><h2>Floods</h2>'
        "<p>They flood in May.</p></body></html>",
    )
    book = write("b.pdf", pdf_of(("1. Rivers", "They run."), ("In May.",), outline={"Rivers": 1}))
    limits = ReadingLimits()
    assert list(read_articles(page)) == [read_html(page, limits)]
    assert list(read_articles(book)) == [read_pdf(book, limits)]
    assert read_html(page, limits).published is not None


def test_what_a_reader_warns_of_is_warned_of_here(write: WriteFile, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="footnote"):
        list(read_articles(write("trip.pdf", pdf_of(("One.",), STAMPED))))
    assert "trip.pdf: page 2 is scanned, and images are not read" in caplog.text


def test_an_upload_is_called_by_its_name_in_errors() -> None:
    with pytest.raises(SourceError, match=r"^upload:a\.html: has no main text that could be found"):
        list(read_upload("a.html", b"<p></p>"))


def test_a_relative_path_is_looked_up_where_we_are_now(
    write: WriteFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("one/a.md", "One."), write("two/a.md", "Two.")
    read = []
    for folder in ("one", "two"):
        monkeypatch.chdir(tmp_path / folder)
        read += [(article.text, article.source) for article in read_articles(Path("a.md"))]
    assert read == [("One.", str(tmp_path / "one" / "a.md")), ("Two.", str(tmp_path / "two" / "a.md"))]


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("dies", limited.CrashedError, "is damaged, or made so that its parser fails"),
        ("lies", limited.CrashedError, "is damaged, or made so that its parser fails"),
        (
            "never_ends",
            limited.LimitError,
            "takes longer to read than the limit of 1 seconds for a file of its size",
        ),
        ("tells_much", limited.LimitError, "has more headings and pages than can be told of"),
        ("fails", limited.DefectError, "ZeroDivisionError"),
    ],
)
def test_work_that_goes_wrong_ends_in_what_went_wrong(
    file: Path, name: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        list(run(name, file))


@is_linux
def test_memory_is_bounded_while_it_is_taken(file: Path) -> None:
    with pytest.raises(limited.LimitError, match="takes more memory to read than the limit of 500,000,000 bytes"):
        list(run("fills_memory", file, SMALL))


def test_work_that_waits_for_ever_is_ended_by_the_clock(file: Path) -> None:
    with pytest.raises(limited.LimitError, match="takes longer to read than the limit of 0 seconds"):
        list(run("sleeps", file, ReadingLimits(max_seconds=0)))


def test_what_came_before_the_end_stands(file: Path) -> None:
    items = run("dies", file)
    assert next(items) == ("first", b"")
    with pytest.raises(limited.CrashedError):
        next(items)


def test_a_limit_of_output_is_one_for_each_item_or_for_all(file: Path) -> None:
    limits = ReadingLimits(max_text_bytes=1_500)
    assert [len(body) for _, body in run("writes_much", file, limits)] == [600, 600, 600]
    with pytest.raises(limited.LimitError, match="holds more text than the limit of 1,500 bytes"):
        list(run("writes_much", file, limits, whole=True))


def test_what_a_parser_prints_is_not_taken_for_what_it_found(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="footnote"):
        assert list(run("prints", file)) == [("this", b"\n{}\x00")]
    assert caplog.messages == ["one thing"]


def test_nothing_of_the_environment_is_passed_on_but_what_starts_python(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTNOTE_LLM_API_KEY", "secret")
    monkeypatch.setenv("PATH", "/bin")
    environment = limited.environment()
    assert environment["ORT_DISABLE_TELEMETRY"] == "1"
    assert {"FOOTNOTE_LLM_API_KEY", "PATH", "HOME"} & environment.keys() == set()
    limited.PROCESSES.close()  # those that wait were started before
    ((found, _),) = run("where", file)
    assert "secret" not in found["environment"].values()
    assert "PATH" not in found["environment"]


def test_one_process_reads_file_after_file_until_one_ends_it(file: Path) -> None:
    (first, _), *_ = run("where", file)
    (second, _), *_ = run("where", file)
    with pytest.raises(limited.CrashedError):
        list(run("dies", file))
    (third, _), *_ = run("where", file)
    assert first["process"] == second["process"] != third["process"]
    assert os.getpid() not in {first["process"], third["process"]}


@is_linux
def test_what_the_server_holds_is_not_counted_as_what_the_process_does(file: Path) -> None:
    limited.PROCESSES.close()
    held = b"x" * 600_000_000
    (first, _), *_ = run("where", file)
    (second, _), *_ = run("where", file)
    assert first["process"] == second["process"]
    assert len(held) == 600_000_000


def test_who_stops_listening_ends_the_work(file: Path) -> None:
    items = run("sleeps", file, replace(BRIEF, max_seconds=60))
    process, _ = next(items)
    items.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_many_files_are_read_side_by_side(write: WriteFile) -> None:
    paths = [write(f"{number}.md", f"Number {number}.") for number in range(8)]
    read: dict[Path, list[str]] = {}

    def work(path: Path) -> None:
        read[path] = [article.text for article in read_articles(path)]

    threads = [threading.Thread(target=work, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == {path: [f"Number {number}."] for number, path in enumerate(paths)}


def test_two_readings_of_one_thread_do_not_wait_for_each_other(write: WriteFile) -> None:
    lines = "".join(f'{{"_id": "{number}", "text": "Text {number}."}}\n' for number in range(9))
    readings = [read_articles(write(f"{name}.jsonl", lines)) for name in "abcdef"]
    for articles in zip(*readings, strict=True):
        assert len({article.text for article in articles}) == 1


@is_linux
@pytest.mark.faults
def test_the_process_ends_with_the_one_that_started_it(file: Path) -> None:
    code = (
        "from pathlib import Path\n"
        "from index.formats.limited import process\n"
        "from index.formats.limits import ReadingLimits\n"
        f"items = process.run('tests.index.formats.misbehaving:sleeps', Path({str(file)!r}), ReadingLimits())\n"
        "print(next(items)[0], flush=True); next(items)"
    )
    started = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    process = int(started.stdout.readline())
    started.send_signal(signal.SIGKILL)
    started.communicate()

    end = time.monotonic() + 30
    while is_running(process):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_where_the_system_does_not_bound_memory_a_thread_does(monkeypatch: pytest.MonkeyPatch) -> None:
    held = iter((10, 20, 30))
    ended: list[int] = []
    monkeypatch.setattr(program, "peak_memory_bytes", lambda: next(held))
    monkeypatch.setattr(os, "_exit", ended.append)
    watch = program.MemoryWatch()
    watch.most_bytes = 25
    watch.watch(rest=lambda _: None)
    assert ended == [program.OUT_OF_MEMORY]
