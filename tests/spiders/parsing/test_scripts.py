"""Spelling and short paragraphs in scripts with other full stops than Latin, or none."""

from datetime import UTC, datetime

import pytest

from copytaster.values import RawPage
from spiders.parsing import ParseContext, parse
from spiders.parsing.cleaning import clean_line

LONG = "<p>The lock at Upper Mill stays shut until spring because its gates have rotted, the waterways office said.</p>"
SHORT = {
    "ur": "میئر نے کارکنوں کا شکریہ ادا کیا۔",
    "th": "นายกเทศมนตรีขอบคุณคนงานทุกคน",
    "km": "អភិបាលក្រុងបានអរគុណកម្មករ។",
    "my": "မြို့တော်ဝန်က ကျေးဇူးတင်ခဲ့သည်။",
    "hy": "Քաղաքապետը շնորհակալություն հայտնեց։",
    "am": "ከንቲባው ሠራተኞቹን አመሰገኑ።",
    "hi": "महापौर ने कर्मचारियों का आभार माना।",
    "ar": "هل شكر رئيس البلدية العمال؟",
    "ja": "市長は作業員全員に感謝した。",
    "ja, short": "月曜着工。",
    "zh, short": "周一开工。",
    "en": "The mayor thanked the crews.",
}


@pytest.mark.parametrize("script", SHORT)
def test_a_short_last_paragraph_is_kept(script):
    html = f"<html><title>Lock shut until spring</title><article><h1>Lock shut until spring</h1>{LONG * 1}<p>{LONG[3:-5]} It said so.</p><p>{SHORT[script]}</p></article></html>"
    story = parse(
        RawPage("https://q.example/1", html.encode(), datetime(2026, 11, 29, tzinfo=UTC)), ParseContext()
    )
    assert story.body.split("\n\n")[-1] == SHORT[script]


@pytest.mark.parametrize(
    "spelled",
    [
        "می\u200cماند",  # Persian
        "അവന്\u200d വന്നു",  # Malayalam chillu, joiner at the word's end
        "क्\u200dष",
        "👩\u200d🚒 und 👨\u200d👩\u200d👧",
        "❤\ufe0f\u200d🔥",
    ],
)
def test_joiners_that_spell_stay(spelled):
    assert clean_line(spelled) == spelled


@pytest.mark.parametrize(
    "loose", ["a\u200cb", "a\u200db", "\u200cab", "ab\u200d", "a\ufe0fb", "می\u200c b\u200d"]
)
def test_joiners_that_spell_nothing_go(loose):
    assert not {"\u200d", "\ufe0f"} & set(clean_line(loose))
    assert "\u200c" not in clean_line(loose)
