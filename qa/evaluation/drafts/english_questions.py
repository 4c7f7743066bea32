"""English clauses to questions about one of their parts: the subject, the object, when, why, how many.

The answer is the part that was left out, to the character. A question that
would need words that are not there, or points at something outside of it, is
not made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from index.article import Span
from qa.evaluation.drafts.clauses import Clause, Word, is_adverb, span_of
from qa.evaluation.drafts.english_words import (
    BE,
    CATENATIVE,
    CITIES,
    CONJUNCTIONS,
    COUNTRIES,
    DETERMINERS,
    FINITE_AUXILIARIES,
    INTRANSITIVE,
    MODALS,
    MONTHS,
    MORE_PREPOSITIONS,
    PERSONAL,
    POINTING,
    REPORTING,
    SELVES,
    SUBORDINATING,
    UNDERGOING,
    VERB_FORMS,
    WITH_PREPOSITION,
)
from qa.evaluation.drafts.nouns import Asked
from qa.followups.words import AGENTS, PLACES, PLURAL_NOUNS, SINGULAR_IN_S, TITLES
from qa.sentence_rules import is_worker as _is_worker

MOST_WORDS = 17  # after the question word
LEAST_WORDS = 2
_YEAR = re.compile(r"1\d{3}|20\d\d")
_DECADE = re.compile(r"(?:1\d|20)\d0s")


def questions_about(clause: Clause, text: str, sentence: Span, kinds: Mapping[str, str]) -> Iterator[Asked]:
    """Yield what the rules ask of a clause; ``kinds`` tells of the article's names what they name."""
    for rule in (_subject, _by_whom, _kind_of_thing, _why, _when, _where, _object, _prepositional, _number):
        yield from rule(clause, text, sentence, kinds)


def _subject(clause: Clause, text: str, sentence: Span, kinds: Mapping[str, str]) -> Iterator[Asked]:
    """For example: "Turkey took sides." — "Which country took sides?"."""
    who = asked_for(clause.subject, clause, kinds)
    rest = shortened(clause.rest)
    if who == "What" and len(clause.subject) < 3:
        return  # "the station": which one, only the sentence before tells
    if who is None or not rest or _first(rest).low in {"one", "not", "nothing", "so"} or clause.verb.low == "do":
        return
    if clause.verb.low in BE and _first(rest).low in {"a", "an", "the"} and "of" not in [w.low for w in rest]:
        return  # "What is a country?" has too many answers
    said = _joined(text, [*clause.adverbs, clause.verb], rest)
    if len([word for word in (*clause.adverbs, *rest) if word.text[0].isalnum()]) >= 2:
        yield Asked(f"{who} {said}?", "who" if who == "Who" else "which", span_of(clause.subject), sentence, 3 if who != "What" else 2)


def _object(clause: Clause, text: str, sentence: Span, kinds: Mapping[str, str]) -> Iterator[Asked]:
    """For example: "An invasion would ignite sentiments." — "What would an invasion ignite?"."""
    parts = inverted(clause, text)
    if parts is None:
        return
    asked, base, rest = parts
    if base in INTRANSITIVE | UNDERGOING or base in {"do", "want", "let", "help", "make", "call", "allow", "enable", "take", "say", "tell", "consider", "regard", "name"} or not rest:
        return
    first = rest[0]
    if first.low == "that" and base in REPORTING:
        found, after, trust = list(rest), [], 2
    elif first.low.endswith("ing") and base in {"risk", "propose", "recommend", "prevent", "consider", "suggest", "involve"}:
        found, after, trust = list(rest), [], 2
    else:
        found, after = _noun_phrase(rest)
        trust = 2
    if after and after[0].low not in MORE_PREPOSITIONS | SUBORDINATING | CONJUNCTIONS | SELVES | {"to"} and after[0].low != "yesterday":
        return
    if any(word.low in SELVES for word in rest):  # cut what is said of itself
        cut = next((place for place, word in enumerate(found) if word.low in SUBORDINATING), 0)
        found, after = found[:cut], []
    if not found or (len(found) == 1 and found[0].low in POINTING):
        return
    if after and after[0].low in SUBORDINATING | CONJUNCTIONS:
        after = []
    who = "Whom" if is_person(found, kinds) else "What"
    tail = f" {_joined(text, after)}" if after and len(after) <= 8 else ""
    if after and len(after) > 8:
        return
    yield Asked(f"{who} {asked}{tail}?", "what", span_of(found), sentence, trust)


