"""Pages that stand in a story's place, in many forms, beside stories about the same things."""

from datetime import UTC, datetime

import pytest

from copytaster.errors import UnparsableError
from copytaster.values import RawPage
from spiders.parsing import ParseContext, parse
from spiders.parsing.wall_words import speaks_to_reader, topics_of

STORY = [
    "The lock at Upper Mill stays shut until spring because its gates have rotted, the waterways office said on Friday.",
    "Barges have to wait at Saltern or unload there, which costs their owners about nine hundred a day.",
    "A yard in the north is building new gates of oak, and hopes to deliver them before the ice has gone.",
]
WALLS = {
    "consent": (
        "Before you read on",
        "We and our partners store identifiers in cookies on your device. You may consent or"
        " refuse, and change your mind at any time in the settings of this site.",
    ),
    "consent, German": (
        "Datenschutz",
        "Wir und unsere Partner verwenden Cookies auf Ihrem Gerät. Sie können zustimmen oder"
        " ein Abonnement ohne Werbung nehmen, das Sie jeden Monat kündigen können.",
    ),
    "not found": (
        "Page not found",
        "The page may have been renamed or taken down. Try the search at the top, or go back to"
        " the front page to see what has been reported today by our newsroom.",
    ),
    "not found, French": (
        "Page introuvable",
        "La page que vous cherchez a été déplacée ou supprimée. Utilisez la recherche ou"
        " retournez à l'accueil pour lire les nouvelles du jour de notre rédaction.",
    ),
    "robot": (
        "Just a moment",
        "We want to be sure that you are a human being and no robot. This takes a few seconds; your"
        " browser must have JavaScript switched on, and cookies must be allowed.",
    ),
    "sign in": (
        "Sign in to continue",
        "This story is for subscribers. Sign in with your address and your password, or take a"
        " subscription, which costs less than a coffee each week and can be ended at will.",
    ),
    "adverts": (
        "It looks as if you use an ad blocker",
        "Advertising pays for the work of our reporters, so please switch the"
        " blocker off for this site. Your browser's help pages show how it is done, step by step.",
    ),
    "maintenance": (
        "Maintenance",
        "We are working on our site and shall soon be back. Please try again in an hour or two, and"
        " accept our apologies for the trouble that this causes you and all others.",
    ),
}
UNKNOWN = (
    "Ein Augenblick der Stille",
    "Hier wohnt heute nur der Wind, und niemand weiß, wohin das Gesuchte gewandert ist. Komm"
    " später wieder oder geh zurück, woher du kamst, denn mehr gibt es hier nicht zu sehen.",
)


def read(heading, paragraphs, head="", title=None, **context):
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    html = f"<html><head><title>{title or heading} | Quay</title>{head}</head><body><main><h1>{heading}</h1>{body}</main></body></html>"
    page = RawPage("https://quay.example/n/lock-1.html", html.encode(), datetime(2026, 11, 29, tzinfo=UTC))
    return parse(page, ParseContext(**context))


def reason(*arguments, **named):
    with pytest.raises(UnparsableError) as caught:
        read(*arguments, **named)
    return caught.value.reason


PROMISE = (
    '<meta property="og:type" content="article"><meta property="og:title" content="Lock shut until spring">'
)


@pytest.mark.parametrize("name", WALLS)
def test_a_wall_is_refused(name):
    heading, text = WALLS[name]
    assert reason(heading, [text]) == "wall"
    assert reason(heading, [text], head=PROMISE) == "wall"
    assert reason(heading, [text], feed_title="Lock shut until spring") == "wall"


def test_a_wall_in_words_that_nobody_listed_is_refused_by_what_was_promised():
    heading, text = UNKNOWN
    assert read(heading, [text], feed_title="Lock shut until spring").headline == heading, (
        "it may be a headline"
    )
    assert reason(heading, [text], head=PROMISE, feed_title="Lock shut until spring") == "wall"


def test_a_page_that_nothing_speaks_for_is_refused_where_the_feed_announced_another_story():
    heading, text = UNKNOWN
    noindex = '<meta name="robots" content="noindex">'
    assert reason(heading, [text], head=noindex, feed_title="Lock shut until spring") == "wall"
    assert read("Lock shut until spring", STORY[:1], head=noindex, feed_title="Lock stays shut").body


def test_a_status_in_the_title_is_an_error():
    assert reason("Oh dear", [WALLS["not found"][1]], title="404") == "wall"


