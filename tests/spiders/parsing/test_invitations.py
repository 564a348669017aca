import pytest

from spiders.parsing.invitations import is_invitation


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Sign up to our morning briefing to find the news of the coast in your inbox."),
        ("en", "All of our reporting is free. If you value it, please consider supporting the paper."),
        ("de", "Bleiben Sie informiert: Abonnieren Sie unseren Newsletter mit den Meldungen des Tages."),
        ("fr", "Recevez chaque soir notre lettre d’information : inscrivez-vous gratuitement."),
        ("es", "Suscríbete gratis a nuestro boletín y lee cada tarde las noticias del puerto."),
        ("nl", "Schrijf je in voor onze nieuwsbrief met het nieuws van de dag."),
        ("pl", "Zapisz się na nasz newsletter i czytaj co rano o porcie."),
        ("ru", "Подпишитесь на наш канал в Telegram."),
    ],
)
def test_a_site_invites_its_readers(language, text):
    assert is_invitation(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "He asked the fans to sign up for the newsletter of the club."),
        ("en", "“Sign up for our newsletter,” the e-mail read, and four thousand people did."),
        ("en", "Thousands subscribe to the newsletter that the mayor sends each Friday."),
        ("de", "Der Verein hält seine Mitglieder mit einem Newsletter, den 300 Menschen abonniert haben."),
        ("fr", "La mairie lance une lettre d’information, que les habitants reçoivent chaque mois."),
        ("es", "El club envía un boletín a quienes quieren recibirlo, dijo su presidenta."),
    ],
)
def test_a_story_about_invitations_is_none(language, text):
    assert not is_invitation(text, language)
