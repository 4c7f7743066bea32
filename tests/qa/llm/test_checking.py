"""A statement is supported when its numbers, names, denials and words are its source's; what is changed is found."""

from __future__ import annotations

import pytest

from qa.english.comparison_words import OPPOSITES
from qa.llm.checking import Check, check_statement
from tests.qa.llm.measuring import Half, judge, precision, read_pairs, recall

COMPANY = (
    "The company reported revenue of $4.2 million in 2023, up 8 percent. It employs 250 people across three offices."
)
HARBOUR = (
    "The harbour of Vell opened on 3 May 1921. It was not dredged before 1950, when 1,200 boats lay in it. "
    "Its pier is 90 m long."
)


def reasons(statement: str, source: str, *, language: str | None = None) -> tuple[str, ...]:
    return check_statement(statement, {1: source}, language=language).missing


def test_a_statement_in_its_sources_words_is_supported() -> None:
    check = check_statement("It employs 250 people across three offices.", {1: COMPANY})
    assert (check, check.supported) == (Check(()), True)


def test_a_statement_that_cites_nothing_is_not_supported() -> None:
    check = check_statement("It employs 250 people.", {})
    assert (check.supported, check.missing) == (False, ("it cites no source",))


def test_a_loss_that_the_source_calls_revenue_is_rejected() -> None:
    assert reasons("The company reported a loss of $4.2 million in 2023.", COMPANY) == (
        "source 1 has 'revenue' where it says 'loss'",
    )


def test_a_fabricated_loss_is_rejected_for_its_number_too() -> None:
    assert reasons("The company reported a loss of $9 billion in 2023.", COMPANY) == (
        "the number $9 billion is not in source 1",
        "source 1 has 'revenue' where it says 'loss'",
    )


def test_a_fabricated_headcount_is_rejected() -> None:
    assert not check_statement("Headcount doubled to 5,000 people across three continents.", {1: COMPANY}).supported


@pytest.mark.parametrize(
    ("statement", "missing"),
    [
        ("The harbour of Vell opened in 1922.", ("the number 1922 is not in source 1",)),
        ("It opened on 3 June.", ("the date 3 June is not in source 1", "the name June is not in source 1")),
        ("Its pier is 90 ft long.", ("'90 ft' is not in source 1, which has the number with another unit",)),
        ("The harbour of Tell opened in 1921.", ("the name Tell is not in source 1",)),
        ("The harbour was dredged before 1950.", ("source 1 says the opposite: not 'dredged'",)),
        ("The harbour of Vell was not opened in 1921.", ("it denies 'opened', source 1 does not",)),
        ("The harbour was not dredged after 1950.", ("source 1 has 'before' where it says 'after'",)),
        ("Seagulls steal bread there.", ("too few of its words are in source 1; not there: Seagulls, steal, bread",)),
    ],
    ids=["number", "date", "unit", "name", "negation dropped", "negation added", "opposite", "other words"],
)  # fmt: skip
def test_what_is_changed_is_named(statement: str, missing: tuple[str, ...]) -> None:
    assert reasons(statement, HARBOUR) == missing


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        ("It has 2,000,000 users.", "It has 2 million users."),
        ("It has 1\u202f250\u202f000 users.", "It has 1,250,000 users."),
        ("It cost $7.5bn.", "It cost 7.5 billion dollars."),
        ("It rose twelve per cent.", "It rose 12%."),
        ("Twenty-one people live there.", "21 people live there."),
        ("It sold a quarter of a million.", "It sold 250,000."),
        ("It is 5 km long.", "It is 5,000 metres long."),
        ("It opened on May 3rd, 1921.", "It opened on 3 May 1921."),
        ("It opened on 3 May 1921.", "It opened on 1921-05-03."),
        ("It was built in the fourteenth century.", "It was built in 1347."),
        ("It was built in the 1340s.", "It was built in 1347."),
        ("He wrote it from 1931 to 1934.", "He wrote it in 1931–34."),
        ("It costs about 40,000 crowns.", "It costs 39,600 crowns."),
        ("It’s called “Salt” in São Paulo.", 'It is called "Salt" in Sao Paulo.'),
        ("Vell's harbour is German.", "The harbour of Vell, in Germany."),
        ("The WHO advised it.", "The World Health Organization advised it."),
        ("Ana was beaten by Otto.", "Otto beat Ana."),
        ("The route did not fall.", "The route rose."),
    ],
    ids=lambda text: str(text)[:40],
)
def test_the_same_fact_in_another_form_is_supported(statement: str, source: str) -> None:
    assert reasons(statement, source) == ()


