"""What a site says to its readers between the paragraphs of a story: sign up for its newsletter, support it, get its app."""

from __future__ import annotations

from copytaster.late_pattern import late_pattern
from spiders.parsing.phrases import fold, has_any, read_phrases, without_quotations
from spiders.parsing.wall_words import speaks_to_reader

_NAME = "invitations"
_LONGEST = 400  # characters
_SENTENCE = late_pattern(r"(?<=[.!?…])\s+")


def is_invitation(text: str, language: str | None) -> bool:
    """True if a paragraph asks its reader for something that only the site itself offers.

    It does so at the beginning of a sentence, or addresses its reader, and not in a quotation: a story may say that somebody
    else asks people to sign up.
    """
    if len(text) > _LONGEST:
        return False
    bare = without_quotations(text)
    folded = fold(bare)
    if not (has_any(folded, _NAME, "offer") and has_any(folded, _NAME, "ask")):
        return False
    return any(map(_begins_with_ask, _SENTENCE.split(folded))) or speaks_to_reader(bare, language)


def _begins_with_ask(sentence: str) -> bool:
    return any(
        sentence.startswith(phrase)
        for phrases in read_phrases(_NAME)["ask"].values()
        for phrase, _, _ in phrases
    )