def _prepositional(clause: Clause, text: str, sentence: Span, kinds: Mapping[str, str]) -> Iterator[Asked]:
    """For example: "Tokaev called for troops." — "What did Tokaev call for?"."""
    parts = inverted(clause, text)
    if parts is None:
        return
    asked, base, rest = parts
    if WITH_PREPOSITION.get(base) != (rest[0].low if rest else None) or len(rest) < 2:
        return
    found, after = _noun_phrase(rest[1:])
    if found and not after and not any(word.low in POINTING | SELVES for word in found):
        who = "Whom" if is_person(found, kinds) else "What"
        yield Asked(f"{who} {asked} {rest[0].low}?", "what", span_of(found), sentence, 3)


def _by_whom(clause: Clause, text: str, sentence: Span, kinds: Mapping[str, str]) -> Iterator[Asked]:
    """For example: "The bridge was built by Marta Holm." — "By whom was the bridge built?"."""
    parts = inverted(clause, text)
    if parts is None or clause.verb.low not in BE:
        return
    asked, _, rest = parts
    for position, word in enumerate(rest):
        if word.low == "by":
            found, _after = _noun_phrase(rest[position + 1 :])
            if found and (is_person(found, kinds) or (len(found) > 1 and all(each.is_name for each in found))):
                before = f" {_joined(text, rest[:position])}" if position else ""
                yield Asked(f"By whom {asked}{before}?", "who", span_of(found), sentence, 3)
            return


def _why(clause: Clause, text: str, sentence: Span, kinds: Mapping[str, str]) -> Iterator[Asked]:
    """For example: "It kept silent, in order not to risk a war." — the purpose, or what stands after "because"."""
    parts = inverted(clause, text)
    if parts is None:
        return
    asked, base, rest = parts
    end = (rest or (clause.verb,))[-1].span.end
    following = re.compile(r",? (in order (?:not )?to [^.;:()–—]+|because (?!of the fact)[^.;:()–—]+)").match(text, end, sentence.end)
    if following is not None and rest:
        reason = Span(following.start(1), following.end(1) - len(following[1]) + len(following[1].rstrip(" ,”")))
        yield Asked(f"Why {asked} {_joined(text, rest)}?", "why", reason, sentence, 3)
        return
    for position, word in enumerate(rest):
        participle = word.low in {"fearing", "hoping", "believing", "arguing", "claiming", "seeking"} and position >= 2
        purpose = (
            word.low == "to"
            and position >= 2
            and base not in CATENATIVE | UNDERGOING
            and position + 1 < len(rest)
            and (form := VERB_FORMS.get(rest[position + 1].low)) is not None
            and form.form == "base"
            and not any(each.low in SUBORDINATING | CONJUNCTIONS | {"as", "how", "ready", "ability", "right", "decision", "attempt", "plan"} for each in rest[:position])
            and rest[position - 1].low.endswith(("s", "t", "n", "r", "d", "e", "y"))
            and _noun_phrase(rest[:position])[1] == []
        )
        if (participle or purpose) and not any(each.low in SUBORDINATING for each in rest[:position]):
            reason = span_of(rest[position:])
            yield Asked(f"Why {asked} {_joined(text, rest[:position])}?", "why", reason, sentence, 3)
            return


def _when(clause: Clause, text: str, sentence: Span, kinds: Mapping[str, str]) -> Iterator[Asked]:
    """For example: "The bridge was built in 1890." — "When was the bridge built?"."""
    parts = inverted(clause, text)
    if parts is None:
        return
    asked, _, rest = parts
    lead = _time(clause.lead, 0)
    if lead is not None and lead == (0, len(clause.lead)) and rest and not any(_time(rest, p) for p in range(len(rest))):
        time, kept = list(clause.lead), shortened(rest)
        if kept:
            yield Asked(f"{_when_word(time)} {asked} {_joined(text, kept)}?", "when", span_of(_bare(time)), sentence, 4)
        return
    for position in range(len(rest)):
        place = _time(rest, position)
        if place is None or any(word.low in SUBORDINATING for word in rest[:position]):
            continue
        begin, end = place
        time, before, after = rest[begin:end], rest[:begin], rest[end:]
        if not before and clause.verb.low in BE:
            return
        after = () if after and (after[0].low in CONJUNCTIONS or after[0].low.endswith("ing") or len(after) > 8) else after
        kept = [*before, *after]
        said = f" {_joined(text, before, after)}" if kept else ""
        yield Asked(f"{_when_word(time)} {asked}{said}?", "when", span_of(_bare(time)), sentence, 4)
        return


