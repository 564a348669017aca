"""The measures of a pair that rules compare, each with the words a reader sees. `PairScore` says how they are counted."""

from __future__ import annotations

from dedup.decision.conditions import Measure


def _read(name: str, words: str) -> Measure:
    return Measure(name, words, f"score.{name}")


share = _read("share", "share of the shorter, weighed")
weight = _read("weight", "matched weight in words")
words = _read("words", "words of the shorter")
share_of_shorter = _read("share_of_shorter", "share of the shorter")
share_of_longer = _read("share_of_longer", "share of the longer")
unquoted = _read("unquoted", "share matched outside quotations")
leads = _read("leads", "both openings matched")
offset = _read("offset", "where in the longer it begins")
numbers = _read("numbers", "share of all numbers that both have")
numbers_kept = _read("numbers_kept", "share of the shorter's numbers that are kept")
numbers_in_order = _read("numbers_in_order", "share of the shorter's numbers that are kept in order")
figures = _read("figures", "different numbers in the shorter")
precise = _read("precise", "different long numbers in the shorter")
precise_kept = _read("precise_kept", "long numbers of the shorter that are kept")
names = _read("names", "different names in the shorter")
names_kept = _read("names_kept", "share of the shorter's names that are kept")
strangers = _read("strangers", "words that the other text has nowhere")
substitutions = _read("substitutions", "places where words were exchanged")
contradictions = _read("contradictions", "places where numbers contradict")
contested = _read("contested", "numbers put for others in one place")
hours = _read("hours", "hours apart")
rival = _read("rival", "words of the longest place where each has its own")
own_words = _read("own_words", "unmatched words in the text that has fewer")
rest_share = _read("rest_share", "share of what is no paragraph that both have whole")
opening = _read("opening", "weight of the opening in common, in words")
opening_words = _read("opening_words", "words of the opening in common")
opening_density = _read("opening_density", "matched share of the opening")
opening_unquoted = _read("opening_unquoted", "words of the opening outside quotations")
opening_contradictions = _read("opening_contradictions", "places in the opening where numbers contradict")
opening_facts = _read("opening_facts", "names and numbers in the opening")
one_lead = _read("one_lead", "one lead is in the other text")
lead_words = _read("lead_words", "share of a lead's words at the head of the other text")
other_day = _read("other_day", "their heads name other weekdays")
subjects = _read("subjects", "names of either lead that the other has not")
subject_kept = _read("subject_kept", "share of both leads' names that the other has")
headline_told = _read("headline_told", "share of a headline's words that the other has")
between = _read("between", "share of what is in no paragraph that both have, but for a word here and there")
passages = Measure("passages", "passages in common", "len(score.runs)")

FLAGS = frozenset({leads.name, one_lead.name, other_day.name})  # 1 or 0: it is so, or not
