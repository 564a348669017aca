"""Two texts as printed, with what both have marked."""

from dedup.explain.beside import Piece, divide, mark_shared
from tests.dedup import copydesk as copy


def test_pieces_follow_the_passages_across_paragraphs():
    body = "One two three.\n\nFour five six."
    start, end = body.index("three"), body.index("five") + 4
    assert list(divide(body, [(start, end)])) == [
        (Piece("One two ", is_shared=False), Piece("three.", is_shared=True)),
        (Piece("Four five", is_shared=True), Piece(" six.", is_shared=False)),
    ]


def test_passages_that_overlap_are_marked_once():
    pieces = [one for paragraph in divide("abcdef", [(0, 3), (2, 5)]) for one in paragraph]
    assert [(one.text, one.is_shared) for one in pieces] == [("abc", True), ("de", True), ("f", False)]


def test_no_word_is_lost_and_the_shared_share_is_that_of_the_copy(desk):
    story = copy.write_story(3)
    desk.take(story, url="https://one.example/1", headline="News")
    desk.take(copy.cut(story, 5), url="https://two.example/1", headline="News", hours=1)
    desk.group()
    with desk.store.read() as connection:
        whole, cut = mark_shared(connection, 1, 2)
    for marked, body in ((whole, story), (cut, copy.cut(story, 5))):
        printed = ["".join(piece.text for piece in paragraph) for paragraph in marked.paragraphs]
        assert printed == [line for line in body.split("\n") if line.strip()]
    assert cut.share > 0.95
    assert whole.share < 1
    assert not whole.paragraphs[-1][-1].is_shared
