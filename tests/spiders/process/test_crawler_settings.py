"""Each crawler has settings of its own, though no value is copied."""

from settings import Settings
from spiders.process.child import make_scrapy_settings


def test_a_copy_is_equal_and_changes_nothing_else(tmp_path):
    made = make_scrapy_settings(Settings(data_dir=tmp_path))
    first, second = made.copy(), made.copy()
    assert dict(first) == dict(made)
    assert {name: first.getpriority(name) for name in first} == {
        name: made.getpriority(name) for name in made
    }
    first.set("DOWNLOAD_TIMEOUT", 1, priority="cmdline")
    first["DOWNLOADER_MIDDLEWARES_BASE"].set("another.Middleware", 5, priority="cmdline")
    first.delete("USER_AGENT", priority="cmdline")
    first.freeze()
    assert dict(second) == dict(made)
    assert second.getpriority("DOWNLOAD_TIMEOUT") == made.getpriority("DOWNLOAD_TIMEOUT")
    second.set("DOWNLOAD_TIMEOUT", 2, priority="cmdline")
    assert (made.getint("DOWNLOAD_TIMEOUT"), first.getint("DOWNLOAD_TIMEOUT")) == (60, 1)
