"""Which language a text is in, told by its function words: enough to choose rules by, and no more."""

from __future__ import annotations

from typing import Literal

from qa.english.names import WORD

Language = Literal["en", "it", "de", "ru", "other"]

_FUNCTION_WORDS: dict[Language, tuple[str, ...]] = {
    "en": (
        "the a an of and or is are was were do does did to in on at for with by from what who when where why how "
        "which that this it he she they his its their there about can will would have has had be not you i",
    ),
    "it": (
        "chi che cosa quando dove quale quali perché perchè come quanto quanti quanta quante è sono era erano ha hanno "
        "il lo la i gli le un uno una di del dello della dei degli delle a al alla ai in nel nella con su "
        "per tra fra e ed ma non si ci fu stato stata fatto da dal dalla questo quella cos’è c’è",
    ),
    "de": (
        "wer was wann wo wie warum wieso welche welcher welches ist sind war waren hat haben wurde wurden der die das "
        "den dem des ein eine einen einem einer und aber oder in im an am auf mit von vom zu zum zur für nicht es sich "
        "wie viele wird werden kann gibt",
    ),
    # French, Spanish, Portuguese, Dutch: known, so that no rule of another language is tried on them.
    "other": (
        "qui que quoi quand où comment pourquoi combien quel quelle quels quelles est sont était a ont le la les un "
        "une des du de d’un d’une et ou mais il elle ils elles son sa ses ce cette ces dans sur pour par avec ne pas "
        "se en au aux y l’a qu’est été fait",
        "quién quiénes qué cuándo dónde cómo por cuánto cuánta cuántos cuántas cuál cuáles es son era fue fueron está "
        "ha han el la los las un una de del y e o pero en con para su sus se lo le al no este esta ese esa",
        "quem que quando onde como porque quanto quanta quantos quantas qual quais é são era foi foram está o a os as "
        "um uma de do da dos das e ou mas em no na nos nas com para por seu sua se ao não este esta esse essa",
        "wie wat wanneer waar waarom hoe welke welk is zijn was waren heeft hebben werd werden de het een en of maar "
        "in op van voor met door niet er hij zij ze dat die dit deze ook naar bij te veel",
    ),
}
_KNOWN = {name: [frozenset(each.split()) for each in lists] for name, lists in _FUNCTION_WORDS.items()}


def language_of(text: str) -> Language:
    """Return the language whose function words a text has most of; English where none is sure; "other": no rules."""
    if sum("а" <= letter <= "я" for letter in text.lower()) > len(text) / 3:
        return "ru"
    words = [word.lower() for word in WORD.findall(text)]
    counts = {name: max(sum(word in known for word in words) for known in lists) for name, lists in _KNOWN.items()}
    best = max(counts.values())
    # of two that have as many: English, then one with rules
    return next(name for name in ("en", "it", "de", "other") if counts[name] == best)
