"""The contract of a `Retriever`, over the tiny world."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index.article import Hit, Passage
from index.protocols import Retriever
from tests.world import ARTICLES

TEXT_OF = {article.id: article.text for article in ARTICLES}
QUESTIONS = ("Which river is long?", "What is tea?", "Who made paper?", "zzz", "🙂", "")


class RetrieverContract:
    """Inherit, and give the fixtures ``retriever``, over the tiny world, and ``empty_retriever``."""

    @pytest.mark.parametrize("question", QUESTIONS)
    def test_hits_come_best_first_with_ranks_from_one(self, retriever: Retriever, question: str) -> None:
        found = retriever.retrieve(question, k=5)
        for hits in (found.passages, found.sentences):
            assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
            assert [_order(hit) for hit in hits] == sorted(_order(hit) for hit in hits)

    @pytest.mark.parametrize("question", QUESTIONS)
    def test_every_hit_is_a_slice_of_its_article_and_found_once(self, retriever: Retriever, question: str) -> None:
        found = retriever.retrieve(question, k=20)
        for kind, hits in (("passage", found.passages), ("sentence", found.sentences)):
            assert {hit.passage.kind for hit in hits} <= {kind}
            assert len({hit.passage.id for hit in hits}) == len(hits)
            for hit in hits:
                assert hit.passage.text == hit.passage.span.slice(TEXT_OF[hit.passage.article_id])

    @pytest.mark.parametrize("question", QUESTIONS)
    def test_asking_twice_finds_the_same(self, retriever: Retriever, question: str) -> None:
        assert retriever.retrieve(question, k=5) == retriever.retrieve(question, k=5)

    @pytest.mark.parametrize(("k", "passages", "sentences"), [(0, 0, 0), (1, 1, 1), (5, 4, 5), (50, 4, 7)])
    def test_at_most_k_of_each_are_found_and_all_where_there_are_fewer(
        self, retriever: Retriever, k: int, passages: int, sentences: int
    ) -> None:
        found = retriever.retrieve("Which river is long?", k=k)
        assert (len(found.passages), len(found.sentences)) == (passages, sentences)

    @pytest.mark.parametrize("question", QUESTIONS)
    def test_every_sentence_inside_a_passage_found_is_given_with_the_score_it_has_as_a_sentence(
        self, retriever: Retriever, question: str
    ) -> None:
        found = retriever.retrieve(question, k=2)
        inside = {hit.passage.id: hit for hit in found.inside}
        everything = retriever.retrieve(question, k=50)
        assert inside == {
            hit.passage.id: replace(hit, rank=inside[hit.passage.id].rank)
            for hit in everything.sentences
            if any(_holds(passage.passage, hit.passage) for passage in found.passages)
        }
        assert [hit.rank for hit in found.inside] == list(range(1, len(inside) + 1))
        assert [_order(hit) for hit in found.inside] == sorted(_order(hit) for hit in found.inside)

    def test_fewer_are_the_first_of_more(self, retriever: Retriever) -> None:
        few, many = (retriever.retrieve("Is paper thin?", k=k) for k in (2, 4))
        assert (few.passages, few.sentences) == (many.passages[:2], many.sentences[:2])

    @pytest.mark.parametrize("chosen", [["tea"], ["paper", "tea"], ["rivers", "tea", "paper"]])
    def test_only_the_chosen_articles_are_searched(self, retriever: Retriever, chosen: list[str]) -> None:
        found = retriever.retrieve("Which river is long?", k=20, article_ids=chosen)
        assert {hit.passage.article_id for hit in found.passages} == set(chosen)
        assert {hit.passage.article_id for hit in found.sentences} == set(chosen)

    @pytest.mark.parametrize("background", ["", " \n"], ids=["nothing", "white space"])
    def test_no_background_changes_nothing(self, retriever: Retriever, background: str) -> None:
        question = "Which river is long?"
        assert retriever.retrieve(question, k=5, background=background) == retriever.retrieve(question, k=5)

    def test_a_background_moves_passages_and_leaves_the_scores_of_sentences(self, retriever: Retriever) -> None:
        alone = retriever.retrieve("Is it thin?", k=20)
        found = retriever.retrieve("Is it thin?", k=20, background="What is tea?")
        assert [hit.passage.id for hit in found.passages] != [hit.passage.id for hit in alone.passages]
        assert found.sentences == alone.sentences
        assert [_order(hit) for hit in found.passages] == sorted(_order(hit) for hit in found.passages)

    def test_a_background_finds_nothing_in_articles_that_are_not_asked(self, retriever: Retriever) -> None:
        found = retriever.retrieve("Is it thin?", k=20, article_ids=["paper"], background="What is tea?")
        assert {hit.passage.article_id for hit in found.passages} == {"paper"}

    @pytest.mark.parametrize("chosen", [[], ["unknown"]], ids=["none", "one that is not there"])
    def test_no_article_to_search_gives_no_hits(self, retriever: Retriever, chosen: list[str]) -> None:
        found = retriever.retrieve("Which river is long?", k=5, article_ids=chosen)
        assert (found.passages, found.sentences) == ((), ())

    def test_an_empty_library_gives_no_hits(self, empty_retriever: Retriever) -> None:
        found = empty_retriever.retrieve("Which river is long?", k=5)
        assert (found.passages, found.sentences) == ((), ())


def _holds(passage: Passage, sentence: Passage) -> bool:
    return passage.article_id == sentence.article_id and passage.span.covers(sentence.span)


def _order(hit: Hit) -> tuple[float, str]:
    return (-hit.score, hit.passage.id)
