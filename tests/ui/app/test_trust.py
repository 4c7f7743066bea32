"""A library's folder may come from anybody: what its settings reach out to holds once the user has agreed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from index.config import EmbeddingConfig, FetchingConfig
from index.errors import ConfigurationError
from qa.config import LLMConfig, ReadingConfig
from tests.architecture.checkout import ROOT
from tests.qa.llm.scripted import Script, saying, serving
from tests.ui.cli.test_main import CommandLine
from tests.ui.cli.test_main import footnote as footnote
from tests.ui.cli.test_main import nile as nile
from tests.ui.cli.test_main import stored as stored
from ui.app.settings import Settings
from ui.app.trust import settle_trust, trusted_settings
from ui.cli.doctor import examine

LLM = '[llm]\nbase_url = "http://stranger.example/v1"\nmodel = "m"\n'
FETCHING = '[fetching]\nallow_hosts = ["intranet.example"]\n'
OTHERS = "[answering]\nmost_quotes = 2\n[widget]\nlog_questions = true\n"


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "configuration"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    return folder


@pytest.fixture
def folder(tmp_path: Path, configuration: Path) -> Path:
    """A folder that somebody gave us, with settings."""
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "footnote.toml").write_text(LLM + FETCHING + OTHERS, "utf-8")
    return folder


def base_url_in(folder: Path) -> str | None:
    return trusted_settings(folder).llm.base_url


def test_what_reaches_out_of_a_folder_does_not_hold_and_one_line_says_so(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        settings = trusted_settings(folder)
        assert (settings.llm, settings.judge, settings.fetching) == (LLMConfig(), LLMConfig(), FetchingConfig())
        assert (settings.answering.most_quotes, settings.widget.log_questions) == (2, True)
    assert caplog.messages == [
        f"{folder / 'footnote.toml'}: [llm] and [fetching] are not used, since you have not agreed to what is there; "
        "to use them give --trust once, or set FOOTNOTE_TRUST=1"
    ]


def test_what_was_agreed_to_holds_from_then_on_and_is_kept_where_only_the_user_writes(
    folder: Path, configuration: Path
) -> None:
    settle_trust(folder, trust=True)
    assert base_url_in(folder) == "http://stranger.example/v1"
    assert trusted_settings(folder).fetching.allow_hosts == ("intranet.example",)
    (file,) = (configuration / "footnote" / "agreed").iterdir()
    agreed = json.loads(file.read_text())
    assert (agreed["folder"], agreed["settings"]["fetching"]) == (
        str(folder.resolve()),
        {"allow_hosts": ["intranet.example"]},
    )
    assert os.name == "nt" or (file.stat().st_mode & 0o77, file.parent.stat().st_mode & 0o77) == (0, 0)


@pytest.mark.parametrize(
    "changed",
    [
        (LLM + FETCHING).replace("stranger", "other"),
        LLM + FETCHING.replace('"]', '", "router.example"]'),
        LLM + 'api_key_env = "FOOTNOTE_OTHER_KEY"\n' + FETCHING,
        LLM + FETCHING + LLM.replace("llm", "judge"),
        FETCHING,
    ],
    ids=["another server", "one host more", "another key", "one table more", "one table less"],
)
def test_other_values_than_were_agreed_to_do_not_hold(folder: Path, changed: str) -> None:
    settle_trust(folder, trust=True)
    (folder / "footnote.toml").write_text(changed, "utf-8")
    settings = trusted_settings(folder)
    assert (settings.llm, settings.judge, settings.fetching) == (LLMConfig(), LLMConfig(), FetchingConfig())


MODELS = (
    '[embedding]\nmodel = "stranger/e"\nprecision = "fp32"\n[reading]\nmodel = "../r"\nreranker = "s/c"\npassages = 3\n'
)


def test_a_model_that_a_folder_names_is_not_fetched_or_opened_before_the_user_has_agreed(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "footnote.toml").write_text(MODELS, "utf-8")
    settings = trusted_settings(folder)
    assert settings.embedding == EmbeddingConfig(precision="fp32")
    assert settings.reading == ReadingConfig(passages=3)
    (line,) = caplog.messages
    assert "[embedding] model, [reading] model and [reading] reranker are not used" in line
    settle_trust(folder, trust=True)
    agreed = trusted_settings(folder)
    assert (agreed.embedding.model, agreed.reading.model, agreed.reading.reranker) == ("stranger/e", "../r", "s/c")


@pytest.mark.parametrize(
    ("table", "model"),
    [
        ("reading", "none"),
        ("reading", "footnote-reader"),
        ("embedding", "all-MiniLM-L6-v2"),
        ("embedding", "multilingual-e5-small"),
    ],
)
def test_a_model_that_comes_with_the_product_reaches_out_to_nothing(folder: Path, table: str, model: str) -> None:
    (folder / "footnote.toml").write_text(f'[{table}]\nmodel = "{model}"\n', "utf-8")
    assert getattr(trusted_settings(folder), table).model == model


def test_other_tables_may_change_as_they_like(folder: Path) -> None:
    settle_trust(folder, trust=True)
    (folder / "footnote.toml").write_text("# a comment\n" + FETCHING + LLM + "max_tokens = 400\n", "utf-8")
    assert base_url_in(folder) == "http://stranger.example/v1"


def test_an_agreement_is_for_one_folder_and_no_copy_of_it(folder: Path, tmp_path: Path) -> None:
    settle_trust(folder, trust=True)
    moved = folder.rename(tmp_path / "moved")
    assert base_url_in(moved) is None
    link = tmp_path / "link"
    moved.rename(folder)
    link.symlink_to(folder)
    assert base_url_in(link) == "http://stranger.example/v1"


def test_the_variable_trusts_as_long_as_it_is_set_and_leaves_nothing(
    folder: Path, configuration: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTNOTE_TRUST", "1")
    settle_trust(folder, trust=False)
    assert base_url_in(folder) == "http://stranger.example/v1"
    monkeypatch.setenv("FOOTNOTE_TRUST", "0")
    assert base_url_in(folder) is None
    assert not configuration.exists()


def test_a_folder_that_reaches_out_to_nothing_asks_for_nothing(folder: Path, configuration: Path) -> None:
    (folder / "footnote.toml").write_text("[llm]\n[fetching]\n" + OTHERS, "utf-8")
    settle_trust(folder, trust=True)
    assert trusted_settings(folder) == Settings(
        answering=trusted_settings(folder).answering, widget=trusted_settings(folder).widget
    )
    assert not configuration.exists()


def test_the_users_own_folder_is_no_exception(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, footnote: CommandLine, nile: Path
) -> None:
    own = tmp_path / "data" / "footnote" / "library"
    assert footnote("index", nile).code == 0
    (folder / "footnote.toml").rename(own / "footnote.toml")
    assert "[llm] and [fetching] are not used" in " ".join(f.found for f in examine(None))


@pytest.mark.skipif(os.name == "nt", reason="Windows guards a user's folders itself")
@pytest.mark.parametrize("which", ["the file", "its folder"])
def test_an_agreement_that_others_could_have_written_is_none(folder: Path, configuration: Path, which: str) -> None:
    settle_trust(folder, trust=True)
    (file,) = (configuration / "footnote" / "agreed").iterdir()
    (file if which == "the file" else file.parent).chmod(0o777)
    assert base_url_in(folder) is None


def test_an_agreement_that_is_damaged_is_none(folder: Path, configuration: Path) -> None:
    settle_trust(folder, trust=True)
    (file,) = (configuration / "footnote" / "agreed").iterdir()
    file.write_text("[]")
    assert base_url_in(folder) is None
    settle_trust(folder, trust=True)
    assert base_url_in(folder) == "http://stranger.example/v1"


def test_an_agreement_that_cannot_be_kept_is_an_error_that_says_what_else_to_do(
    folder: Path, configuration: Path
) -> None:
    configuration.touch()
    with pytest.raises(ConfigurationError, match=r"your agreement cannot be kept in .*; set FOOTNOTE_TRUST=1 instead"):
        settle_trust(folder, trust=True)


def asked(folder: Path, typed: bytes) -> tuple[int, str]:
    """Settle trust in a process at a terminal; return its exit code and what was on the screen."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    program = "import sys; from pathlib import Path; from ui.app.trust import settle_trust;"
    program += "settle_trust(Path(sys.argv[1]), trust=False)"
    os.write(ours, typed)
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                read = os.read(ours, 4096)
            except OSError:  # how Linux says that nobody is at the other end any more
                break
            if not read:
                break
            shown += read
        code = process.wait(timeout=60)
    os.close(ours)
    return code, shown.decode()