def _where(clause: Clause, text: str, sentence: Span, kinds: Mapping[str, str]) -> Iterator[Asked]:
    """For example: "The stadium was built in Boston." — "Where was the stadium built?"."""
    parts = inverted(clause, text)
    if parts is None:
        return
    asked, _, rest = parts
    for position, word in enumerate(rest[:-1]):
        if word.low not in {"in", "at", "near"} or any(each.low in SUBORDINATING | CONJUNCTIONS for each in rest[:position]):
            continue
        follows = rest[position + 1 :]
        name = [each for each in follows if each.low != "the"]
        if not name or not all(each.is_name or each.text == "," for each in name) or name[0].low in MONTHS:
            continue
        known = name[-1].low in PLACES or kinds.get(" ".join(each.text for each in name)) == "thing"
        passive = clause.verb.low in BE and position >= 1 and rest[0].low.endswith(("ed", "ilt", "orn", "eld", "ade"))
        if known and (passive or position == 0 or (position >= 2 and clause.verb.low not in BE)):
            said = f" {_joined(text, rest[:position])}" if position else ""
            yield Asked(f"Where {asked}{said}?", "where", span_of(rest[position:]), sentence, 3 if passive or not position else 1)
        return


def _number(clause: Clause, text: str, sentence: Span, kinds: Mapping[str, str]) -> Iterator[Asked]:
    """For example: "Harvard has 10 faculties." — "How many faculties does Harvard have?"."""
    number = clause.subject[0]
    if number.is_number and len(clause.subject) > 1 and clause.subject[1].low not in {"of", "percent", "per"} and not _YEAR.fullmatch(number.text):
        rest = shortened(clause.rest)
        if rest:
            said = _joined(text, clause.subject[1:], [*clause.adverbs, clause.verb], rest)
            yield Asked(f"How many {said}?", "how many", number.span, sentence, 3)
    parts = inverted(clause, text)
    if parts is None:
        return
    asked, _, rest = parts
    for position, word in enumerate(rest[:3]):
        if word.is_number and not _YEAR.fullmatch(word.text):
            found = _counted(rest, position)
            between = rest[:position]
            if found is None or any(each.low not in {"about", "over", "around", "more", "than", "nearly", "almost", "only"} for each in between):
                return
            noun = rest[position + 1 : found]
            after = rest[found:]
            if after and after[0].low in SUBORDINATING | CONJUNCTIONS | {"times", "percent", "per"}:
                after = ()
            tail = after if len(after) <= 8 else ()
            measured = noun[0].low in _UNITS and len(noun) > 1
            if noun[0].low in {"percent", "per", "times", "million", "billion", "of"}:
                return
            if measured and noun[1].low in _DIMENSIONS:
                yield Asked(f"How {noun[1].low} {asked}?", "how many", span_of([word, noun[0]]), sentence, 4)
                return
            said = f" {_joined(text, tail)}" if tail else ""
            yield Asked(f"How many {_joined(text, noun)} {asked}{said}?", "how many", span_of([word, *noun]), sentence, 3)
            return


_UNITS = frozenset("metres meters kilometres kilometers miles feet metre centimetres millimetres years km m cm hectares".split())
_DIMENSIONS = frozenset("tall high long wide deep old thick".split())


def _kind_of_thing(clause: Clause, text: str, sentence: Span, kinds: Mapping[str, str]) -> Iterator[Asked]:
    """For example: "Kazakhstan has a young population." — "What kind of population does Kazakhstan have?"."""
    if clause.verb.low == "has" and clause.is_having and (subject := _as_subject(clause, text)):
        found, after = _noun_phrase(clause.rest)
        if len(found) >= 3 and found[0].low in {"a", "an"} and not after and not any(w.low in MORE_PREPOSITIONS | {"number", "total"} for w in found):
            noun = found[-1].low
            if not any(word.is_number for word in found):
                yield Asked(f"What kind of {noun} does {subject} have?", "what", span_of(found), sentence, 3)


