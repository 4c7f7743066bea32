"""Settings are read strictly: what is not understood is said, with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.config import ChunkingConfig, EmbeddingConfig, FetchingConfig
from index.errors import ConfigurationError
from qa.config import AnsweringConfig, LLMConfig, ReadingConfig
from ui.app.config import WidgetConfig
from ui.app.settings import Settings, read_settings


def read(folder: Path, text: str) -> Settings:
    (folder / "footnote.toml").write_text(text, "utf-8")
    return read_settings(folder)


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == Settings()


def test_what_the_file_says_replaces_the_defaults_and_nothing_else(tmp_path: Path) -> None:
    text = '[chunking]\nmax_passage_tokens = 100\n[embedding]\nprecision = "fp32"\n[answering]\nabstain_below = 1\n'
    assert read(tmp_path, text) == Settings(
        chunking=ChunkingConfig(max_passage_tokens=100),
        embedding=EmbeddingConfig(precision="fp32"),
        answering=AnsweringConfig(abstain_below=1.0),
    )


def test_a_reader_and_a_reranker_can_be_named(tmp_path: Path) -> None:
    text = '[reading]\nmodel = "deepset/tinyroberta-squad2"\nreranker = "./reranker"\npassages = 1\n'
    reading = ReadingConfig(model="deepset/tinyroberta-squad2", reranker="./reranker", passages=1)
    assert read(tmp_path, text) == Settings(reading=reading)


def test_hosts_are_a_list(tmp_path: Path) -> None:
    text = '[fetching]\nallow_hosts = ["intranet.example:8000", "[::1]"]\ntimeout_s = 5\n'
    fetching = FetchingConfig(allow_hosts=("intranet.example:8000", "[::1]"), timeout_s=5.0)
    assert read(tmp_path, text) == Settings(fetching=fetching)


def test_a_language_model_is_off_until_it_is_named(tmp_path: Path) -> None:
    assert not read(tmp_path, "[llm]\nmax_tokens = 300\n").llm.is_on
    on = read(tmp_path, '[llm]\nbase_url = "http://127.0.0.1:11434/v1"\nmodel = "qwen3"\nunsupported = "mark"\n').llm
    assert on == LLMConfig(base_url="http://127.0.0.1:11434/v1", model="qwen3", unsupported="mark")
    assert on.is_on


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('base_url = "http://127.0.0.1/v1"', "model is missing; a language model needs both"),
        ('model = "qwen3"', "base_url is missing; a language model needs both"),
        ('base_url = "http://127.0.0.1/v1"\nmodel = " "', "model is ' '"),
        ('base_url = "127.0.0.1:11434"\nmodel = "m"', "base_url is not an address such as"),
        ('base_url = "http://me:secret@host/v1"\nmodel = "m"', "base_url is not an address such as"),
        ('base_url = "http://host/v1?key=secret"\nmodel = "m"', "base_url is not an address such as"),
        ('base_url = "http://host:99999999/v1"\nmodel = "m"', "base_url is not an address such as"),
        ('base_url = "file:///etc/passwd"\nmodel = "m"', "base_url is not an address such as"),
        ('base_url = "http://my host/v1"\nmodel = "m"', "base_url is not an address such as"),
        ('api_key_env = "sk-secret"', "api_key_env is not the name of an environment variable"),
        ('api_key_env = "GITHUB_TOKEN_secret"', "it begins with FOOTNOTE_ and does not end with TOKEN"),
        ('api_key_env = "FOOTNOTE_secret_TOKEN"', "it begins with FOOTNOTE_ and does not end with TOKEN"),
        ('api_key_env = "FOOTNOTE_ADMIN_TOKEN"', "it begins with FOOTNOTE_ and does not end with TOKEN"),
        ('api_key = "secret"', "unknown setting 'api_key'"),
        ("timeout_s = 0", "timeout_s is 0.0; it must be more than 0"),
        ("max_tokens = 0", "max_tokens is 0; it must be more than 0"),
        ("passages = 0", "passages is 0; it must be more than 0"),
        ("max_tokens = 400\ncontext_tokens = 999", "with max_tokens = 400 it must be at least 1000"),
        ('unsupported = "show"', "it must be one of 'repair', 'remove', 'mark'"),
    ],
    ids=[
        *(
            "address alone",
            "name alone",
            "blank name",
            "no scheme",
            "password",
            "key in the address",
            "port",
            "file",
            "space",
        ),
        *("key for a name", "another's key", "no name", "the server's token"),
        *("key", "no time", "no words", "no passages", "no room", "not a choice"),
    ],
)
def test_a_language_model_that_cannot_be_is_refused_and_no_secret_is_repeated(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read(tmp_path, f"[llm]\n{text}\n")
    assert message in str(raised.value)
    assert "secret" not in str(raised.value)


def test_widgets_have_a_minute_and_leave_no_questions_in_the_log_unless_told_otherwise(tmp_path: Path) -> None:
    assert Settings().widget == WidgetConfig(seconds=60.0, log_questions=False)
    told = read(tmp_path, "[widget]\nseconds = 5\nlog_questions = true\n").widget
    assert told == WidgetConfig(seconds=5.0, log_questions=True)


@pytest.mark.parametrize(
    "address", ["http://localhost:8080/v1", "https://llm.example/v1/", "http://[::1]:11434/v1", "http://10.0.0.7"]
)
def test_servers_are_named_as_usual(tmp_path: Path, address: str) -> None:
    assert read(tmp_path, f'[llm]\nbase_url = "{address}"\nmodel = "m"\n').llm.base_url == address


def test_a_context_that_just_holds_the_prompt_is_enough(tmp_path: Path) -> None:
    assert read(tmp_path, "[llm]\nmax_tokens = 400\ncontext_tokens = 1000\n").llm.context_tokens == 1000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[chunking]\nsize = 3", "footnote.toml: chunking: unknown setting 'size'; there are: max_passage_tokens"),
        (
            "[chunks]\n",
            "unknown setting 'chunks'; there are: chunking, embedding, retrieval, answering, reading, fetching, llm,",
        ),
        ("chunking = 3", "chunking is a table of settings, not 3"),
        ('[chunking]\nmax_passage_tokens = "many"', "max_passage_tokens is 'many'; it must be of type int"),
        ("[chunking]\nmax_passage_tokens = true", "it must be of type int"),
        ("[chunking]\noverlap_sentences = -1", "must not be negative"),
        ('[embedding]\nprecision = "int8"', "it must be one of 'auto', 'fp32', 'bf16'"),
        ("[reading]\npassages = 0", "footnote.toml: reading: passages is 0; it must be at least 1"),
        ('[reading]\nmodel = " "', "model is ' '; leave it out, or set it to 'none' for no reader"),
        ('[reading]\nreranker = ""', "reranker is ''; leave it out for no reranker"),
        ('[fetching]\nallow_hosts = "a"', "fetching: allow_hosts is 'a'; it must be a list"),
        ('[fetching]\nallow_hosts = ["a", 1]', "fetching: allow_hosts[1] is 1; it must be of type str"),
        ('[fetching]\nallow_hosts = ["http://a"]', "fetching: allow_hosts holds 'http://a'; give hosts as 'name'"),
        ("[widget]\nseconds = 0", "widget: seconds is 0.0; it must be more than 0"),
        ('[widget]\nlog_questions = "yes"', "widget: log_questions is 'yes'; it must be of type bool"),
        ("[chunking", "is not valid TOML"),
    ],
    ids=[
        *("unknown key", "unknown table", "no table", "text", "truth", "negative", "not a choice"),
        *("no passages", "model without a name", "reranker without a name"),
        *("no list", "no text in a list", "no host", "no time", "no truth", "not TOML"),
    ],
)
def test_what_is_not_understood_is_said_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read(tmp_path, text)
    assert message in str(raised.value)
    assert str(tmp_path / "footnote.toml") in str(raised.value)


def test_a_settings_file_that_is_not_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "footnote.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_settings(tmp_path)