@pytest.mark.parametrize(
    ("statement", "source"),
    [
        ("It is 212 feet long.", "It is 212 metres long."),
        ("It cost €7 million.", "It cost $7 million."),
        ("It costs $6 a year.", "It costs $6 a month."),
        ("It costs over 40,000 crowns.", "It costs 39,600 crowns."),
        ("It costs 40,000 crowns.", "It costs 39,600 crowns."),
        ("Ana beat Otto.", "Otto beat Ana."),
        ("It was useful.", "It was not useful."),
        ("Ana lost to Otto.", "Ana beat Otto."),
        ("Profit was $7 million.", "Revenue was $7 million."),
        ("Costs rose in 2020.", "In 2020 revenue rose while costs fell."),
    ],
    ids=lambda text: str(text)[:40],
)
def test_another_unit_order_or_sign_is_not(statement: str, source: str) -> None:
    assert reasons(statement, source) != ()


def test_of_two_opposites_in_a_source_the_one_said_of_the_same_thing_counts() -> None:
    assert reasons("Costs fell in 2020.", "In 2020 revenue rose while costs fell.") == ()


def test_a_word_that_only_begins_like_a_negation_denies_nothing() -> None:
    assert reasons("He noted the tide.", "He noted the tide in his log.") == ()


def test_no_word_is_its_own_opposite() -> None:
    assert [pair for pair in OPPOSITES if pair[0] & pair[1]] == []


def test_several_sources_are_one_text_and_are_named_together() -> None:
    cited = {3: "The harbour of Vell opened in 1921.", 1: "It closed in 1950."}
    assert check_statement("The harbour of Vell opened in 1921 and closed in 1950.", cited).supported
    assert check_statement("The harbour of Vell opened in 1922.", cited).missing == (
        "the number 1922 is not in sources 1 or 3",
    )


@pytest.mark.parametrize(
    ("language", "statement", "missing"),
    [
        ("fr", "Le port de Vell a ouvert en 1921.", ()),
        ("fr", "Le port de Tell a ouvert.", ("the name Tell is not in source 1",)),
        ("de", "Der Hafen von Vell zählte 1.200 Boote.", ()),
        ("zh", "港口1921年开放。", ()),
        ("zh", "港口1922年开放。", ("the number 1922 is not in source 1",)),
    ],
    ids=["French", "French, changed", "German", "Chinese", "Chinese, changed"],
)  # fmt: skip
def test_other_languages_are_checked_by_digits_and_names(
    language: str, statement: str, missing: tuple[str, ...]
) -> None:
    source = "The port of Vell opened in 1921 for 1200 boats."
    assert reasons(statement, source, language=language) == missing


@pytest.mark.parametrize("statement", ["", "…", "🙂", "not", "$", "-", "one", "May"], ids=repr)
def test_fragments_are_checked_without_an_error(statement: str) -> None:
    assert isinstance(check_statement(statement, {1: ""}), Check)


# python -m tests.qa.llm.measuring prints the figures; they stand in qa/DECISIONS.md, "Checking statements".
@pytest.mark.parametrize(
    ("half", "least_precision", "least_recall"),
    [("tuned", 0.98, 0.94), ("held out", 0.98, 0.79)],
    ids=["tuned", "held out"],
)
def test_supported_is_said_as_rightly_and_as_often_as_was_measured(
    half: Half, least_precision: float, least_recall: float
) -> None:
    judged = judge(half)
    assert (precision(judged) >= least_precision - 0.02, recall(judged) >= least_recall - 0.02) == (True, True)


def test_every_pair_has_its_own_id() -> None:
    ids = [pair.id for pair in read_pairs()]
    assert sorted(set(ids)) == sorted(ids)
