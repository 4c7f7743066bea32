"""Follow-ups that leave out what the question before them said: "and China?", "why?", "which is bigger?"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.english.lexicon import AUXILIARIES, PREPOSITIONS, PRONOUNS, RELATIONAL, SAME_IN_THE_PAST, VERBS, WH
from qa.english.names import WORD, YEAR, Mention, capital, joined, names_in
from qa.english.noun_phrases import Phrase, phrases_in
from qa.followups.referents import Exchange, named_in_turn, two_names

_COMPARED = re.compile(
    r"^(?P<which>which|who|what)(?: (?:one|of them|of these|of the two|country))? "
    r"(?P<rest>(?:is|was|are|has|have|had)\s+(?:the )?"
    r"(?!(?:her|other)\b)(?:\w+er|\w+est|more \w+|most \w+|less \w+|better|best|worse|first|last)(?: \w+)?)$",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"^(?:why(?: not)?|when|where|how(?: come| so| many| much| long| often| far| big| old| exactly)?|who(?: else)?|"
    r"what(?: else| for)?|which(?: ones?)?|whose|where exactly|when exactly|"
    r"(?:by|with|for|to|from|of|in|at|on|since|until) (?:whom|what|when|where|how long))$",
    re.IGNORECASE,
)
_SWAPPED_IN = re.compile(r"when|where|why|how|by whom|with whom|how \w+", re.IGNORECASE)
_MEASURED = re.compile(r"^how (?!many\b|much\b|often\b|come\b)\w+ (?=(?:is|are|was|were)\b)", re.IGNORECASE)
_WHO_DID = re.compile(r"^who (?P<verb>\w+) (?=[^\s])", re.IGNORECASE)
_SWAPPED = re.compile(
    r"^(?:where|when|why|how)\s+(?=(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would)\b)", re.I
)


def compared(asked: str, before: Sequence[Exchange]) -> str | None:
    """For example: "Which is bigger?" after two names: "Which is bigger, Kazakhstan or Italy?"."""
    if (match := _COMPARED.match(asked)) is None or names_in(asked):
        return None
    if (pair := two_names(before)) is None:
        return joined(asked, before[-1].question)
    return f"{capital(match['which'])} {match['rest']}, {pair[0]} or {pair[1]}?"


def bare_word(asked: str, before: Sequence[Exchange]) -> str | None:
    """For example: "Why?" after "Did China help?" is "Why did China help?"."""
    previous = before[-1].question.rstrip("?!. ")
    if re.fullmatch(r"how \w+", asked, re.IGNORECASE) and (measured := _MEASURED.match(previous)):
        return f"{capital(asked)} {previous[measured.end() :]}?"
    if not _BARE.match(asked):
        return None
    if re.fullmatch(r"why|when|where|how", asked, re.IGNORECASE) and previous.split()[0].lower() in AUXILIARIES:
        return None if "(" in previous else f"{capital(asked)} {previous[0].lower()}{previous[1:]}?"
    if _SWAPPED_IN.fullmatch(asked) and "(" not in previous:
        if swapped := _SWAPPED.match(previous):
            return f"{capital(asked)} {previous[swapped.end() :]}?"
        if (passive := _passive(asked, previous)) is not None:
            return passive
    return joined(asked, before[-1].question)


def _passive(asked: str, previous: str) -> str | None:
    """For example: "When?" after "Who built the mill of Tarn?" is "When was the mill of Tarn built?"."""
    did = _WHO_DID.match(previous)
    if did is None or not (did["verb"].lower() in SAME_IN_THE_PAST or did["verb"].lower().endswith("ed")):
        return None
    phrases, thing = phrases_in(previous), previous[did.end() :]
    if names_in(previous) and names_in(previous)[0].text == thing:
        be = "was"
    elif phrases and previous[phrases[0].start : phrases[0].end] == thing:
        be = "were" if phrases[0].kind == "plural" else "was"
    else:
        return None
    return f"{capital(asked)} {be} {thing} {did['verb'].lower()}?"


_ORDINAL = re.compile(r"^(?:the )?(?P<which>first|second|third|fourth|last|former|latter)(?: one)?$", re.IGNORECASE)
_PLACE_OF = {"first": 0, "former": 0, "second": 1, "third": 2, "fourth": 3, "last": -1, "latter": -1}


def ordinal(rest: str, before: Sequence[Exchange]) -> str | None:
    """For example: "The second one?" after an answer that names "the Anka and the Thule"."""
    if (match := _ORDINAL.match(rest)) is None:
        return None
    named, which = named_in_turn(before[-1]), _PLACE_OF[match["which"].lower()]
    return joined(f"What about {named[which] if which < len(named) else rest}", before[-1].question)


def is_clause(text: str) -> bool:
    """Tell whether a text is a sentence of its own: it begins like a question or has a finite verb."""
    words = [word.lower() for word in WORD.findall(text)]
    return (
        not words
        or words[0] in WH | AUXILIARIES
        or any(word in AUXILIARIES - {"can", "may", "might", "will"} for word in words[1:])
    )


def is_fragment(text: str) -> bool:
    """Tell whether a text says nothing without the one before it: "in Italy", "the president", "major characters"."""
    words = [word.lower() for word in WORD.findall(text)]
    if not words or len(words) > 4 or any(word in VERBS | WH | AUXILIARIES | {"i", "you", "we"} for word in words):
        return False
    if words[0] in PREPOSITIONS or words[0] in {"the", "his", "her", "its", "their", "this", "that"}:
        return True
    is_general = len(words) <= 2 and not any(letter.isupper() for letter in text[1:])
    return is_general and (words[-1].endswith("s") or words[-1] in RELATIONAL)


def elided(rest: str, before: Sequence[Exchange]) -> str | None:
    """For example: "And China?", "in 2014?", "the president?": put into the question before, where there is room."""
    previous = before[-1].question
    rest = _one_named(rest, previous)
    if any(word.lower() in PRONOUNS for word in WORD.findall(rest)):
        return None  # "and his wife?" is first told whose
    stem = previous.rstrip("?!. ")
    words = rest.split()
    preposition = words[0] if words[0].lower() in PREPOSITIONS else ""
    content = rest[len(preposition) :].strip()
    if "(" not in stem:
        for place in (_year_in, _name_in, _same_kind_in, _phrase_in):
            if (written := place(stem, content, preposition)) is not None:
                return written + "?"
    return joined(rest if preposition else f"What about {rest}", previous)


def _one_named(rest: str, previous: str) -> str:
    """For example: "The one in Korr" is "the mill in Korr" where a mill was asked about."""
    phrases = phrases_in(previous)
    one = re.match(rf"the one (?=(?:{'|'.join(sorted(PREPOSITIONS))})\b)", rest, re.IGNORECASE)
    return f"the {phrases[0].head} {rest[one.end() :]}" if one and phrases else rest


def _year_in(stem: str, content: str, preposition: str) -> str | None:
    if YEAR.fullmatch(content) is None:
        return None
    years = YEAR.findall(stem)
    if len(years) == 1:
        return stem.replace(years[0], content)
    return None if years else f"{stem} {preposition or 'in'} {content}"


def _name_in(stem: str, content: str, preposition: str) -> str | None:
    """Put a name in the place of another: of the only one, of the one after the same preposition, or of the subject."""
    if not any(mention.text.removeprefix("the ") in content for mention in names_in("of " + content)):
        return None
    phrases = phrases_in(content)
    if phrases and phrases[0].text == content and content not in [name.text for name in names_in("of " + content)]:
        return None  # a phrase of its own
    names = names_in(stem)
    if preposition:
        same = [
            name for name in names if re.search(rf"\b{preposition}\s+(?:the\s+)?$", stem[: name.start], re.IGNORECASE)
        ]
        if len(same) == 1:
            return _replaced(stem, same[0], content)
        return None if same or names else f"{stem} {preposition} {content}"
    if len(names) == 1:
        return _replaced(stem, names[0], content)
    subjects = [name for name in names if (words := stem[: name.start].split()) and words[-1].lower() in AUXILIARIES]
    return _replaced(stem, subjects[0], content) if len(subjects) == 1 else None


def _replaced(stem: str, name: Mention, content: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(name.text)}(?!\w)", lambda _: content, stem)


def _phrase_in(stem: str, content: str, preposition: str) -> str | None:
    """For example: "The president?" after "Who is the prime minister of Italy?": "Who is the president of Italy?"."""
    if preposition:
        return None
    form = re.match(
        r"(?P<ask>(?:who|what|where|how \w+) )(?P<be>is|are|was|were) the [\w -]+?(?P<of> of .+)$", stem, re.I
    )
    if form is None or not content.lower().startswith("the "):
        return None
    past, plural = form["be"].lower() in {"was", "were"}, content.lower().endswith("s")
    be = {(True, True): "were", (True, False): "was", (False, True): "are", (False, False): "is"}[past, plural]
    return f"{form['ask']}{be} {content}{form['of']}"


def _same_kind_in(stem: str, content: str, preposition: str) -> str | None:
    """Put what is said in the place of what is like it: of the same noun, a plural, or a comparison."""
    if preposition:
        last = re.search(rf"(?<= {preposition} )[a-z]+$", stem, re.IGNORECASE)
        return stem[: last.start()] + content if last and re.fullmatch(r"[a-z]+", content) else None
    told, places = phrases_in(content), phrases_in(stem)
    if told and told[0].text == content:
        return _for_same_noun(stem, told[0], places)
    if re.fullmatch(r"[a-z]+(?:er|est|ed)", content) and content not in VERBS:
        like = re.findall(rf"\b[a-z]+{content[-2:]}\b", stem)
        return stem.replace(like[0], content) if len(like) == 1 and stem.endswith(" " + like[0]) else None
    if re.fullmatch(r"[a-z]+s", content) is None:
        return None
    if counted := re.match(r"^(?:how many|which) (?P<plural>[a-z]+s) ", stem, re.IGNORECASE):
        return stem[: counted.start("plural")] + content + stem[counted.end("plural") :]
    subject = re.match(r"^\w+(?: \w+)? (?:do|did|are|were) (?P<plural>[a-z]+s) (?=\w)", stem, re.IGNORECASE)
    if subject and not places:
        return stem[: subject.start("plural")] + content + stem[subject.end("plural") :]
    return None


def _for_same_noun(stem: str, told: Phrase, places: Sequence[Phrase]) -> str | None:
    """For example: "The mill of Korr" stands in for "the mill of Tarn"; a noun alone, for the only one there is."""
    same = [phrase for phrase in places if phrase.head == told.head and phrase.kind == told.kind]
    outer = [phrase for phrase in places if phrase.depth == 0]
    if not same and len(outer) == len(places) == 1 and not names_in(stem) and outer[0].kind == told.kind:
        same = outer
    if len(same) != 1 or (same[0].text.split()[-1] != same[0].head and told.text.split()[-1] == told.head):
        return None
    return stem[: same[0].start] + told.text + stem[same[0].end :]
