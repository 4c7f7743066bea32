import pytest

from qa.evaluation.metrics.answer import exact_match, token_f1, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Cat's  pyjamas!", ["cats", "pyjamas"]),
        ("an apple a day", ["apple", "day"]),
        ("Theatre and another", ["theatre", "and", "another"]),
        ("$42.4 million", ["424", "million"]),
        ("mid-1970s", ["mid1970s"]),
        ("“Ogród” Saski", ["“ogród”", "saski"]),
        ("the", []),
    ],
)
def test_tokens_are_those_that_squad_compares(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@pytest.mark.parametrize(
    ("predicted", "gold", "match", "f1"),
    [
        pytest.param("Denver Broncos", "the Denver Broncos.", 1.0, 1.0, id="article and full stop"),
        pytest.param("Carolina Panthers", "Denver Broncos", 0.0, 0.0, id="nothing shared"),
        pytest.param("Saint Bernadette", "Saint Bernadette Soubirous", 0.0, 0.8, id="one token short"),
        pytest.param("to to be", "to be to be", 0.0, 6 / 7, id="repeated tokens count as often as both have"),
        pytest.param("the", "a", 1.0, 1.0, id="both empty once normalised"),
        pytest.param("", "Denver", 0.0, 0.0, id="empty prediction"),
    ],
)
def test_exact_match_and_f1_agree_with_squad(predicted: str, gold: str, match: float, f1: float) -> None:
    assert exact_match(predicted, gold) == match
    assert token_f1(predicted, gold) == pytest.approx(f1)
