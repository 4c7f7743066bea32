"""The order a reranker puts passages in; its model is a script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from index.article import Hit, Passage, PassageKind, Retrieval, Span
from qa.readers.reranker import Reranker

QUESTION = "Which river flows north?"


@dataclass(slots=True)
class ScriptedPassageModel:
    """Scores a text as the script says; ``asked`` lists what it was asked."""

    script: dict[str, float]
    name: str = "scripted"
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def score(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        self.asked.append((question, tuple(texts)))
        return [self.script[text] for text in texts]


def hit(text: str, rank: int, *, article_id: str = "article", kind: PassageKind = "passage") -> Hit:
    passage = Passage(article_id, Span(0, len(text)), text, kind)
    return Hit(passage, 1 / rank, rank, ("dense",), similarity=0.5, matched=("river",))


FOUND = Retrieval(
    QUESTION,
    passages=(hit("Rhine", 1), hit("Nile", 2), hit("Amazon", 3)),
    sentences=(hit("Amazon", 1, kind="sentence"), hit("Nile", 2, kind="sentence")),
    word_weights={"river": 1.0},
)
SCORES = {"Rhine": -1.0, "Nile": 2.5, "Amazon": 0.5}


def ordered(found: Retrieval) -> list[tuple[str, float, int]]:
    return [(hit.passage.text, hit.score, hit.rank) for hit in found.passages]


def test_passages_come_in_the_order_of_the_models_scores_which_replace_the_retrievers() -> None:
    reranked = Reranker(ScriptedPassageModel(SCORES)).rerank(FOUND, k=3)
    assert ordered(reranked) == [("Nile", 2.5, 1), ("Amazon", 0.5, 2), ("Rhine", -1.0, 3)]


def test_everything_but_the_passages_stays_as_it_is() -> None:
    reranked = Reranker(ScriptedPassageModel(SCORES)).rerank(FOUND, k=1)
    assert replace(reranked, passages=FOUND.passages) == FOUND
    best = reranked.passages[0]
    assert (best.found_by, best.similarity, best.matched) == (("dense",), 0.5, ("river",))


def test_the_model_reads_all_passages_at_once_beside_the_question() -> None:
    model = ScriptedPassageModel(SCORES)
    Reranker(model).rerank(FOUND, k=1)
    assert model.asked == [(QUESTION, ("Rhine", "Nile", "Amazon"))]


def test_no_more_than_k_are_kept() -> None:
    reranker = Reranker(ScriptedPassageModel(SCORES))
    assert ordered(reranker.rerank(FOUND, k=2)) == [("Nile", 2.5, 1), ("Amazon", 0.5, 2)]
    assert len(reranker.rerank(FOUND, k=4).passages) == 3
    assert ordered(reranker.rerank(FOUND, k=0)) == []


def test_ties_are_broken_by_passage_id() -> None:
    found = Retrieval(QUESTION, passages=[hit("Nile", 1, article_id="z"), hit("Nile", 2, article_id="a")])
    reranked = Reranker(ScriptedPassageModel({"Nile": 1.0})).rerank(found, k=2)
    assert [hit.passage.article_id for hit in reranked.passages] == ["a", "z"]


def test_where_nothing_was_found_the_model_is_not_asked() -> None:
    model = ScriptedPassageModel({})
    empty = Retrieval(QUESTION, sentences=FOUND.sentences)
    assert Reranker(model).rerank(empty, k=3) == empty
    assert model.asked == []


def test_the_reranker_goes_by_the_name_of_its_model() -> None:
    assert Reranker(ScriptedPassageModel({})).name == "scripted"
