"""What is known of English words that are no verbs; lower case. Each list is here once, and nowhere else."""

from __future__ import annotations


def words(listed: str) -> frozenset[str]:
    """Return the words of a list."""
    return frozenset(listed.split())


# Function words
WH = words("who whom whose what when where which why how")
BE = words("is are was were")
MODALS = words("can could will would may might must should")
FINITE_AUXILIARIES = BE | MODALS | words("has have had does did do")
AUXILIARIES = FINITE_AUXILIARIES | words(
    "be been am shall "
    "isn't aren't wasn't weren't don't doesn't didn't hasn't haven't can't couldn't won't wouldn't shouldn't"
)
PREPOSITIONS = words(
    "in on at for to from by with without of about into over under after before since until during between "
    "among against through near within as than like"
)
MORE_PREPOSITIONS = PREPOSITIONS | words(
    "across along around behind below beside beyond despite except off onto toward towards upon via per up out "
    "inside outside throughout together amid alongside"
)
ARTICLES = words("the a an this that these those any some all each every other another")
DETERMINERS = ARTICLES - words("this that these those other") | words(
    "its their his her our several many most both no few"
)
SELVES = words("himself herself itself themselves")
PRONOUNS = SELVES | words(
    "i me my mine you your yours he him his she her hers it its we us our ours they them their theirs there one ones"
)
POINTING = words("this that these those it he she they we you i him them us me there here such one")
SUBORDINATING = WH | words("that because although though while whereas if until unless whether")
CONJUNCTIONS = words("and or but nor")
FILLERS = words(
    "and or but so then also ok okay well hi hello hey please thanks thank sorry yes no not if because while just "
    "really know tell give show explain describe mean want need like more else much many exactly actually "
    "wonder think say said ask help let get got s t re ll ve d"
)
FUNCTION_WORDS = WH | AUXILIARIES | PREPOSITIONS | ARTICLES | PRONOUNS | FILLERS
LEADING = words("however moreover furthermore also but and yet therefore thus meanwhile nevertheless still later")
ADVERBS = words(
    "also often already never always still then later now soon first finally officially immediately only just even "
    "instead once again ever eventually currently originally formally usually mostly largely nearly almost initially "
    "subsequently quickly suddenly rarely sometimes generally typically commonly probably recently gradually directly"
)
NEGATIONS = words(
    "no not never none neither nobody nothing nowhere nor without cannot fail fails failed failing lack lacks lacked "
    "lacking unable hardly"
)
# What says nothing by itself, so that a text need not have it to bear a statement out.
STOP_WORDS = (WH | AUXILIARIES | PREPOSITIONS | ARTICLES | PRONOUNS | CONJUNCTIONS) - words("near one ones") | words(
    "being doing done having here if so because while also too very just only even ever yet still such same own "
    "both around up down out off per via upon onto toward towards unlike according says said say say's much many "
    "more most less fewer least again once already now however it's that's approximately roughly nearly almost "
    "exactly then not no never none neither nobody nothing nowhere cannot n't"
)
# First words of sentences that are no names although they are written large.
OPENERS = FUNCTION_WORDS | words(
    "list name define compare discuss can may however although though since with instead during according here "
    "there now today yesterday tomorrow first second third finally additionally moreover furthermore therefore thus "
    "unfortunately apologies only such both either neither several most few once twice today's"
)

# Numbers and dates, by value
SMALL_NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
ORDINALS = (
    "second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
).split()
NUMBERS = frozenset([*SMALL_NUMBERS[2:], *TENS])
MONTHS = "january february march april may june july august september october november december".split()
DATES = frozenset(MONTHS) | words("monday tuesday wednesday thursday friday saturday sunday christmas easter")

