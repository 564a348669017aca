"""A desk that writes dispatches into a store's tables as grouping does; and the indexes of these tests."""

import secrets
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from copytaster.store import outbox
from copytaster.store.installation import next_changes
from copytaster.store.tables import dispatches, memberships, raw_pages, stories, versions
from indexer.elastic import ElasticIndex
from indexer.elastic.aliases import delete_index, read_aliases
from indexer.embedded import EmbeddedIndex
from indexer.port import IndexAction
from indexer.serialise import serialise
from settings import ElasticsearchSettings

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Desk:
    def __init__(self, store):
        self.store = store
        self.minutes = 0
        self.pages = 0

    def found(self, name, headline="Dam gates open on the Varda", body="Water rose by two metres.", **story):
        """A dispatch of one story."""
        with self.store.write() as connection:
            change = next_changes(connection, 1)[0]
            moment = story.get("seen_at") or self._tick()
            version = self._version(connection, headline, body, moment, **story)
            connection.execute(
                insert(dispatches).values(
                    id=name,
                    rev=1,
                    change=change,
                    state=story.get("state", "live"),
                    founder_id=version,
                    canonical_id=version,
                    first_seen_at=moment,
                    last_seen_at=moment,
                    changed_at=moment,
                )
            )
            self._join(connection, name, version, "original", story.get("altered"))
            outbox.enqueue_many(connection, [(name, change)], at=moment)
        return version

    def joined(self, name, headline=None, body="Water rose by two metres.", *, relation="verbatim", **story):
        """One more story or version in a dispatch, which takes a new revision."""
        with self.store.write() as connection:
            moment = story.get("seen_at") or self._tick()
            version = self._version(
                connection, headline or "Dam gates open on the Varda", body, moment, **story
            )
            self._join(connection, name, version, relation, story.get("altered"))
            self._revise(connection, name, last_seen_at=moment, changed_at=moment)
        return version

    def revised(self, name, **values):
        with self.store.write() as connection:
            self._revise(connection, name, **values)

    def merged(self, name, into):
        with self.store.write() as connection:
            connection.execute(
                memberships.update().where(memberships.c.dispatch_id == name).values(dispatch_id=into)
            )
            self._revise(connection, name, state="merged", merged_into=into)
            self._revise(connection, into)

    def _tick(self):
        self.minutes += 1
        return NOON + timedelta(minutes=self.minutes)

    def _revise(self, connection, name, **values):
        change = next_changes(connection, 1)[0]
        connection.execute(
            dispatches.update()
            .where(dispatches.c.id == name)
            .values(rev=dispatches.c.rev + 1, change=change, **values)
        )
        outbox.enqueue_many(connection, [(name, change)], at=NOON)

    def _join(self, connection, name, version, relation, altered=None):
        connection.execute(
            insert(memberships).values(
                version_id=version,
                dispatch_id=name,
                relation=relation,
                evidence={"rule": "founder" if relation == "original" else "score", "score": 1.0},
                at=NOON,
                altered_count=None if altered is None else len(altered),
                altered_facts=altered,
            )
        )

    def _version(self, connection, headline, body, moment, *, publisher="Varda Post", url=None, **story):
        self.pages += 1
        url = url or f"https://{publisher.lower().replace(' ', '-')}.example/{self.pages}"
        row = connection.execute(select(stories).where(stories.c.identity == url)).first()
        number = 1 if row is None else row.version_count + 1
        if row is None:
            identity = connection.execute(
                insert(stories).values(
                    identity=url,
                    publisher=publisher,
                    family=story.get("family"),
                    url=url,
                    slug=story.get("slug"),
                    source=publisher.lower(),
                    channel="feed",
                    first_seen_at=moment,
                    last_seen_at=moment,
                    version_count=1,
                )
            ).inserted_primary_key[0]
        else:
            identity = row.id
            connection.execute(stories.update().where(stories.c.id == identity).values(version_count=number))
        page = connection.execute(
            insert(raw_pages).values(
                sha256="0", url=url, fetched_at=moment, status=200, headers=[], bytes=0, body=b""
            )
        ).inserted_primary_key[0]
        agency = story.get("agency")
        evidence = (
            [{"kind": "dateline", "text": f"({agency}) -", "weight": 0.9, "agency": agency}] if agency else []
        )
        return connection.execute(
            insert(versions).values(
                story_id=identity,
                number=number,
                digest=f"{identity}-{number}",
                raw_page_id=page,
                seen_at=moment,
                published_at=story.get("published_at", moment),
                updated_at=None,
                headline=headline,
                markers=[
                    {"class": "version", "kind": kind, "number": None, "text": f"{kind.upper()}-"}
                    for kind in story.get("markers", ())
                ],
                body=body,
                dateline=story.get("dateline"),
                agency=agency,
                agency_confidence=0.9 if agency else 0.0,
                agency_evidence=story.get("evidence", evidence),
                byline=[],
                captions=[],
                language=story.get("language", "en"),
                extractor="generic",
                warnings=[],
                grouped=True,
                **story.get("said", {}),
            )
        ).inserted_primary_key[0]


@pytest.fixture
def desk(store):
    return Desk(store)


SERVERS = ("elasticsearch", "opensearch")


@contextmanager
def open_elastic(url, **options):
    """An index of the test's own on a server, deleted at the end."""
    prefix = f"test-{secrets.token_hex(6)}"
    made = ElasticIndex(ElasticsearchSettings(url=url, prefix=prefix, **options))
    try:
        yield made
    finally:
        clean = ElasticIndex(ElasticsearchSettings(url=url, prefix=prefix))
        for names in (clean.names, clean.names.stories):
            for name in read_aliases(clean.connection, names).indices:
                delete_index(clean.connection, name)
            if clean.connection.find(f"/_index_template/{names.read}"):
                clean.connection.call("DELETE", f"/_index_template/{names.read}")
            for name in (names.settings_template, names.mapping_template):
                if clean.connection.find(f"/_component_template/{name}"):
                    clean.connection.call("DELETE", f"/_component_template/{name}")
        clean.close()
        made.close()


@pytest.fixture(params=SERVERS)
def elastic(request, search_url):
    """An index of the test's own on each server, set up and empty."""
    with open_elastic(search_url(request.param)) as made:
        made.setup()
        yield made


@pytest.fixture
def embedded(tmp_path):
    """The embedded index, empty."""
    made = EmbeddedIndex(tmp_path / "data" / "index.sqlite")
    made.setup()
    yield made
    made.close()


@pytest.fixture(params=["embedded", *SERVERS])
def index(request):
    """Every adapter, empty."""
    if request.param == "embedded":
        yield request.getfixturevalue("embedded")
        return
    with open_elastic(request.getfixturevalue("search_url")(request.param)) as made:
        made.setup()
        yield made


def make_action(name, *, version=1, headline="", body="", **fields):
    """The action of an index document that no store has."""
    moment = fields.pop("published_at", "2026-11-20T12:00:00Z")
    document = {
        "dispatch_id": name,
        "rev": 1,
        "state": "live",
        "headline": headline,
        "headlines_all": [headline],
        "body": body,
        "lead": body,
        "agency": None,
        "publishers": ["Varda Post"],
        "languages": ["en"],
        "markers": [],
        "published_at": moment,
        "@timestamp": moment,
        "last_changed": moment,
        "news_at": moment,
        **fields,
    }
    return IndexAction(name, version, serialise(document))


@pytest.fixture
def action():
    return make_action
