"""What an English text speaks of: its names, by simple cues, and what a question is about.

No model: a name is a run of words written large, told by the words around it to
be a person's or a thing's. Where the cues do not tell, its kind is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from qa.english.lexicon import (
    ARTICLES,
    AUXILIARIES,
    DATES,
    FILLERS,
    NAMED_THINGS,
    OPENERS,
    PERSON_NOUNS,
    PERSON_VERBS,
    PLACES,
    PLURAL_NOUNS,
    PREPOSITIONS,
    PRONOUNS,
    SINGULAR_IN_S,
    TITLES,
    VERBS,
    WH,
)

Kind = Literal["person", "thing", "plural", "unknown"]

WORD = re.compile(r"[^\W_](?:[\w&’'-]*\w)?")
YEAR = re.compile(r"\b(?:1\d|20)\d\d\b")
_JOINING = frozenset("of the de von van al la le du di del der".split())
_SENTENCE_START = re.compile(r"(?:^|[.!?:;]|\n|\[\d+\])[\s\"“”‘’'(]*$")
_QUOTED = re.compile(r"[\"“]([^\"“”]{2,80})[\"”]")
_NATIONALITY = re.compile(r"(?:\w+(?:ian|ean|ese|ish)|kazakh|uzbek|french|dutch|greek|german|american|iraqi|israeli)$")
_PLACE_BEFORE = re.compile(r"\b(?:in|at|near|across|inside|throughout|around)\s+(?:the\s+)?$", re.IGNORECASE)
_THE_BEFORE = re.compile(r"\bthe\s+$", re.IGNORECASE)
_WHO_IS = re.compile(r"\bwho\s+(?:is|was)\s+$", re.IGNORECASE)
_SAID_OF = re.compile(r"(?:['’]s)?\s*(?:,|$|[.!?]|(?:is|was|were|has|had|did|does|will|would|\w+ed|\w+s)\b)")
_NO_NOUNS = VERBS | PREPOSITIONS | AUXILIARIES | FILLERS | WH | PRONOUNS | ARTICLES
_POSSESSIVE = re.compile(r"['’]s?$")


@dataclass(frozen=True, slots=True)
class Mention:
    """A name or a noun phrase that a text speaks of, and where it begins."""

    text: str
    kind: Kind
    start: int = 0


def names_in(text: str) -> list[Mention]:
    """Return the names of a text, each once, in order; dates and nationalities are none."""
    found: dict[str, Mention] = {}
    for match in _QUOTED.finditer(text):
        if match[1][0].isupper():
            found[match[1]] = Mention(match[1], "thing", match.start(1))
    inside = [(mention.start, mention.start + len(mention.text)) for mention in found.values()]
    for start, name in _runs(text):
        if any(begin <= start < end for begin, end in inside) or not _is_name(name, text, start):
            continue
        kind = _kind_of(name, text, start)
        if _takes_the(name, text, start):
            name, start = f"the {name}", start - len("the ")
        if name not in found or (found[name].kind == "unknown" and kind != "unknown"):
            found[name] = Mention(name, kind, found[name].start if name in found else start)
    return sorted(found.values(), key=lambda mention: mention.start)


def _runs(text: str) -> Iterator[tuple[int, str]]:
    """Yield the runs of words written large, words that only open a sentence left out."""
    run: list[re.Match[str]] = []
    for word in [*WORD.finditer(text), None]:
        joined = bool(run) and word is not None and text[run[-1].end() : word.start()] == " "
        if run and not (
            joined and word is not None and (_is_large(word[0]) or word[0] in _JOINING or word[0].isdigit())
        ):
            yield from _trimmed(run, text)
            run = []
        if word is not None and (run or _is_large(word[0])):
            run.append(word)
            if _POSSESSIVE.search(word[0]) and not word[0].endswith(("s'", "s’")):
                yield from _trimmed(run, text)
                run = []


def _trimmed(run: list[re.Match[str]], text: str) -> Iterator[tuple[int, str]]:
    """Yield a run without the opening word of its sentence, joining words at its end, and a possessive."""
    while (
        run
        and run[0][0].lower() in OPENERS
        and (len(run) == 1 or _opens_sentence(text, run[0].start()) or run[0][0].lower() in WH | AUXILIARIES | FILLERS)
    ):
        run = run[1:]
    while run and (run[-1][0] in _JOINING or (len(run[-1][0]) == 4 and run[-1][0].isdigit())):
        run = run[:-1]
    if run:
        yield run[0].start(), _POSSESSIVE.sub("", text[run[0].start() : run[-1].end()])


def _is_large(word: str) -> bool:
    return word[0].isupper() and word.split("’")[0].split("'")[0] not in {"I", "A"}


def _opens_sentence(text: str, start: int) -> bool:
    return _SENTENCE_START.search(text[:start]) is not None


def _is_name(name: str, text: str, start: int) -> bool:
    words = name.lower().split()
    if all(word in DATES or word.isdigit() for word in words):
        return False
    if _NATIONALITY.fullmatch(words[-1]) and re.match(r"\s+[a-z]", text[start + len(name) :]) and not name.isupper():
        return False  # an adjective
    if len(words) > 1 or words[0] in PLACES or any(letter.isupper() or letter.isdigit() for letter in name[1:]):
        return True
    if not _opens_sentence(text, start):
        return True
    elsewhere = re.search(rf"(?<=[a-z,] ){re.escape(name)}\b", text) is not None
    return elsewhere or _SAID_OF.match(text[start + len(name) :]) is not None


def _takes_the(name: str, text: str, start: int) -> bool:
    """Tell whether "the" before a name belongs to it: "the USA", and not "the Putin regime"."""
    return text[:start].lower().endswith("the ") and not _noun_follows(text[start + len(name) :])


def _noun_follows(after: str) -> bool:
    """Tell whether a name is said of the noun after it: "the Putin regime", "a Huguenot settlement"."""
    word = WORD.match(after.removeprefix(" ")) if after.startswith(" ") else None
    return word is not None and word[0].lower() not in _NO_NOUNS and not word[0].endswith(("ed", "ing"))


def _kind_of(name: str, text: str, start: int) -> Kind:
    before, after, words = text[:start], text[start + len(name) :], name.lower().split()
    if words[0] in TITLES or (_WHO_IS.search(before) and words[0] != "the") or PERSON_VERBS.match(after):
        return "person"
    if before.split() and before.split()[-1].lower().strip(".") in TITLES | PERSON_NOUNS:
        return "person"
    if words[-1] in NAMED_THINGS or words[0] in PLACES or words[-1] in PLACES or name.isupper():
        return "thing"
    with_the = words[0] == "the" or _THE_BEFORE.search(before) is not None
    if with_the and words[-1].endswith("s") and words[-1] not in SINGULAR_IN_S:
        return "plural"
    asked_of = before.split()[-1].lower() in AUXILIARIES if before.split() else True
    if not asked_of and len(words) == 1 and _noun_follows(after):
        return "thing"
    if with_the or " of " in name or _PLACE_BEFORE.search(before) or any(each.isdigit() for each in name):
        return "thing"
    return "unknown"


_BE = r"(?:is|are|was|were)"
_TOPICS = (
    re.compile(rf"^(?:what|who|which)(?:\s+{_BE}|['’]s)\s+(?P<topic>.+)$", re.IGNORECASE),
    re.compile(
        r"^(?:(?:can|could|would) you\s+)?(?:please\s+)?(?:tell me|talk|explain|describe|define)\s+"
        r"(?:to me\s+)?(?:(?:more|something)\s+)?(?:about\s+)?(?P<topic>.+)$",
        re.IGNORECASE,
    ),
    re.compile(rf"^(?:how\s+\w+|when|where|why|how)\s+{_BE}\s+(?P<topic>.+)$", re.IGNORECASE),
    re.compile(rf"^{_BE}\s+(?P<topic>(?:the|this|that)\s.+)$", re.IGNORECASE),
    re.compile(
        r"^(?:(?:who|what|when|where|why|how|which)\b.*?\s)??(?:does|do|did|can|could|will|would|should|has|have)\s+"
        r"(?P<topic>.+)$",
        re.IGNORECASE,
    ),
)
_FREE_OF_VERBS = 3  # of `_TOPICS`: up to here the noun phrase may be all that is left
_LONGEST_TOPIC = 8  # words


def topic_of(question: str) -> Mention | None:
    """Return the noun phrase that a question asks about, where its form shows it.

    "What is short selling?" is about short selling, "How did the war start?"
    about the war; a question without a verb is about all of itself.
    """
    asked = question.strip().rstrip("?!. ")
    for number, form in enumerate(_TOPICS):
        if match := form.match(asked):
            phrase, whole = _noun_phrase(match["topic"])
            is_whole = whole or number < _FREE_OF_VERBS or _was_cut_at_verb(asked, phrase)
            return _as_topic(phrase, asked) if phrase and is_whole else None
    words = [word.lower() for word in asked.split()]
    is_phrase = words and not any(word in VERBS | AUXILIARIES | WH | PRONOUNS for word in words)
    return _as_topic(asked, asked) if is_phrase and len(words) <= _LONGEST_TOPIC else None


def _was_cut_at_verb(asked: str, phrase: str) -> bool:
    following = asked[asked.index(phrase) + len(phrase) :].split()
    return bool(following) and (following[0].lower() in VERBS or following[0].lower() in AUXILIARIES)


def _noun_phrase(text: str) -> tuple[str, bool]:
    """Return the words up to a verb, a participle or a preposition other than "of", and whether that is all."""
    words = text.split()
    end = 0
    for word in words:
        plain = word.lower().strip(",")
        joins = plain in {"of", "and", "the", "between"} or (plain in {"a", "an"} and end == 0)
        stops = plain in VERBS | PRONOUNS | AUXILIARIES | WH | FILLERS | PREPOSITIONS and plain != "and"
        participle = plain != "red" and (
            plain.endswith("ed") or plain in {"called", "made", "born", "built", "held", "written", "known"}
        )
        if not joins and (stops or participle):
            break
        end += 1
        if word.endswith(","):
            break
    while end and words[end - 1].lower() in {"of", "and", "the", "between", "a", "an"}:
        end -= 1
    return " ".join(words[:end]).rstrip(","), end == len(words)


def _as_topic(phrase: str, asked: str) -> Mention | None:
    words = phrase.split()
    if not words or len(words) > _LONGEST_TOPIC or words[0].lower() in PRONOUNS | ARTICLES - {"the", "a", "an"}:
        return None
    if words[0].lower() in {"the", "a", "an"}:
        phrase = " ".join(["the", *words[1:]])  # "an invasion" is "the invasion" when it is spoken of again
    if len(words) == 1 and words[0].lower() in {"it", "the", "a", "an"}:
        return None
    for name in names_in(asked):
        if name.text.removeprefix("the ") == phrase.removeprefix("the "):
            return Mention(phrase, name.kind)
    return Mention(phrase, _kind_of_phrase(phrase))


def _kind_of_phrase(phrase: str) -> Kind:
    head = re.split(r"\s(?:of|for|in|on|between)\s", phrase.lower())[0].split()[-1]
    if head in PERSON_NOUNS:
        return "person"
    plural = head.endswith("s") and not head.endswith(("ss", "us", "is")) and head not in SINGULAR_IN_S
    return (
        "plural" if plural or head in PLURAL_NOUNS or re.search(r"\sand\s", phrase.split(" between ")[0]) else "thing"
    )


def gist(text: str, *, most_words: int = 14) -> str:
    """Return the content of a question as a list of phrases: "Kazakhstan compared with Italy, 2014"."""
    skipped = WH | AUXILIARIES | (FILLERS - VERBS) | PRONOUNS
    phrases: list[list[str]] = [[]]
    for word in text.split():
        plain = word.lower().strip("?!.,;:()\"“”’'")
        if plain in skipped or not plain:
            phrases.append([])
        else:
            phrases[-1].append(word.strip("?!.,;:()"))
        if word[-1] in "?!.,;:)":
            phrases.append([])
    kept: list[str] = []
    for phrase in phrases:
        while phrase and phrase[0].lower() in PREPOSITIONS | ARTICLES - {"the"}:
            phrase = phrase[1:]
        while phrase and phrase[-1].lower() in PREPOSITIONS | ARTICLES:
            phrase = phrase[:-1]
        if phrase and sum(len(each.split()) for each in kept) + len(phrase) <= most_words:
            kept.append(" ".join(phrase))
    return ", ".join(dict.fromkeys(kept))


def joined(question: str, previous: str) -> str:
    """Return a question with what the one before was about: "Why (the invasion of Ukraine)?"."""
    about, asked = gist(previous), question.strip().rstrip("?!. ").strip()
    says_something = " " in about or (about and about.lower() not in VERBS and not about.endswith("ed"))
    return f"{capital(asked)} ({about})?" if says_something and about.lower() not in asked.lower() else question


def capital(text: str) -> str:
    """Return a text with its first letter large."""
    return text[:1].upper() + text[1:]