def inverted(clause: Clause, text: str) -> tuple[str, str, tuple[Word, ...]] | None:
    """Return a clause as it is after a question word ("did China react"), the verb's base, and what follows it."""
    subject = _as_subject(clause, text)
    if subject is None:
        return None
    adverbs = f" {_joined(text, clause.adverbs)}" if clause.adverbs else ""
    low, rest = clause.verb.low, clause.rest
    if clause.is_auxiliary:
        kept: list[Word] = []
        while rest and (is_adverb(rest[0]) or rest[0].low in {"not", "been", "be"}):
            kept.append(rest[0])
            rest = rest[1:]
        if low in BE and not kept and (not rest or rest[0].low not in VERB_FORMS and not rest[0].low.endswith(("ed", "en", "ing", "orn"))):
            return f"{low} {subject}{adverbs}", "be", rest
        if not rest:
            return None
        if low in MODALS | {"has", "have", "had"} and any(word.low in {"be", "been"} for word in kept):
            if not rest[0].low.endswith(("ed", "en", "ing")) and rest[0].low not in VERB_FORMS:
                return None
        if low in BE and any(word.low not in {"been", "be"} and not is_adverb(word) for word in kept):
            return None
        verb, rest = rest[0], rest[1:]
        base = VERB_FORMS[verb.low].base if verb.low in VERB_FORMS else verb.low
        if low in BE and not verb.low.endswith("ing"):
            base = "be"  # nothing that is done to it is an object
        said = " ".join(word.text for word in [*kept, verb])
        if base == "begin" and rest and rest[0].low == "to" and len(rest) > 2:
            said, rest = f"{said} to {rest[1].text}", rest[2:]
            while rest and rest[0].low in {"away", "up", "out", "back"}:
                said, rest = f"{said} {rest[0].text}", rest[1:]
            base = "begin"
        return f"{low} {subject}{adverbs} {said}", base, rest
    if clause.is_having:
        return f"{'did' if low == 'had' else 'do' if low == 'have' else 'does'} {subject}{adverbs} have", "have", rest
    form = VERB_FORMS.get(low)
    if form is None:
        return None
    do = {"base": "do", "present": "does"}.get(form.form, "did")
    return f"{do} {subject}{adverbs} {form.base}", form.base, rest


def asked_for(subject: Sequence[Word], clause: Clause, kinds: Mapping[str, str]) -> str | None:
    """Return the question words that stand for a subject: who, what, which country; None where it is not sure."""
    bare = [word for word in subject if word.low not in {"the", "a", "an"} and word.text != ","]
    names = [word for word in bare if word.is_name]
    lows = [word.low for word in bare if word.low != "and"]
    verb = _main_verb(clause)
    plural = clause.verb.low in {"are", "were", "have", "do"} or (
        (form := VERB_FORMS.get(clause.verb.low)) is not None and form.form == "base"
    )
    if len(lows) == 1 and lows[0] in COUNTRIES:
        return "Which country"
    if len(lows) > 1 and sum(low in COUNTRIES for low in lows) >= 2 and all(word.is_name or word.low == "and" for word in bare):
        return "Which countries"
    if len(lows) == 1 and lows[0] in CITIES:
        return "Which city" if verb in {"be", "host"} else "Who" if verb in PERSONAL else None
    if is_person(subject, kinds) or (names and len(names) == len(bare) and verb in PERSONAL):
        if not plural:
            return "Who"
        return None
    if len(bare) == 1 and subject[0] is bare[0] and not plural:
        return None  # a name, or a word that opens the sentence: who knows
    if not names or not subject[0].is_name or (subject[0].low in DETERMINERS) or (clause.opens and not any(w.is_name for w in bare[1:])):
        return _common(bare, plural, opens=clause.opens)
    return None


_VAGUE = frozenset("various several many other different most some such certain numerous further more both all".split())


