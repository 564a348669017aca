"""Labels of the sixteen kinds in four languages, in the places where headlines have them, and headlines that look like them."""

import pytest

from copytaster.wire.headline import parse_headline
from copytaster.wire.kinds import KINDS, kind_of

LABELS = {
    "kill": "KILL|STORY KILL|WITHDRAWN|ZURÜCKGEZOGEN|Rückzug|ANNULATION|ANNULÉ|ANULACIÓN|ANULADA",
    "correction": "CORRECTED|CORRECTION|Corrected|BERICHTIGUNG|KORREKTUR|Korrigiert|KORR|RECTIFICATIF|CORRECTION|Rectificatif|CORRIGÉ|CORRECCIÓN|RECTIFICACIÓN|Corrige",
    "alert": "ALERT|NEWSALERT|FLASH|SNAP|EIL|EILMELDUNG|BLITZ|Eilmeldung|ALERTE|FLASH|ALERTA|FLASH",
    "urgent": "URGENT|BULLETIN|BREAKING|URGENT|URGENT|URGENTE",
    "press-release": "PRESS RELEASE|Press release|News release|Pressemitteilung|PRESSEMITTEILUNG|Pressemeldung|Communiqué|Communiqué de presse|COMMUNIQUÉ|Comunicado|Nota de prensa|COMUNICADO",
    "advisory": "ADVISORY|MEDIA ADVISORY|DIARY|Terminvorschau|Tagesvorschau|TERMINE|AGENDA|PRÉVISIONS|AGENDA|PREVISIONES",
    "results": "RESULTS|TABLE|Results|Ergebnisse|TABELLE|RÉSULTATS|Résultats|RESULTADOS|Resultados",
    "obituary": "OBITUARY|Obituary|OBIT|Nachruf|NACHRUF|Nécrologie|NÉCROLOGIE|Obituario|OBITUARIO|Necrológica",
    "fact-box": "FACTBOX|Factbox|TIMELINE|CHRONOLOGY|Faktenbox|FAKTENBOX|Stichwort|HINTERGRUND|Chronologie|ENCADRÉ|CHRONOLOGIE|Repères|Encadré|CRONOLOGÍA|Claves|Cronología",
    "live-blog": "LIVE|Live updates|LIVE BLOG|Liveticker|LIVE-TICKER|Liveblog|EN DIRECT|DIRECT|En direct|EN VIVO|DIRECTO|En directo",
    "programme-note": "PROGRAMME NOTE|Program note|Programmhinweis|PROGRAMMHINWEIS|Sendehinweis|Note de programme|Nota de programación",
    "analysis": "ANALYSIS|Analysis|News Analysis|ANALYSE|Analyse|ANALYSE|Analyse|Décryptage|ANÁLISIS|Análisis",
    "opinion": "OPINION|COMMENTARY|COLUMN|Editorial|KOMMENTAR|Kommentar|Leitartikel|ÉDITORIAL|TRIBUNE|Tribune|Chronique|OPINIÓN|Opinión|EDITORIAL|Columna",
    "wrap-up": "ROUNDUP|Round-up|ZUSAMMENFASSUNG|Überblick|ÜBERBLICK|SYNTHÈSE|Synthèse|RESUMEN|Resumen",
    "lead": "1st LEAD|LEAD|WRITETHRU|1. Lead|NEUFASSUNG|LEAD|1er LEAD|LEAD",
    "update": "UPDATE|UPDATE|Aktualisierung|AKTUALISIERT|ACTUALISATION|MISE À JOUR|ACTUALISÉ|ACTUALIZACIÓN|AMPLIACIÓN",
}  # fmt: skip
LOOK_ALIKES = [
    "Alert level raised on the volcano of Lindmoor",
    "Live music returns to Lindmoor",
    "Update on harbour works due in May",
    "Results of the vote expected on Friday",
    "Analysis of water finds lead in Lindmoor",
    "Obituary writers meet in Velm",
    "Kill switch stops trains in Karsted",
    "Correction officers strike in Lindmoor",
    "Urgent care centre opens in Velm",
    "Table tennis: Lindmoor wins again",
    "Lead prices fall to a low of the year",
    "Opinion polls show a tie in Karsted",
    "Flash floods hit Lindmoor",
    "Column collapses in Velm church",
    "Breaking bread with the mayor of Velm",
    "Press release of the ball decided the match",
    "Snap election called in Velm",
    "Diary found in Lindmoor attic",
    "Timeline for harbour works slips",
    "Bulletin board of Velm stolen",
    "Watch stolen in Velm",
    "Advisory council of Velm resigns",
    "Eilmeldung an alle Schiffe: Lindmoor warnt vor Eis",
    "Kommentar des Ministers sorgt für Streit",
    "Analyse des Wassers zeigt Blei in Lindmoor",
    "Ergebnisse der Wahl am Freitag erwartet",
    "Nachruf auf eine Brücke wird Buch",
    "Überblick verloren: Kapitän rammt Kai",
    "Stichwort gegeben, Vorhang fällt",
    "Korrektur der Grenze verlangt",
    "Termin für den Hafen geplatzt",
    "Hintergrund der Tat bleibt offen",
    "Blitz trifft Kirche von Velm",
    "Update für Züge legt Velm lahm",
    "Alerte rouge aux crues à Lindmoor",
    "Tribune effondrée au stade de Velm",
    "Résultats attendus vendredi",
    "Agenda chargé pour la maire de Velm",
    "Direct du gauche: le boxeur de Velm gagne",
    "Flash sur les routes: trop de radars",
    "Chronique d'une crue annoncée",
    "Urgent besoin de bénévoles à Velm",
    "Communiqué du maire contesté",
    "Correction de copies: les professeurs en grève",
    "Alerta roja por lluvias en Lindmoor",
    "Análisis del agua halla plomo en Velm",
    "Resultados del voto se esperan el viernes",
    "Agenda llena para la alcaldesa",
    "Columna de humo sobre Velm",
    "Directo al mentón: gana el boxeador de Velm",
    "Resumen escolar no basta, dice el ministro",
    "Claves falsas abren la caja de Velm",
    "Urgente reforma del puerto, pide Velm",
    "Corrección de exámenes: huelga en Velm",
    "Comunicado del alcalde causa enfado",
    "Lead-free paint sold in Velm",
    "Live-in carers wanted in Velm",
    "Velm - Karsted 3-1 after extra time",
    "Ferry of Velm (built in 1911) sinks",
    "Harbour of Velm (live since May) closes",
    "Kill or cure - the baths of Velm",
    "Opinion on tides - who is right",
    "La crue de Velm (et ses résultats)",
    "Hafen von Velm (Kommentare folgen)",
]