# Nouns and names
TITLES = words(
    "president mr mrs ms dr sir lord lady king queen prince princess pope general senator chancellor emperor empress "
    "professor minister captain colonel judge governor mayor bishop duke duchess count saint"
)
PERSON_NOUNS = words(
    "man woman boy girl person president king queen leader author writer politician artist singer actor actress "
    "scientist minister senator general poet composer player teacher doctor lawyer emperor guy"
)
# People by what they are or do: "he" and "she" may mean them, "it" does not.
AGENTS = (
    PERSON_NOUNS
    | TITLES
    | words(
        "architect astronomer athlete aunt baker banker boss brother builder carpenter chairman chairwoman champion "
        "chief commander conductor critic daughter designer director economist editor engineer explorer farmer father "
        "fisherman founder friend gardener grandfather grandmother guard heir hero heroine historian hunter husband "
        "inventor journalist keeper killer knight lad lieutenant maker manager mason mathematician merchant miller "
        "monk mother musician nephew niece novelist nun nurse officer owner painter partner patron philosopher "
        "photographer physician physicist pilot playwright poetess priest printer prisoner pupil reporter ruler sailor "
        "scholar sculptor secretary servant shepherd sister soldier son spokesman spokeswoman student surgeon surveyor "
        "tailor translator traveller treasurer tutor uncle victim widow wife winner witness"
    )
)
NAMED_THINGS = words(
    "act agreement airport area army association bank battle bay board book bridge building capital castle center "
    "centre church city clinic club committee company conference continent council country county court department "
    "district doctrine empire federation film forest foundation game government group hall hospital hotel house inc "
    "institute island kingdom lake league library line mountain mountains movie museum nation ocean office "
    "organisation organization pact palace park party place program project product province region republic river "
    "road school sea series service show society song space square stadium state station street system team band "
    "theatre tool tower town trail treaty union university valley village wall war"
)
SINGULAR_IN_S = words(
    "states nations netherlands emirates philippines mars paris texas news physics series species athens "
    "brussels illinois arkansas kansas wales honduras"
)
PLURAL_NOUNS = words("people children police women men they data media")
COUNTRIES = words(
    "afghanistan albania algeria angola argentina armenia australia austria azerbaijan bahrain bangladesh belarus "
    "belgium bolivia botswana brazil britain bulgaria burma cambodia cameroon canada chad chile china colombia congo "
    "croatia cuba cyprus czechia czechoslovakia denmark ecuador egypt england estonia ethiopia finland france gabon "
    "georgia germany ghana greece greenland guatemala guinea haiti honduras hungary iceland india indonesia iran iraq "
    "ireland israel italy jamaica japan jordan kazakhstan kenya kosovo kuwait kyrgyzstan laos latvia lebanon liberia "
    "libya lithuania luxembourg madagascar malawi malaysia mali malta mexico moldova monaco mongolia montenegro "
    "morocco mozambique myanmar namibia nepal netherlands nicaragua niger nigeria norway oman pakistan palestine "
    "panama paraguay peru philippines poland portugal qatar romania russia rwanda scotland senegal serbia singapore "
    "slovakia slovenia somalia spain sudan sweden switzerland syria taiwan tajikistan tanzania thailand togo tunisia "
    "turkey turkmenistan uganda ukraine uruguay usa us uk uzbekistan venezuela vietnam wales yemen zambia zimbabwe"
)
CITIES = words(
    "moscow beijing washington london paris berlin rome madrid kyiv kiev ankara tokyo delhi cairo athens vienna "
    "brussels boston chicago dublin milan munich venice naples warsaw prague budapest istanbul almaty astana florence"
)
REGIONS = words(
    "africa america antarctica asia europe oceania eurasia crimea siberia scandinavia texas california florida"
)
PLACES = COUNTRIES - words("usa us uk") | CITIES | REGIONS


def is_plural(noun: str) -> bool:
    """Tell whether a noun, lower case, is more than one of something, as its form goes."""
    ends = noun.endswith("s") and not noun.endswith(("ss", "us", "is")) and noun not in SINGULAR_IN_S
    return ends or noun in PLURAL_NOUNS
