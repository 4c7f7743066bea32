"""Retrieval over the tiny world: cosines and words that can be worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from index.article import Article, Hit
from index.config import RetrievalConfig
from index.protocols import Vectors
from index.retriever import HybridRetriever
from index.storage.library import Library
from tests.contracts.retriever import RetrieverContract
from tests.world import FINGERPRINT, PAPER, RIVERS, TEA, WordCountingEmbedder, library_of, retriever_over


@pytest.fixture
def retriever(library: Library) -> HybridRetriever:
    return retriever_over(library)


class TestHybridRetriever(RetrieverContract):
    @pytest.fixture
    def empty_retriever(self, tmp_path: Path) -> Iterator[HybridRetriever]:
        with library_of(tmp_path / "empty") as library:
            yield retriever_over(library)


def by_text(hits: tuple[Hit, ...] | list[Hit]) -> dict[str, Hit]:
    return {hit.passage.text: hit for hit in hits}


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("Where is the sea?", "It flows north to the sea."),
        ("What is tea?", "Tea is a drink of leaves."),
        ("Is paper thin?", "Paper is thin."),
        ("Where was it first made?", "🙂 It was first made in China."),
    ],
)
def test_the_sentence_that_answers_comes_first(retriever: HybridRetriever, question: str, best: str) -> None:
    assert retriever.retrieve(question, k=3).sentences[0].passage.text == best


def test_similarity_is_the_cosine_with_the_question(retriever: HybridRetriever) -> None:
    found = retriever.retrieve("sea", k=20)
    passages = {hit.passage.article_id: hit.similarity for hit in found.passages if hit.similarity}
    assert passages == {"rivers": 0.5}  # nile, long, river and sea: one of four
    sentences = by_text(list(found.sentences))
    assert sentences["It flows north to the sea."].similarity == 1.0
    assert sentences["The Nile is a long river."].similarity == 0.0


def test_matched_are_the_questions_words_that_a_hit_holds_or_inflects_in_the_questions_order(
    retriever: HybridRetriever,
) -> None:
    found = by_text(list(retriever.retrieve("Does a long stream flowing north reach the sea?", k=20).sentences))
    assert found["The Nile is a long river."].matched == ("a", "long", "the")
    assert found["It flows north to the sea."].matched == ("flowing", "north", "the", "sea")
    assert found["Paper is thin."].matched == ()


def test_coverage_is_one_where_every_word_is_matched_and_zero_where_none_is(retriever: HybridRetriever) -> None:
    assert retriever.retrieve("Paper thin?", k=1).coverage(*retriever.retrieve("Paper thin?", k=1).sentences) == 1.0
    found = retriever.retrieve("zzz", k=1)
    assert found.coverage(*found.sentences) == 0.0


def test_a_hit_says_which_searches_found_it(library: Library) -> None:
    found = by_text(list(retriever_over(library).retrieve("north", k=20).sentences))
    assert "lexical" in found["It flows north to the sea."].found_by
    assert "lexical" not in found["Paper is thin."].found_by


def test_articles_that_another_process_adds_are_found(retriever: HybridRetriever, folder: Path) -> None:
    text = "A glacier is a river of ice."
    library_of(folder, Article("ice", "Ice", text)).close()
    assert retriever.retrieve("Is a glacier a river?", k=1).sentences[0].passage.text == text


def test_articles_that_another_process_removes_are_no_longer_found(retriever: HybridRetriever, folder: Path) -> None:
    assert retriever.retrieve("tea", k=20).passages[0].passage.article_id == "tea"
    with Library.open_for_rewriting(folder) as other:
        other.remove("tea")
    found = retriever.retrieve("tea", k=20)
    assert {hit.passage.article_id for hit in (*found.passages, *found.sentences)} == {"rivers", "paper"}


def test_of_a_replaced_article_only_the_new_words_are_found(retriever: HybridRetriever, folder: Path) -> None:
    library_of(folder, replace(TEA, text="Tea is hot. The cup is blue.")).close()
    found = retriever.retrieve("Are the leaves of tea dried?", k=20)
    texts = {hit.passage.text for hit in found.sentences if hit.passage.article_id == "tea"}
    assert texts == {"Tea is hot.", "The cup is blue."}
    assert all("leaves" not in hit.matched for hit in found.sentences)


def test_the_order_in_which_articles_were_added_changes_no_score(tmp_path: Path) -> None:
    with (
        library_of(tmp_path / "one", RIVERS, TEA, PAPER) as one,
        library_of(tmp_path / "two", PAPER, TEA, RIVERS) as two,
    ):
        for question in ("Which river is long?", "Is paper thin?", "the"):
            first, second = (retriever_over(each).retrieve(question, k=20) for each in (one, two))
            assert first.sentences == second.sentences
            assert first.passages == second.passages


def test_equal_sentences_come_in_the_order_of_their_ids(tmp_path: Path) -> None:
    same = "Water boils at a hundred degrees."
    with library_of(tmp_path, *(Article(name, "", same) for name in ("c", "a", "b"))) as library:
        found = retriever_over(library).retrieve("When does water boil?", k=3)
    assert [hit.passage.article_id for hit in found.sentences] == ["a", "b", "c"]
    assert len({hit.score for hit in found.sentences}) == 1


@pytest.mark.parametrize(
    "question",
    [
        '"',
        "AND OR NOT NEAR(",
        "title:river*",
        "x" * 5000,
        "a " * 2000,
        "\x00",
        "'; DROP TABLE passage; --",
        "🙂 👩‍👩‍👧",
    ],
)
def test_no_question_is_taken_for_a_query_language(retriever: HybridRetriever, question: str) -> None:
    assert len(retriever.retrieve(question, k=20).sentences) == 7


def test_a_sentence_and_its_passage_lend_each_other_their_cosines(library: Library) -> None:
    cosines_only = RetrievalConfig(
        sentence_bm25=0.0,
        sentence_passage_cosine=0.25,
        sentence_passage_bm25=0.0,
        passage_bm25=0.0,
        passage_sentence_cosine=0.5,
        passage_sentence_bm25=0.0,
    )
    retriever = HybridRetriever(library, WordCountingEmbedder(), cosines_only, fingerprint=FINGERPRINT)
    found = retriever.retrieve("sea", k=1)
    assert found.sentences[0].score == pytest.approx(1.0 + 0.25 * 0.5, abs=0.001)  # vectors are stored in float16
    assert found.passages[0].score == pytest.approx(0.5 + 0.5 * 1.0, abs=0.001)


def test_what_unrelated_texts_have_in_common_counts_for_nothing(library: Library) -> None:
    """A model whose unrelated texts have a cosine of .5: .75 is half of what is left, .5 nothing."""
    config = RetrievalConfig(
        sentence_bm25=0.0,
        sentence_passage_cosine=0.25,
        sentence_passage_bm25=0.0,
        passage_bm25=0.0,
        passage_sentence_cosine=0.5,
        passage_sentence_bm25=0.0,
    )
    close = WordCountingEmbedder(unrelated_cosine=0.5)
    found = HybridRetriever(library, close, config, fingerprint=FINGERPRINT).retrieve("sea", k=1)
    (sentence,), (passage,) = found.sentences, found.passages
    assert (sentence.similarity, passage.similarity) == (1.0, 0.5)
    assert sentence.score == pytest.approx(1.0 + 0.25 * 0.0, abs=0.001)
    assert passage.score == pytest.approx(0.0 + 0.5 * 1.0, abs=0.001)


def test_words_add_their_weighted_bm25(library: Library) -> None:
    words_only = RetrievalConfig(
        sentence_bm25=0.5,
        sentence_passage_cosine=0.0,
        sentence_passage_bm25=0.0,
        passage_bm25=0.0,
        passage_sentence_cosine=0.0,
        passage_sentence_bm25=2.0,
    )
    retriever = HybridRetriever(library, WordCountingEmbedder(), words_only, fingerprint=FINGERPRINT)
    found = retriever.retrieve("China", k=20)
    sentence = next(hit for hit in found.sentences if hit.passage.text.startswith("🙂 It was first"))
    passage = next(hit for hit in found.passages if hit.passage.article_id == "paper")
    bm25 = 2 * (sentence.score - sentence.similarity)
    assert bm25 > 0
    assert passage.score == pytest.approx(passage.similarity + 2.0 * bm25)


def test_a_sentence_that_neither_search_found_is_still_known_inside_its_passage(library: Library) -> None:
    """A search one row deep finds one sentence of the rivers; the other is scored as a deeper search would."""
    shallow = HybridRetriever(library, WordCountingEmbedder(), RetrievalConfig(depth=1), fingerprint=FINGERPRINT)
    found = shallow.retrieve("Where is the sea?", k=1)
    assert [hit.passage.text for hit in found.sentences] == ["It flows north to the sea."]
    assert [hit.passage.text for hit in found.inside] == ["It flows north to the sea.", "The Nile is a long river."]
    deep = by_text(list(retriever_over(library).retrieve("Where is the sea?", k=20).sentences))
    other = found.inside[1]
    assert other.score == pytest.approx(deep[other.passage.text].score)
    assert other.found_by == ()


def test_only_the_passages_that_will_be_read_are_looked_into(library: Library) -> None:
    careful = HybridRetriever(library, WordCountingEmbedder(), RetrievalConfig(), fingerprint=FINGERPRINT, read=1)
    found = careful.retrieve("Is paper thin?", k=3)
    assert {hit.passage.article_id for hit in found.inside} == {"paper"}


def test_a_passage_scores_the_weighted_mean_of_what_it_has_for_the_question_and_for_the_background(
    retriever: HybridRetriever,
) -> None:
    question, background = "Where is the sea?", "What is tea?"
    alone, before, both = (
        {hit.passage.id: hit.score for hit in retriever.retrieve(text, k=20, background=around).passages}
        for text, around in ((question, ""), (background, ""), (question, background))
    )
    assert both == pytest.approx({place: (alone[place] + 0.7 * before[place]) / 1.7 for place in alone})


def test_the_settings_say_how_much_the_background_counts(library: Library) -> None:
    deaf = HybridRetriever(library, WordCountingEmbedder(), RetrievalConfig(background=0.0), fingerprint=FINGERPRINT)
    question = "Where is the sea?"
    assert deaf.retrieve(question, k=20, background="What is tea?") == deaf.retrieve(question, k=20)


@dataclass
class ListeningEmbedder(WordCountingEmbedder):
    """``asked`` lists every text that was embedded as a question."""

    asked: list[str] = field(default_factory=list)

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return super().embed_questions(texts)


def test_of_a_question_of_more_than_256_tokens_the_first_and_the_last_128_are_embedded(library: Library) -> None:
    embedder = ListeningEmbedder()
    words = [f"w{n}" for n in range(257)]
    retriever = HybridRetriever(library, embedder, RetrievalConfig(), fingerprint=FINGERPRINT)
    embedder.asked.clear()
    retriever.retrieve(" ".join(words[:256]), k=1)
    retriever.retrieve(" ".join(words), k=1)
    assert [text.split() for text in embedder.asked] == [words[:256], [*words[:128], *words[129:]]]


def test_what_was_said_before_is_searched_once_for_all_parts_of_a_question(library: Library, folder: Path) -> None:
    embedder = ListeningEmbedder()
    retriever = HybridRetriever(library, embedder, RetrievalConfig(), fingerprint=FINGERPRINT)
    embedder.asked.clear()
    first = retriever.retrieve("Who drinks it?", k=20, background="What is tea?")
    again = retriever.retrieve("Who drinks it?", k=20, background="What is tea?")
    assert embedder.asked == ["What is tea?", "Who drinks it?", "Who drinks it?"]
    assert first == again
    narrowed = retriever.retrieve("Who drinks it?", k=20, background="What is tea?", article_ids=["rivers"])
    assert {hit.passage.article_id for hit in narrowed.passages} == {"rivers"}
    library_of(folder, replace(TEA, text="Tea is hot. The cup is blue.")).close()
    retriever.retrieve("Who drinks it?", k=20, background="What is tea?")
    assert embedder.asked[3:] == 2 * ["What is tea?", "Who drinks it?"]
