from __future__ import annotations

import pytest

from index.article import Article
from qa.question_generation.select import draft
from tests.ui.fakes import seed_article

BRIDGE = """Die Altheimer Brücke ist eine Eisenbahnbrücke über die Werre. Sie wurde im Jahr 1888 eröffnet. \
Im Jahr 1945 wurde die Brücke gesprengt, und die Züge fuhren über Lahde. Die neue Brücke hat fünf Pfeiler aus Beton. \
Die Hauptspannweite ist 96 Meter lang. Die Strecke wurde 1994 stillgelegt, weil zu wenige Güterzüge fuhren."""


def test_the_seed_article_gives_the_drafts_that_were_asked_for_one_in_five_unanswerable() -> None:
    drafts = draft(seed_article(), count=15)
    assert [each.answer is None for each in drafts] == [False] * 12 + [True] * 3


def test_every_gold_place_is_exact_and_inside_the_sentence() -> None:
    article = seed_article()
    for each in draft(article, count=15):
        if each.answer is not None:
            assert each.sentence.covers(each.answer)
            assert each.answer.slice(article.text).strip() == each.answer.slice(article.text) != ""


def test_no_two_drafts_are_of_one_sentence_while_others_have_none() -> None:
    answerable = [each for each in draft(seed_article(), count=15) if each.answer is not None]
    assert len({each.sentence for each in answerable}) == len({each.question for each in answerable}) == 12


def test_drafts_are_spread_over_the_whole_article() -> None:
    article = seed_article()
    starts = [each.sentence.start * 4 // len(article.text) for each in draft(article, count=15)]
    assert set(starts) == {0, 1, 2, 3}


def test_the_same_article_and_seed_give_the_same_drafts() -> None:
    assert draft(seed_article(), count=10, seed=7) == draft(seed_article(), count=10, seed=7)


def test_another_seed_may_give_others() -> None:
    assert draft(seed_article(), count=5, seed=0) != draft(seed_article(), count=5, seed=3)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_no_more_are_drafted_than_asked_for(count: int) -> None:
    assert len(draft(seed_article(), count=count)) == count


def test_what_an_unanswerable_draft_puts_in_stands_nowhere_in_the_article() -> None:
    article = seed_article()
    swaps = [each.swapped for each in draft(article, count=20) if each.swapped is not None]
    assert len(swaps) == 4
    assert not [new for _, new in swaps if new in article.text]
    assert len({new for _, new in swaps}) == len({old for old, _ in swaps}) == 4


def test_german_sentences_are_turned_round_and_nothing_is_inflected() -> None:
    article = Article("b", "Brücke", BRIDGE, language="de")
    drafted = {each.question: each.answer.slice(BRIDGE) for each in draft(article, count=10) if each.answer}
    assert drafted == {
        "Was ist die Altheimer Brücke?": "eine Eisenbahnbrücke über die Werre",
        "Wann wurde die Brücke gesprengt?": "Im Jahr 1945",
        "Wie viele Pfeiler aus Beton hat die neue Brücke?": "fünf Pfeiler",
        "Wie lang ist die Hauptspannweite?": "96 Meter",
        "Wann wurde die Strecke stillgelegt?": "1994",
    }


@pytest.mark.parametrize(
    "article",
    [
        pytest.param(Article("e", "Empty", ""), id="empty"),
        pytest.param(Article("f", "Pont", "Le pont a été construit en 1890.", language="fr"), id="no rules"),
    ],
)
def test_where_no_rule_fits_there_is_no_draft(article: Article) -> None:
    assert draft(article) == []