def test_at_a_terminal_the_user_is_shown_what_it_is_and_asked_once(folder: Path) -> None:
    code, screen = asked(folder, b"y\n")
    assert code == 0
    assert '[llm] base_url = "http://stranger.example/v1"' in screen
    assert '[fetching] allow_hosts = ["intranet.example"]' in screen
    assert base_url_in(folder) == "http://stranger.example/v1"
    assert asked(folder, b"") == (0, "")


@pytest.mark.parametrize("typed", [b"n\n", b"\n"], ids=["no", "enter alone"])
def test_whoever_does_not_say_yes_has_not_agreed(folder: Path, typed: bytes) -> None:
    assert asked(folder, typed)[0] == 0
    assert base_url_in(folder) is None


def test_what_is_shown_holds_nothing_that_a_terminal_would_obey(folder: Path) -> None:
    hostile = '[fetching]\nallow_hosts = ["a\\u001Bcb", "\\u202Ed"]\n'
    (folder / "footnote.toml").write_text(hostile, "utf-8")
    called = folder.rename(folder.with_name("given\x1bc"))
    _, screen = asked(called, b"n\n")
    assert r'["a\u001bcb", "\u202ed"]' in screen
    assert "\x1b" not in screen


def test_without_a_terminal_nobody_is_asked_and_the_command_does_its_work(
    footnote: CommandLine, stored: Path, configuration: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (stored / "footnote.toml").write_text(LLM, "utf-8")
    ran = footnote("ask", "Where does the Nile flow?", "--library", stored)
    assert (ran.code, ran.err, "Nile" in ran.out) == (0, "", True)
    assert [line for line in caplog.messages if "[llm] is not used" in line] != []
    assert not configuration.exists()


def test_a_strangers_server_is_sent_nothing_and_one_that_was_agreed_to_is_asked(
    footnote: CommandLine, stored: Path, configuration: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTNOTE_LLM_API_KEY", "secret")
    with serving(Script([saying("It flows north to the sea [1].")])) as server:
        (stored / "footnote.toml").write_text(f'[llm]\nbase_url = "{server.address}"\nmodel = "m"\n', "utf-8")
        ask = ("ask", "Where does the Nile flow?", "--library", stored)
        footnote(*ask)
        assert server.requests == []
        footnote(*ask, "--trust")
        assert [headers["authorization"] for headers in server.headers] == ["Bearer secret"]


@pytest.mark.parametrize(
    "command",
    [
        ("ask", "Where does the Nile flow?"),
        ("serve",),
        ("index", "--re-embed"),
        ("eval", "calibrate", "nowhere.csv"),
        ("eval", "run", "nowhere.csv"),
        ("eval", "draft", "nowhere.txt"),
        ("widget", "check", "nowhere"),
    ],
    ids=" ".join,
)
def test_each_command_that_uses_them_takes_the_agreement(
    footnote: CommandLine,
    stored: Path,
    configuration: Path,
    command: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ui.server.run.run_server", lambda library, **_: None)
    monkeypatch.setattr("ui.server.run.require_free", lambda host, port: None)
    (stored / "footnote.toml").write_text(FETCHING, "utf-8")
    footnote(*command, "--library", stored, "--trust")
    assert trusted_settings(stored).fetching.allow_hosts == ("intranet.example",)
    assert len(list((configuration / "footnote" / "agreed").iterdir())) == 1


def test_the_doctor_shows_them_and_whether_they_were_agreed_to(folder: Path) -> None:
    (before,) = [finding.found for finding in examine(folder) if finding.what == "settings"]
    assert '[llm] base_url = "http://stranger.example/v1"' in before
    assert "[llm] and [fetching] are not used; to use them give --trust once" in before
    settle_trust(folder, trust=True)
    (after,) = [finding.found for finding in examine(folder) if finding.what == "settings"]
    assert after.endswith("; you have agreed to it")
