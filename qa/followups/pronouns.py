"""Which pronouns of an English question point out of it, to what was said before."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa.english.lexicon import AUXILIARIES, FUNCTION_WORDS, PREPOSITIONS, VERBS, WH
from qa.english.names import WORD, names_in


@dataclass(frozen=True, slots=True)
class Pronoun:
    """A pronoun and where it stands; ``family`` is "he", "she", "it" or "they"."""

    word: str
    start: int
    end: int
    family: str
    is_possessive: bool


def pointing_out(asked: str) -> list[Pronoun]:
    """Return the first pronoun of each family that nothing in its own question explains, in order."""
    found: dict[str, Pronoun] = {}
    for match in _PERSONAL.finditer(without_expletives(asked)):
        family = _family(match[1])
        if family not in found and not _is_told(asked, match):
            owns = _is_possessive(match[1], asked[match.end() :])
            found[family] = Pronoun(match[1], match.start(), match.end(), family, owns)
    return sorted(found.values(), key=lambda pronoun: pronoun.start)


def without_expletives(asked: str) -> str:
    """Return the question with each "it" that stands for nothing ("Is it true that…") blotted out; lengths stay."""
    return _EXPLETIVE.sub(lambda match: "_" * len(match[0]), asked)


def possessive(name: str) -> str:
    """Return a name with the sign of what is its own."""
    return f"{name}’" if name.endswith("s") else f"{name}’s"


# "It" that stands for nothing, "they" that stands for anyone.
_EXPLETIVE = re.compile(
    r"^it\s+(?:is|was|seems)\b|\bit['’]s\b|"
    r"\b(?:is|was|be|isn['’]t|would|will|can|could)\s+it\s+(?:be\s+)?(?:\w+ly\s+)?"
    r"(?:true|possible|important|necessary|better|best|worth|safe|legal|illegal|okay|ok|normal|clear|likely|hard|easy|"
    r"difficult|good|bad|mandatory|required|common|who|that|allowed|said|believed|thought|estimated|known|claimed|"
    r"suggested|considered|called|raining|snowing|cold|hot|late|time|a good idea)\b"
    r"(?=.*\b(?:to|that|if|when|for|who|in|at|on)\b)|"
    r"\b(?:does|doesn['’]t|did|didn['’]t|do|will|would|can|could)\s+it\s+(?:\w+\s+)?"
    r"(?:take|cost|matter|mean|make\s+(?:any\s+)?sense)\b(?=.*\b(?:to|that|if|for|in|when)\b)|"
    r"\bit\s+(?:(?:rain|snow)s?|get\s+(?:dark|light|late|cold|hot))\b|\bwhat\s+time\s+(?:is|was)\s+it\b|"
    r"\b(?:what|who|how|where|when|why)\s+(?:is|was)\s+it\s+(?:that|who|like\s+to)\b|"
    r"\b(?:is|was)\s+it\s+(?:\w+(?:ed|wn|en)\s+that|to)\b|\bhow\s+\w+\s+(?:is|was)\s+it\s+(?:from|to|between|across)\b|"
    r"\b(?:make|find|found|makes|made)\s+it\s+\w+\s+(?:to|for|that)\b|\bthat\s+it\s+(?:is|was)\s+\w+\s+(?:to|that)\b|"
    r"\bthey\s+(?:film|shoot|call\s+it|say\s+that)\b",
    re.IGNORECASE,
)
_PERSONAL = re.compile(r"(?<![\w’'])(he|she|him|his|her|hers|it|its|they|them|their|theirs)(?![\w-])", re.IGNORECASE)
_BREAKS = re.compile(
    r"\b(?:and|but|when|if|while|because|before|after|that|who|which|to|since|although|once|so)\b|[,;]", re.I
)
AFTER_OBJECT = (
    PREPOSITIONS | AUXILIARIES | WH | {"and", "or", "now", "then", "today", "first", "so", "again", "not", "there"}
)


def _family(pronoun: str) -> str:
    pronoun = pronoun.lower()
    if pronoun in {"he", "him", "his"}:
        return "he"
    if pronoun in {"she", "her", "hers"}:
        return "she"
    return "it" if pronoun in {"it", "its"} else "they"


_INVERTED = re.compile(
    r"(?:^|[,;]\s*|\b(?:and|but|so)\s+)(?:(?:in|on|at|for|to|from|by|about|with)\s+)?"
    rf"(?:(?:{'|'.join(sorted(WH))})\b(?:(?!\b(?:and|but|or)\b)[^,;])*?\s)?(?:{'|'.join(sorted(AUXILIARIES))})\s+$",
    re.IGNORECASE,
)
_SUBORDINATING = frozenset(
    "as when if because before after while until once than that what where why how although though "
    "whether and but".split()
)
_ASKED_NOUN = re.compile(rf"^(?:who|what|which)\s+(?!(?:{'|'.join(sorted(AUXILIARIES))})\b)\w+", re.IGNORECASE)
_OWN_OF = re.compile(r"\b(?:the|a|an)\s+\w+\s+(?:of|in|for|to|with|by|on)\s*$", re.IGNORECASE)
_SINGULAR = re.compile(r"\b(?:the|a|an|my|your|our|each|every|something|anything)\s+[\w-]+", re.IGNORECASE)


def _is_told(asked: str, match: re.Match[str]) -> bool:
    """Tell whether a pronoun's own question says whom or what it means.

    It may where something is named before it: in an earlier clause, or as the
    subject whose own it is. It does not where it is the subject itself ("What
    rights do they have?") or the object of the only one named ("How did the
    USA react to it?").
    """
    pronoun, head, tail = match[1].lower(), asked[: match.start()], asked[match.end() :]
    inverted = _INVERTED.search(head)
    searched = head[: inverted.start()] if inverted else head
    content = [word for word in WORD.findall(searched) if word.lower() not in FUNCTION_WORDS]
    if not content:
        return False
    if inverted or head.rstrip().endswith(",") or WORD.findall(head)[-1].lower() in _SUBORDINATING:
        return True
    is_subject = pronoun == "it" and bool(tail.split()) and tail.split()[0].lower() in AUXILIARIES
    if pronoun in {"he", "she", "they"} or is_subject:
        return True
    if pronoun == "them":
        return len(content) > 3 and any(word.endswith("s") for word in content)
    if _is_possessive(pronoun, tail):
        return _ASKED_NOUN.match(head) is not None or _has_owner(_OWN_OF.sub("", searched), pronoun)
    named = len(names_in(searched)) + len(_SINGULAR.findall(searched))
    return len(content) > 2 and (named > 1 or _BREAKS.search(searched) is not None)


def _has_owner(head: str, pronoun: str) -> bool:
    nouns = [word for word in WORD.findall(head) if word.lower() not in FUNCTION_WORDS | VERBS]
    return (
        len(nouns) > 1
        or bool(names_in(head) or _SINGULAR.search(head))
        or (pronoun == "their" and any(word.endswith("s") for word in nouns))
    )


def _is_possessive(pronoun: str, tail: str) -> bool:
    pronoun = pronoun.lower()
    if pronoun in {"his", "its", "their", "hers", "theirs"}:
        return True
    following = WORD.match(tail.lstrip())
    return pronoun == "her" and following is not None and following[0].lower() not in AFTER_OBJECT
