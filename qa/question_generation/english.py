"""English clauses to questions about one of their parts: the subject, the object, when, why, how many.

The answer is the part that was left out, to the character. A question that
would need words that are not there, or points at something outside of it, is
not made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from index.article import Span
from qa.english.clauses import Clause
from qa.english.lexicon import BE, CONJUNCTIONS, MONTHS, MORE_PREPOSITIONS, PLACES, POINTING, SELVES, SUBORDINATING
from qa.english.names import JOINING, YEAR
from qa.english.noun_phrases import is_person, noun_phrase, time_at
from qa.english.tokens import Word, is_adverb, span_of
from qa.english.verb_forms import CATENATIVE, INTRANSITIVE, REPORTING, UNDERGOING, VERB_FORMS, WITH_PREPOSITION
from qa.question_generation.english_parts import (
    DIMENSIONS,
    UNITS,
    as_subject,
    asked_for,
    bare_time,
    counted,
    does_work,
    first_word,
    inverted,
    joined,
    shortened,
    when_word,
)
from qa.question_generation.nouns import Asked


def questions_about(clause: Clause, text: str, sentence: Span, kinds: Mapping[str, str]) -> Iterator[Asked]:
    """Yield what the rules ask of a clause; ``kinds`` tells of the article's names what they name."""
    for rule in (
        _definition,
        _subject,
        _by_whom,
        _kind_of_thing,
        _why,
        _when,
        _where,
        _object,
        _prepositional,
        _number,
    ):
        yield from rule(clause, text, sentence, kinds)


def _subject(clause: Clause, text: str, sentence: Span, kinds: Mapping[str, str]) -> Iterator[Asked]:
    """For example: "Turkey took sides." — "Which country took sides?"."""
    who = asked_for(clause.subject, clause, kinds)
    rest = shortened(clause.rest)
    if who == "What" and len(clause.subject) < 3:
        return  # "the station": which one, only the sentence before tells
    if who is None or not rest or first_word(rest).low in {"one", "not", "nothing", "so"} or clause.verb.low == "do":
        return
    if clause.verb.low in BE and first_word(rest).low in {"a", "an", "the"} and "of" not in [w.low for w in rest]:
        return  # "What is a country?" has too many answers
    said = joined(text, [*clause.adverbs, clause.verb], rest)
    if len([word for word in (*clause.adverbs, *rest) if word.text[0].isalnum()]) >= 2:
        yield Asked(
            f"{who} {said}?",
            "who" if who == "Who" else "which",
            span_of(clause.subject),
            sentence,
            2 if who.startswith("What") else 3,
        )


def _definition(clause: Clause, text: str, sentence: Span, kinds: Mapping[str, str]) -> Iterator[Asked]:
    """For example: "Harvard Stadium is a large arena." — "What is Harvard Stadium?"; a title is a name too."""
    found, _ = noun_phrase(clause.rest)
    named = [word for word in clause.subject if word.low not in {"the", "a", "an"}]
    if clause.verb.low not in {"is", "was"} or not named or not found or found[0].low not in {"a", "an", "the"}:
        return
    name = span_of(named).slice(text)
    kind = kinds.get(name, "")
    kind = kinds.get(name.casefold(), kind) if kind != "person" else kind
    works = does_work(found)
    if kind == "person" or (works and kind == "unknown"):
        who = "Who"
    elif kind == "thing" and not works and name.lower() not in PLACES:
        who = "What"
    else:
        return  # it may be a person's name
    said = span_of(clause.subject).slice(text)
    said = said[0].lower() + said[1:] if clause.subject[0] is not named[0] else said
    yield Asked(f"{who} {clause.verb.low} {said}?", "definition", span_of(clause.rest), sentence, 4)


def _object(clause: Clause, text: str, sentence: Span, kinds: Mapping[str, str]) -> Iterator[Asked]:
    """For example: "An invasion would ignite sentiments." — "What would an invasion ignite?"."""
    parts = inverted(clause, text)
    if parts is None:
        return
    asked, base, rest = parts
    if (
        base in INTRANSITIVE | UNDERGOING
        or base
        in {
            "do",
            "want",
            "let",
            "help",
            "make",
            "call",
            "allow",
            "enable",
            "take",
            "say",
            "tell",
            "consider",
            "regard",
            "name",
        }
        or not rest
    ):
        return
    first = rest[0]
    if (first.low == "that" and base in REPORTING) or (
        first.low.endswith("ing")
        and base
        in {
            "risk",
            "propose",
            "recommend",
            "prevent",
            "consider",
            "suggest",
            "involve",
        }
    ):
        found, after = list(rest), list[Word]()
    else:
        found, after = noun_phrase(rest)
    if (
        after
        and after[0].low not in MORE_PREPOSITIONS | SUBORDINATING | CONJUNCTIONS | SELVES | {"to"}
        and after[0].low != "yesterday"
    ):
        return
    if any(word.low in SELVES for word in rest):  # cut what is said of itself
        cut = next((place for place, word in enumerate(found) if word.low in SUBORDINATING), 0)
        found, after = found[:cut], []
    if not found or (len(found) == 1 and found[0].low in POINTING):
        return
    if after and after[0].low == "as":
        return
    if after and after[0].low in SUBORDINATING | CONJUNCTIONS:
        after = []
    who = "Whom" if is_person(found, kinds) else "What"
    tail = f" {joined(text, after)}" if after and len(after) <= 8 else ""
    if after and len(after) > 8:
        return
    yield Asked(f"{who} {asked}{tail}?", "what", span_of(found), sentence, 2)