def _common(bare: Sequence[Word], plural: bool, *, opens: bool) -> str | None:
    """Return the question words for a common noun: "which channels" where several are told apart, else "what"."""
    until = next((place for place, word in enumerate(bare) if word.low in MORE_PREPOSITIONS), len(bare))
    head = bare[until - 1] if until else None
    if head is None or (len(bare) == 1 and bare[0].low in {"others", "people", "things", "part"}):
        return None
    if head.low in AGENTS or bare[0].is_number or any(word.text in "“”" for word in bare):
        return None
    several = head.low.endswith("s") and not head.low.endswith(("ss", "us", "is")) and head.low not in SINGULAR_IN_S
    if _is_worker(head.low) or _is_worker(head.low.removesuffix("s")):
        return None if plural or several else "Who" if len(bare) > 1 else None
    if head.low in {"number", "group", "majority", "variety", "lot", "part", "pair", "series"} or bare[0].low in _VAGUE:
        return None
    if plural or several or head.low in PLURAL_NOUNS:
        if any(word.low == "and" for word in bare) or not (several or head.low in PLURAL_NOUNS) or head.is_name or len(bare) == 1:
            return None
        return f"Which {head.low}" if until != len(bare) else f"What kind of {head.low}"
    if head.is_name and not (opens and head is bare[0]):
        return None
    return "What" if len(bare) > 1 or opens else None


def is_person(words: Sequence[Word], kinds: Mapping[str, str]) -> bool:
    """Tell whether some words surely name a person, or what a person does."""
    bare = [word for word in words if word.low not in {"the", "a", "an"}]
    if not bare:
        return False
    name = " ".join(word.text for word in bare if word.is_name)
    if bare[0].low in AGENTS and len(bare) > 1 and all(word.is_name for word in bare[1:]):
        return True
    until = next((place for place, word in enumerate(bare) if word.low in MORE_PREPOSITIONS), len(bare))
    if bare[0].low in TITLES and len(bare) > 1:
        return True
    if all(word.is_name for word in bare) and any(kinds.get(each) == "person" for each in (name, bare[-1].text)):
        return bare[-1].low not in PLACES
    return until > 0 and bare[until - 1].low in AGENTS and not bare[until - 1].is_name


def shortened(words: Sequence[Word]) -> list[Word]:
    """Return the words that a question keeps: all, or those up to the last phrase that leaves it short enough."""
    kept = list(words)
    if len([w for w in kept if w.text[0].isalnum()]) > MOST_WORDS:
        cuts = [place for place, word in enumerate(kept[:MOST_WORDS]) if place >= 5 and word.low in MORE_PREPOSITIONS - {"of"}]
        kept = kept[: cuts[-1]] if cuts else []
    while kept and (kept[-1].low in CONJUNCTIONS | DETERMINERS | MORE_PREPOSITIONS | {"to"} or kept[-1].text == "“"):
        kept.pop()
    return kept


def _noun_phrase(words: Sequence[Word]) -> tuple[list[Word], list[Word]]:
    """Return the noun phrase that some words begin with, prepositions and relative clauses in it, and what is left."""
    if not words:
        return [], []
    first = words[0]
    begins = first.low in DETERMINERS or first.is_name or first.is_number or first.text == "“"
    bare_plural = first.text.replace("-", "").isalpha() and first.low not in MORE_PREPOSITIONS | SUBORDINATING | CONJUNCTIONS | POINTING | {"to", "not"} and not is_adverb(first)
    ends = next((p for p, w in enumerate(words) if w.low in MORE_PREPOSITIONS | SUBORDINATING | {"to"}), len(words))
    if not begins and not (bare_plural and ends and words[ends - 1].low.endswith("s") and not first.low.endswith(("ing", "ed"))):
        return [], []
    position = 0
    while position < len(words):
        word = words[position]
        if position and (word.low in {"to", "every"} or is_adverb(word) and position + 1 == len(words)):
            break
        if position and word.low in MORE_PREPOSITIONS - {"of", "between", "against", "for"} and not _is_of_noun(words, position):
            break
        if word.low in SELVES | {"yesterday", "today"} or (position and _time(words, position) is not None):
            break
        position += 1
    found, after = list(words[:position]), list(words[position:])
    while found and found[-1].low in CONJUNCTIONS | DETERMINERS | MORE_PREPOSITIONS | SUBORDINATING:
        after = []
        found.pop()
    if not any(word.low not in DETERMINERS for word in found):
        return [], []
    return found, after


