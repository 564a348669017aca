from spiders.kinds import SPIDERS
from spiders.sources.config import KINDS


def test_every_kind_that_may_be_configured_has_its_spider():
    assert set(SPIDERS) == set(KINDS)
    assert {kind: spider.name for kind, spider in SPIDERS.items()} == {kind: kind for kind in KINDS}
