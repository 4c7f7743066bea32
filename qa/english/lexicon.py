"""Words that the rules of follow-ups know; lower case."""

from __future__ import annotations

import re


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


WH = _set("who whom whose what when where which why how")
AUXILIARIES = _set(
    "is are was were be been am do does did has have had can could will would shall should may might must "
    "isn't aren't wasn't weren't don't doesn't didn't hasn't haven't can't couldn't won't wouldn't shouldn't"
)
PREPOSITIONS = _set(
    "in on at for to from by with without of about into over under after before since until during between "
    "among against through near within as than like"
)
ARTICLES = _set("the a an this that these those any some all each every other another")
PRONOUNS = _set(
    "i me my mine you your yours he him his she her hers it its we us our ours they them their theirs "
    "himself herself itself themselves there one ones"
)
FILLERS = _set(
    "and or but so then also ok okay well hi hello hey please thanks thank sorry yes no not if because while just "
    "really know tell give show explain describe mean want need like more else much many exactly actually "
    "wonder think say said ask help let get got s t re ll ve d"
)
FUNCTION_WORDS = WH | AUXILIARIES | PREPOSITIONS | ARTICLES | PRONOUNS | FILLERS

# Verbs that often end a subject: "does the service [synthesize]". Base forms and common third persons.
VERBS = _set(
    "accept act add affect agree allow appear apply arrive ask attack become begin believe belong bring build buy "
    "call cause change choose come compare consist contain continue control cost cover create cross deal decide "
    "depend describe destroy develop die differ do eat end enter exist expect explain export fail fall feel fight "
    "find follow form gain get give go grow happen have help hold import improve include increase invade invent "
    "join keep kill know last lead learn leave let lie like live look lose make marry matter mean measure meet "
    "move need offer open oppose own pay play prefer prevent produce protect prove provide publish put react read "
    "receive refuse remain remove require resign respond return rise rule run say see seem sell send serve share "
    "show sign spend start stay stop store study succeed suggest support take talk teach tell think travel treat "
    "try turn use vote want weigh win work write"
)

SAYING = _set("say know think believe see mean show tell claim suggest feel find agree")  # "that" may follow

