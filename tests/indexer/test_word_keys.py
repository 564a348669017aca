"""Keys of words: what adapters index behind the words, and where a text has them."""

from indexer.analyzer import folded_words
from indexer.word_keys import MARK, find_keyed, list_compound_keys, list_keys, list_name_keys


def test_no_word_has_the_mark():
    assert all(MARK not in word.text for word in folded_words(f"a {MARK}b c{MARK} {MARK}"))


def test_the_keys_of_a_text_begin_with_the_mark_and_come_once():
    (keys,) = list_keys("Selenskyj, Selenskyj und der Hafenstreik", ("de",))
    mark, *listed = keys.split(" ")
    assert mark == MARK
    assert len(set(listed)) == len(listed)
    assert f"de{MARK}streik" in listed
    assert set(list_name_keys("Zelensky")) & set(listed)


def test_a_text_without_keys_has_none():
    assert list_keys("a b c, and so on", ("en",)) == []


def test_the_words_with_a_key_are_found_in_the_text():
    text = "Der Warnstreik endet, sagt Selenskyj."
    keys = (*list_name_keys("zelensky"), *list_compound_keys("streik"))
    assert [text[start:end] for start, end in find_keyed(text, keys, ("de",))] == ["Warnstreik", "Selenskyj"]
