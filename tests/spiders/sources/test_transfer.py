"""A list of sources reaches another process as it is."""

import json

from spiders.sources.config import parse_sources, read_starter
from spiders.sources.transfer import sources_from_json, sources_to_json

EVERYTHING = """
[publishers."Harbour Wire"]
family = "Harbour"
agency = "Reuters"
hosts = ["harbour.example"]

[[source]]
name = "one"
publisher = "Harbour Wire"
url = "https://harbour.example/feed"
interval = "90s"
timezone = "Europe/Berlin"
language = "de"
enabled = false
selectors = { headline = "h1", remove = [".ad", "aside"] }
limits = { max_entries = 7, delay_s = 0.5 }

[[source]]
name = "three"
publisher = "Other"
url = "https://other.example/busy"
interval = "5m"
longest_interval = "2h"
follow_moves = false
revisit = false

[[source]]
name = "two"
publisher = "Other"
url = "https://other.example/feed"
cron = "30 6 * * mon-fri"
"""


def test_every_setting_of_a_source_arrives():
    for sources in (parse_sources(EVERYTHING), read_starter()):
        assert sources_from_json(json.loads(json.dumps(sources_to_json(sources)))) == sources
