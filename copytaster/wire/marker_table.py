"""The prefixes that agencies put before a headline: words, class and kind, in the languages they are used in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from copytaster.wire.letters import fold

if TYPE_CHECKING:
    from copytaster.values import MarkerClass


class MarkerName(NamedTuple):
    """What a prefix says; `any_case`: it is a prefix in ordinary letters too (`Factbox: `), not only in capitals."""

    marker_class: MarkerClass
    kind: str
    any_case: bool


# kind: prefixes separated by `|`. Before ` // `: prefixes in any letter case; after it: only in capitals.
_VERSION = {
    "update": "update|updated|news update|aktualisierung|aktualisiert|actualización|atualização // actualiza|atualiza|fokus|focus|actualisation|aggiorna|aggiornamento|punto|güncelleme|обновление|обновлено|"
    "actualizado|atualizada|amp|ampl|ampliación|تحديث|upd|ενημερωση|uppdatering",
    "wrapup": "roundup|wrapup // wrap-up|wrap|round-up|zusammenfassung|resumen|rsm|sintesi|synthèse|resumo|özet|сводка|ملخص|newswrap",
    "corrected": "corrected|correction|official correction|corrected official|berichtigung|korrektur|rectificación|corregido // correct|korrigiert|corr|corrección|correção|corrigé|correctif|rectificatif|corretto|rettifica|düzeltme|исправление|исправлено|уточнение|"
    "تصحيح|clarification|clarified|διορθωση",
    "refile": " // refile|refiled|refile-2|reissue|resending|resend",
    "repeat": " // rpt|repeat|repeats|repeated|wdh|wdhlg|wiederholung|repetición|repetição|répétition|ripetizione|повтор|إعادة|tekrar",
    "withdrawn": "withdrawn // withdraw|withdrawal|zurückgezogen|zurueckgezogen|retirado|anulado|annulé|annullato|отозвано|снято|سحب",
    "kill": " // kill|mandatory kill|bulletin kill|killed|kill notice|elimination",
    "lead": " // lead|ld|1st lead|2nd lead|3rd lead|1st ld|مقدمة",
    "writethru": "writethru|writethrough // wtr",
    "alert": "urgent|breaking news|newsalert|news alert // alert|breaking|flash|bulletin|snap|newsbreak|eilmeldung|eil|urgente|срочно|молния|عاجل|acil|son dakika|επειγον|av|avance|ap newsalert|ap news alert|blitz|brekend",
}
_GENRE = {
    "exclusive": "exclusive|ap exclusive|apnewsbreak|afp exclusive|exklusiv|exclusif // exclusiva|exclusivo|esclusiva|эксклюзив|özel|حصري",
    "analysis": "analysis|news analysis|snap analysis|ap analysis|analyse // análisis|análise|analisi|анализ|analiz|تحليل|analysen",
    "factbox": "factbox|factsheet|fact box|facts box // hintergrund|encadré|encadre|ficha|recuadro|box|scheda|справка|fakten|حقائق|faktbox|key facts|facts",
    "timeline": "timeline // chronologie|cronología|cronologia|хронология|zaman çizelgesi|تسلسل زمني",
    "chronology": "chronology // chrono",
    "instant-view": "instant view|ap newsbrief // instantview",
    "analyst-view": "analyst view|analyst views|analysts view|analysts' view // analystview",
    "highlights": "highlights",
    "snapshot": "snapshot",
    "scenarios": "scenarios // scenario",
    "q-and-a": "q+a|q&a|q & a|q + a|q and a // faq",
    "poll": "reuters poll|reuters/ipsos poll // poll|umfrage|sondage|encuesta|sondaggio|опрос|anket|استطلاع",
    "table": " // table|tables|tabelle|tableau|tabla|tabella|таблица|tablo|جدول",
    "text": "full text|text // transcript|document|wortlaut|documento|документ|نص",
    "witness": " // witness",
    "newsmaker": "newsmaker",
    "special-report": "special report // sonderbericht|informe especial|reportage spécial",
    "insight": "insight",
    "interview": "interview|ap interview|afp interview // entretien|entrevista|intervista|интервью|مقابلة|söyleşi",
    "feature": "feature|news feature // reportage|reportaje|reportagem|особое",
    "brief": "// brief|briefs|news brief|in brief|breve|kurznachricht",
    "preview": "preview|match preview // vorschau|avant-papier|previa|previsión|prévia|ausblick|анонс",
    "review": "// review|book review|film review|movie review",
    "explainer": "explainer|ap explains|explained // erklärt|frage und antwort|fragen und antworten",
    "profile": "profile // porträt|portrait|perfil|ritratto|profilo|портрет|بورتريه",
    "obituary": "obituary // nachruf|nécrologie|obituario|некролог",
    "column": "// column|kolumne|chronique|columna",
    "commentary": "commentary // comment|kommentar|commentaire|comentario|commento|комментарий|opinion",
    "breakingviews": "breakingviews|rpt-breakingviews",
    "fact-check": "fact check|factcheck|ap fact check|faktencheck // verificación|fact-check",
    "press-digest": "press digest // presseschau|revue de presse|rassegna stampa|press digests|обзор прессы|صحف",
    "diary": "// diary|political diary|week ahead|terminvorschau|agenda|daybook|factors to watch|what's on|tageskalender|календарь",
    "quotes": "// quotes|quotebox|quotes of the day|zitate|citas|цитаты|اقتباس",
    "graphic": "// graphic|graphics|infographic|grafik|infografik|graphique|infografía|инфографика",
    "live": "the latest // live updates",
    "focus": "news focus|newsfocus|yonhap feature|yonhap interview // enfoque|фокус|le point sur",
    "teaser": "// take a look|takealook|top news|spotlight|pix|wider image|picture essay|photo essay|in pictures",
    "results": "// results|standings|summaries|scoreboard|schedule|statistics",
    "watch": "// stocks to watch|factors to watch|watchlist",
}
_STANDING = (
    "aktie im fokus|aktien im fokus|aktien frankfurt|aktien new york|aktien asien|devisen|deutsche anleihen|index-monitor|tagesvorschau|"
    "advisory|media advisory|editors' note|global markets|us stocks|global economy|global stocks|metals|precious|precious metals|softs|grains|livestock|oil report|airshow|autoshow|fed focus|em asia fx|"
    "forex|fx|money markets|treasuries|us treasuries|bonds|emerging markets|asia gold|asia fx|canada stocks|european shares|japan stocks|china stocks|india stocks|uk stocks|stoxx news|stocks news|"
    "stxnews|hot stocks|buzz|markets|world news summary|us credit|us dollar|us oil|us cash products|vegoils|energy|gold|asia coal|asia rice|asia naphtha/gasoline|sudan watch|mergers|dealtalk|deals|"
    "davos|eurozone markets|euro govt|euro zone|hedgehub|private equity|healthcare|autos|tech|retail|airlines|motor racing|soccer|football|tennis|golf|cricket|rugby|rugby union|"
    "rugby league|athletics|cycling|boxing|olympics|swimming|baseball|basketball|ice hockey|nba|nfl|nhl|mlb|skiing|alpine skiing|nordic skiing|figure skating|gymnastics|rowing|sailing|snooker|motorcycling|motogp|"
    "horse racing|equestrian|volleyball|handball|hockey|badminton|table tennis|squash|doping|sport|world cup|commonwealth games|asian games|winter olympics|paralympics|television|people|arts|fashion|books|box office|film|music|"
    "china focus|across china|xinhua headlines|xinhua insight|economic watch|wall street week ahead|wall st week ahead|wall st. week ahead|global week ahead"
)


def _names() -> dict[str, MarkerName]:
    table: dict[str, MarkerName] = {}
    classes: tuple[tuple[MarkerClass, dict[str, str]], ...] = (("version", _VERSION), ("genre", _GENRE))
    for marker_class, kinds in classes:
        for kind, prefixes in kinds.items():
            ordinary, _, capitals = prefixes.partition("//")
            for names, any_case in ((ordinary, True), (capitals, False)):
                for name in filter(None, (name.strip() for name in names.split("|"))):
                    table.setdefault(name_key(name), MarkerName(marker_class, kind, any_case))
    for slug in _STANDING.split("|"):
        table.setdefault(name_key(slug), MarkerName("standing-slug", slug.replace(" ", "-"), any_case=False))
    return table


def name_key(name: str) -> str:
    """Key of a prefix; `Q+A`, `Q&A` keep the sign that tells them from words."""
    return fold(name.replace("+", "plus").replace("&", "plus"))


MARKER_NAMES = _names()
LONGEST_MARKER_WORDS = 4
# Sports desks print their slug in ordinary letters, tight before the headline: `Tennis-Seed falls`.
SPORT_SLUGS = frozenset(
    name_key(word)
    for word in (
        "soccer|tennis|golf|cricket|rugby|rugby union|rugby league|athletics|cycling|boxing|olympics|swimming|baseball|basketball|ice hockey|motor racing|nba|nfl|nhl|mlb|skiing|alpine skiing|nordic skiing|"
        "figure skating|gymnastics|rowing|sailing|snooker|motorcycling|horse racing|doping|badminton|hockey|handball|volleyball|equestrian|field hockey|american football"
    ).split("|")
)
# Standing slugs in ordinary letters, set off by a colon: `China Focus: New line opens`.
COLON_SLUGS = frozenset(
    name_key(name)
    for name in (
        "china focus|across china|xinhua headlines|xinhua insight|economic watch|wall street week ahead|wall st week ahead|wall st. week ahead|global week ahead|advisory|media advisory"
    ).split("|")
)