@pytest.mark.parametrize(
    ("heading", "feed_title"),
    [
        ("Lock shut until spring", None),
        ("Lock shut until spring", "Upper Mill: lock stays shut"),
        ("Bad news for barges", "Lock stays shut until spring"),  # another headline, the same story
        ("Cookies baked for lock keepers", "Cookies for lock keepers"),
        ("404 days without a lock", "404 days without a lock"),
    ],
)
def test_a_story_is_none(heading, feed_title):
    assert read(heading, STORY, feed_title=feed_title).headline == heading


def test_a_story_about_consent_is_none():
    text = [
        "Websites need consent for cookies, a court ruled on Friday, and a banner that hides the refusal is none.",
        *STORY,
    ]
    assert read("Court rules on cookies", text, feed_title="Court rules on cookies").body


FOREIGN_WALLS = {
    "consent, Portuguese": (
        "Antes de continuar",
        "Nós e os nossos parceiros usamos cookies para mostrar anúncios. Você pode aceitar ou rejeitar tudo e mudar de ideias quando quiser, nas definições.",
    ),
    "consent, Czech": (
        "Soukromí",
        "My a naši partneři používáme cookies. Prosím, vyberte, zda s tím souhlasíte; svůj souhlas můžete kdykoli odvolat v nastavení tohoto webu.",
    ),
    "missing, Spanish": (
        "Página no encontrada",
        "La página que busca ha sido eliminada o movida. Compruebe la dirección o vuelva a la portada para leer las noticias de hoy.",
    ),
    "missing, Ukrainian": (
        "Сторінку не знайдено",
        "На жаль, такої сторінки не існує або її видалено. Спробуйте скористатися пошуком або перейдіть на головну, щоб прочитати новини.",
    ),
    "missing, Korean": (
        "페이지를 찾을 수 없습니다",
        "요청하신 페이지가 삭제되었거나 주소가 변경되었습니다. 주소를 다시 확인하시거나 홈으로 돌아가 주세요. 불편을 드려 죄송합니다.",
    ),
    "robot, French": (
        "Vérification de sécurité",
        "Nous devons vérifier que vous êtes humain avant de vous laisser entrer. Activez JavaScript dans votre navigateur et patientez quelques instants.",
    ),
    "robot, Russian": (
        "Проверка безопасности",
        "Мы обнаружили подозрительную активность с вашего адреса. Подтвердите, что вы не робот, чтобы продолжить чтение нашего сайта.",
    ),
    "sign in, Swedish": (
        "Logga in för att läsa vidare",
        "Den här texten är för våra prenumeranter. Logga in med din adress och ditt lösenord, eller bli prenumerant för en krona.",
    ),
    "later, Polish": (
        "Przerwa techniczna",
        "Przepraszamy, nasz serwis jest tymczasowo niedostępny. Trwają prace techniczne. Spróbuj ponownie za kilka minut, prosimy o cierpliwość.",
    ),
    "adverts, Italian": (
        "Hai un ad blocker attivo",
        "Il nostro lavoro si paga con la pubblicità. Disattiva il blocco degli annunci nel tuo browser oppure abbonati per un euro al mese.",
    ),
}


@pytest.mark.parametrize("name", FOREIGN_WALLS)
def test_a_wall_of_any_language_is_refused_by_itself(name):
    heading, text = FOREIGN_WALLS[name]
    assert reason(heading, [text], title="Quay") == "wall"


@pytest.mark.parametrize(
    ("heading", "text"),
    [
        (
            "Error 404: the lane that no map shows",
            "Drivers who look for Mill Lane find nothing, because the lane was left off every map when the village was renumbered last year.",
        ),
        (
            "Un captcha bloque les rendez-vous",
            "Des patients n'ont pas pu prendre rendez-vous lundi, car un captcha bloquait le site de l'hôpital quel que soit le navigateur, selon la direction.",
        ),
        (
            "Verlag führt Abo ein",
            "Der Verlag führt ein Abonnement für neun Euro ein; wer sich anmeldet, liest fünf Artikel kostenlos, sagte die Geschäftsführung am Montag.",
        ),
        (
            "Court fines site over cookies",
            'The court fined the site because its banner hid the refusal. "You must accept or leave, it said to readers," the judge wrote, and called that no consent.',
        ),
    ],
)
def test_a_short_story_about_walls_is_none(heading, text):
    assert read(heading, [text]).body == text


def test_phrases_are_found_at_word_starts_alone():
    assert "subscribe" in topics_of("Jetzt mit Plus-Abo lesen")
    assert "subscribe" not in topics_of("Laboren und Abostufen")
    assert speaks_to_reader("Bitte prüfen Sie die Adresse.", "de")
    assert not speaks_to_reader("Sie sagte dem Gericht, dass der Rendez-vous-Dienst ruht.", "de")
