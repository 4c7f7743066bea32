"""English questions from phrases that no plain clause holds: beside a name, between dashes, after "who"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from index.article import Span
from qa.english.lexicon import AGENTS, PLACES
from qa.english.tokens import Word, words_of
from qa.english.verb_forms import BE
from qa.question_generation.english_parts import shortened
from qa.question_generation.nouns import Asked
from qa.question_generation.sentence_rules import questions_from

_LARGE = r"[A-Z][\w’'-]*\w"
_NAME = rf"(?:(?:President |King |Queen )?{_LARGE}(?:[ .]{{1,2}}(?:(?:of|de|von|van|al) )?{_LARGE}){{0,3}})"
_WHO = re.compile(
    rf"(?P<name>(?:(?:the|another|a) (?:[a-z]+ ){{0,3}}[a-z]+, )?{_NAME})(?:,| –|—) who (?P<did>[a-z]\w+[^,;:.–—()]*)"
)
_NICKNAME = re.compile(rf"\b(?P<the>the|The) “(?P<nick>[a-z][^”]{{3,60}})” (?P<name>{_LARGE}(?: {_LARGE})+)")
_MEANT = re.compile(r"\b(?P<what>[Tt]he “[^”]{3,60}”) – (?P<means>an? [^–.;]{12,160}?) –")
_LED_TO = re.compile(
    r"\b[Tt]he (?P<what>(?P<opens>“)?[A-Z][\w’-]*(?: (?:of|the|[A-Z][\w’-]*)){0,4} (?P<head>[a-z]+)(?P<closes>”)?) "
    r"(?:that|which) (?P<did>[a-z]\w+ [^,;:.–—()]+)"
)
_EVENTS = (
    "looting fighting shooting bombing protests battle riots explosion earthquake flood fire meeting conference summit"
).split()
_EVENT_AT = re.compile(
    rf"\b[Tt]he (?P<event>{'|'.join(_EVENTS)}) (?P<at>(?:in|at|near) (?P<place>{_LARGE}(?: {_LARGE})*))"
)
_AGAINST = re.compile(
    r"\b(?:an?|the) (?P<what>protest|strike|campaign|revolt|uprising|rebellion|lawsuit) against "
    r"(?P<whom>(?:the|an?) [a-z]+(?: in)? ?(?:[a-z]+ ){0,2}[a-z]+?)(?= into\b| in \d|[,.;–—]| that\b| and\b)"
)
_GROUPED = re.compile(
    r"\b(?P<group>(?:the )?(?:[A-Z][\w’-]+ ){0,3}(?:Pact|Alliance|Union|League|Association|Federation|Coalition) )"
    r"(?:between|of) (?P<number>two|three|four|five|six|seven|eight|nine|ten|\d+) "
    r"(?P<what>(?:[a-z]+ |[A-Z][a-z]+ ){0,2}[a-z]+s)\b"
)
_SIZE = re.compile(
    r"(?P<name>[A-Z]\w+) is (?P<size>(?:about |nearly |almost )?\w+ times the size of (?P<other>[A-Z]\w+))"
)


def questions_from_phrases(text: str, sentence: Span, kinds: Mapping[str, str]) -> Iterator[Asked]:
    """Yield what the rules ask of the phrases of a sentence."""
    for match in _WHO.finditer(text, *sentence):
        did = shortened(words_of(text, Span(*match.span("did"))))
        name = match["name"].split(", ")[-1]
        if (
            len(did) >= 3
            and _is_whole(did, text)
            and name.split()[-1].lower() not in PLACES
            and not name.endswith(("ism", "ity"))
            and match["did"].split()[0] not in {"are", "were", "have"}
        ):
            said = " ".join(text[did[0].span.start : did[-1].span.end].split())
            yield Asked(f"Who {said}?", "who", _ending(match, "name", name), sentence, 4)
    for match in _NICKNAME.finditer(text, *sentence):
        yield Asked(
            f"Who is called {match['the'].lower()} “{match['nick']}”?", "who", Span(*match.span("name")), sentence, 4
        )
    for match in _MEANT.finditer(text, *sentence):
        asked = match["what"][0].lower() + match["what"][1:]
        yield Asked(f"What is meant by {asked}?", "what", Span(*match.span("means")), sentence, 4)
    for match in _LED_TO.finditer(text, *sentence):
        head, did = match["head"], shortened(words_of(text, Span(*match.span("did"))))
        if bool(match["opens"]) == bool(match["closes"]) and head not in AGENTS and _is_whole(did, text):
            said = " ".join(text[did[0].span.start : did[-1].span.end].split())
            yield Asked(f"Which {head} {said}?", "which", Span(match.start("what"), match.end("what")), sentence, 4)
    for match in _EVENT_AT.finditer(text, *sentence):
        was = "were" if match["event"].endswith(("protests", "riots")) else "was"
        yield Asked(f"Where {was} the {match['event']}?", "where", Span(*match.span("place")), sentence, 3)
    for match in _AGAINST.finditer(text, *sentence):
        yield Asked(f"What was the {match['what']} against?", "what", Span(*match.span("whom")), sentence, 3)
    for match in _GROUPED.finditer(text, *sentence):
        group = match["group"].strip()
        group = group if group.startswith("the ") else f"the {group}"
        yield Asked(f"How many {match['what']} are in {group}?", "how many", Span(*match.span("number")), sentence, 3)
    for match in _SIZE.finditer(text, *sentence):
        yield Asked(
            f"How big is {match['name']} compared with {match['other']}?",
            "how big",
            Span(*match.span("size")),
            sentence,
            4,
        )


def questions_as_suggested(text: str, sentences: list[Span], title: str) -> Iterator[Asked]:
    """Yield the questions with which a chat begins whose answer's own words can be told."""
    for made in questions_from(text, sentences, title):
        pattern = _ANSWERS.get(made.kind)
        match = pattern.search(text, *made.sentence) if pattern is not None else None
        if match is not None:
            yield Asked(made.question, made.kind, Span(*match.span("answer")), made.sentence, 3)


_ANSWERS = {
    "who made": re.compile(r" by (?P<answer>(?:the )?[A-Z][\w’'-]+(?: (?:of |de |von |van |and )?[A-Z][\w’'-]+)*)"),
    "definition": re.compile(r" (?:is|are|was|were) (?P<answer>(?:an?|the|one of the) [^.;]+?)(?=[.;])"),
}


def _is_whole(did: Sequence[Word], text: str) -> bool:
    """Tell whether some words are all of what was done: no number cut in two, no second verb after them."""
    cut = bool(did) and re.match(r"\.\d", text[did[-1].span.end :]) is not None
    return bool(did) and not cut and not any(word.low in BE for word in did[2:])


def _ending(match: re.Match[str], group: str, name: str) -> Span:
    return Span(match.end(group) - len(name), match.end(group))