@pytest.mark.parametrize("form", ["{}: Port of Lindmoor closes", "{} - Port of Lindmoor closes", "({}) Port of Lindmoor closes",
    "[{}] Port of Lindmoor closes", "Port of Lindmoor closes ({})"])  # fmt: skip
@pytest.mark.parametrize(
    ("kind", "label"), [(kind, label) for kind, labels in LABELS.items() for label in labels.split("|")]
)
def test_a_label_says_the_kind_wherever_it_is(kind, label, form):
    found = parse_headline(form.format(label))
    assert kind_of(found.markers, headline=found.headline) == kind


def test_every_kind_has_labels():
    assert set(LABELS) == set(KINDS)


@pytest.mark.parametrize("of_page", [False, True])
@pytest.mark.parametrize("headline", LOOK_ALIKES)
def test_headlines_of_these_words_have_no_kind(headline, of_page):
    found = parse_headline(headline)
    assert kind_of(found.markers, headline=found.headline, of_page=of_page) is None


@pytest.mark.parametrize(("genre", "kind"), [("News Analysis", "analysis"), ("Communiqu\u00e9 de presse", "press-release"),
    ("In eigener Sache", "programme-note"), ("1st Lead", "lead"), ("Media Advisory", "advisory"), ("LIVE_BLOG", "live-blog")])  # fmt: skip
def test_a_genre_of_several_words_says_the_kind(genre, kind):
    assert kind_of((), called=genre) == kind