def _is_of_noun(words: Sequence[Word], position: int) -> bool:
    """Tell whether a preposition is likely to belong to the noun before it and not to the verb."""
    relative = any(word.low in {"that", "which", "who", "whose"} for word in words[:position])
    return relative or words[position].low in {"about", "with", "without", "between"}


def _counted(words: Sequence[Word], position: int) -> int | None:
    """Return where the noun ends that a number at a place counts."""
    for end in range(position + 1, min(position + 5, len(words))):
        word = words[end]
        if not word.text[0].isalpha() or word.low in MORE_PREPOSITIONS | SUBORDINATING | CONJUNCTIONS or word.is_name:
            return None
        if word.low in _UNITS and end + 1 < len(words) and words[end + 1].low in _DIMENSIONS:
            return end + 2
        if word.low.endswith("s") or word.low in {"people", "men", "women", "children"}:
            return end + 1
    return None


def _time(words: Sequence[Word], position: int) -> tuple[int, int] | None:
    """Return the place of a phrase of time with a year or a date in it, that begins at a place."""
    if position >= len(words) or words[position].low not in {"in", "on", "after", "since", "before", "by", "until", "around", "during", "from", "between"}:
        return None
    end, dated = position + 1, False
    while end < len(words):
        word = words[end]
        if _YEAR.fullmatch(word.text) or _DECADE.fullmatch(word.text) or (word.low in MONTHS and word.is_name) or re.fullmatch(r"\d+(?:st|nd|rd|th)", word.low):
            dated = True
        elif not (word.low in {"the", "of", *(("and",) if words[position].low == "between" else ()), "early", "late", "mid", "spring", "summer", "autumn", "winter", "about", "around", "century"} or re.fullmatch(r"\d{1,2}", word.text)):
            break
        end += 1
    while end > position + 1 and words[end - 1].low in {"the", "of"}:
        end -= 1
    return (position, end) if dated else None


def _when_word(time: Sequence[Word]) -> str:
    year = len(time) == 2 and _YEAR.fullmatch(time[1].text)
    if time[0].low in {"after", "before", "until", "since", "from"}:
        return f"{time[0].low.capitalize()} {'which year' if year else 'when'}" if time[0].low not in {"since", "until"} else f"{time[0].low.capitalize()} when"
    return "In which year" if year and time[0].low == "in" else "When"


def _bare(time: Sequence[Word]) -> Sequence[Word]:
    return time[1:] if len(time) > 1 and time[0].low in {"in", "on", "after", "before", "since", "until", "from", "by", "during"} else time


def _as_subject(clause: Clause, text: str) -> str | None:
    """Return the subject as it stands inside a question; None where it cannot stand there."""
    if len(clause.subject) > 9:
        return None
    first = clause.subject[0]
    seen = re.search(rf"(?<=[a-z,–“] ){re.escape(first.text)}\b|\b{re.escape(first.low)}\b", text) is not None
    if clause.opens and len(clause.subject) == 1 and first.low not in PLACES and not seen:
        return None  # nothing tells a name from a noun
    said = span_of(clause.subject).slice(text)
    lowered = clause.opens and (first.low in DETERMINERS or not _is_proper(first, clause, text))
    return said[:1].lower() + said[1:] if lowered else said


def _is_proper(word: Word, clause: Clause, text: str) -> bool:
    """Tell whether the first word of a sentence would be written large inside of one."""
    if word.low in COUNTRIES | CITIES or word.text[1:] != word.text[1:].lower():
        return True
    if len(clause.subject) > 1 and clause.subject[1].is_name:
        return True
    inside = re.search(rf"(?<=[a-z,–] ){re.escape(word.text)}\b", text) is not None
    small = re.search(rf"\b{re.escape(word.low)}\b", text) is not None
    return inside and not small


def _main_verb(clause: Clause) -> str:
    for word in (clause.verb, *clause.rest[:4]):
        if word.low not in FINITE_AUXILIARIES and not is_adverb(word):
            return VERB_FORMS[word.low].base if word.low in VERB_FORMS else word.low
    return "be"


def _first(words: Sequence[Word]) -> Word:
    return next((word for word in words if not is_adverb(word)), words[0])


def _joined(text: str, *groups: Sequence[Word]) -> str:
    """Return runs of an article's words as they stand there, on one line, a space between the runs."""
    return " ".join(" ".join(span_of(group).slice(text).split()) for group in groups if group)
