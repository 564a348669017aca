"""What counts as an altered fact, and what is house style, in several languages."""

import random

import pytest

from bench.copy.altering import alter
from bench.copy.house import STYLES
from bench.copy.stories import TOPICS, write_story
from dedup.facts.altered_facts import LISTED, find_altered_facts
from dedup.facts.sentences import Passages

ENGLISH = (
    "A ferry sank off the coast of Norland on Tuesday and killed 3 people, police chief Anna Berg said. "
    "Twelve others were hurt, the daily Senn Post said. The company did not know the cause. "
    "Its shares fell 3 percent to $1,000 after Anna Berg spoke.\n\n"
    "President Ilse Varro met Mohammed Orla in Port Glimmond. The ship lies 10 miles from Kyiv, said Varro. "
    "Prices changed in May 0.3 percent. It was cold (-2 degrees) in the harbour for 10-15 ferries."
)
GERMAN = (
    "Bei einem Unglück vor der Küste sind am Dienstag drei Menschen gestorben, sagte Polizeichefin Anna Berg. "
    "Die Firma kannte die Ursache nicht. Der Schaden beträgt nach den Angaben 1.500 Euro. "
    "Am Abend beschloss die Regierung Maßnahmen für die Häfen. Die Schiffe fahren weiter ohne Sorge nach Frankreich."
)
RUSSIAN = (
    "При крушении парома во вторник погибли три человека, сообщила Анна Берг. "
    "Компания не знает причину. Ущерб составил 3 млн рублей."
)
FRENCH = (
    "Le naufrage du ferry a fait trois morts mardi, selon la police. La société ne connaît pas la cause. "
    "Les dégâts sont de 1 000 euros pour la ville."
)
SPANISH = (
    "El naufragio del ferry dejó tres muertos el martes, según la policía. "
    "La empresa no conoce la causa del accidente."
)
CHINESE = "周二一艘渡轮沉没，造成3人死亡，12人受伤，警方说。公司没有说明原因。损失达3万美元。"
ARABIC = "قتل ٣ أشخاص في حادث العبارة يوم الثلاثاء كما قالت الشرطة. لم تعرف الشركة سبب الحادث."


def find(agency, old, new, *others):
    assert old in agency
    copy = Passages("", agency.replace(old, new))
    others = [Passages("", text) for text in others]
    return [
        (fact.kind, fact.agency, fact.copy) for fact in find_altered_facts(Passages("", agency), copy, others)
    ]


@pytest.mark.parametrize(
    ("agency", "old", "new", "fact"),
    [
        (ENGLISH, "killed 3 people", "killed 300 people", ("number", "3", "300")),
        (ENGLISH, "Twelve others", "21 others", ("number", "Twelve", "21")),
        (ENGLISH, "3 percent", "5 pct", ("number", "3 percent", "5 pct")),
        (ENGLISH, "$1,000", "$1 million", ("number", "$1,000", "$1 million")),
        (ENGLISH, "10 miles", "10 km", ("number", "10 miles", "10 km")),
        (ENGLISH, "chief Anna Berg", "chief Erik Holm", ("name", "Anna Berg", "Erik Holm")),
        (ENGLISH, "Port Glimmond", "Zurich", ("name", "Port Glimmond", "Zurich")),
        (ENGLISH, "did not know", "knew", ("negation", "company did not know the", "company knew the")),
        (
            ENGLISH,
            "shares fell",
            "shares rose",
            ("negation", "shares fell 3 percent", "shares rose 3 percent"),
        ),
        (ENGLISH, "in May 0.3 percent", "in May -0.3 percent", ("number", "0.3 percent", "-0.3 percent")),
        (ENGLISH, "(-2 degrees)", "(2 degrees)", ("number", "-2", "2")),
        (GERMAN, "chefin Anna Berg", "chefin Erik Holm", ("name", "Anna Berg", "Erik Holm")),
        (GERMAN, "drei Menschen", "dreihundert Menschen", ("number", "drei", "dreihundert")),
        (GERMAN, "Ursache nicht", "Ursache", ("negation", "Ursache nicht", "Ursache")),
        (GERMAN, "1.500", "15.000", ("number", "1.500 Euro", "15.000 Euro")),
        (RUSSIAN, "три человека", "триста человек", ("number", "три", "триста")),
        (RUSSIAN, "не знает", "знает", ("negation", "Компания не знает", "Компания знает")),
        (RUSSIAN, "3 млн", "3 млрд", ("number", "3 млн рублей", "3 млрд рублей")),
        (RUSSIAN, "Анна Берг", "Ольга Холм", ("name", "Анна Берг", "Ольга Холм")),
        (FRENCH, "trois morts", "trente morts", ("number", "trois", "trente")),
        (FRENCH, "connaît pas", "connaît", ("negation", "connaît pas la", "connaît la")),
        (SPANISH, "tres muertos", "trescientos muertos", ("number", "tres", "trescientos")),
        (SPANISH, "no conoce", "conoce", ("negation", "empresa no conoce", "empresa conoce")),
        (CHINESE, "3人", "300人", ("number", "3", "300")),
        (CHINESE, "3万", "3亿", ("number", "3万", "3亿")),
        (ARABIC, "٣", "٣٠٠", ("number", "٣", "٣٠٠")),
    ],
)
def test_an_altered_fact_is_listed_with_both_readings(agency, old, new, fact):
    assert fact in find(agency, old, new)


