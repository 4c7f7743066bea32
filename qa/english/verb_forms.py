"""English verbs and their forms, and what each kind of verb takes after it. Each verb is here once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qa.english.lexicon import words

Form = Literal["base", "present", "past", "past or participle"]


@dataclass(frozen=True, slots=True)
class VerbForm:
    """A form of a verb: the verb it is of, and which it may be."""

    base: str
    form: Form


_REGULAR = words(
    "absorb accept accuse achieve acquire act adapt add admit adopt advance affect agree aim allow announce appear "
    "apply appoint approve argue arrest arrive ask assume attach attack attempt attract ban believe belong block "
    "board borrow call carry cause celebrate change claim clean close collapse collect combine command compare "
    "complete compose conclude condemn confirm connect conquer consider consist construct consume contain continue "
    "contribute control convert cool cover create criticize cross damage dance decide declare decline decorate "
    "decrease defeat defend define delay deliver demand demolish demonstrate deny depend describe design destroy "
    "detach determine develop die differ disappear discover discuss display divide dominate donate double drain drop "
    "earn elect eliminate emerge emit employ enable end enjoy enter equip escape establish estimate evolve examine "
    "exceed exchange exclude exist expand expect expel explain explore export express extend face fail favor fear "
    "feature fill finance finish fire fix flourish follow force form found function gain gather generate grant guard "
    "guide handle happen harvest heat help honor host house ignore illustrate import improve include increase "
    "indicate influence inhabit inherit inspire install introduce invade invent invest invite involve issue join "
    "justify kill lack last launch learn like link live locate look lubricate maintain manage march mark marry "
    "matter measure melt merge migrate move name need note obtain occupy occur offer open operate oppose order "
    "organize own pass perform permit persuade place plan play point possess predict prefer prepare present preserve "
    "press prevent proclaim produce promise promote propose protect protest prove provide publish pump purchase "
    "pursue raise reach react receive recognize recommend record recover reduce refer reflect refuse regard reign "
    "reject relate release rely remain remove rename repair repeat replace report represent require resemble resign "
    "resist resolve respond restore result retain retire return reveal risk rule sail save seem separate serve settle "
    "share sign signal sponsor start state stay stop store stretch struggle study succeed suffer suggest supply "
    "support suppress surrender surround survive suspect sustain switch symbolize talk target taste terminate test "
    "threaten tolerate trade train transfer transform translate trap travel treat trigger try turn unite urge use "
    "vary visit vote wait walk want warn watch weigh welcome weld witness work worry yield"
)
_DOUBLING = words("admit ban drop equip expel occur permit plan prefer refer stop transfer trap")
# base past participle; without a third, the past is the participle too.
_IRREGULAR = [
    line.split("/")
    for line in (
        "bear/bore/born beat/beat/beaten become/became/become begin/began/begun bind/bound bite/bit/bitten "
        "blow/blew/blown break/broke/broken bring/brought build/built burn/burnt burst/burst buy/bought cast/cast "
        "catch/caught choose/chose/chosen cling/clung come/came/come cost/cost creep/crept cut/cut deal/dealt dig/dug "
        "draw/drew/drawn drink/drank/drunk drive/drove/driven eat/ate/eaten fall/fell/fallen feed/fed feel/felt "
        "fight/fought find/found flee/fled fly/flew/flown forbid/forbade/forbidden forget/forgot/forgotten "
        "freeze/froze/frozen get/got give/gave/given go/went/gone grow/grew/grown hang/hung hear/heard "
        "hide/hid/hidden hit/hit hold/held hurt/hurt keep/kept know/knew/known lay/laid lead/led leave/left lend/lent "
        "let/let lie/lay/lain light/lit lose/lost make/made mean/meant meet/met overthrow/overthrew/overthrown "
        "pay/paid put/put read/read rebuild/rebuilt ride/rode/ridden ring/rang/rung rise/rose/risen run/ran/run "
        "say/said see/saw/seen seek/sought sell/sold send/sent set/set shake/shook/shaken shine/shone shoot/shot "
        "show/showed/shown shut/shut sing/sang/sung sink/sank/sunk sit/sat sleep/slept slide/slid speak/spoke/spoken "
        "spend/spent split/split spread/spread stand/stood steal/stole/stolen stick/stuck strike/struck "
        "swear/swore/sworn sweep/swept swim/swam/swum take/took/taken teach/taught tear/tore/torn tell/told "
        "think/thought throw/threw/thrown undergo/underwent/undergone understand/understood "
        "undertake/undertook/undertaken wake/woke/woken wear/wore/worn weave/wove/woven weep/wept win/won wind/wound "
        "withdraw/withdrew/withdrawn write/wrote/written"
    ).split()
]
IRREGULAR_BASES = {form: forms[0] for forms in _IRREGULAR for form in forms}  # by each form of an irregular verb
IRREGULAR_PASTS = frozenset(forms[1] for forms in _IRREGULAR)
PARTICIPLES = frozenset(forms[-1] for forms in _IRREGULAR) | words("been done")

# Third persons that are as often plural nouns: only a determiner after them tells.
NOUNS_TOO = words(
    "attacks causes changes claims controls costs covers demands deals designs displays documents ends exports faces "
    "features fears forces forms functions gains guards guides hosts houses imports increases influences issues lives "
    "links looks marks matters means measures moves names needs notes offers orders places plans plays points plots "
    "presents produces projects promises protests records reports results returns risks rules runs sails serves "
    "shares shows signs signals starts states stays stores strikes struggles studies supplies supports targets tastes "
    "tests trades trains transfers travels turns uses visits votes works leads lies falls rises reaches tells heats "
    "drains pumps traps switches likes drinks feeds rings rides winds lights hangs shoots slides stops drops"
)
# What is followed by another verb: "wants to start" has no purpose.
CATENATIVE = words(
    "want try begin seek help allow ask decide continue need plan agree refuse fail attempt promise expect urge force "
    "enable cause persuade permit order require tend hope start choose intend threaten manage invite lead aim seem "
    "appear have use forbid"
)
PERSONAL = words(
    "believe say think want fear ask call write tell argue decide refuse admit agree hope marry resign accuse announce "
    "urge suspect feel know criticize warn promise persuade condemn claim speak teach study paint compose invent "
    "discover overthrow lead die propose describe"
)
REPORTING = words(
    "say argue show suggest demonstrate believe claim conclude reveal announce explain find indicate warn confirm know"
)
# Verbs with a preposition of their own: "What did he call for?".
WITH_PREPOSITION = {
    "call": "for", "lead": "to", "believe": "in", "belong": "to", "depend": "on", "consist": "of", "rely": "on",
    "surrender": "to", "respond": "to", "participate": "in", "deal": "with", "suffer": "from", "refer": "to",
    "contribute": "to", "result": "in", "fight": "for", "aim": "at", "protest": "against", "vote": "for",
}  # fmt: skip
INTRANSITIVE = words(
    "occur happen arrive exist die emerge collapse last go come travel live rise fall depend belong work walk sail "
    "sleep sit stand stay remain disappear"
)
UNDERGOING = words("be become seem appear remain have")


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
    """Return what each form may be; no verb whose past is its base ("cut", "set"), which is as often a noun."""
    told = {forms[0]: forms for forms in _IRREGULAR if forms[0] != forms[1]}
    found: dict[str, VerbForm] = {}
    for base in sorted(_REGULAR | told.keys()):
        found.setdefault(base, VerbForm(base, "base"))
        found.setdefault(_present(base), VerbForm(base, "present"))
    for base in sorted(_REGULAR):
        found[_past(base)] = VerbForm(base, "past or participle")
    for base, past, *other in told.values():  # "founded" is of found, "found" of find
        found[past] = VerbForm(base, "past" if other else "past or participle")
    return found


VERB_FORMS = _forms()
