"""Rules that make an English follow-up stand alone, given the question before it and its answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from qa.followups.mentions import WORD, YEAR, Mention, gist, names_in
from qa.followups.pronouns import AFTER_OBJECT, Pronoun, pointing_out, possessive, without_expletives
from qa.followups.referents import Exchange, referent, two_names
from qa.followups.words import ARTICLES, AUXILIARIES, PREPOSITIONS, PRONOUNS, RELATIONAL, SAYING, VERBS, WH

_LEAD = re.compile(r"^(?:(?:and|but|so|ok|okay|or|well|then|now|also)\b[,.]?\s+)+", re.IGNORECASE)
_ABOUT = re.compile(r"^(?:what|how)\s+about\s+", re.IGNORECASE)
_BARE = re.compile(
    r"^(?:why(?: not)?|when|where|how(?: come| so| many| much| long| often| far| big| old| exactly)?|who(?: else)?|"
    r"what(?: else| for)?|which(?: ones?)?|whose|since when|by whom|with whom|where exactly|when exactly)$",
    re.IGNORECASE,
)
_SWAPPED = re.compile(
    r"^(?:where|when|why|how)\s+(?=(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would)\b)", re.I
)
_CONTINUES = re.compile(
    r"^(?:what (?:happened|happens|came|comes|will happen|else happened) "
    r"(?:next|then|after(?:wards| that)?|before(?: that)?)|"
    r"(?:and )?then what|what next|anything else|what else(?: \w+){0,2}|for example|such as|like what|how so|"
    r"(?:can you |could you )?(?:please )?(?:tell me|give me|say|explain|elaborate|go on)(?: (?:some )?more| again)?"
    r"(?: details?| information| about (?:it|that|this))?|more(?: details?| information)?(?: please)?|"
    r"(?:is|was) (?:that|this|it) (?:true|right|correct|so|all)|are you sure|really|"
    r"what do you mean(?: by (?:that|this))?)$",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    r"^(?P<which>which|who|what)(?: (?:one|of them|of these|of the two|country))? "
    r"(?P<rest>(?:is|was|are|has|have|had)\s+(?:the )?"
    r"(?!(?:her|other)\b)(?:\w+er|\w+est|more \w+|most \w+|less \w+|better|best|worse|first|last)(?: \w+)?)$",
    re.IGNORECASE,
)
_RELATION = re.compile(
    rf"^(?:who|what|when|where|how) (?:is|are|was|were) the (?P<noun>{'|'.join(sorted(RELATIONAL))})$", re.I
)
_NO_MORE_THAN_A_VERB = re.compile(
    r"^(?:who|what|how many|how much|which)(?: people| soldiers| men| women| of them)? "
    r"(?:won|died|lost|happened|survived|came|left|changed|fled|resigned|(?:was|were) (?:killed|injured))$",
    re.IGNORECASE,
)


def rewrite(question: str, before: Sequence[Exchange]) -> str:
    """Return the question as it can be asked alone; the same one where it can already.

    ``before`` are the earlier questions, themselves made stand-alone, with their
    answers; the latest comes last, and there is at least one.
    """
    asked = question.strip().rstrip("?!. ").strip()
    led = _LEAD.match(asked + " ")
    bare = (asked[led.end() :] if led else asked).strip()
    about = _ABOUT.match(bare)
    rest = (bare[about.end() :] if about else bare).strip()
    if not rest:
        return question
    if not (led or about) and _is_fragment(rest):
        rest = rest[0].lower() + rest[1:]  # large only because it comes first
    rules: tuple[Callable[[], str | None], ...] = (
        lambda: _continued(bare, before),
        lambda: _compared(bare, before),
        lambda: _bare_word(bare, before),
        lambda: _elided(rest, before) if (led or about or _is_fragment(rest)) and not _is_clause(rest) else None,
        lambda: _pronouns_named(bare, before),
        lambda: _relation(bare, before),
    )
    for rule in rules:
        if (written := rule()) is not None:
            return question if written.rstrip("?").lower() == asked.lower() else written
    return question


def joined(question: str, previous: str) -> str:
    """Return a question with what the one before was about: "Why (the invasion of Ukraine)?"."""
    about, asked = gist(previous), question.strip().rstrip("?!. ").strip()
    says_something = " " in about or (about and about.lower() not in VERBS and not about.endswith("ed"))
    return f"{_capital(asked)} ({about})?" if says_something and about.lower() not in asked.lower() else question


def _continued(asked: str, before: Sequence[Exchange]) -> str | None:
    return joined(asked, before[-1].question) if _CONTINUES.match(asked) else None


def _compared(asked: str, before: Sequence[Exchange]) -> str | None:
    """For example: "Which is bigger?" after two names: "Which is bigger, Kazakhstan or Italy?"."""
    if (match := _COMPARED.match(asked)) is None or names_in(asked):
        return None
    if (pair := two_names(before)) is None:
        return joined(asked, before[-1].question)
    return f"{_capital(match['which'])} {match['rest']}, {pair[0]} or {pair[1]}?"


def _bare_word(asked: str, before: Sequence[Exchange]) -> str | None:
    """For example: "Why?" after "Did China help?" is "Why did China help?"."""
    if not _BARE.match(asked):
        return None
    previous = before[-1].question.rstrip("?!. ")
    if re.fullmatch(r"why|when|where|how", asked, re.IGNORECASE) and "(" not in previous:
        if previous.split()[0].lower() in AUXILIARIES:
            return f"{_capital(asked)} {previous[0].lower()}{previous[1:]}?"
        if swapped := _SWAPPED.match(previous):
            return f"{_capital(asked)} {previous[swapped.end() :]}?"
    return joined(asked, before[-1].question)


def _is_clause(text: str) -> bool:
    """Tell whether a text is a sentence of its own: it begins like a question or has a finite verb."""
    words = [word.lower() for word in WORD.findall(text)]
    return (
        not words
        or words[0] in WH | AUXILIARIES
        or any(word in AUXILIARIES - {"can", "may", "might", "will"} for word in words[1:])
    )


def _is_fragment(text: str) -> bool:
    """Tell whether a text says nothing without the one before it: "in Italy", "the president", "major characters"."""
    words = [word.lower() for word in WORD.findall(text)]
    if not words or len(words) > 4 or any(word in VERBS | WH | AUXILIARIES | {"i", "you", "we"} for word in words):
        return False
    if words[0] in PREPOSITIONS or words[0] in {"the", "his", "her", "its", "their", "this", "that"}:
        return True
    is_general = len(words) <= 2 and not any(letter.isupper() for letter in text[1:])
    return is_general and (words[-1].endswith("s") or words[-1] in RELATIONAL)


def _elided(rest: str, before: Sequence[Exchange]) -> str | None:
    """For example: "And China?", "in 2014?", "the president?": put into the question before, where there is room."""
    previous = before[-1].question
    if any(word.lower() in PRONOUNS for word in WORD.findall(rest)):
        return None  # "and his wife?" is first told whose
    stem = previous.rstrip("?!. ")
    words = rest.split()
    preposition = words[0] if words[0].lower() in PREPOSITIONS else ""
    content = rest[len(preposition) :].strip()
    if "(" not in stem:
        for place in (_year_in, _name_in, _phrase_in):
            if (written := place(stem, content, preposition)) is not None:
                return written + "?"
    return joined(rest if preposition else f"What about {rest}", previous)


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


_POINTING = re.compile(r"(?<![\w’'])(?P<this>this|that|these|those)\s+(?P<noun>[a-z]+)(?=\s|$|,)", re.IGNORECASE)
_ALONE = re.compile(
    r"(?:\b(?:of|about|after|before|for|like|by|from|to|with|do|did|does|done|is|was|are|were|mean|means)\s+"
    r"(?:this|that|these|those)$"
    r"|^(?:is|was|are|were|does|did|do)\s+(?:this|that|these|those)\s+"
    r"(?:\w+ed|still|also|different|the|a|an|true|because|mean|make)\b"
    r"|^why (?:is|was) (?:this|that)\b|\b(?:do|did|done)\s+(?:that|so|it)$)",
    re.IGNORECASE,
)
_THERE = re.compile(
    r"(?P<lead>^.*?\b(?<![’'])(?!(?:is|are|was|were|be|been|isn|aren|wasn|weren)\b)[a-z]+\s+)"
    r"there(?P<end>\s*(?:now|today|then)?)$",
    re.IGNORECASE,
)


def _pronouns_named(asked: str, before: Sequence[Exchange]) -> str | None:
    """Put names in the place of pronouns that point out of the question; None where there are none."""
    masked = without_expletives(asked)
    if (pointing := _pointing(asked, masked, before)) is not None:
        return pointing
    pronouns = pointing_out(asked)
    names = {pronoun.family: referent(pronoun.family, before) for pronoun in pronouns}
    if not any(names.values()):
        return _there_named(asked, masked, before) or (
            joined(asked, before[-1].question) if pronouns or _is_open(masked) else None
        )
    for pronoun in reversed(pronouns):
        if (name := names[pronoun.family]) is not None:
            asked = asked[: pronoun.start] + _in_place_of(pronoun, name) + asked[pronoun.end :]
    written = _asked_again(asked)
    if _DO_THAT.search(asked):
        return _done(asked, before[-1].question) or joined(written, before[-1].question)
    return written if all(names.values()) else joined(written, before[-1].question)


def _in_place_of(pronoun: Pronoun, name: Mention) -> str:
    """Return a name in a pronoun's case; "they" of one thing keeps its verb: "they (IBM)"."""
    if pronoun.family == "they" and name.kind == "unknown":
        return f"{pronoun.word} ({name.text})"
    return possessive(name.text) if pronoun.is_possessive else name.text


