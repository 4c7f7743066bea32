"""The only wiring: settings to embedder, library, retriever, reader, assistant."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from index.article import Article
from index.config import ChunkingConfig, library_fingerprint
from index.embedding.minilm import MiniLMEmbedder
from index.embedding.multilingual import MultilingualEmbedder
from index.embedding.sentence_transformers import SentenceTransformersEmbedder
from index.embedding.weights import DEFAULT_MODEL, MINILM, MINILM_SHA256
from index.errors import StorageError
from index.formats import read_articles
from index.ingest import IngestReport, ingest, reembed
from index.library_writer import Adding
from index.protocols import Embedder, Progress, no_progress
from index.retriever import HybridRetriever
from index.sentences import SPLITTER
from index.storage.cache import cache_folder
from index.storage.conversations import ConversationStore
from index.storage.library import FILE_NAME as LIBRARY_FILE
from index.storage.library import Library
from index.storage.schema import SCHEMA_VERSION
from qa.abstaining import calibration_for
from qa.assistant import Assistant
from qa.config import NO_READER, SHIPPED_READER, LLMConfig
from qa.conversations import History
from qa.readers.protocols import SentenceReader
from qa.readers.reranker import Reranker
from qa.readers.shipped import ShippedReader
from qa.readers.span_reader import SpanReader
from qa.readers.span_scores import SpanModel
from qa.readers.transformers import CrossEncoderModel, TransformersSpanModel
from ui.app.config import DEFAULT_KEEPING, KeepingConfig
from ui.app.conversations import history_over
from ui.app.example import AssistantBesideExample, LibraryBesideExample
from ui.app.protocols import Product
from ui.app.publisher_pages import PublisherPages
from ui.app.settings import Settings
from ui.app.trust import trusted_settings

if TYPE_CHECKING:  # most libraries name no language model
    from qa.llm.model import LanguageModel
    from qa.llm.writing import Writer

SEED_TITLES = {"8e6b8759e0f47286": "Kazakhstan’s crisis, 6 January 2022"}  # by article id: the file has no title

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenProduct(Product):
    """A library that can be asked, with all that decides its replies."""

    library: Library
    assistant: Assistant
    settings: Settings = field(kw_only=True)
    fingerprint: str = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class ProductBesideExample(Product):
    """A library of one's own that can be asked and added to, with the example beside it."""

    library: LibraryBesideExample
    assistant: AssistantBesideExample
    settings: Settings = field(kw_only=True)
    fingerprint: str = field(kw_only=True)


Served = OpenProduct | ProductBesideExample


@dataclass(frozen=True, slots=True)
class Indexer:
    """What makes libraries with some settings, and asks them: the embedder, and what they are known by."""

    settings: Settings
    embedder: Embedder
    fingerprint: str

    @contextmanager
    def library_of(
        self, articles: Sequence[Article], folder: Path, *, progress: Progress = no_progress
    ) -> Iterator[Library]:
        """Make a library of articles in a folder, or bring the one that is there up to date; it is open meanwhile."""
        with Library.create(folder, fingerprint=self.fingerprint) as library:
            ingest(articles, library, self.embedder, _chunking_of(articles, self.settings), progress=progress)
            yield library

    def embed_anew(self, folder: Path, *, progress: Progress = no_progress) -> IngestReport:
        """Embed all of a library anew, whatever it was made with."""
        with Library.open_for_rewriting(folder) as library:
            return reembed(
                library, self.embedder, self.settings.chunking, fingerprint=self.fingerprint, progress=progress
            )

    def adding(self, folder: Path) -> Adding:
        """Return what adds to the library of a folder, and makes it where there is none."""
        settings = self.settings
        return Adding(folder, self.embedder, settings.chunking, settings.fetching, fingerprint=self.fingerprint)


def indexer_of(settings: Settings) -> Indexer:
    """Return what makes libraries with these settings; its model is loaded when first used."""
    embedder = make_embedder(settings)
    return Indexer(settings, embedder, library_fingerprint(settings.chunking, embedder.fingerprint, SPLITTER))


@contextmanager
def product_of(
    articles: Sequence[Article], settings: Settings, folder: Path, *, progress: Progress = no_progress
) -> Iterator[OpenProduct]:
    """Make a library of articles in a folder, or bring the one that is there up to date, and open it to be asked."""
    indexer = indexer_of(settings)
    with indexer.library_of(articles, folder, progress=progress) as library:
        yield product_over(library, indexer)


@contextmanager
def opened_library(folder: Path | None, *, own: bool = False) -> Iterator[Library]:
    """Open a library to look at it; the seed article's where a user has none, or none with an article.

    ``own``: one's own is wanted, for what is kept in it beside articles.
    """
    place = library_folder(folder)
    if folder is None and not (is_library(place) if own else holds_articles(place)):
        library = open_product().library
    else:
        library = Library.open(place)
    with library:
        yield library


