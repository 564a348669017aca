"""Words for slots: names composed of syllables, and lists of common words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence


class Lexicon:
    """Draws a word of a kind: from a list, or composed of one piece from each of several lists.

    Args:
        lists: kind -> words.
        glued: kind -> lists of pieces; a word takes one of each, in order.
        english: True to adapt `a` and `an` to the next word.
    """

    def __init__(
        self,
        lists: Mapping[str, Sequence[str]],
        glued: Mapping[str, Sequence[Sequence[str]]],
        *,
        english: bool = False,
    ) -> None:
        self.english = english
        self.lists = lists
        self.glued = glued

    def draw(self, kind: str, chance: random.Random) -> str:
        """Draw one word.

        Raises:
            KeyError: the kind is unknown.
        """
        if kind in self.lists:
            return chance.choice(self.lists[kind])
        return "".join(chance.choice(pieces) for pieces in self.glued[kind])


def _split(words: str) -> list[str]:
    return words.split()


_FIRST = _split(
    "Ada Alva Anton Arlo Basia Bela Bruno Cato Celia Dag Dana Davor Edda Elio Emre Esa Farid Fenna Goran Greta Halim Hedda Ilse Imre Ines Ivo "
    "Jalal Jana Joost Kaja Karim Lasse Leda Leyla Livia Lorne Mads Malik Marit Mila Nadir Nela Nils Nura Odd Orla Oskar Paavo Petra Pia Rafiq "
    "Rasmus Rika Roza Samir Selma Silas Sunniva Tariq Tess Tibor Tove Ulla Vesna Viggo Wanda Yara Yusuf Zeno Zora"
)
_HEADS = _split(
    "Al Am An Ar Bal Bar Bel Ber Bor Bran Cal Car Cor Cros Dal Dar Del Dor Dun El Er Es Fal Far Fen Gal Gar Glim Gor Gron Hal Har Hel Hol Il Jar Jor Kal Kar Kel Kor Kres "
    "Lan Lar Lin Lor Lum Mal Mar Mer Mor Nar Nes Nor Ol Or Pal Pel Por Quar Ral Ros Sal Sel Ser Sol Tal Tar Tor Ul Ur Val Var Ves Vor Wal Wes Yar Zal Zel"
)
_MIDDLES = _split("a e i o u an en in on ar er or al el il ov ev ad ed im om ast est ist and end ond")
_PLACE_ENDS = _split(
    "bach berg burg by cester dal dorf field ford gard grad ham haven holm mere mond mouth nau polis rick rigg sk stad stead stow sund thorpe ton vale vik wick worth zha"
)
_NAME_ENDS = _split(
    "ak ard as aud eck ek en enko er ert es esku ev ic idis ik in ini is jorn kin ko lund mann mar mez mund nen oglu os ov quist ra res ros sen ska ski son stad tor ulu va vic wald zadeh"
)
_FIRM_ENDS = _split(
    "co corp dyne flex gen gro it lab link med metal net nova oil pharm plast power steel tec tel trans tron vest works"
)

_COMMON = {
    "day": _split("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
    "month": _split("January February March April May June July August September October November December"),
    "direction": ["north", "south", "east", "west", "northwest", "northeast", "southwest", "southeast"],
    "quarter": ["first", "second", "third", "fourth"],
    "product": _split(
        "bearings boilers brakes bricks cables carpets cement ceramics chocolate cranes drugs engines fertiliser ferries fibres furniture glass insulin lamps lenses locks motors paints paper "
        "pipes pumps resins robots scanners seeds sensors shoes software solvents spectacles steel switches tiles timber toys tractors turbines tyres valves vaccines watches yachts"
    ),
    "crop": _split(
        "barley beans coffee cocoa cotton hazelnuts hops lentils maize millet oats olives onions oranges peas potatoes rapeseed rice rye sorghum soybeans sugar sunflowers tea wheat"
    ),
    "metal": _split(
        "aluminium cobalt copper gold iron lead lithium nickel palladium platinum silver tin uranium zinc"
    ),
    "trade": _split(
        "baker bookseller butcher carpenter conductor cook dentist driver electrician farmer fisherman gardener grocer hairdresser mechanic miner nurse painter pensioner plumber porter printer "
        "sailor shopkeeper singer student surgeon tailor teacher translator waiter weaver welder"
    ),
    "colour": _split(
        "amber black blue brown crimson green grey indigo ivory olive orange purple red scarlet silver violet white yellow"
    ),
    "adjective": _split(
        "abrupt awkward bitter bleak bold brief brittle broad careful clumsy costly crude curious deep delicate dense distant dull eager early earnest empty exact faint familiar fierce firm fragile "
        "frank gentle grave harsh hasty hollow honest humble idle lasting lavish lean loose modest narrow neat obscure odd painful patient plain polite prompt proper proud quiet rapid rare raw remote "
        "rigid rough rude safe sensible severe shallow sharp shy silent slender slow sober solemn steady stern strict stubborn subtle sudden tender thorough tidy uneasy urgent vague vast weary wise"
    ),
    "noun": _split(
        "account agenda alarm answer appeal archive argument balance bargain barrier basement boundary bridge budget burden calendar campaign ceiling certificate channel charter circle clause closure "
        "column committee compass concession contract corridor council courtyard crossing custom deadline debate decree deficit delay deposit detour district doctrine draft embankment estimate evidence "
        "exercise failure fence formula foundation funeral garden gesture guarantee harvest hearing hesitation household incident inquiry inspection insurance interview inventory invoice journey kitchen "
        "landscape laundry ledger lesson levy library licence loan machine mandate manual market measure meadow memory merger mission mortgage motive museum neighbour notice number objection offer "
        "orchard outcome outpost parade passage patience payment penalty pension petition pipeline platform pledge policy portrait postponement premise promise proposal proverb quarrel question queue "
        "railway reason receipt record refusal register remedy repair reply reservoir resolution respect revenue reward roof routine rumour sacrifice schedule school sentence session shelter shortage "
        "signal silence staircase station statute storage subsidy surplus survey suspicion symbol tariff temper theatre threshold timetable treaty tunnel uniform valley verdict village visit warehouse warning"
    ),
    "verb": _split(
        "abandon accept admit adjust answer approve argue arrange avoid balance begin bend borrow break bring build bury calm cancel carry check choose claim clean close collect compare conceal confirm copy "
        "count cover cross damage decide declare defend delay deliver deny describe destroy discover divide doubt dismiss draw drop earn empty enforce examine exchange excuse expect explain extend face fetch "
        "finish follow forgive fund gather guard guess handle hear hide hold ignore improve inherit inspect invent join judge keep lead learn lend limit list lose maintain measure mend mention miss move name "
        "note obey observe offer open oppose order overlook own pack pay permit plan postpone praise prepare prevent print promise protect prove publish pull punish question raise reach read rebuild recall refuse "
        "regret reject release remember remove rent repair repeat replace report rescue resist restore return reveal ruin save search sell send settle shake share show sign sort spare split spoil stop store study "
        "support suspect teach test thank touch trace trust understand value visit wait warn waste watch weigh welcome withdraw write"
    ),
    "title": [
        "governor",
        "mayor",
        "chief inspector",
        "party leader",
        "union leader",
        "deputy minister",
        "spokesman",
        "spokeswoman",
        "commissioner",
        "director",
        "chair",
        "prosecutor",
        "colonel",
        "ambassador",
        "senior official",
        "regional head",
        "economist",
        "historian",
        "lawyer",
        "bishop",
        "head of research",
    ],
    "body": [
        "the interior ministry",
        "the transport ministry",
        "the finance ministry",
        "the foreign ministry",
        "the health ministry",
        "the coast guard",
        "the state prosecutor",
        "the regional council",
        "the city council",
        "the civil defence",
        "the port authority",
        "the electoral commission",
        "the audit office",
        "the supreme court",
        "the national bank",
        "the labour office",
        "the fire service",
        "the army command",
        "the farmers' union",
        "the dock workers' union",
        "the chamber of commerce",
        "the opposition",
        "the ruling party",
    ],
    "weather": [
        "sun",
        "drizzle",
        "steady rain",
        "low cloud",
        "sleet",
        "fog",
        "showers",
        "thunderstorms",
        "haze",
        "snow",
        "clear skies",
        "a light breeze",
    ],
    "sport": ["football", "handball", "hockey", "basketball", "volleyball", "rugby", "water polo"],
}

ENGLISH = Lexicon(
    _COMMON,
    {
        "town": [_HEADS, _MIDDLES, _PLACE_ENDS],
        "country": [_HEADS, _MIDDLES, ["via", "land", "stan", "ria", "nia", "mark"]],
        "person": [_FIRST, [" "], _HEADS, _MIDDLES, _NAME_ENDS],
        "firm": [_HEADS, _MIDDLES, _FIRM_ENDS],
        "team": [
            _HEADS,
            _MIDDLES,
            _PLACE_ENDS,
            [" United", " Rovers", " City", " Athletic", " Wanderers", " Sport", " 04", ""],
        ],
        "ship": [["Lady ", "Star of ", "Pride of ", "Northern ", "Royal ", "Spirit of "], _HEADS, _MIDDLES, ["a", "ia", "en"]],
        "ticker": [_HEADS, _HEADS],
        "publisher": [_HEADS, _MIDDLES, _PLACE_ENDS, [" Post", " Herald", " Gazette", " Daily", " Online"]],
        "agency": [["Norvane", "Velmoor", "Castrel", "Ostmark Press", "Tellura"]],
    },
    english=True,
)  # fmt: skip