def _there_named(asked: str, masked: str, before: Sequence[Exchange]) -> str | None:
    """For example: "What can I see there?" after a question about Rome: "What can I see in Rome?"."""
    there = _THERE.search(masked)
    place = referent("there", before) if there else None
    if there is None or place is None:
        return None
    return _asked_again(f"{asked[: there.end('lead')]}{_place_word(there['lead'])}{place.text}{there['end']}")


def _is_open(masked: str) -> bool:
    """Tell whether "that", "there" or "one" stands in a question for what the one before was about."""
    return any(form.search(masked) for form in (_THERE, _ALONE, _HAVE_ONE))


_HAVE_ONE = re.compile(r"\b(?:have|need|get|is) one$", re.IGNORECASE)
_DO_THAT = re.compile(r"\bdo (?:that|so|this|it)$", re.IGNORECASE)
_ASKED_HOW = re.compile(r"^(?:why|how|when|where)\b(?= (?:did|does|do|will|would|can|could|should)\b)", re.IGNORECASE)


def _done(asked: str, previous: str) -> str | None:
    """For example: "Why did China do that?" after "Did China help?" is "Why did China help?"."""
    how, stem = _ASKED_HOW.match(asked), previous.rstrip("?!. ")
    asks_whether = stem.split()[0].lower() in {"did", "does", "do", "will", "would", "can", "could", "should"}
    return f"{_capital(how[0])} {stem[0].lower()}{stem[1:]}?" if how and asks_whether and "(" not in stem else None


