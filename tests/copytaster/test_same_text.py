import pytest

from copytaster.same_text import is_other_story, is_same_story, share_text

WEIR = """The gate of the upper weir jammed on Friday night and the river rose by a metre within three hours, the water
office said. Crews with a crane worked until dawn to lift it. Two cellars in Mill Lane were flooded and nobody was hurt.
The office wants to replace all four gates before next winter and asked the state for nine million."""
LATER = """A crane has lifted the gate that jammed at the upper weir, the water office said on Saturday. The river rose
by a metre within three hours on Friday night and two cellars in Mill Lane were flooded. All four gates are to be replaced
before next winter, at a cost of nine million, for which the office has asked the state."""
TRAM = """Line nine gets longer cars in March, the tram company told passengers on Tuesday. Each holds sixty people more
than those of today, which come from a works that has closed. The first three cars are being tested at night between the
depot and the fair. Tickets will not cost more, the company promised, at least until the summer after next."""
RUSSIAN = """Заслонка верхней плотины заклинила в пятницу вечером, и река за три часа поднялась на метр, сообщили в водном
ведомстве. Бригады с краном работали до рассвета. На улице Мельничной затопило два подвала, никто не пострадал. Ведомство
хочет до следующей зимы заменить все четыре заслонки и просит у области девять миллионов на работы."""


@pytest.mark.parametrize("other", [TRAM, RUSSIAN])
def test_unrelated_texts_are_two_stories(other):
    assert is_other_story(("Weir gate jams", "Longer trams"), (WEIR, other))
    assert not is_same_story(("Weir gate jams", "Weir gate jams"), (WEIR, other))


def test_a_rewritten_text_is_a_version():
    assert not is_other_story(("Weir gate jams", "Crane lifts stuck barrier"), (WEIR, LATER))


def test_the_same_headline_makes_a_version_of_any_text():
    assert not is_other_story(("Weir gate jams", "Weir gate jams"), (WEIR, TRAM))


def test_a_notice_replaces_a_story():
    assert not is_other_story(("Weir gate jams", "Withdrawn"), (WEIR, "This story has been withdrawn."))


def test_share_is_of_the_shorter_text():
    assert share_text(WEIR, WEIR[:200]) == 1.0
    assert share_text(WEIR, "") == 0.0