TITLES = _set(
    "president mr mrs ms dr sir lord lady king queen prince princess pope general senator chancellor emperor empress "
    "professor minister captain colonel judge governor mayor bishop duke duchess count saint"
)
PERSON_VERBS = re.compile(
    r"\s+(?:was born|born|die[ds]?|marr(?:y|ied)|said|says|say|think|thinks|thought|believes?|believed|wants?|wanted|"
    r"resign(?:ed)?|wrote|write|invent(?:ed)?|painted?|grow up|grew up)\b"
)
PERSON_NOUNS = _set(
    "man woman boy girl person president king queen leader author writer politician artist singer actor actress "
    "scientist minister senator general poet composer player teacher doctor lawyer emperor guy"
)
PLACE_NOUNS = _set("country city state region river place town village island continent area province nation capital")
THING_NOUNS = PLACE_NOUNS | _set(
    "company organization organisation book film movie song bridge building museum game product service tool system "
    "party church university school team band series show war battle treaty"
)
NAMED_THINGS = THING_NOUNS | _set(
    "act agreement airport army association bank bay board castle center centre clinic club committee conference "
    "council county court department district doctrine empire federation forest foundation government group hall "
    "hospital hotel house inc institute kingdom lake league library line mountain mountains museum ocean office "
    "pact palace park program project republic road sea society space square stadium station street theatre tower "
    "trail union valley wall"
)
# People by what they are or do: "he" and "she" may mean them, "it" does not.
AGENTS = (
    PERSON_NOUNS
    | TITLES
    | _set(
        "architect astronomer athlete aunt baker banker boss brother builder captain carpenter chairman chairwoman "
        "champion chief commander composer conductor critic daughter designer director editor engineer explorer farmer "
        "father fisherman founder friend gardener grandfather grandmother guard heir hero heroine historian hunter "
        "husband inventor journalist keeper killer knight lad lady lieutenant maker manager mason mathematician "
        "merchant miller monk mother musician nephew niece novelist nun nurse officer owner painter partner patron "
        "philosopher "
        "photographer physician physicist pilot playwright pope poetess priest printer prisoner pupil reporter ruler "
        "sailor scholar sculptor secretary servant shepherd sister soldier son spokesman spokeswoman student surgeon "
        "surveyor tailor translator traveller treasurer tutor uncle victim widow wife winner witness"
    )
)
# What is asked of something else, which the talk is then about: of "the price of the ticket", the ticket.
ATTRIBUTES = _set(
    "age aim area birthday climate colour color cost costs date definition depth diameter duration fate goal height "
    "history length location meaning name number origin origins plot population price purpose reason role setting "
    "significance size speed status temperature theme value volume weather weight width"
)
# Nouns that no "it" means: "at the same time", "in the past".
VAGUE = _set("time year day week month century period moment past way kind type sort case example number lot rest fact")
IRREGULAR_PARTICIPLES = _set(
    "beaten begun bitten bought broken brought built burnt cast caught chosen drawn driven eaten fallen felt fought "
    "forgotten found frozen given gone grown heard held hidden hung kept known laid led left lent lit lost made "
    "meant overthrown paid proven put read rebuilt said seen sent set shaken shot shown shut sold spent spoken stolen "
    "struck sung sunk sworn taken taught thrown told torn undone won worn woven written"
)
# Those that are the past tense too: "Who built it?", "when was it built?".
SAME_IN_THE_PAST = _set(
    "bought brought built burnt cast caught found held hung kept laid led left lent lit lost made paid put read "
    "rebuilt said sent set shot shut sold spent struck taught told won fought"
)
# Things that one can be in.
SITES = PLACE_NOUNS | _set(
    "abbey airport arena bay beach camp canyon castle cathedral cave cellar cemetery chapel church coast cottage "
    "desert district estate factory farm field forest fort fortress garden hall harbor harbour hill hospital hostel "
    "hotel house inn jail kingdom lake library lighthouse mansion market marsh mill mine monastery mountain museum "
    "office palace park port prison region reserve resort ruin school ship shop square stadium station street swamp "
    "temple theatre tower tunnel university valley villa"
)
SINGULAR_IN_S = _set(
    "states nations netherlands emirates philippines mars paris texas news physics series species athens "
    "brussels illinois arkansas kansas wales honduras"
)
PLURAL_NOUNS = _set("people children police women men they data media")
RELATIONAL = _set(
    "result results outcome reason reasons cause causes reaction reactions consequence consequences effect effects "
    "purpose price cost costs population capital president leader author name date winner meaning difference "
    "differences advantage advantages disadvantages benefits history deadline size weather climate currency language "
    "alternative alternatives requirements steps risks symptoms role aim goal"
)
PLACES = frozenset(
    [
        *"""afghanistan albania algeria angola argentina armenia australia austria azerbaijan bahrain bangladesh belarus
        belgium bolivia botswana brazil britain bulgaria burma cambodia cameroon canada chad chile china
        colombia congo croatia
        cuba cyprus czechia czechoslovakia denmark ecuador egypt england estonia ethiopia finland france gabon
        georgia germany ghana greece greenland guatemala guinea haiti honduras hungary iceland india indonesia iran iraq
        ireland israel italy jamaica japan jordan kazakhstan kenya kosovo kuwait kyrgyzstan laos latvia lebanon
        liberia libya lithuania luxembourg madagascar malawi malaysia mali malta mexico moldova monaco mongolia
        montenegro morocco mozambique myanmar namibia nepal netherlands nicaragua niger nigeria norway oman pakistan
        palestine panama paraguay peru philippines poland portugal qatar romania russia rwanda scotland senegal serbia
        singapore slovakia slovenia somalia spain sudan sweden switzerland syria taiwan tajikistan tanzania thailand
        togo tunisia turkey turkmenistan uganda ukraine uruguay uzbekistan venezuela vietnam wales yemen zambia zimbabwe
        africa america antarctica asia europe oceania eurasia crimea siberia scandinavia texas california florida
        moscow beijing washington london paris berlin rome madrid kyiv kiev ankara tokyo delhi cairo athens vienna
        brussels boston chicago dublin milan munich venice naples warsaw prague budapest istanbul almaty
        astana""".split()
    ]
)
DATES = _set(
    "january february march april may june july august september october november december "
    "monday tuesday wednesday thursday friday saturday sunday christmas easter"
)
# First words of sentences that are no names although they are written large.
OPENERS = FUNCTION_WORDS | _set(
    "list name define compare discuss can may however although though since with instead during according here "
    "there now today yesterday tomorrow first second third finally additionally moreover furthermore therefore thus "
    "unfortunately apologies only such both either neither several most few once twice today's"
)
