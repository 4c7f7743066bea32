"""Follow-ups in Italian, German and Russian: told by their cues, and put beside what was asked before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from qa.english.names import WORD

Ruled = Literal["it", "de", "ru"]
Language = Literal["en", "other"] | Ruled


@dataclass(frozen=True, slots=True)
class _Cues:
    """Of one language: its function words, and what shows that a question hangs on the one before."""

    function_words: frozenset[str]
    opening: re.Pattern[str]  # "and …", "what about …"
    pointing: re.Pattern[str]  # pronouns, "that …"
    bare: re.Pattern[str]  # the whole question


def _cues(function_words: str, opening: str, pointing: str, bare: str) -> _Cues:
    return _Cues(
        frozenset(function_words.split()),
        re.compile(rf"^(?:{opening})(?!\w)", re.IGNORECASE),
        re.compile(rf"(?<![\w’'])(?:{pointing})(?!\w)", re.IGNORECASE),
        re.compile(rf"^(?:{bare})$", re.IGNORECASE),
    )


_OF: dict[Ruled, _Cues] = {
    "it": _cues(
        "chi che cosa quando dove quale quali perché perchè come quanto quanti quanta quante è sono era erano ha hanno "
        "il lo la i gli le un uno una di del dello della dei degli delle a al alla ai in nel nella con su "
        "per tra fra e ed ma non si ci fu stato stata fatto da dal dalla questo quella cos’è c’è",
        r"e|ed|ma|invece|che ne dici di|e per quanto riguarda",
        r"lui|lei|esso|essa|loro|suo|sua|suoi|sue|questo|questa|questi|queste|quello|quella|quel|quei|quelle|ciò|lì|là|"
        r"l['’]ha|l['’]hanno|lo ha|lo hanno",
        r"perché|perchè|quando|dove|come|chi|quanto|quanti|quante|quanta|quale|quali|e poi|cos’altro|"
        r"cosa successe dopo|cosa è successo dopo|davvero|per esempio",
    ),
    "de": _cues(
        "wer was wann wo wie warum wieso welche welcher welches ist sind war waren hat haben wurde wurden der die das "
        "den dem des ein eine einen einem einer und aber oder in im an am auf mit von vom zu zum zur für nicht es sich "
        "wie viele wird werden kann gibt",
        r"und|aber|was ist mit|wie ist es mit|wie steht es (?:mit|um)",
        r"er|sie|ihn|ihm|ihr|ihre|ihren|ihrem|ihrer|sein|seine|seinen|seinem|seiner|dieser|diese|dieses|diesem|diesen|"
        r"jener|jene|jenes|dort|davon|damit|dafür|dazu|danach|dabei|darüber",
        r"warum|wieso|wann|wo|wie|wer|was|wie viele?|wie lange|welche[rs]?|und dann|was noch|"
        r"was geschah danach|wirklich",
    ),
    "ru": _cues(
        "кто что когда где какой какая какие какое почему зачем как сколько и в во на с со по о об из от до для не это "
        "был была было были есть а но же ли к у за его ее её их",
        r"а|и|но|а что насчет|а что насчёт|что насчет|что насчёт|а как",
        r"он|она|оно|они|его|её|ее|ему|ей|им|них|него|неё|нее|нём|нем|этот|эта|это|эти|этого|этой|этом|тот|та|тот|те|"
        r"того|той|там|туда|тогда|свой|своя|свои",
        r"почему|зачем|когда|где|как|кто|что|сколько|какой|какая|какие|и что потом|что дальше|что было дальше|"
        r"что ещё|что еще|а потом|правда",
    ),
}
_MARKS = "?!. "


def language_of(text: str) -> Language:
    """Return the language whose function words a text has most of; English where none is sure, "other": no rules."""
    words = [word.lower() for word in WORD.findall(text)]
    if sum("а" <= letter <= "я" for letter in text.lower()) > len(text) / 3:
        return "ru"
    english = sum(word in _ENGLISH for word in words)
    counts = {language: sum(word in cues.function_words for word in words) for language, cues in _OF.items()}
    best = max(counts, key=lambda language: (counts[language], language))
    other = max(sum(word in known for word in words) for known in _WITHOUT_RULES)
    if other > max(english, counts[best]):
        return "other"
    return best if counts[best] > english else "en"


# French, Spanish, Portuguese, Dutch: known, so that no rule of another language is tried on them.
_WITHOUT_RULES = tuple(
    frozenset(words.split())
    for words in (
        "qui que quoi quand où comment pourquoi combien quel quelle quels quelles est sont était a ont le la les un "
        "une des du de d’un d’une et ou mais il elle ils elles son sa ses ce cette ces dans sur pour par avec ne pas "
        "se en au aux y l’a qu’est été fait",
        "quién quiénes qué cuándo dónde cómo por cuánto cuánta cuántos cuántas cuál cuáles es son era fue fueron está "
        "ha han el la los las un una de del y e o pero en con para su sus se lo le al no este esta ese esa",
        "quem que quando onde como porque quanto quanta quantos quantas qual quais é são era foi foram está o a os as "
        "um uma de do da dos das e ou mas em no na nos nas com para por seu sua se ao não este esta esse essa",
        "wie wat wanneer waar waarom hoe welke welk is zijn was waren heeft hebben werd werden de het een en of maar "
        "in op van voor met door niet er hij zij ze dat die dit deze ook naar bij te veel",
    )
)


_ENGLISH = frozenset(
    "the a an of and or is are was were do does did to in on at for with by from what who when where why "
    "how which that "
    "this it he she they his her its their there about can will would have has had be not you i".split()
)


def joined(question: str, previous: str, language: Ruled) -> str:
    """Return a follow-up with what the question before it was about; the same question where it stands alone."""
    cues, asked = _OF[language], question.strip().rstrip(_MARKS)
    if not (cues.opening.match(asked) or cues.bare.match(asked) or _points_out(asked, cues)):
        return question
    about = _gist(previous, cues)
    return f"{asked} ({about})?" if about and about.lower() not in asked.lower() else question


def _points_out(asked: str, cues: _Cues) -> bool:
    """Tell whether a pronoun stands in a question before any name that it could mean."""
    pointing = cues.pointing.search(asked)
    return pointing is not None and not any(word[0].isupper() for word in WORD.findall(asked[: pointing.start()])[1:])


def _gist(previous: str, cues: _Cues) -> str:
    """Return the content words of a question, in order, runs of neighbours together."""
    phrases: list[list[str]] = [[]]
    for word in WORD.findall(previous):
        if word.lower() in cues.function_words:
            phrases.append([])
        else:
            phrases[-1].append(word)
    return ", ".join(dict.fromkeys(" ".join(phrase) for phrase in phrases if phrase))