def _prepositional(clause: Clause, text: str, sentence: Span, kinds: Mapping[str, str]) -> Iterator[Asked]:
    """For example: "Tokaev called for troops." — "What did Tokaev call for?"."""
    parts = inverted(clause, text)
    if parts is None:
        return
    asked, base, rest = parts
    if WITH_PREPOSITION.get(base) != (rest[0].low if rest else None) or len(rest) < 2:
        return
    found, after = noun_phrase(rest[1:])
    if found and not after and not any(word.low in POINTING | SELVES for word in found):
        who = "Whom" if is_person(found, kinds) else "What"
        yield Asked(f"{who} {asked} {rest[0].low}?", "what", span_of(found), sentence, 3)


def _by_whom(clause: Clause, text: str, sentence: Span, kinds: Mapping[str, str]) -> Iterator[Asked]:
    """For example: "The bridge was built by Marta Holm." — "Who built the bridge?"."""
    parts, subject = inverted(clause, text), as_subject(clause, text)
    if parts is None or subject is None or clause.verb.low not in {"was", "were"}:
        return
    done = next((word for word in clause.rest if not is_adverb(word)), clause.verb)
    form = VERB_FORMS.get(done.low)
    for position, word in enumerate(parts[2]):
        if word.low == "by" and form is not None and form.form == "past or participle":
            found, _ = noun_phrase(parts[2][position + 1 :])
            is_name = len(found) > 1 and all(each.is_name or each.text in JOINING for each in found)
            if found and (is_name or is_person(found, kinds)):
                before = f" {joined(text, parts[2][:position])}" if position else ""
                yield Asked(f"Who {done.low} {subject}{before}?", "who", span_of(found), sentence, 4)
            return


def _why(clause: Clause, text: str, sentence: Span, kinds: Mapping[str, str]) -> Iterator[Asked]:
    """For example: "It kept silent, in order not to risk a war." — the purpose, or what stands after "because"."""
    parts = inverted(clause, text)
    if parts is None:
        return
    asked, base, rest = parts
    end = (rest or (clause.verb,))[-1].span.end
    following = re.compile(r",? (in order (?:not )?to [^.;:()–—]+|because (?!of the fact)[^.;:()–—]+)").match(
        text, end, sentence.end
    )
    if following is not None and rest:
        reason = Span(following.start(1), following.end(1) - len(following[1]) + len(following[1].rstrip(" ,”")))
        yield Asked(f"Why {asked} {joined(text, rest)}?", "why", reason, sentence, 3)
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
            and not any(
                each.low
                in SUBORDINATING
                | CONJUNCTIONS
                | {"as", "how", "ready", "ability", "right", "decision", "attempt", "plan"}
                for each in rest[:position]
            )
            and rest[position - 1].low.endswith(("s", "t", "n", "r", "d", "e", "y"))
            and noun_phrase(rest[:position])[1] == []
        )
        if (participle or purpose) and not any(each.low in SUBORDINATING for each in rest[:position]):
            reason = span_of(rest[position:])
            yield Asked(f"Why {asked} {joined(text, rest[:position])}?", "why", reason, sentence, 3)
            return


