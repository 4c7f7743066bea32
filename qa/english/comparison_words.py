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


STOP_WORDS = frozenset(
    """a an the this that these those it its he she they them his her their theirs him i we you our your my me us
    is are was were be been being am do does did doing done has have had having will would shall should can could may
    might must of in on at by for from to into onto with as than then there here and or but if so because while when
    where which who whom whose what how why also too very just only even ever yet still such same own each every both
    all any some other another about around over under up down out off between among through during per via upon within
    according says said say say's much many more most less fewer least own again once already now however it's that's
    approximately roughly nearly almost exactly up toward towards against own like unlike since until after before
    not no nor never none neither nobody nothing nowhere without cannot n't""".split()
)
NUMBER_WORDS = frozenset(
    """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion
    dozen bn mn percent cent half second third fourth fifth sixth seventh eighth ninth tenth""".split()
)
_IRREGULAR = _groups(
    """
    begin began begun
    break broke broken
    bring brought
    build built builder
    buy bought
    child children
    choose chose chosen
    come came
    draw drew drawn
    fall fell fallen
    feel felt
    find found
    forbid forbade forbidden
    foot feet
    freeze froze frozen
    get got
    give gave given
    go went gone
    grow grew grown
    hold held
    keep kept
    know knew known
    lead led
    leave left
    lend lent loan
    lose lost
    loss losses
    make made
    man men
    meet met
    pay paid
    rise rose risen
    run ran
    see saw seen
    sell sold sale sales
    send sent
    set sets
    shut shuts
    speak spoke spoken
    spend spent
    spread spreads
    stand stood
    swim swam swum
    take took taken
    teach taught
    tell told
    think thought
    win won
    woman women
    write wrote written writer
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
    plain = _IRREGULAR.get(plain, plain)
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


_NOUNS = frozenset("builder children feet foot loan loss losses man men sale sales woman women writer child".split())
_VERBS = frozenset(
    """is are was were be been am do does did has have had can could will would may might must should cannot
    ate became become bit blew burst cast caught clung cost crept cut dealt dug drank drove fed fled flew forgot fought
    hid hit hung hurt laid left let lit meant put rang read rode said sang sank sat says shone shook shot slept slid
    split stole struck stuck swept swore threw wept withdrew woke wore wound""".split()
) | (frozenset(_IRREGULAR) - _NOUNS)


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


NEGATIONS = frozenset(
    """no not never none neither nobody nothing nowhere nor without cannot fail fails failed failing lack lacks lacked
    lacking unable hardly""".split()
)


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
    january jan
    february feb
    march mar
    april apr
    june jun
    july jul
    august aug
    september sep sept
    october oct
    november nov
    december dec
    """
)


@lru_cache(maxsize=20_000)
def name_form(word: str) -> str:
    """Return the form that names are compared in: no accents, no case, peoples as their countries, months in full."""
    plain = folded(word)
    return _PEOPLES.get(plain, plain)


def same_sense(word: str) -> frozenset[str]:
    """Return the stems that mean about the same as a stem, itself among them: rising and falling have many words."""
    return next((side for side in OPPOSITES[0] if word in side), frozenset({word}))


_TITLES = frozenset("mr mrs ms dr prof sir i".split())
_OPENERS = STOP_WORDS | frozenset(
    """today later despite although though meanwhile instead therefore thus hence moreover together along across
    throughout whereas besides above below behind beside beyond inside outside unless whether once both half several
    few anyone everyone people money work water high low early late new old good long part""".split()
)
_COMMON_ENDINGS = ("s", "ing", "ion", "ment", "ity", "ness", "ly", "ed", "ance", "ence", "ism", "ship", "ics")


def names_in(tokens: Sequence[Token]) -> list[Token]:
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
    if word in _OPENERS or word in NUMBER_WORDS or word in _TITLES:
        return False
    return any(map(_is_capital, tokens[position + 1 : position + 2])) or not word.endswith(_COMMON_ENDINGS)


def _is_capital(token: Token) -> bool:
    return token.kind == "word" and token.text[:1].isupper()
