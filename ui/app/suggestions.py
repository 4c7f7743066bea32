"""Questions to begin with, made in the background and kept in memory: they change only with their articles."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence

from index.article import Article
from qa.answer import Reply
from qa.question_generation.suggest import suggest
from ui.app.protocols import Product

MOST_SUGGESTED = 4
MOST_ARTICLES = 2  # of several that are read for them: the latest added
MOST_KEPT = 256

logger = logging.getLogger(__name__)


class Suggestions:
    """Suggests questions about the articles of a product; safe to use from several threads."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._making = threading.Lock()  # one article at a time: making takes seconds
        self._made: OrderedDict[tuple[str, str], Sequence[str]] = OrderedDict()
        self._begun = threading.Lock()

    def of(self, article_id: str) -> list[str]:
        """Return questions that an article answers, or, where none is named, one of those added last.

        None where the product brings examples of its own. May take seconds, once for each article.
        """
        if self._product.example_questions:
            return []
        library = self._product.library
        named = [article_id] if article_id else [summary.id for summary in library.articles()[-MOST_ARTICLES:]]
        each = MOST_SUGGESTED // max(1, len(named))
        return [question for name in reversed(named) for question in self._suggested(library.article(name))[:each]]

    def ready(self, article_ids: Sequence[str]) -> list[str]:
        """Return the questions about some articles, the last of them, that are made already; takes no time.

        Those that are not begin to be made in the background.
        """
        articles = [self._product.library.article(name) for name in article_ids[-MOST_ARTICLES:]]
        made = [self._made.get(_key(article)) for article in reversed(articles)]
        if None in made and self._begun.acquire(blocking=False):  # one thread, however many ask meanwhile
            threading.Thread(target=self._make, args=(articles,), daemon=True).start()
        each = MOST_SUGGESTED // max(1, len(articles))
        return [question for questions in made for question in (questions or ())[:each]]

    def _make(self, articles: Sequence[Article]) -> None:
        try:
            for article in articles:
                self._suggested(article)
        except Exception:  # nobody waits for them, and nothing else depends on them
            logger.exception("no questions could be suggested")
        finally:
            self._begun.release()

    def _suggested(self, article: Article) -> Sequence[str]:
        key = _key(article)
        with self._making:
            if key not in self._made:
                self._made[key] = suggest(article, lambda question: self._quoted(question, article.id))
                if len(self._made) > MOST_KEPT:
                    self._made.popitem(last=False)
            return self._made[key]

    def _quoted(self, question: str, article_id: str) -> Reply:
        """Ask without a language model: whether the article answers is the reader's to say, and it takes no minutes."""
        return self._product.assistant.quote(question, article_ids=[article_id])


def _key(article: Article) -> tuple[str, str]:
    return article.id, article.content_hash
