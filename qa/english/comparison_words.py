"""English words as the check of statements compares them: tokens, stems, names, opposites.

Short lists and no dictionary: what is not in them is compared by its letters.
Not for retrieval, whose words SQLite stems.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from qa.english.lexicon import (
    AUXILIARIES,
    FILLERS,
    LEADING,
    MONTHS,
    MORE_PREPOSITIONS,
    OPENERS,
    ORDINALS,
    SMALL_NUMBERS,
    STOP_WORDS,
    SUBORDINATING,
    TENS,
    words,
)
from qa.english.verb_forms import IRREGULAR_BASES

TokenKind = Literal["number", "word", "sign", "stop"]


class Token(NamedTuple):
    """A piece of normalised text: what it is, its characters and where it begins."""

    kind: TokenKind
    text: str
    start: int

    @property
    def end(self) -> int:
        """Return where the token ends."""
        return self.start + len(self.text)


_SAME_SIGN = str.maketrans("’‘ʼ“”–—−‐‑", "'''\"\"-----")
_THIN_SPACES = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))")
_TOKEN = re.compile(
    r"(?P<digits>(?:(?<![\w.])-)?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?))"
    r"|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)|(?P<sign>[$€£¥%‰°])|(?P<stop>[.,;:!?()\"])"
)


def normalised(text: str) -> str:
    """Return the text in one spelling of quotes, dashes, widths and thousands separators."""
    return unicodedata.normalize("NFKC", _THIN_SPACES.sub(",", text)).translate(_SAME_SIGN)


def tokens_of(text: str) -> list[Token]:
    """Return the tokens of normalised text, in order; hyphens part words and are no tokens."""
    found = []
    for match in _TOKEN.finditer(text):
        kind: TokenKind = (
            "number" if match["digits"] else "word" if match["word"] else "sign" if match["sign"] else "stop"
        )
        found.append(Token(kind, match[0], match.start()))
    return found


@lru_cache(maxsize=20_000)
def folded(word: str) -> str:
    """Return a word in lower case, without accents and the possessive 's."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).removesuffix("'s").rstrip("'")


def _groups(lines: str) -> dict[str, str]:
    """Map each word of a line to the line's first word."""
    return {word: line.split()[0] for line in lines.strip().splitlines() for word in line.split()}


