"""Rules that make an English follow-up stand alone, given the question before it and its answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from qa.english.lexicon import ARTICLES, AUXILIARIES, PREPOSITIONS, PRONOUNS, RELATIONAL, SAYING, VERBS, WH
from qa.english.names import Mention, capital, joined, names_in
from qa.english.noun_phrases import phrases_in
from qa.followups.ellipsis import bare_word, compared, elided, is_clause, is_fragment, ordinal
from qa.followups.pronouns import AFTER_OBJECT, Pronoun, pointing_out, possessive, without_expletives
from qa.followups.referents import Exchange, referent, with_head

_LEAD = re.compile(r"^(?:(?:and|but|so|ok|okay|or|well|then|now|also)\b[,.]?\s+)+", re.IGNORECASE)
_ABOUT = re.compile(r"^(?:what|how)\s+about\s+", re.IGNORECASE)
_CONTINUES = re.compile(
    r"^(?:what (?:happened|happens|came|comes|will happen|else happened) "
    r"(?:next|then|after(?:wards| that)?|before(?: that)?)|"
    r"(?:and )?then what|what next|anything else|what else(?: \w+){0,2}|for example|such as|like what|how so|"
    r"(?:can you |could you )?(?:please )?(?:tell me|give me|say|explain|elaborate|go on)(?: (?:some )?more| again)?"
    r"(?: details?| information| about (?:it|that|this))?|more(?: details?| information)?(?: please)?|"
    r"(?:is|was) (?:that|this|it) (?:true|right|correct|so|all)|are you sure|really|"
    r"how (?:long|many \w+|much time) (?:did|does|will|has|would) (?:it|that|this) (?:take|taken)|"
    r"who(?: else)? (?:is|are|was|were) there|"
    r"what (?:is|was) (?:there|it|that) (?:before|afterwards|later|next|instead)|"
    r"what do you mean(?: by (?:that|this))?)$",
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
    if not (led or about) and is_fragment(rest):
        rest = rest[0].lower() + rest[1:]  # large only because it comes first
    rules: tuple[Callable[[], str | None], ...] = (
        lambda: _continued(bare, before),
        lambda: compared(bare, before),
        lambda: bare_word(bare, before),
        lambda: ordinal(rest, before),
        lambda: elided(rest, before) if (led or about or is_fragment(rest)) and not is_clause(rest) else None,
        lambda: _owned_by_it(rest, before) if led or about or is_fragment(rest) else None,
        lambda: _pronouns_named(bare, before),
        lambda: _relation(bare, before),
    )
    for rule in rules:
        if (written := rule()) is not None:
            return question if written.rstrip("?").lower() == asked.lower() else written
    return question


def _continued(asked: str, before: Sequence[Exchange]) -> str | None:
    return joined(asked, before[-1].question) if _CONTINUES.match(asked) else None


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
    if (known := _known_named(asked, before)) is not None:
        return known
    pronouns = pointing_out(asked)
    names: dict[str, Mention | None] = {}
    for pronoun in pronouns:
        taken = [name.text for name in names.values() if name is not None]
        names[pronoun.family] = referent(pronoun.family, before, besides=taken)
    if not any(names.values()):
        return _there_named(asked, masked, before) or (
            joined(asked, before[-1].question) if pronouns or _is_open(masked) else None
        )
    for pronoun in reversed(pronouns):
        if (name := names[pronoun.family]) is not None:
            asked = _with_name(asked, pronoun, name)
    written = _asked_again(asked)
    if _DO_THAT.search(asked):
        return _done(asked, before[-1].question) or joined(written, before[-1].question)
    return written if all(names.values()) else joined(written, before[-1].question)


def _with_name(asked: str, pronoun: Pronoun, name: Mention) -> str:
    """Put a name in the place of a pronoun, in its case; "they" of one thing keeps its verb: "they (IBM)"."""
    head, tail = asked[: pronoun.start], asked[pronoun.end :]
    if pronoun.family == "they" and name.kind == "unknown":
        return f"{head}{pronoun.word} ({name.text}){tail}"
    if not pronoun.is_possessive:
        return head + name.text + tail
    if len(name.text.split()) > 3 and (owned := _OWNED_AT_THE_END.match(tail)):
        return f"{head}the{owned[0]} of {name.text}"
    return head + possessive(name.text) + tail


_OWNED_AT_THE_END = re.compile(rf"^ (?!(?:{'|'.join(sorted(PREPOSITIONS))})\b)[a-z]+$")


def _owned_by_it(rest: str, before: Sequence[Exchange]) -> str | None:
    """For example: "And her sister?" after "Who taught Ida Krall?": "Who taught Ida Krall’s sister?"."""
    pronouns = pointing_out(rest)
    if is_clause(rest) or len(pronouns) != 1 or not pronouns[0].is_possessive or pronouns[0].start:
        return None
    if (name := referent(pronouns[0].family, before)) is None:
        return joined(f"What about {rest}", before[-1].question)
    stem, owned = before[-1].question.rstrip("?!. "), _with_name(rest, pronouns[0], name)
    if "(" not in stem and stem.count(name.text) == 1:
        return _asked_again(stem.replace(name.text, owned))
    return _asked_again(f"What about {owned}")


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


def _known_named(asked: str, before: Sequence[Exchange]) -> str | None:
    """For example: "How tall is the lighthouse?" means the one of Lissen where that is what was asked about.

    Only in a short question that speaks of nothing else: in others, "the system" often is another one.
    """
    phrases = phrases_in(asked)
    if names_in(asked) or len(phrases) != 1 or len(asked.split()) > _FEW_WORDS:
        return None
    phrase = phrases[0]
    known = with_head(phrase.head, before) if phrase.text.lower() == f"the {phrase.head}" else None
    if known is None or known.text.endswith(phrase.head):
        return None
    return _asked_again(asked[: phrase.start] + known.text + asked[phrase.end :])


_FEW_WORDS = 8
_HAVE_ONE = re.compile(r"\b(?:have|need|get|is) one$", re.IGNORECASE)
_DO_THAT = re.compile(r"\bdo (?:that|so|this|it)$", re.IGNORECASE)
_ASKED_HOW = re.compile(r"^(?:why|how|when|where)\b(?= (?:did|does|do|will|would|can|could|should)\b)", re.IGNORECASE)


def _done(asked: str, previous: str) -> str | None:
    """For example: "Why did China do that?" after "Did China help?" is "Why did China help?"."""
    how, stem = _ASKED_HOW.match(asked), previous.rstrip("?!. ")
    asks_whether = stem.split()[0].lower() in {"did", "does", "do", "will", "would", "can", "could", "should"}
    return f"{capital(how[0])} {stem[0].lower()}{stem[1:]}?" if how and asks_whether and "(" not in stem else None


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
        name = with_head(noun, before) or referent(noun, before)
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
    return capital(text.strip()) + "?"