def is_library(folder: Path) -> bool:
    """Tell whether a folder holds a library."""
    return (folder / LIBRARY_FILE).is_file()


def holds_articles(folder: Path) -> bool:
    """Tell whether a folder holds a library with an article in it: an empty one hides the example from nobody.

    One that cannot be read counts as holding some: whoever opens it is told what is wrong.
    """
    if not is_library(folder):
        return False
    try:
        with Library.open(folder) as library:
            return bool(library.articles())
    except StorageError:
        return True


def own_library_folder() -> Path:
    """Return where a user's library is when none is named: ``FOOTNOTE_LIBRARY``, or the data folder."""
    named = os.environ.get("FOOTNOTE_LIBRARY")
    return Path(named) if named else platformdirs.user_data_path("footnote", appauthor=False) / "library"


def library_folder(named: Path | None) -> Path:
    """Return where the library is that a folder names, or one's own: the folder itself, or what was made for it.

    A folder of documents gets none of our files; see `folder_for_documents`.
    """
    if named is None:
        return own_library_folder()
    apart = folder_for_documents(named)
    return apart if not is_library(named) and is_library(apart) else named


def folder_for_documents(documents: Path) -> Path:
    """Return where the library of a folder of documents is kept: in the user's data folder, known by its whole path."""
    whole = documents.expanduser().resolve()
    key = hashlib.sha256(str(whole).encode("utf-8", "surrogateescape")).hexdigest()[:12]
    name = "".join(c if c.isalnum() or c in "-_" else "-" for c in whole.name)[:40]
    return platformdirs.user_data_path("footnote", appauthor=False) / "libraries" / f"{name}-{key}"


def seed_folder() -> Path:
    """Return the folder of the seed article: in an installed copy inside `ui`, else in the checkout."""
    room = Path(__file__).parents[1]
    installed = room / "seeds"
    return installed if installed.is_dir() else room.parent / "seeds"


def seed_articles() -> list[Path]:
    """Return the article files of the seed folder."""
    return sorted(seed_folder().glob("*.txt"))


def with_seed_title(article: Article) -> Article:
    """Return the seed article under a title of its own, instead of its opening words; any other as it is."""
    return replace(article, title=SEED_TITLES.get(article.id, article.title))


def _chunking_of(articles: Sequence[Article], settings: Settings) -> ChunkingConfig:
    """Return how articles are cut: the seed article's title is ours, shown to people and not read by the model."""
    if all(article.id in SEED_TITLES for article in articles):
        return replace(settings.chunking, title_in_embedding=False)
    return settings.chunking


def library_settings(folder: Path) -> Settings:
    """Return the settings of a library's folder; one made with an earlier default model goes on with it.

    That is said once, with the command that embeds it anew; whoever names the
    model in ``footnote.toml`` wants it so, and is told nothing.

    Raises:
        ConfigurationError: see `trusted_settings`.
        StorageError: see `Library.open`.
    """
    settings = trusted_settings(folder)
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
    # PyTorch makes that folder when it is imported: by default one of a name that anybody can guess, among the
    # temporary files of all.
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(cache_folder("torch")))
    model, precision = settings.embedding.model, settings.embedding.precision
    if model == DEFAULT_MODEL:
        return MultilingualEmbedder(exact=precision == "fp32", cache_folder=cache_folder("engines"))
    if model == MINILM:
        return MiniLMEmbedder(cache_folder=cache_folder("engines"), precision=precision)
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
    if (model := make_language_model(config)) is None:
        return None
    from qa.llm.writing import Writer

    return Writer(model, article_of=article_of, config=config)


def make_language_model(config: LLMConfig) -> LanguageModel | None:
    """Return the language model that the settings name; None where they name none.

    Raises:
        ModelUnavailableError: the package that talks with it is not installed.
    """
    if not config.is_on:
        return None
    from qa.llm.client import OpenAIClient

    return OpenAIClient(config)


def shipped_reader() -> ShippedReader:
    """Return the reader that comes with the product."""
    return ShippedReader(shipped_reader_folder(), cache_folder=cache_folder("engines"))


def shipped_reader_folder() -> Path:
    """Return the folder of the shipped reader's weights."""
    return Path(str(files("qa"))) / "models" / SHIPPED_READER


def open_product(folder: Path | None = None, *, make: bool = False) -> OpenProduct:
    """Open a library to ask it; with none named and none of one's own, the seed article is the library.

    ``make``: an empty one is made where the named folder has none, to be added to.

    Raises:
        LibraryNotFoundError, LibraryMismatchError, StorageError: see `Library.open`.
        ConfigurationError: see `trusted_settings`.
    """
    may_make = make and folder is not None
    folder = library_folder(folder)
    is_seed = not may_make and not holds_articles(folder) and folder == own_library_folder()
    settings = trusted_settings(folder) if is_seed else library_settings(folder)
    indexer = indexer_of(settings)
    return _example_product(indexer) if is_seed else _own_product(folder, indexer, make=may_make)


