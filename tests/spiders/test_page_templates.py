"""Templates between store and worker: read, followed, filed."""

from dataclasses import replace

import pytest

from copytaster.store.engine import Store
from copytaster.store.page_templates import list_templates, read_template
from spiders.page_templates import PageTemplates, with_template
from spiders.parsing.context import ParseContext
from spiders.parsing.lessons import lessons_from_json
from spiders.sandbox.pool import ParsingWorker
from tests.spiders.parsing.layouts import page

HOST = "post.example"
CONTEXT = ParseContext(publisher="The Post")


@pytest.fixture(scope="module")
def worker():
    with ParsingWorker() as worker:
        yield worker


@pytest.fixture
def store(tmp_path):
    opened = Store(f"sqlite:///{tmp_path}/store.sqlite")
    yield opened
    opened.close()


def read(templates, worker, *pages):
    """Parse pages and file what they teach, as a run does."""
    told = [worker.do(templates.job(one, templates.prepare(one, CONTEXT))) for one in pages]
    with templates._store.write() as connection:
        templates.file(connection)
    return [story.extractor for story in told]


def row_of(store):
    with store.read() as connection:
        return read_template(connection, HOST)


def test_what_one_run_learned_the_next_one_follows(store, worker):
    assert read(PageTemplates(store), worker, page(1), page(2), page(3)) == ["generic"] * 3
    row = row_of(store)
    assert (row.publisher, row.state, row.version) == ("The Post", "trusted", 1)
    assert read(PageTemplates(store), worker, page(4), page(6)) == ["learned"] * 2


def test_within_a_run_every_page_meets_what_was_known_before(store, worker):
    templates = PageTemplates(store)
    assert read(templates, worker, *map(page, range(1, 6))) == ["generic"] * 5
    assert read(templates, worker, page(6)) == ["learned"]


def test_the_order_in_which_workers_end_changes_nothing(store, tmp_path, worker):
    other = Store(f"sqlite:///{tmp_path}/other.sqlite")
    pages = list(map(page, range(1, 12)))
    read(PageTemplates(store), worker, *pages)
    read(PageTemplates(other), worker, *reversed(pages))
    rows = []
    for one in (store, other):
        lessons = lessons_from_json(row_of(one).lessons)
        rows.append(replace(lessons, changes=()))
    other.close()
    assert rows[0] == rows[1]


def test_two_processes_add_what_they_learned(store, worker):
    one, other = PageTemplates(store), PageTemplates(store)
    for templates in (one, other):
        templates.prepare(page(1), CONTEXT)
    read(one, worker, page(1), page(2))
    read(other, worker, page(3))
    assert row_of(store).state == "trusted"


def test_a_host_of_one_page_is_not_stored(store, worker):
    read(PageTemplates(store), worker, page(1))
    assert row_of(store) is None


def test_copy_without_a_host_teaches_nothing(store, worker):
    templates = PageTemplates(store)
    files = [replace(page(number), url=f"file:///in/{number}.html") for number in range(4)]
    read(templates, worker, *files)
    with store.read() as connection:
        assert list_templates(connection, publisher="The Post") == []


def test_a_page_read_again_later_is_read_with_its_template(store, worker):
    read(PageTemplates(store), worker, page(1), page(2), page(3))
    with store.read() as connection:
        assert with_template(connection, page(9), CONTEXT).template is not None
        elsewhere = replace(page(9), url="https://other.example/9")
        assert with_template(connection, elsewhere, CONTEXT) == CONTEXT


def test_a_story_keeps_the_version_of_the_template_that_read_it(store, worker):
    templates = PageTemplates(store)
    read(templates, worker, *map(page, range(1, 4)))
    whole, learned = (
        worker.do(templates.job(page(6), context))
        for context in (CONTEXT, templates.prepare(page(6), CONTEXT))
    )
    assert (whole.extractor, whole.template_version) == ("generic", None)
    assert (learned.extractor, learned.template_version) == ("learned", row_of(store).version)
