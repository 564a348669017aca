"""`copytaster crawl`."""

import json


def test_crawl_without_a_configuration_names_the_file(call):
    code, _, err = call("crawl")
    assert code == 78
    assert "sources.toml" in err


def test_crawl_names_the_nearest_source(call, tmp_path):
    (tmp_path / "sources.toml").write_text(
        '[[source]]\nname = "harbour-world"\npublisher = "Harbour"\nkind = "feed"\ninterval = "1h"\n'
        'url = "http://127.0.0.1:9/feed"\n'
    )
    code, _, err = call("crawl", "harbor-world")
    assert code == 4
    assert "harbour-world" in err


def test_crawl_reports_why_a_source_failed(call, tmp_path):
    (tmp_path / "sources.toml").write_text(
        '[[source]]\nname = "inside"\npublisher = "Harbour"\nkind = "feed"\ninterval = "1h"\n'
        'url = "http://127.0.0.1:9/feed"\n'
    )
    code, out, _ = call("crawl", "--json")
    [report] = json.loads(out)
    assert code == 1
    assert (report["source"], report["outcome"]) == ("inside", "failed")
    assert report["errors"] == {"unsafe-address": 1}