def _when(clause: Clause, text: str, sentence: Span, kinds: Mapping[str, str]) -> Iterator[Asked]:
    """For example: "The bridge was built in 1890." — "When was the bridge built?"."""
    parts = inverted(clause, text)
    if parts is None:
        return
    asked, _, rest = parts
    lead = time_at(clause.lead, 0)
    if (
        lead is not None
        and lead == (0, len(clause.lead))
        and rest
        and not any(time_at(rest, p) for p in range(len(rest)))
    ):
        kept = shortened(rest)
        if kept:
            yield Asked(
                f"{when_word(clause.lead)} {asked} {joined(text, kept)}?",
                "when",
                span_of(bare_time(clause.lead)),
                sentence,
                4,
            )
        return
    for position in range(len(rest)):
        place = time_at(rest, position)
        if place is None or any(word.low in SUBORDINATING for word in rest[:position]):
            continue
        begin, end = place
        time, before, after = rest[begin:end], rest[:begin], rest[end:]
        if after and after[0].low in {"to", "until"}:
            return  # half of a span of time
        if not before and clause.verb.low in BE and rest == clause.rest:
            return
        after = (
            () if after and (after[0].low in CONJUNCTIONS or after[0].low.endswith("ing") or len(after) > 8) else after
        )
        kept = [*before, *after]
        said = f" {joined(text, before, after)}" if kept else ""
        yield Asked(f"{when_word(time)} {asked}{said}?", "when", span_of(bare_time(time)), sentence, 4)
        return


def _where(clause: Clause, text: str, sentence: Span, kinds: Mapping[str, str]) -> Iterator[Asked]:
    """For example: "The stadium was built in Boston." — "Where was the stadium built?"."""
    parts = inverted(clause, text)
    if parts is None:
        return
    asked, _, rest = parts
    for position, word in enumerate(rest[:-1]):
        if word.low not in {"in", "at", "near"} or any(
            each.low in SUBORDINATING | CONJUNCTIONS for each in rest[:position]
        ):
            continue
        follows = rest[position + 1 :]
        name = [each for each in follows if each.low != "the"]
        if any(not each.text.isalpha() and each.text != "," for each in name):
            continue
        if not name or not all(each.is_name or each.text == "," for each in name) or name[0].low in MONTHS:
            continue
        known = name[-1].low in PLACES or kinds.get(" ".join(each.text for each in name)) == "thing"
        passive = clause.verb.low in BE and position >= 1 and rest[0].low.endswith(("ed", "ilt", "orn", "eld", "ade"))
        if known and (passive or position == 0 or (position >= 2 and clause.verb.low not in BE)):
            said = f" {joined(text, rest[:position])}" if position else ""
            yield Asked(
                f"Where {asked}{said}?",
                "where",
                span_of(rest[position:]),
                sentence,
                3 if passive or not position else 1,
            )
        return


def _number(clause: Clause, text: str, sentence: Span, kinds: Mapping[str, str]) -> Iterator[Asked]:
    """For example: "Harvard has 10 faculties." — "How many faculties does Harvard have?"."""
    number = clause.subject[0]
    if (
        number.is_number
        and len(clause.subject) > 1
        and clause.subject[1].low not in {"of", "percent", "per"}
        and not YEAR.fullmatch(number.text)
    ):
        kept = shortened(clause.rest)
        if kept:
            said = joined(text, clause.subject[1:], [*clause.adverbs, clause.verb], kept)
            yield Asked(f"How many {said}?", "how many", number.span, sentence, 3)
    parts = inverted(clause, text)
    if parts is None:
        return
    asked, _, rest = parts
    for position, word in enumerate(rest[:3]):
        if word.is_number and not YEAR.fullmatch(word.text):
            found = counted(rest, position)
            between = rest[:position]
            if found is None or any(
                each.low not in {"about", "over", "around", "more", "than", "nearly", "almost", "only"}
                for each in between
            ):
                return
            noun = rest[position + 1 : found]
            after = rest[found:]
            if after and after[0].low in SUBORDINATING | CONJUNCTIONS | {"times", "percent", "per"}:
                after = rest[:0]
            tail = after if len(after) <= 8 else ()
            measured = noun[0].low in UNITS and len(noun) > 1
            if noun[0].low in {"percent", "per", "times", "million", "billion", "of"}:
                return
            if measured and noun[1].low in DIMENSIONS:
                yield Asked(f"How {noun[1].low} {asked}?", "how many", span_of([word, noun[0]]), sentence, 4)
                return
            said = f" {joined(text, tail)}" if tail else ""
            yield Asked(
                f"How many {joined(text, noun)} {asked}{said}?", "how many", span_of([word, *noun]), sentence, 3
            )
            return


def _kind_of_thing(clause: Clause, text: str, sentence: Span, kinds: Mapping[str, str]) -> Iterator[Asked]:
    """For example: "Kazakhstan has a young population." — "What kind of population does Kazakhstan have?"."""
    if clause.verb.low == "has" and clause.is_having and (subject := as_subject(clause, text)):
        found, after = noun_phrase(clause.rest)
        if (
            len(found) >= 3
            and found[0].low in {"a", "an"}
            and not after
            and not any(w.low in MORE_PREPOSITIONS | {"number", "total"} for w in found)
        ):
            noun = found[-1].low
            if not any(word.is_number for word in found):
                yield Asked(f"What kind of {noun} does {subject} have?", "what", span_of(found), sentence, 3)
