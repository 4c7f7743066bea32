"""The rules that make English questions from sentences: a pattern of a plain sentence, and how it is asked for.

Where a sentence is not wholly as a pattern has it, no question is made of it:
a question in bad English is worse than none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from index.article import Span
from qa.english.lexicon import AUXILIARIES, PERSON_NOUNS, PRONOUNS, VERBS, WH
from qa.english.names import YEAR, names_in

MOST_CHARACTERS = 110  # of a question: it is a button


@dataclass(frozen=True, slots=True)
class Made:
    """A question, the rule that made it, and the sentence it was made from."""

    question: str
    kind: str
    sentence: Span


def questions_from(text: str, sentences: Sequence[Span], title: str) -> Iterator[Made]:
    """Yield the questions that the rules make, by sentence and then by rule; one that reads badly is left out."""
    kinds = {name.text: name.kind for name in names_in(text)}
    years = Counter(YEAR.findall(text))
    for span in sentences:
        sentence = span.slice(text)
        if "[" in sentence or sentence.count("(") != sentence.count(")") or not sentence.endswith((".", ".”", '."')):
            continue
        for kind, rule in _RULES:
            question = rule(sentence, kinds)
            if question is not None and _reads_well(question):
                yield Made(question, kind, span)
        in_years = YEAR.findall(sentence)
        if sentence.split()[0].lower() in _NO_NAMES:
            continue
        if len(in_years) == 1 and years[in_years[0]] == 1 and _IN_YEAR.search(sentence):
            yield Made(f"What happened in {in_years[0]}?", "year", span)
    yield from _titled(text, sentences, title)


def _titled(text: str, sentences: Sequence[Span], title: str) -> Iterator[Made]:
    """For example: "A prime number is a natural number…", in "Prime number": "What is a prime number?"."""
    title = re.sub(r"\s*\(.*\)$", "", title)
    says = re.compile(
        rf"^(?P<name>(?:the |an? )?{re.escape(title)})(?: ?\([^)]*\))?(?:, [^.]*?,)? "
        rf"{_BE} (?:an?|the|"
        rf"one of the) (?P<what>[^.;,]+)",
        re.IGNORECASE,
    )
    for span in sentences if title else ():
        match = says.match(span.slice(text))
        if match and match["be"] in {"is", "was"} and not _is_worker(_head(match["what"])):
            name = match["name"]
            first = name.split()[0].lower()
            asked = f"{first} {name.partition(' ')[2]}" if first in {"the", "a", "an"} else name
            yield Made(f"What {match['be']} {asked}?", "definition", span)


_IN_YEAR = re.compile(r"\b[Ii]n (?:1\d|20)\d\d\b(?!s| and| to|-|–)")
_WORDS_LARGE = r"(?:The )?[A-Z][\w’'-]*(?: (?:of |de |von |van )?(?:the )?[A-Z][\w’'-]*){0,4}"
_NAME = rf"(?P<name>{_WORDS_LARGE})"
_SUBJECT = rf"(?P<subject>{_WORDS_LARGE}(?: and {_WORDS_LARGE})?|The [a-z]+(?: [a-z]+)?)"
_BE = r"(?P<be>is|are|was|were)"
_PAST = (
    "founded built established discovered invented created designed led won destroyed published introduced developed "
    "formed signed organized commissioned proposed launched opened named adopted defeated acquired ruled coined"
).split()
_PASSIVE = re.compile(
    rf"^(?P<name>{_WORDS_LARGE}|The [a-z]+(?: [a-z]+)?),? {_BE} (?:first |originally |formally )?"
    rf"(?P<done>{'|'.join(_PAST)}|born|held|killed|written|made|sold|[a-z]+ed)\b(?P<rest>[^.;,]*)"
)
_APPOSED = re.compile(r"(?P<name>[A-Z][\w’'-]+(?: [A-Z][\w’'-]+){1,3}), (?P<a>an?|the) (?P<what>[A-Za-z][^,.;]+)[,.]")
_BY = re.compile(r"^ by [A-Z]")
_WHEN = re.compile(
    r"^(?P<place>(?: (?:in|at|near) [A-Z][\w’' -]*?)?) (?:in|on) "
    r"(?:\d{1,2} )?(?:[A-Z][a-z]+ )?(?:\d{1,2}, )?(?:1\d|20)\d\d$"
)
_DEFINED = re.compile(rf"^{_NAME}(?: \([^)]*\))? {_BE} (?P<a>an?|the|one of the) (?P<what>[^.;]+)")
_COUNTED = re.compile(
    rf"^{_NAME} (?P<has>has|have|had) (?:about |over |around |nearly |almost |more than |approximately |at least )?"
    r"(?:a total of )?(?:\d[\d,.]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|hundreds of)"
    r"(?: million| billion| thousand)? (?P<counted>(?:[a-z]+ ){0,2}[a-z]+s)\b"
)
_WHO_DID = re.compile(r"(?P<name>[A-Z][\w’'-]+), who (?P<did>[a-z]+ed(?: [^\s,;:.–—()“”]+){2,14})(?=[,.;])")
_BECAUSE = re.compile(r"^(?P<head>[A-Z][\w’' -]{1,40}?) (?P<be>is|are|was|were) (?P<rest>[a-z][^.;:,]*?),? because\b")
_HEDGES = frozenset("not just only also mainly partly simply largely precisely primarily".split())
# "SUBJECT verb object": what the verb's form was, and the form that "did" and "does" ask for.
_REGULAR = (
    "accept achieve acquire add admit announce argue assume attack attempt cause claim complete conclude contain "
    "contribute create criticize declare define demand demonstrate describe design destroy develop discover "
    "enable establish explain express follow form found gain help improve include influence introduce invade "
    "invent issue join launch maintain move need obtain offer open oppose order own perform prevent produce "
    "promise propose prove provide publish purchase receive recommend reduce refuse reject release replace "
    "represent require reveal support threaten use want"
).split()
_IRREGULAR = {
    "became": "become",
    "began": "begin",
    "bought": "buy",
    "broke": "break",
    "brought": "bring",
    "built": "build",
    "chose": "choose",
    "found": "find",
    "fought": "fight",
    "gave": "give",
    "got": "get",
    "held": "hold",
    "led": "lead",
    "left": "leave",
    "lost": "lose",
    "made": "make",
    "met": "meet",
    "overthrew": "overthrow",
    "said": "say",
    "saw": "see",
    "sent": "send",
    "sold": "sell",
    "spent": "spend",
    "taught": "teach",
    "thought": "think",
    "took": "take",
    "undertook": "undertake",
    "won": "win",
    "wrote": "write",
}
_ASKED_WHAT = frozenset(
    "achieve announce argue cause claim conclude contain create declare define demand demonstrate develop "
    "discover enable establish explain include introduce invent issue launch maintain need obtain offer oppose "
    "produce promise propose prove provide publish purchase receive recommend reject release represent require "
    "reveal say support teach think threaten use want win write build buy lose sell".split()
)


def _past(verb: str) -> str:
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ied"
    if verb in {"admit"}:
        return verb + verb[-1] + "ed"
    return verb + ("d" if verb.endswith("e") else "ed")


_BASE_OF_PAST = _IRREGULAR | {_past(verb): verb for verb in _REGULAR if verb != "found"} | {"founded": "found"}
_BASE_OF_PRESENT = {verb + "s": verb for verb in sorted(_ASKED_WHAT) if not verb.endswith(("s", "ch", "x", "sh"))}
_IN_THE_YEAR = r"(?:in|In) (?P<year>(?:1\d|20)\d\d)"
_DID = re.compile(
    rf"^(?:{_IN_THE_YEAR},? )?{_SUBJECT} (?:also |later |then |finally |first )?"
    r"(?P<verb>[a-z]+) (?P<object>[^.;:,()—–]+)"
)
_YEAR_AT_END = re.compile(r"^(?P<what>.+?) in (?P<year>(?:1\d|20)\d\d)$")
_OBJECT = re.compile(r"^(?:an?|the|its|their|his|her|that|how|two|three|several|many|some|new|\d[\d,.]*|[a-z]+s)\b")
_WHERE = re.compile(
    rf"^{_SUBJECT} (?P<be>is|are|was|were) (?:located|situated|based|headquartered|held|born|buried) (?:in|at|on|near) "
)
_COMPARED = re.compile(
    r"(?:^|But |While |However, )(?P<name>[A-Z]\w+) is (?:about |nearly |"
    r"almost )?\w+ times the size of (?P<other>[A-Z]\w+)"
)
_WORK_NOUNS = re.compile(r"(?:ist|ician|er|or|ess|man|woman|poet|king|queen|monk|saint|lawyer)$")
_NO_WORKS = frozenset(
    "number river member center container power computer letter order border layer paper matter water "
    "theater quarter chapter transfer error factor sector".split()
)


def _when(sentence: str, kinds: Mapping[str, str]) -> str | None:
    """For example: "Harvard was founded in 1636." — "When was Harvard founded?"."""
    match = _PASSIVE.match(sentence)
    if match is None or not (when := _WHEN.match(match["rest"])):
        return None
    return f"When {match['be']} {_inside(match['name'])} {match['done']}{when['place']}?"


def _who_made(sentence: str, kinds: Mapping[str, str]) -> str | None:
    """For example: "The Saxon Garden was designed by Tylman." — "Who designed the Saxon Garden?"."""
    match = _PASSIVE.match(sentence)
    if match is None or match["done"] not in _PAST or not _BY.match(match["rest"]):
        return None
    return f"Who {match['done']} {_inside(match['name'])}?"


def _what_is(sentence: str, kinds: Mapping[str, str]) -> str | None:
    """For example: "Hoesung Lee is the chair of the IPCC." — "Who is Hoesung Lee?"."""
    match = _DEFINED.match(sentence) or _APPOSED.search(sentence)
    if match is None or match["name"].split()[0].lower() in _NO_NAMES:
        return None
    be = match.groupdict().get("be", "is")
    if be in {"are", "were"}:
        return None
    works = _is_worker(_head(match["what"]))
    kind = kinds.get(match["name"], "unknown")
    if kind == "person" or (works and kind == "unknown"):
        return f"Who {be} {match['name']}?"
    if works or (kind == "unknown" and len(match["name"].split()) > 1):
        return None  # it may be a person's name
    return f"What {be} {_inside(match['name'])}?"


def _head(phrase: str) -> str:
    """Return the noun that a phrase is built on: "chair" of "chair of the IPCC since 2015"."""
    words = re.split(r"\s(?:of|in|who|which|that|for|with|and|to|from|on|at|by)\b|,", phrase)[0].split()
    return words[-1].lower() if words else ""


def _is_worker(noun: str) -> bool:
    """Tell whether a noun, as its form goes, is what a person is or does."""
    return noun in PERSON_NOUNS or (_WORK_NOUNS.search(noun) is not None and noun not in _NO_WORKS)


def _how_many(sentence: str, kinds: Mapping[str, str]) -> str | None:
    """For example: "Harvard has 10 faculties." — "How many faculties does Harvard have?"."""
    match = _COUNTED.match(sentence)
    if match is None or match["name"].split()[0].lower() in _NO_NAMES:
        return None
    do = {"has": "does", "have": "do", "had": "did"}[match["has"]]
    return f"How many {match['counted']} {do} {_inside(match['name'])} have?"


def _who(sentence: str, kinds: Mapping[str, str]) -> str | None:
    """For example: "… by Tokaev, who called for troops" — "Who called for troops?"."""
    match = _WHO_DID.search(sentence)
    if match is None or match["did"].split()[-1].lower() in AUXILIARIES | PRONOUNS | {"the", "a", "of", "to", "in"}:
        return None
    return f"Who {match['did']}?"


def _why(sentence: str, kinds: Mapping[str, str]) -> str | None:
    """For example: "The war was lost because …" — "Why was the war lost?"."""
    match = _BECAUSE.match(sentence)
    if match is None or len(match["rest"].split()) > 8 or match["head"].split()[0].lower() in _NO_NAMES:
        return None
    words = [word.lower() for word in match["head"].split()[1:]]
    rest = match["rest"].split()
    if any(word in AUXILIARIES | VERBS | WH for word in words) or rest[0] in _HEDGES or rest[-1] in _HEDGES:
        return None
    return f"Why {match['be']} {_inside(match['head'])} {match['rest']}?"


def _done(sentence: str) -> tuple[str, str, str, str | None] | None:
    """Return who did it, the base of the verb, its object and its year, of a plain sentence in the past."""
    match = _DID.match(sentence)
    if match is None or match["verb"] not in _BASE_OF_PAST or match["subject"].split()[0].lower() in _NO_NAMES:
        return None
    what, year = match["object"].strip(), match["year"]
    if year is None and (ended := _YEAR_AT_END.match(what)):
        what, year = ended["what"], ended["year"]
    if any(word.lower() in AUXILIARIES | _NO_NAMES for word in match["subject"].split()) or not _OBJECT.match(what):
        return None
    return _inside(match["subject"]), _BASE_OF_PAST[match["verb"]], what, year


def _when_did(sentence: str, kinds: Mapping[str, str]) -> str | None:
    """For example: "In 2000, ABC launched a campaign." — "When did ABC launch a campaign?"."""
    if (done := _done(sentence)) is None or done[3] is None or not 2 <= len(done[2].split()) <= 9:
        return None
    subject, verb, what, _ = done
    return None if YEAR.search(what) or what.split()[-1] in _DANGLING else f"When did {subject} {verb} {what}?"


def _what_did(sentence: str, kinds: Mapping[str, str]) -> str | None:
    """For example: "Stiglitz presented evidence in 2009." — "What did Stiglitz present in 2009?"."""
    if (done := _done(sentence)) is not None and done[1] in _ASKED_WHAT:
        return f"What did {done[0]} {done[1]}{f' in {done[3]}' if done[3] else ''}?"
    match = _DID.match(sentence)
    if match is None or match["verb"] not in _BASE_OF_PRESENT or not _OBJECT.match(match["object"]):
        return None
    subject = match["subject"]
    if subject.split()[0].lower() in _NO_NAMES or " and " in subject or subject.endswith("s"):
        return None
    return f"What does {_inside(subject)} {_BASE_OF_PRESENT[match['verb']]}?"


def _where(sentence: str, kinds: Mapping[str, str]) -> str | None:
    """For example: "The stadium is located in Boston." — "Where is the stadium?"."""
    match = _WHERE.match(sentence)
    if match is None or match["subject"].split()[0].lower() in _NO_NAMES:
        return None
    done = (
        " held"
        if " held " in match[0]
        else " born"
        if " born " in match[0]
        else " buried"
        if " buried " in match[0]
        else ""
    )
    return f"Where {match['be']} {_inside(match['subject'])}{done}?"


def _how_big(sentence: str, kinds: Mapping[str, str]) -> str | None:
    """For example: "Kazakhstan is nine times the size of Italy" — "How big is Kazakhstan compared with Italy?"."""
    match = _COMPARED.search(sentence)
    return f"How big is {match['name']} compared with {match['other']}?" if match else None


Rule = Callable[[str, Mapping[str, str]], "str | None"]
_RULES: tuple[tuple[str, Rule], ...] = (
    ("when", _when),
    ("who made", _who_made),
    ("definition", _what_is),
    ("number", _how_many),
    ("size", _how_big),
    ("who", _who),
    ("why", _why),
    ("when did", _when_did),
    ("what did", _what_did),
    ("where", _where),
)
_DANGLING = frozenset("of to in for with by the a an and or on at from as that its their his her".split())
_NO_NAMES = (
    frozenset("it he she they this these that those there we i you one another here such some most many".split()) | WH
)


def _inside(name: str) -> str:
    """Return a subject as it is written inside a sentence: "The war" is "the war"."""
    first, _, rest = name.partition(" ")
    return f"the {rest}" if first == "The" and rest else name


def _reads_well(question: str) -> bool:
    words = re.findall(r"[\w’'-]+", question.lower())
    points = PRONOUNS | {"this", "these", "that", "those", "such", "latter", "former", "here", "today"}
    return (
        len(question) <= MOST_CHARACTERS
        and len(words) >= 3
        and not any(word in points for word in words[1:])
        and question.count("“") == question.count("”")
        and question.count('"') % 2 == 0
        and question.count("(") == question.count(")")
        and not re.search(r"[:;\n\[\]{}<>]", question)
    )
