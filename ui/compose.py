"""The only wiring: settings to embedder, library, retriever, reader, assistant."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path

import platformdirs

from index.article import Article
from index.config import library_fingerprint
from index.conversations import ConversationStore
from index.embedding import SentenceTransformersEmbedder
from index.errors import LibraryNotFoundError, StorageError
from index.ingest import ingest
from index.library import FILE_NAME as LIBRARY_FILE
from index.library import Library
from index.multilingual import MultilingualEmbedder
from index.protocols import Embedder, Progress, no_progress
from index.question_path import QuestionPathEmbedder
from index.reading import read_articles
from index.retriever import HybridRetriever
from index.schema import SCHEMA_VERSION
from index.sentences import SPLITTER
from index.weights import DEFAULT_MODEL, MINILM, MINILM_SHA256
from qa.abstaining import calibration_for
from qa.assistant import Assistant
from qa.config import NO_READER, SHIPPED_READER, LLMConfig
from qa.llm.client import OpenAIClient
from qa.llm.model import LanguageModel
from qa.llm.writing import Writer
from qa.reader import SentenceReader
from qa.reranking import Reranker
from qa.shipped_reader import ShippedReader
from qa.span_reader import SpanReader
from qa.span_scores import SpanModel
from qa.transformers_models import CrossEncoderModel, TransformersSpanModel
from ui.adding import Adding
from ui.history import History, history_over
from ui.page_reading import PublisherPages
from ui.settings import Settings, read_settings
from ui.site_keys import SiteKeys

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenProduct:
    """A library that can be asked: what every face is given.

    ``adding`` changes it, ``pages`` reads publishers' pages into it; they are None where it may not
    be changed: the seed library.
    """

    library: Library
    assistant: Assistant
    settings: Settings
    fingerprint: str
    example_questions: Sequence[str] = ()
    adding: Adding | None = None
    pages: PublisherPages | None = None


@contextmanager
def opened_library(folder: Path | None) -> Iterator[Library]:
    """Open a library to look at it; the seed article's where a user has none."""
    try:
        library = Library.open(folder or own_library_folder())
    except LibraryNotFoundError:
        if folder is not None:
            raise
        library = open_product().library
    with library:
        yield library


def own_library_folder() -> Path:
    """Return where a user's library is when none is named: ``FOOTNOTE_LIBRARY``, or the data folder."""
    named = os.environ.get("FOOTNOTE_LIBRARY")
    return Path(named) if named else platformdirs.user_data_path("footnote", appauthor=False) / "library"


def seed_folder() -> Path:
    """Return the folder of the seed article: in an installed copy beside this file, else in the checkout."""
    installed = Path(__file__).parent / "seeds"
    return installed if installed.is_dir() else Path(__file__).parent.parent / "seeds"


def seed_articles() -> list[Path]:
    """Return the article files of the seed folder."""
    return sorted(seed_folder().glob("*.txt"))


def library_settings(folder: Path) -> Settings:
    """Return the settings of a library's folder; one made with an earlier default model goes on with it.

    That is said once, with the command that embeds it anew; whoever names the
    model in ``footnote.toml`` wants it so, and is told nothing.

    Raises:
        ConfigurationError: see `read_settings`.
        StorageError: see `Library.open`.
    """
    settings = read_settings(folder)
    if settings.embedding.model != DEFAULT_MODEL or not (folder / LIBRARY_FILE).is_file():
        return settings
    with Library.open(folder) as library:
        made_with = library.state.fingerprint
    if not made_with.startswith(f"{MINILM}@{MINILM_SHA256[:16]}+"):
        return settings
    _tell_of_earlier_model(folder)
    return replace(settings, embedding=replace(settings.embedding, model=MINILM))


@cache
def _tell_of_earlier_model(folder: Path) -> None:
    logger.warning(
        "library %r was made with %s and goes on with it; %s finds more, in any language: footnote index --re-embed "
        '--library %s (to keep it, and this line away: model = "%s" under [embedding] in its footnote.toml)',
        str(folder),
        MINILM,
        DEFAULT_MODEL,
        folder,
        MINILM,
    )


def make_embedder(settings: Settings) -> Embedder:
    """Return the embedder that the settings name; its model is loaded when first used.

    The default model needs no PyTorch, and all-MiniLM-L6-v2 asks without it; any other is run by sentence-transformers.
    """
    model, precision = settings.embedding.model, settings.embedding.precision
    if model == DEFAULT_MODEL:
        return MultilingualEmbedder(exact=precision == "fp32", cache_folder=cache_folder("engines"))
    if model == MINILM:
        return QuestionPathEmbedder(cache_folder=cache_folder("engines"), precision=precision)
    return SentenceTransformersEmbedder(model, precision=precision)


def make_span_model(settings: Settings) -> SpanModel | None:
    """Return the model that the settings read with, loaded when first used; None where sentences stand as they are."""
    if settings.reading.model == NO_READER:
        return None
    if settings.reading.model == SHIPPED_READER:
        return shipped_reader()
    return TransformersSpanModel(settings.reading.model)


def make_writer(config: LLMConfig, article_of: Callable[[str], Article]) -> Writer | None:
    """Return what words answers with the language model that the settings name; None where they name none.

    Raises:
        ModelUnavailableError: the package that talks with it is not installed.
    """
    return Writer(OpenAIClient(config), article_of=article_of, config=config) if config.is_on else None


def make_language_model(config: LLMConfig) -> LanguageModel | None:
    """Return the language model that the settings name; None where they name none.

    Raises:
        ModelUnavailableError: the package that talks with it is not installed.
    """
    return OpenAIClient(config) if config.is_on else None