@pytest.mark.parametrize(
    ("agency", "old", "new"),
    [
        (ENGLISH, "The ship lies", "The ship nt lies"),
        (ENGLISH, "killed 3", "killed three"),
        (ENGLISH, "Twelve", "12"),
        (ENGLISH, "did not", "didn't"),
        (ENGLISH, "3 percent", "3%"),
        (ENGLISH, "$1,000", "$1 000"),
        (ENGLISH, "$1,000", "1.000 dollars"),
        (ENGLISH, "$1,000", "$1,000 (800 euros)"),
        (ENGLISH, "10 miles", "16 km"),
        (ENGLISH, "10 miles", "10 miles (16 km)"),
        (ENGLISH, "Kyiv", "Kiev"),
        (ENGLISH, "Mohammed Orla", "Muhammad Orla"),
        (ENGLISH, "President Ilse Varro", "Ms Varro"),
        (ENGLISH, "on Tuesday", "yesterday"),
        (ENGLISH, "on Tuesday", "on Wednesday"),
        (ENGLISH, " The company did not know the cause.", ""),
        (ENGLISH, "police chief Anna Berg", "she"),
        (ENGLISH, "in May 0.3 percent", "in May 0.3%"),
        (ENGLISH, "(-2 degrees)", "(–2 degrees)"),
        (ENGLISH, "(-2 degrees)", "(minus 2 degrees)"),
        (ENGLISH, "fell 3 percent", "fell -3 percent"),
        (ENGLISH, "10-15 ferries", "10 -15 ferries"),
        (GERMAN, "die Ursache", "die Herkunft"),
        (GERMAN, "drei Menschen", "drei Personen"),
        (GERMAN, "einem Unglück", "einem Unfall"),
        (GERMAN, "nach den Angaben", "nach den Berichten"),
        (GERMAN, "ohne Sorge", "ohne Angst"),
        (GERMAN, "die Regierung Maßnahmen", "die Regierung Schritte"),
        (GERMAN, "drei", "3"),
        (GERMAN, "1.500", "1500"),
        (RUSSIAN, "три", "3"),
        (RUSSIAN, "3 млн", "3 миллиона"),
        (FRENCH, "1 000", "1000"),
        (CHINESE, "3人", "３人"),
        (ARABIC, "٣", "3"),
    ],
)
def test_house_style_is_no_altered_fact(agency, old, new):
    assert find(agency, old, new) == []


def test_what_another_version_of_the_agency_prints_is_no_alteration():
    later = ENGLISH.replace("killed 3 people", "killed 5 people")
    assert find(ENGLISH, "killed 3 people", "killed 5 people", later) == []
    assert find(ENGLISH, "killed 3 people", "killed 7 people", later) == [("number", "3", "7")]


def test_facts_come_in_reading_order_with_their_sentences():
    copy = ENGLISH.replace("killed 3 people", "killed 300 people").replace("10 miles", "90 miles")
    facts = find_altered_facts(Passages("", ENGLISH), Passages("", copy))
    assert [fact.copy for fact in facts] == ["300", "90 miles"]
    assert facts[0].agency_sentence.startswith("A ferry sank")
    assert "killed 300 people" in facts[0].copy_sentence
    assert len(facts) <= LISTED


@pytest.mark.parametrize("seed", range(12))
def test_mutated_copy_is_called_altered_and_house_style_is_not(seed):
    chance = random.Random(seed)
    agency = "\n\n".join(write_story(TOPICS[seed % len(TOPICS)], f"facts {seed}", words=200))
    styled = agency
    for style in chance.sample(STYLES, 3):
        styled = style(styled, chance)
    assert find_altered_facts(Passages("", agency), Passages("", styled)) == []
    for kind in ("number", "negation"):
        made = alter(agency, kind, chance)
        facts = find_altered_facts(Passages("", agency), Passages("", made.text))
        assert kind in {fact.kind for fact in facts}, made
