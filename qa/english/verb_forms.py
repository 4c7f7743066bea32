"""What the rules for drafting in English know of words: forms of verbs, and words that no noun is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qa.english.lexicon import DATES, IRREGULAR_PARTICIPLES, PLACES, PREPOSITIONS


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


Form = Literal["base", "present", "past", "past or participle"]


@dataclass(frozen=True, slots=True)
class VerbForm:
    """A form of a verb: the verb it is of, and which it may be."""

    base: str
    form: Form


BE = _set("is are was were")
MODALS = _set("can could will would may might must should")
FINITE_AUXILIARIES = BE | MODALS | _set("has have had does did do")
DETERMINERS = _set("the a an its their his her our some many several most all both each every no another any few")
POINTING = _set("this that these those it he she they we you i him them us me there here such one")
SELVES = _set("itself himself herself themselves")
SUBORDINATING = _set(
    "that which who whom whose because although though while whereas if when where until unless whether how why what"
)
CONJUNCTIONS = _set("and or but nor")
LEADING = _set("however moreover furthermore also but and yet therefore thus meanwhile nevertheless still later")
ADVERBS = _set(
    "also often already never always still then later now soon first finally officially immediately only just even "
    "instead once again ever eventually currently originally formally usually mostly largely nearly almost initially "
    "subsequently "
    "quickly suddenly rarely sometimes generally typically commonly probably recently gradually directly"
)
NUMBERS = _set(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety"
)
MORE_PREPOSITIONS = PREPOSITIONS | _set(
    "across along around behind below beside beyond despite except off onto toward towards upon via per up out "
    "inside outside throughout together amid alongside"
)
MONTHS = frozenset(DATES) - _set("monday tuesday wednesday thursday friday saturday sunday christmas easter may")
CITIES = _set(
    "moscow beijing washington london paris berlin rome madrid kyiv kiev ankara tokyo delhi cairo athens vienna "
    "brussels boston chicago dublin milan munich venice naples warsaw prague budapest istanbul almaty astana"
)
WIDER = _set(
    "africa america antarctica asia europe oceania eurasia crimea siberia scandinavia texas california florida"
)
COUNTRIES = PLACES - CITIES - WIDER | _set("usa us uk")

_REGULAR = _set(
    "accept accuse achieve acquire act adapt add admit adopt advance affect agree aim allow announce appear appoint "
    "approve argue arrest arrive ask assume attack attempt attract ban believe belong block board borrow call carry "
    "cause celebrate change claim close collapse collect combine command compare complete compose conclude condemn "
    "confirm connect conquer consider consist construct consume contain continue contribute control convert "
    "cost cover create criticize cross damage dance decide declare decline decorate decrease defeat defend define "
    "delay deliver demand demolish demonstrate deny depend describe design destroy determine develop die differ "
    "disappear discover discuss display divide dominate donate double earn elect eliminate emerge employ enable end "
    "enjoy enter escape establish estimate evolve examine exceed exchange exclude exist expand expel expect explain "
    "explore "
    "export express extend face fail fantasize favor fear feature fill finance finish fire fix flourish follow "
    "force form found function gain "
    "gather generate grant guard guide handle happen harvest help honor host house ignite ignore illustrate import "
    "improve include increase indicate influence inherit inhabit inspire install introduce invade invent invest "
    "invite involve issue join justify kill lack last launch link live locate look maintain manage march "
    "mark marry matter measure merge migrate move name need note obtain occupy occur offer open operate oppose order "
    "organize own pass perform permit persuade place plan play point possess predict prefer prepare present preserve "
    "prevent proclaim produce promise promote propose protect protest prove provide publish purchase pursue raise "
    "reach receive "
    "recognize recommend record recover reduce refer reflect refuse regard reign reject relate release rely remain "
    "remove rename repair repeat replace report represent require resemble resign resist resolve respond restore "
    "result retain retire return reveal risk rule sail save seem separate serve settle share show sign signal "
    "sponsor spread start state stay store stretch strike struggle study succeed suffer suggest supply support "
    "suppress surrender surround survive suspect sustain symbolize talk target taste terminate test threaten "
    "tolerate trade train transfer transform translate travel treat trigger turn unite urge use vary visit vote wait "
    "walk want warn watch weigh welcome witness work worry yield absorb reflect emit convert trap pump drain heat "
    "cool melt freeze weld lubricate attach detach switch press replace clean"
)
_DOUBLING = _set("admit ban expel permit plan refer stop trap transfer drop equip occur prefer")
# Base, past; where the past is the participle too it stands among those that may be either.
_IRREGULAR = dict(
    pair.split(":")
    for pair in (
        "become:became begin:began bring:brought build:built burn:burnt buy:bought catch:caught choose:chose come:came "
        "deal:dealt draw:drew drive:drove eat:ate fall:fell feel:felt fight:fought find:found fly:flew forbid:forbade "
        "forget:forgot get:got give:gave go:went grow:grew hear:heard hold:held keep:kept know:knew lay:laid lead:led "
        "leave:left lend:lent lie:lay lose:lost make:made mean:meant meet:met overthrow:overthrew pay:paid "
        "rise:rose run:ran say:said see:saw seek:sought sell:sold send:sent shake:shook show:showed sing:sang "
        "sink:sank "
        "sit:sat sleep:slept speak:spoke spend:spent stand:stood steal:stole strike:struck swim:swam take:took "
        "teach:taught tell:told think:thought throw:threw undergo:underwent undertake:undertook understand:understood "
        "win:won withdraw:withdrew write:wrote break:broke wear:wore bear:bore rebuild:rebuilt"
    ).split()
)
# Third persons that are as often plural nouns: only a determiner after them tells.
NOUNS_TOO = _set(
    "attacks causes changes claims controls costs covers demands deals designs displays documents ends exports faces "
    "features fears forces forms functions gains guards guides hosts houses imports increases influences issues "
    "lives links looks "
    "marks matters means measures moves names needs notes offers orders places plans plays points plots presents "
    "produces projects promises protests records reports results returns risks rules runs sails serves shares shows "
    "signs signals "
    "starts states stays stores strikes struggles studies supplies supports targets tastes tests trades trains "
    "transfers travels turns uses visits votes works leads lies falls rises reaches tells deals heats drains pumps "
    "traps switches"
)
# What is followed by another verb: "wants to start" has no purpose.
CATENATIVE = _set(
    "want try begin seek help allow ask decide continue need plan agree refuse fail attempt promise expect urge force "
    "enable cause persuade permit order require tend hope start choose intend threaten manage invite lead aim seem "
    "appear "
    "have use forbid"
)
PERSONAL = _set(
    "believe say think want fear ask call write tell argue decide refuse admit agree hope marry resign accuse announce "
    "urge suspect feel know criticize warn promise persuade condemn claim speak teach study paint compose invent "
    "discover overthrow lead die propose describe"
)
REPORTING = _set(
    "say argue show suggest demonstrate believe claim conclude reveal announce explain find indicate warn confirm know"
)
# Verbs with a preposition of their own: "What did he call for?".
WITH_PREPOSITION = {
    "call": "for", "lead": "to", "believe": "in", "belong": "to", "depend": "on", "consist": "of", "rely": "on",
    "surrender": "to", "respond": "to", "participate": "in", "deal": "with", "suffer": "from", "refer": "to",
    "contribute": "to", "result": "in", "fight": "for", "aim": "at", "protest": "against", "vote": "for",
}  # fmt: skip
INTRANSITIVE = _set(
    "occur happen arrive exist die emerge collapse last go come travel live rise fall depend belong work walk sail "
    "sleep sit stand stay remain disappear"
)
UNDERGOING = _set("be become seem appear remain have")


def _present(base: str) -> str:
    if base.endswith(("s", "sh", "ch", "x", "z", "o")):
        return base + "es"
    return base[:-1] + "ies" if base.endswith("y") and base[-2] not in "aeiou" else base + "s"


def _past(base: str) -> str:
    if base in _DOUBLING:
        return base + base[-1] + "ed"
    if base.endswith("e"):
        return base + "d"
    return base[:-1] + "ied" if base.endswith("y") and base[-2] not in "aeiou" else base + "ed"


def _forms() -> dict[str, VerbForm]:
    forms: dict[str, VerbForm] = {}
    for base in sorted(_REGULAR | _IRREGULAR.keys()):
        forms.setdefault(base, VerbForm(base, "base"))
        forms.setdefault(_present(base), VerbForm(base, "present"))
    for base in sorted(_REGULAR - _IRREGULAR.keys()):
        forms[_past(base)] = VerbForm(base, "past or participle")
    for base, past in _IRREGULAR.items():
        forms[past] = VerbForm(base, "past or participle" if past in IRREGULAR_PARTICIPLES | EITHER else "past")
    return forms


EITHER = _set(
    "brought built burnt bought caught dealt felt fought found got heard held kept laid led left lent lost made "
    "meant met paid said sought sold sent slept spent stood struck taught told thought understood won rebuilt "
    "showed"
)
VERB_FORMS = _forms()
# "founded" is of found, "found" of find.
