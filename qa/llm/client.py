"""The client of a language model: the only file that imports ``openai``, and only when a question is put to it.

Any server with OpenAI's ``/chat/completions`` will do (Ollama, llama.cpp, vLLM,
a hosted one): streaming is all it needs, no tools, JSON mode or log
probabilities. Neither its address nor what it says of an error is repeated: a
face may be public, and the words may hold a key or be a stranger's.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import queue
import ssl
import threading
from collections.abc import Generator
from typing import TYPE_CHECKING

from index.errors import ModelUnavailableError
from qa.config import LLMConfig
from qa.errors import LanguageModelError
from qa.llm.model import Piece, Prompt

if TYPE_CHECKING:
    import openai
    from openai.types.chat import ChatCompletionChunk

TICK_SECONDS = 0.2  # how long a listener waits, at most, until it may stop
STOPPING_SECONDS = 5.0


class OpenAIClient:
    """A language model behind an OpenAI-compatible address; safe to use from several threads."""

    def __init__(self, config: LLMConfig) -> None:
        """Take the settings; nothing is connected to yet.

        Raises:
            ModelUnavailableError: the ``openai`` package is not installed.
        """
        if importlib.util.find_spec("openai") is None:
            raise ModelUnavailableError(
                "[llm] names a language model, and the package 'openai' is not installed;"
                " pip install 'footnote-qa[llm]', or take [llm] out of footnote.toml"
            )
        self._config = config

    @property
    def name(self) -> str:
        """The model as its server knows it."""
        return self._config.model or ""

    def warm_up(self) -> None:
        """Import the package, which takes most of a second; nothing is connected to."""
        importlib.import_module("openai")

    def stream(self, prompt: Prompt) -> Generator[Piece]:
        """Yield what the model writes as it comes, and empty pieces while nothing does.

        Closing the iterator ends the request at once.

        Raises:
            LanguageModelError: it cannot be reached, is too slow, refuses, or breaks off; why is in the message.
        """
        request = _Request(self._config, prompt)
        request.start()
        try:
            while (arrived := request.next()) is not None:
                yield arrived
        finally:
            request.stop()


class _Request:
    """One request, in a thread with an event loop of its own: it can be timed, and ended from outside."""

    def __init__(self, config: LLMConfig, prompt: Prompt) -> None:
        self._config, self._prompt = config, prompt
        self._arrived: queue.SimpleQueue[Piece | Exception | None] = queue.SimpleQueue()
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="footnote-llm", daemon=True)

    def start(self) -> None:
        self._task = self._loop.create_task(self._receive())
        self._thread.start()

    def next(self) -> Piece | None:
        """Return what came next, an empty piece where nothing did for a moment, None at the end."""
        try:
            arrived = self._arrived.get(timeout=TICK_SECONDS)
        except queue.Empty:
            return Piece("")
        if isinstance(arrived, Exception):
            raise arrived
        return arrived

    def stop(self) -> None:
        if self._task is not None:
            with contextlib.suppress(RuntimeError):  # it has just ended by itself, and its loop is closed
                self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(STOPPING_SECONDS)

    def _run(self) -> None:
        try:
            if self._task is not None:
                self._loop.run_until_complete(asyncio.wait([self._task]))
                if not self._task.cancelled():
                    self._arrived.put(self._task.exception())  # type: ignore[arg-type]  # no BaseException gets here
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    async def _receive(self) -> None:
        import openai  # here, because it takes most of a second

        began = self._loop.time()
        try:
            async with asyncio.timeout_at(began + self._config.total_timeout_s), self._client() as client:
                async with asyncio.timeout_at(began + self._config.timeout_s) as first_words:
                    stream = await self._open(client)
                    async with stream:
                        await self._pass_on(stream, first_words)
        except TimeoutError as error:
            slow = self._loop.time() < began + self._config.total_timeout_s
            raise self._fault(
                f"did not begin to answer within {self._config.timeout_s:g} seconds"
                if slow
                else f"was not done after {self._config.total_timeout_s:g} seconds"
            ) from error
        except openai.OpenAIError as error:
            raise self._fault(self._reason(error)) from error
        except (ValueError, TypeError, AttributeError, LookupError) as error:  # JSON of another shape
            raise self._fault("answered with something that cannot be read") from error

    def _client(self) -> openai.AsyncOpenAI:
        import openai

        # Reading the certificates of the whole world takes longer than asking a server of one's own, which has none.
        is_plain = (self._config.base_url or "").startswith("http:")
        trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if is_plain else True
        client = openai.AsyncOpenAI(
            base_url=self._config.base_url,
            api_key=os.environ.get(self._config.api_key_env, "").strip() or "none",  # servers of one's own want none
            max_retries=0,
            timeout=self._config.total_timeout_s,
            # No redirects: passages go where the settings say.
            http_client=openai.DefaultAsyncHttpxClient(follow_redirects=False, verify=trusted),
        )
        client.organization = client.project = None  # taken from the environment, and meant for OpenAI
        return client

    async def _open(self, client: openai.AsyncOpenAI) -> openai.AsyncStream[ChatCompletionChunk]:
        """Send the prompt, once more where no connection came about: a server may just be starting."""
        import openai

        try:
            return await self._send(client)
        except openai.APITimeoutError:
            raise
        except openai.APIConnectionError:
            try:
                return await self._send(client)
            except openai.APIConnectionError as error:
                raise self._fault("could not be reached") from error

    async def _send(self, client: openai.AsyncOpenAI) -> openai.AsyncStream[ChatCompletionChunk]:
        return await client.chat.completions.create(
            model=self._config.model or "",
            messages=[
                {"role": "system", "content": self._prompt.system},
                {"role": "user", "content": self._prompt.user},
            ],
            stream=True,
            max_tokens=self._config.max_tokens,
            temperature=self._config.temperature,
        )

    async def _pass_on(self, stream: openai.AsyncStream[ChatCompletionChunk], first_words: asyncio.Timeout) -> None:
        reason = None
        async for chunk in stream:
            for choice in chunk.choices[:1]:
                if choice.delta.content or choice.delta.model_extra:  # thoughts come under names of their own
                    first_words.reschedule(None)
                if choice.delta.content:
                    self._arrived.put(Piece(choice.delta.content))
                reason = "content_filter" if choice.delta.refusal else choice.finish_reason or reason
        if reason == "content_filter":
            raise self._fault("declined to answer")
        if reason is None:
            raise self._fault("broke off in the middle of its answer")
        if reason == "length":
            self._arrived.put(Piece("", cut=True))

    def _fault(self, what: str) -> LanguageModelError:
        return LanguageModelError(f"the language model {what}")

    def _reason(self, error: openai.OpenAIError) -> str:
        """Say what went wrong, in our words."""
        import openai

        match error:
            case openai.APITimeoutError():
                return "did not answer in time"
            case openai.APIConnectionError():
                return "broke off in the middle of its answer"
            case openai.AuthenticationError() | openai.PermissionDeniedError():
                return f"refused the key in the environment variable {self._config.api_key_env}"
            case openai.RateLimitError():
                return "takes no more questions at the moment (status 429)"
            case openai.NotFoundError():
                return f"knows no model {self._config.model!r} (status 404)"
            case openai.APIStatusError(status_code=status) if _is_about_length(error):
                return f"can read less than the prompt (status {status}); set context_tokens in [llm] to what it can"
            case openai.APIStatusError(status_code=status):
                return f"answered with an error (status {status})"
        return "failed while it was answering"


def _is_about_length(error: openai.APIStatusError) -> bool:
    """Tell whether a prompt was too long, as servers word it; there is no common code."""
    said = f"{getattr(error, 'code', '')} {error.message}".lower()
    return error.status_code in (400, 413) and ("context" in said or "too long" in said or "too large" in said)