def _pointing(asked: str, masked: str, before: Sequence[Exchange]) -> str | None:
    """For example: "That country" is named where it can be; "this decision" is put beside what it was about."""
    for match in _POINTING.finditer(masked):
        noun = match["noun"].lower()
        if noun in _NOT_POINTED_AT or noun.endswith(("ible", "able", "ed", "ing")):
            continue
        if names_in(asked[: match.start()]) or re.search(rf"\b{noun}\b", masked[: match.start()], re.IGNORECASE):
            continue
        if match["this"].lower() == "that" and _says_that(asked[: match.start()]):
            continue
        if _named_after(asked[match.end() :]):
            continue
        name = referent(noun, before)
        if name is not None:
            return _asked_again(asked[: match.start()] + name.text + asked[match.end() :])
        return joined(asked, before[-1].question)
    return None


_NOT_POINTED_AT = (
    VERBS
    | AUXILIARIES
    | PREPOSITIONS
    | PRONOUNS
    | WH
    | ARTICLES
    | AFTER_OBJECT
    | frozenset("time way year week month day kind type sort case point much many thing".split())
)


def _says_that(head: str) -> bool:
    """Tell whether "that" after these words begins a clause: "true that", "say that", "the song that"."""
    words = head.lower().split()
    return bool(words) and words[-1] not in PREPOSITIONS | AUXILIARIES | VERBS - SAYING


def _named_after(tail: str) -> bool:
    """For example: "These names of rivers", "this river Nile": what it is comes after."""
    words = tail.split()
    return bool(words) and (
        words[0].lower() in {"of", "that", "which", "who", "where", "called", "named"} or words[0][0].isupper()
    )


def _place_word(lead: str) -> str:
    last = lead.split()[-1].lower()
    if last in PREPOSITIONS:
        return ""
    return (
        "to " if last in {"go", "going", "get", "getting", "travel", "went", "move", "moved", "drive", "fly"} else "in "
    )


def _relation(asked: str, before: Sequence[Exchange]) -> str | None:
    """For example: "What was the result?", "Who won?": of what, the question before says."""
    return joined(asked, before[-1].question) if _RELATION.match(asked) or _NO_MORE_THAN_A_VERB.match(asked) else None


def _asked_again(text: str) -> str:
    return _capital(text.strip()) + "?"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
