"""What the rules ask of a German article: a German question is its sentence with the asked-for part in front.

The finite verb stands second in both, so that nothing needs another form: "Im
Jahr 1888 wurde die Brücke gebaut." is "Wann wurde die Brücke gebaut?". Where
the subject comes first it moves behind the verb, if it is sure where it ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.article import Article, Span
from qa.question_generation.nouns import Asked

MOST_CHARACTERS = 140
_FINITE = (
    "ist sind war waren wurde wurden wird werden hat haben hatte hatten kann können konnte konnten muss müssen musste "
    "mussten soll sollen sollte sollten will wollte wollten darf dürfen durfte durften begann begannen liegt liegen "
    "lag "
    "steht stehen stand standen gilt galt blieb bleibt kam kamen ging gingen fand fanden gab nahm nahmen hielt hielten "
    "besteht bestand bestehen entstand entstanden gehört gehörte gehören führt führte führten verbindet verband "
    "umfasst umfasste enthält enthielt erhielt erhielten gewann verlor schrieb starb erreichte misst wog wiegt kostet "
    "kostete dauerte dauert zählt zählte eröffnete gründete baute entwickelte entdeckte erfand leitete zerstörte "
    "beschloss unterzeichnete veröffentlichte bezeichnet bezeichnete nutzt nutzte bietet bot trägt trug heißt hieß"
).split()
_VERB = rf"(?P<verb>{'|'.join(_FINITE)})"
_MONTH = "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
_TIME = (
    rf"(?:[Ii]m Jahre? (?:1\d{{3}}|20\d\d)|[Aa]m \d{{1,2}}\. (?:{_MONTH})(?: (?:1\d{{3}}|20\d\d))?"
    rf"|[Ii]m (?:{_MONTH})(?: (?:1\d{{3}}|20\d\d))?|[Ss]eit (?:1\d{{3}}|20\d\d)|(?:1\d{{3}}|20\d\d))"
)
_SUBJECT = (
    r"(?P<subject>(?:(?:Der|Die|Das|Ein|Eine) )?(?:[a-zäöüß]+(?:e|er|en|es) ){0,2}"
    r"[A-ZÄÖÜ][\w-]+(?: [A-ZÄÖÜ][\w-]+){0,2}"
    r"(?: (?:des|der|von|vom|in|im) (?:[a-zäöüß]+(?:en|er) )?[A-ZÄÖÜ][\w-]+)?)"
)
_TIME_FIRST = re.compile(rf"^(?P<answer>{_TIME}) {_VERB} (?P<rest>[^;:()–—]+?)[.]$")
_SUBJECT_FIRST = re.compile(rf"^{_SUBJECT} {_VERB} (?P<rest>[^;:()–—,]+)(?:[.]$|, )")
_TIME_INSIDE = re.compile(rf"(?<!\S)(?P<answer>{_TIME})(?!\S)")
_AMOUNT = re.compile(
    r"(?<!\S)(?:(?:rund|etwa|über|mehr als|fast|knapp) )?"
    r"(?P<answer>(?P<number>[\d.,]+|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf) "
    r"(?P<noun>[A-ZÄÖÜ][\w-]+))(?: (?P<dimension>lang|hoch|breit|tief|alt|schwer))?(?!\w)"
)
_BY = re.compile(r"(?<!\S)(?:von|durch) (?P<answer>(?:(?:dem|der) )?(?:[A-ZÄÖÜ][\w-]+ ){1,3}[A-ZÄÖÜ][\w-]+)(?= )")
_BECAUSE = re.compile(r", (?P<answer>weil [^;:()–—.]+)[.]$")
_DEFINED = re.compile(r"^(?P<answer>(?:ein|eine|der|die|das) [^.;:]+)$")
_POINTING = re.compile(
    r"\b(?:er|sie|es|ihn|ihm|ihr|ihre[nmrs]?|sein|seine[nmrs]?|dies\w*|jene\w*|dort|dabei|damals|heute|gestern|diese[nmrs]?|sich)\b"
)


def german_questions(article: Article, sentences: Sequence[Span]) -> Iterator[Asked]:
    """Yield the questions of each sentence, in order, each with the place of its answer."""
    for span in sentences:
        sentence = span.slice(article.text)
        for question, kind, found, trust in _of_sentence(sentence):
            said = " ".join(question.split())
            if _reads_well(said, found.slice(sentence)):
                yield Asked(said, kind, Span(span.start + found.start, span.start + found.end), span, trust)


_Made = tuple[str, str, Span, int]


def _of_sentence(sentence: str) -> Iterator[_Made]:
    if match := _TIME_FIRST.match(sentence):
        word = "Seit wann" if match["answer"].lower().startswith("seit") else "Wann"
        rest = re.split(r",? und (?=(?:der|die|das|[A-ZÄÖÜ]\w+) \w+te?\b)|, ", match["rest"])[0]
        yield f"{word} {match['verb']} {rest}?", "when", Span(*match.span("answer")), 4
    match = _SUBJECT_FIRST.match(sentence)
    if match is None:
        return
    if match["subject"].split()[0] in {
        "Sie",
        "Er",
        "Es",
        "Dies",
        "Wir",
        "Ich",
        "Man",
        "Heute",
        "Hier",
        "Dort",
        "Dabei",
        "Damals",
    }:
        return
    subject, verb, rest = _small(match["subject"]), match["verb"], match["rest"]
    began = match.start("rest")
    because = _BECAUSE.search(sentence)
    if because is not None and "," not in sentence[: because.start()]:
        yield f"Warum {verb} {subject} {rest}?", "why", Span(*because.span("answer")), 3
    for time in _TIME_INSIDE.finditer(rest):
        word = "Seit wann" if time["answer"].lower().startswith("seit") else "Wann"
        if not re.search(r"(?:zwischen|bis|von|und|nach|vor|ab) $", rest[: time.start()]):
            yield f"{word} {verb} {subject} {_without(rest, time)}?", "when", _in(time, began), 4
        break
    for by in _BY.finditer(rest):
        if verb in {"wurde", "wurden", "wird", "werden", "ist", "sind"}:
            who = "Von wem" if rest[by.start() : by.start() + 3] == "von" else "Durch wen"
            yield f"{who} {verb} {subject} {_without(rest, by)}?", "who", _in(by, began), 4
        break
    for amount in _AMOUNT.finditer(rest):
        if amount["dimension"]:
            yield (
                f"Wie {amount['dimension']} {verb} {subject}{_after(rest, amount)}?",
                "how many",
                _in(amount, began),
                4,
            )
        elif (
            verb
            in {
                "hat",
                "haben",
                "hatte",
                "hatten",
                "umfasst",
                "enthält",
                "zählt",
                "führt",
                "besteht",
                "erhielt",
                "trägt",
            }
            and amount.start() == 0
            and not re.match(r"1\d{3}|20\d\d", amount["number"])
        ):
            yield (
                f"Wie viele {amount['noun']}{_after(rest, amount)} {verb} {subject}?",
                "how many",
                _in(amount, began),
                3,
            )
        elif verb in {"kostet", "kostete"} and amount.start() == 0:
            yield f"Wie viel {verb} {subject}?", "how many", _in(amount, began), 3
        break
    if verb in {"ist", "war"} and (defined := _DEFINED.match(rest)) and " " in rest:
        person = re.match(r"(?:ein|der) \w+(?:er|ist|or|ent|mann)\b|(?:eine|die) \w+in\b", rest)
        asked = "Wer" if person and not subject.startswith(("der ", "die ", "das ")) else "Was"
        yield f"{asked} {verb} {subject}?", "definition", _in(defined, began), 3


def _without(rest: str, match: re.Match[str]) -> str:
    return f"{rest[: match.start()].rstrip()} {rest[match.end() :].lstrip()}".strip()


def _after(rest: str, match: re.Match[str]) -> str:
    after = rest[match.end() :].strip()
    return f" {after}" if after else ""


def _in(match: re.Match[str], began: int) -> Span:
    return Span(began + match.start("answer"), began + match.end("answer"))


def _small(subject: str) -> str:
    first, space, rest = subject.partition(" ")
    return f"{first.lower()}{space}{rest}" if first in {"Der", "Die", "Das", "Ein", "Eine"} else subject


def _reads_well(question: str, answer: str) -> bool:
    return (
        len(question) <= MOST_CHARACTERS
        and len(question.split()) >= 3
        and not _POINTING.search(question)
        and not re.search(r"[:;\n\[\]{}<>()–—]", question)
        and question.count("„") == question.count("“")
        and answer.casefold() not in question.casefold()
    )