def open_served(folder: Path | None) -> Served:
    """Open a library to serve it, made where there is none; where none is named, one's own with the example beside it.

    What is asked of the example is kept in one's own library too. Where that
    cannot be made, the example alone is served, and the log says why.

    Raises:
        LibraryMismatchError, StorageError, ConfigurationError: as for `open_product`.
    """
    if folder is not None:
        return open_product(folder, make=True)
    folder = own_library_folder()
    settings = library_settings(folder)
    indexer, model = indexer_of(settings), make_span_model(settings)
    try:
        own = _own_product(folder, indexer, model, make=True)
    except StorageError as error:
        if is_library(folder):
            raise
        logger.warning("only the example can be asked, and nothing be added: %s", error)
        return _example_product(indexer, model)
    example = _example_product(indexer, model)
    library = LibraryBesideExample(own.library, example.library)
    return ProductBesideExample(
        library,
        AssistantBesideExample(library, own.assistant, example.assistant),
        example.examples,
        own.adding,
        own.pages,
        settings=settings,
        fingerprint=own.fingerprint,
    )


def _own_product(folder: Path, indexer: Indexer, model: SpanModel | None = None, *, make: bool) -> OpenProduct:
    if make and not (folder / LIBRARY_FILE).exists():
        Library.create(folder, fingerprint=indexer.fingerprint).close()
    library = Library.open(folder, fingerprint=indexer.fingerprint)
    product, adding = product_over(library, indexer, model=model), indexer.adding(folder)
    settings = indexer.settings
    pages = PublisherPages(library, adding, fetching=settings.fetching, config=settings.widget)
    return replace(product, adding=adding, pages=pages)


def _example_product(indexer: Indexer, model: SpanModel | None = None) -> OpenProduct:
    library = Library.open(_seed_library(indexer), fingerprint=indexer.fingerprint)
    return product_over(library, indexer, _seed_examples(), model=model)


def product_over(
    library: Library, indexer: Indexer, examples: Sequence[str] = (), *, model: SpanModel | None = None
) -> OpenProduct:
    """Put an assistant over an open library; ``model`` reads, where one is shared, else that of the settings."""
    settings, embedder = indexer.settings, indexer.embedder
    model = model or make_span_model(settings)
    calibration = calibration_for(embedder.fingerprint, model.fingerprint if model else None)
    reading, consulted = settings.reading, settings.answering.consulted
    assistant = Assistant(
        retriever=HybridRetriever(
            library,
            embedder,
            settings.retrieval,
            fingerprint=indexer.fingerprint,
            read=consulted if reading.reranker else reading.passages,  # any of them may come to be read
        ),
        reader=SpanReader(model, calibration.ranking, passages=reading.passages, titles_of=library.titles)
        if model
        else SentenceReader(calibration.ranking["sentence"]),
        reranker=Reranker(CrossEncoderModel(reading.reranker)) if reading.reranker else None,
        article_of=library.article,
        calibration=calibration,
        config=settings.answering,
        embedder_name=embedder.name,
        writer=make_writer(settings.llm, library.article),
    )
    return OpenProduct(library, assistant, examples, settings=settings, fingerprint=indexer.fingerprint)


def open_history(library: Library | LibraryBesideExample, keeping: KeepingConfig = DEFAULT_KEEPING) -> History:
    """Open the conversations of a library; where it cannot be written they are kept in memory, and the log says so."""
    try:
        store = ConversationStore.open(library.folder)
    except StorageError as error:
        logger.warning("conversations are kept until the server stops, and no longer: %s", error)
        store = ConversationStore.in_memory()
    return history_over(store, library.article, keeping)


def _seed_library(indexer: Indexer) -> Path:
    """Return the folder of a library that holds the seed article, made in the user's cache if it is not there."""
    name = f"seed-{SCHEMA_VERSION}-{hashlib.sha256(indexer.fingerprint.encode()).hexdigest()[:12]}"
    folder = cache_folder(name)
    articles = [with_seed_title(article) for file in seed_articles() for article in read_articles(file)]
    try:
        with indexer.library_of(articles, folder):
            return folder
    except StorageError:  # it is only a copy: a damaged one is made anew
        shutil.rmtree(folder, ignore_errors=True)
        with indexer.library_of(articles, folder):
            return folder


def _seed_examples() -> list[str]:
    """Return the questions of the seed set that show best what asking is like."""
    lines = (seed_folder() / "questions.jsonl").read_text("utf-8").splitlines()
    questions = [json.loads(line) for line in lines if line.strip()]
    return [q["question"] for q in questions if "example" in q["tags"]]