NUMBER_WORDS = frozenset([*SMALL_NUMBERS, *TENS, *ORDINALS[:9]]) | words(
    "hundred thousand million billion trillion dozen bn mn percent cent half"
)
# Forms and kin of a word that its letters do not show.
_KIN = IRREGULAR_BASES | _groups(
    """
    build builder
    child children
    foot feet
    lend loan
    loss losses
    man men
    sell sale sales
    set sets
    shut shuts
    spread spreads
    woman women
    write writer
    """
)
_SYNONYMS = _groups(
    """
    begin start
    begin commence
    end stop
    end cease
    end finish
    die kill
    die death
    build construct
    shut close
    firm company
    firm business
    forbid prohibit
    forbid ban
    allow permit
    purchase buy
    employ employee
    get receive
    city urban
    country rural
    day daily
    week weekly
    month monthly
    year annual yearly
    beat defeat
    refuse reject
    accept approve
    """
)
_SUFFIXES = "ations ation ments ment ingly edly ions ion ings ing ness ers ies ied als ed er es ly al s".split()


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Return what the forms of an English word have in common, near enough: "plan" of "planned" and "plans"."""
    plain = folded(word)
    plain = _KIN.get(plain, plain)
    return _SYNONYM_STEMS.get(short := _without_suffix(plain), short)


def _without_suffix(word: str) -> str:
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= (4 if suffix == "ly" else 3):
            word = word.removesuffix(suffix)
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    return word.rstrip("eiy") if len(word) > 3 else word


_SYNONYM_STEMS = {_without_suffix(word): _without_suffix(first) for word, first in _SYNONYMS.items()}


_VERBS = frozenset(IRREGULAR_BASES) | AUXILIARIES | {"cannot"}


def has_verb(tokens: Sequence[Token]) -> bool:
    """Tell whether English words seem to say something of something, and do not just name it: by their endings.

    A word in -s may be a noun as well: it counts where four words or numbers, stop words aside, leave room for both.
    """
    words = [token.text for token in tokens if token.kind == "word"]
    plain = [folded(word) for word in words]
    if any(word in _VERBS or word.endswith("n't") for word in plain):
        return True
    if any(word.endswith("ed") and word.islower() for word in words):
        return True
    said = sum(token.kind == "number" for token in tokens) + sum(word not in STOP_WORDS for word in plain)
    return said >= 4 and any(word.islower() and word.endswith("s") and word not in STOP_WORDS for word in words)


def alike(one: str, other: str) -> bool:
    """Tell whether two stems are of the same word or of one family, as "approv" and "approval" are."""
    shorter, longer = sorted((one, other), key=len)
    return one == other or (len(shorter) >= 5 and longer.startswith(shorter) and len(longer) - len(shorter) <= 3)


# Each line: one side | the other. A statement with a word of one side is contradicted by a source that has only
# words of the other.
_OPPOSITES = """
rise increase grow gain climb raise soar surge expand double | fall decrease decline drop shrink reduce cut plunge halve
revenue turnover profit income earnings | loss deficit lose
revenue turnover | profit earnings
before | after
earlier early sooner | later late
up | down
above | below
more greater larger bigger | less fewer smaller
most majority | least minority
maximum highest largest biggest tallest longest | minimum lowest smallest shortest
oldest | youngest newest
win beat victory | lose
open | shut close
begin founded launch | end dissolve abolish
accept approve adopt | reject refuse veto deny
allow legal | forbid illegal
north northern | south southern
east eastern | west western
include contain | exclude
import | export
buy | sell
man male boy | woman female girl
mother daughter sister wife aunt | father son brother husband uncle
parent mother father | child son daughter
born birth | die
arrive enter join | leave depart quit
first | last
hot warm | cold cool
strong | weak
fast quick | slow
high | low
long | short
rich wealthy | poor
public | private
success succeed | failure fail
agree support | disagree oppose
inside | outside
upper top | lower bottom
always | never seldom rarely
same | different
safe | dangerous
city | country
add | remove
full | empty
thick | thin
deep | shallow
wide | narrow
cause | prevent
day daily | night nightly
genuine real authentic | fake forged copy
lend | borrow
friend ally | enemy
guilty convict | innocent acquit
summer | winter
spring | autumn
morning | evening
present | absent
easy | difficult
cheap | expensive
"""
OPPOSITES: tuple[tuple[frozenset[str], frozenset[str]], ...] = tuple(
    (frozenset(map(stem, one.split())), frozenset(map(stem, other.split())))
    for one, _, other in (line.partition("|") for line in _OPPOSITES.strip().splitlines())
)

# What people and things of a country are called, where the letters alone do not tell.
_PEOPLES = _groups(
    """
    america american americans usa
    argentina argentine argentinian
    australia australian australians
    austria austrian austrians
    belgium belgian belgians
    brazil brazilian brazilians
    britain british briton britons uk
    canada canadian canadians
    china chinese
    denmark danish danes
    egypt egyptian egyptians
    england english
    europe european europeans eu
    finland finnish finns
    france french
    germany german germans
    greece greek greeks
    hungary hungarian hungarians
    india indian indians
    iran iranian iranians
    ireland irish
    israel israeli israelis
    italy italian italians
    japan japanese
    kenya kenyan kenyans
    mexico mexican mexicans
    netherlands dutch holland
    norway norwegian norwegians
    poland polish poles
    portugal portuguese
    russia russian russians
    scotland scottish scots
    spain spanish spaniards
    sweden swedish swedes
    switzerland swiss
    turkey turkish turks
    ukraine ukrainian ukrainians
    wales welsh
    """
)
_MONTHS = {month[:3]: month for month in MONTHS} | {"sept": "september"}


@lru_cache(maxsize=20_000)
def name_form(word: str) -> str:
    """Return the form that names are compared in: no accents, no case, peoples as their countries, months in full."""
    plain = folded(word)
    return _PEOPLES.get(plain) or _MONTHS.get(plain, plain)


def same_sense(word: str) -> frozenset[str]:
    """Return the stems that mean about the same as a stem, itself among them: rising and falling have many words."""
    return next((side for side in OPPOSITES[0] if word in side), frozenset({word}))


_TITLES = frozenset("mr mrs ms dr prof sir i".split())
_FIRST_WORDS = (STOP_WORDS | OPENERS | MORE_PREPOSITIONS | SUBORDINATING | LEADING) - FILLERS | words(
    "later hence besides above half anyone everyone people money work water high low early late new old good long part"
)
_COMMON_ENDINGS = ("s", "ing", "ion", "ment", "ity", "ness", "ly", "ed", "ance", "ence", "ism", "ship", "ics")


def capitalised(tokens: Sequence[Token]) -> list[Token]:
    """Return the words with a capital that a sentence's beginning does not explain, in order.

    The first word counts where another name follows it, or where it could not
    well begin a sentence as a common noun, which in English takes an article.
    """
    return [
        token for at, token in enumerate(tokens) if _is_capital(token) and len(token.text) > 1 and _is_name(tokens, at)
    ]


def _is_name(tokens: Sequence[Token], position: int) -> bool:
    opens = position == 0 or (tokens[position - 1].kind == "stop" and tokens[position - 1].text not in ",;()")
    word = folded(tokens[position].text)
    if not opens:
        return word not in _TITLES
    if word in _FIRST_WORDS or word in NUMBER_WORDS or word in _TITLES:
        return False
    return any(map(_is_capital, tokens[position + 1 : position + 2])) or not word.endswith(_COMMON_ENDINGS)


def _is_capital(token: Token) -> bool:
    return token.kind == "word" and token.text[:1].isupper()
