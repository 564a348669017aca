from spiders.kinds import RECEIVERS, SPIDERS
from spiders.sources.config import CRAWLED, KINDS, RECEIVED


def test_every_kind_that_may_be_configured_has_its_spider_or_its_receiver():
    assert set(SPIDERS) == set(CRAWLED)
    assert set(RECEIVERS) == set(RECEIVED)
    assert {kind: spider.name for kind, spider in SPIDERS.items()} == {kind: kind for kind in CRAWLED}
    assert set(KINDS) == set(CRAWLED) | set(RECEIVED)