def shipped_reader() -> ShippedReader:
    """Return the reader that comes with the product."""
    return ShippedReader(shipped_reader_folder(), cache_folder=cache_folder("engines"))


def shipped_reader_folder() -> Path:
    """Return the folder of the shipped reader's weights."""
    return Path(str(files("qa"))) / "models" / SHIPPED_READER


def fingerprint_of(settings: Settings, embedder: Embedder) -> str:
    """Return what a library made with these settings is known by."""
    return library_fingerprint(settings.chunking, embedder.fingerprint, SPLITTER)


def open_product(folder: Path | None = None, *, make: bool = False) -> OpenProduct:
    """Open a library to ask it; with none named and none of one's own, the seed article is the library.

    ``make``: an empty one is made where the named folder has none, to be added to.

    Raises:
        LibraryNotFoundError, LibraryMismatchError, StorageError: see `Library.open`.
        ConfigurationError: see `read_settings`.
    """
    may_make = make and folder is not None
    folder = folder or own_library_folder()
    is_seed = not may_make and not (folder / LIBRARY_FILE).is_file() and folder == own_library_folder()
    settings = Settings() if is_seed else library_settings(folder)
    embedder = make_embedder(settings)
    fingerprint = fingerprint_of(settings, embedder)
    if is_seed:
        folder = seed_library(settings, embedder, fingerprint)
    if may_make and not (folder / LIBRARY_FILE).exists():
        Library.create(folder, fingerprint=fingerprint).close()
    library = Library.open(folder, fingerprint=fingerprint)
    product = product_over(library, embedder, settings, fingerprint, _seed_examples() if is_seed else ())
    if is_seed:
        return product
    adding = Adding(folder, embedder=embedder, settings=settings, fingerprint=fingerprint)
    pages = PublisherPages(library, adding, fetching=settings.fetching, config=settings.widget)
    return replace(product, adding=adding, pages=pages)


def product_over(
    library: Library,
    embedder: Embedder,
    settings: Settings,
    fingerprint: str,
    example_questions: Sequence[str] = (),
) -> OpenProduct:
    """Put an assistant over an open library."""
    model = make_span_model(settings)
    calibration = calibration_for(embedder.fingerprint, model.fingerprint if model else None)
    reading, consulted = settings.reading, settings.answering.consulted
    assistant = Assistant(
        retriever=HybridRetriever(
            library,
            embedder,
            settings.retrieval,
            fingerprint=fingerprint,
            read=consulted if reading.reranker else reading.passages,  # any of them may come to be read
        ),
        reader=SpanReader(model, calibration.ranking, passages=reading.passages)
        if model
        else SentenceReader(calibration.ranking["sentence"]),
        reranker=Reranker(CrossEncoderModel(reading.reranker)) if reading.reranker else None,
        article_of=library.article,
        calibration=calibration,
        config=settings.answering,
        embedder_name=embedder.name,
        writer=make_writer(settings.llm, library.article),
    )
    return OpenProduct(library, assistant, settings, fingerprint, example_questions)


def open_history(library: Library) -> History:
    """Open the conversations of a library; where it cannot be written they are kept in memory, and the log says so."""
    try:
        store = ConversationStore.open(library.folder)
    except StorageError as error:
        logger.warning("conversations are kept until the server stops, and no longer: %s", error)
        store = ConversationStore.in_memory()
    return history_over(store, library.article)


def open_site_keys(product: OpenProduct) -> SiteKeys:
    """Open the site keys of a library; the seed library takes none, and where none can be counted nobody may ask."""
    if product.adding is None:
        return SiteKeys.in_memory()
    try:
        return SiteKeys.open(product.library.folder)
    except StorageError as error:
        logger.warning("no page elsewhere may ask until the server starts again: %s", error)
        return SiteKeys.in_memory()


def seed_library(settings: Settings, embedder: Embedder, fingerprint: str, *, progress: Progress = no_progress) -> Path:
    """Return the folder of a library that holds the seed article, made in the user's cache if it is not there."""
    name = f"seed-{SCHEMA_VERSION}-{hashlib.sha256(fingerprint.encode()).hexdigest()[:12]}"
    folder = cache_folder(name)
    articles = [article for file in seed_articles() for article in read_articles(file)]
    try:
        _fill(folder, articles, settings, embedder, fingerprint, progress)
    except StorageError:  # it is only a copy: a damaged one is made anew
        shutil.rmtree(folder, ignore_errors=True)
        _fill(folder, articles, settings, embedder, fingerprint, progress)
    return folder


def cache_folder(name: str) -> Path:
    """Return a folder for what can be made anew: in the user's cache, or a temporary one if that cannot be written."""
    folder = platformdirs.user_cache_path("footnote", appauthor=False) / name
    if _can_write(folder):
        return folder
    return Path(tempfile.gettempdir()) / f"footnote-{os.getuid() if hasattr(os, 'getuid') else 0}" / name


def _fill(
    folder: Path,
    articles: Sequence[Article],
    settings: Settings,
    embedder: Embedder,
    fingerprint: str,
    progress: Progress,
) -> None:
    with Library.create(folder, fingerprint=fingerprint) as library:
        ingest(articles, library, embedder, settings.chunking, progress=progress)


def _can_write(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def _seed_examples() -> list[str]:
    """Return the questions of the seed set that show best what asking is like."""
    lines = (seed_folder() / "questions.jsonl").read_text("utf-8").splitlines()
    questions = [json.loads(line) for line in lines if line.strip()]
    return [q["question"] for q in questions if "example" in q["tags"]]
