"""Setting up the index, recognising it, and naming what does not fit."""

import json
import sys
from datetime import UTC, datetime

import pytest

from copytaster.errors import ConfigurationError, UnreachableError
from copytaster.store import outbox
from copytaster.store.dispatches import read_dispatches
from copytaster.store.engine import Store
from copytaster.store.tables import memberships
from indexer.document import make_document
from indexer.drain import drain, prepare_index
from indexer.elastic import ElasticIndex
from indexer.elastic.aliases import read_aliases
from indexer.elastic.connection import Connection
from indexer.elastic.mapping import (
    FIELDS,
    MAPPING,
    STEMMED,
    STORY_FIELDS,
    find_stems,
    make_mapping,
    make_meta,
)
from indexer.merge import merge_rows
from indexer.search import SearchQuery
from indexer.story_document import make_story
from newsdesk.cli import main
from newsdesk.operations.doctor import examine
from settings import ElasticsearchSettings, load_settings
from tests.fault_proxy import FAULTS, FaultProxy, error, say

NAMES = ("elasticsearch", "opensearch")


@pytest.fixture(params=NAMES)
def bare(request, search_url, tmp_path):
    """An index that was not set up, on each server."""
    from indexer.elastic.aliases import delete_index

    made = ElasticIndex(
        ElasticsearchSettings(
            url=search_url(request.param),
            prefix=f"bare-{tmp_path.name[-24:]}".lower().replace("[", "-").replace("]", "-"),
        )
    )
    yield made
    for name in read_aliases(made.connection, made.names).indices:
        delete_index(made.connection, name)
    made.close()


def test_the_mapping_has_exactly_the_fields_of_a_document(store, desk):
    fact = {
        "kind": "number",
        "agency": "3",
        "copy": "300",
        "where": {"agency": "3 of it", "copy": "300 of it"},
    }
    said = {
        "kind": "obituary",
        "embargoed_until": datetime(2026, 11, 20, 12, tzinfo=UTC),
        "usage_terms": "Not for sale",
        "editors_note": "Check the age",
        "wire": {"urgency": 3},
    }
    version = desk.found("d", agency="Reuters", dateline={"places": ["Skopje"]}, altered=[fact], said=said)
    with store.write() as connection:
        connection.execute(memberships.update().values(place=0, carries=version, share_kept=0.9))
        record = merge_rows(read_dispatches(connection, ["d"])["d"])
    document = make_document(record)
    assert set(FIELDS) == set(document)
    for profile in ("core", "full"):
        assert set(make_mapping(profile)["properties"]) == {*document, "words", "stems"}
        assert make_mapping(profile)["dynamic"] == "strict"
    (member,) = record.members
    stories = make_mapping("core", "stories")
    assert set(STORY_FIELDS) == set(stories["properties"]) == set(make_story(record, member))
    assert stories["dynamic"] == "strict"


def test_profiles_are_told_apart_and_changes_are_noticed(monkeypatch):
    assert make_meta("core") != make_meta("full")
    before = make_meta("core")["fingerprint"]
    monkeypatch.setitem(FIELDS, "rev", {"type": "long"})
    assert make_meta("core")["fingerprint"] != before


def test_a_plan_makes_nothing_and_says_what_the_server_can_carry(bare, request):
    plan = bare.plan_setup()
    assert plan.profile == ("full" if "opensearch" in request.node.name else "core")
    assert plan.live is None
    assert f"index {bare.names.read}-v{MAPPING}-000001" in plan.making
    assert read_aliases(bare.connection, bare.names).indices == {}
    assert bare.connection.find(f"/_index_template/{bare.names.read}") is None


def test_nothing_is_made_on_demand_and_nothing_is_lost(store, desk, bare, action):
    desk.found("d")
    for act in (
        lambda: prepare_index(store, bare),
        lambda: drain(store, bare),
        lambda: bare.write([action("x")]),
        lambda: bare._writer.write([action("x")], [bare.names.write]),
        lambda: bare.search(SearchQuery("x")),
        lambda: bare.get("x"),
        bare.count,
    ):
        with pytest.raises(ConfigurationError, match="index-setup"):
            act()
    assert read_aliases(bare.connection, bare.names).indices == {}
    with store.read() as connection:
        (row,) = outbox.take_due(connection, now=row_time(), limit=9)
    assert (row.dispatch_id, row.attempts) == ("d", 0)
    bare.setup()
    assert drain(store, bare).written == 1


def row_time():
    from datetime import UTC, datetime

    return datetime.now(UTC)


def test_the_source_is_the_document_and_words_are_searched(elastic, action):
    made = action("d", headline="Über_fluß & flood", body="snake_case ⑴ per cent")
    elastic.write([made])
    assert elastic.get("d") == json.loads(made.document)
    for text in ("uber", '"snake case"', "percent", "1"):
        assert elastic.search(SearchQuery(text)).total.value == 1, text


def test_stems_are_found_where_the_server_has_analyzers(elastic, action, request):
    elastic.write([action("d", headline="Floods", body="Rivers rose.", language="en")])
    full = "opensearch" in request.node.name
    assert elastic.search(SearchQuery("flooding river")).total.value == int(full)
    assert elastic.search(SearchQuery('"river"')).total.value == 0
    assert elastic.search(SearchQuery("rivers -river")).total.value == 1
    assert elastic.search(SearchQuery("headline:flooding")).total.value == int(full)
    assert elastic.search(SearchQuery("headline:river")).total.value == 0
    assert "stems" not in elastic.get("d")


INFLECTED = {  # language -> a word of the text, another form of it that is searched
    "ar": ("الكتاب", "كتاب"),
    "bg": ("градовете", "градове"),
    "ca": ("ciutats", "ciutat"),
    "cs": ("městům", "města"),
    "da": ("husene", "huse"),
    "de": ("Häusern", "Häuser"),
    "el": ("πλημμύρες", "πλημμύρα"),
    "en": ("elections", "election"),
    "es": ("ciudades", "ciudad"),
    "fa": ("کتابها", "کتاب"),
    "fi": ("taloissa", "talot"),
    "fr": ("élections", "élection"),
    "hi": ("लड़कों", "लड़के"),
    "hu": ("házakban", "házban"),
    "id": ("makanan", "makan"),
    "it": ("ragazzi", "ragazza"),
    "lt": ("miestas", "miestai"),
    "lv": ("galdam", "galds"),
    "nb": ("husene", "huset"),
    "nl": ("verkiezingen", "verkiezing"),
    "pt-br": ("eleições", "eleição"),
    "ro": ("copiilor", "copii"),
    "ru": ("выборами", "выборы"),
    "sv": ("skolornas", "skolor"),
    "tr": ("evler", "evlerde"),
}


def test_each_language_is_stemmed_by_its_own_analyzer(elastic, action, request):
    assert {find_stems(language) for language in INFLECTED} == set(STEMMED)
    elastic.write(
        [
            action(f"{language}-{other}", headline=word, language=language if other == "own" else "xx")
            for language, (word, _) in INFLECTED.items()
            for other in ("own", "unstemmed")
        ]
    )
    full = "opensearch" in request.node.name
    wrong = {}
    for language, (_, wanted) in INFLECTED.items():
        found = {hit.id for hit in elastic.search(SearchQuery(wanted, limit=100)).hits}
        own, unstemmed = f"{language}-own" in found, f"{language}-unstemmed" in found
        # Without analyzers a form is found by the words of the index, in a document of any language or in none.
        if (own, unstemmed) != ((True, False) if full else (own, own)):
            wrong[language] = found
    assert not wrong


def test_many_words_are_not_too_many_clauses(elastic, action):
    languages = [*STEMMED]
    elastic.write([action(language, headline="flood", language=language) for language in languages])
    assert elastic.search(SearchQuery("flood " * 32)).total.value == len(languages)


@pytest.mark.parametrize(
    ("fault", "kind", "said"),
    [
        (
            lambda h: say(h, 401, {"error": {"type": "security_exception"}}),
            ConfigurationError,
            "not accepted",
        ),
        (
            lambda h: error(h, 400, "media_type_header_exception"),
            ConfigurationError,
            "elasticsearch>=8.19,<9",
        ),
        (lambda h: error(h, 403, "security_exception", "no write"), ConfigurationError, "may not do this"),
        (lambda h: error(h, 503, "x"), UnreachableError, "does not serve"),
        (
            lambda h: FAULTS["wrong product"](h, None),
            ConfigurationError,
            "neither Elasticsearch nor OpenSearch",
        ),
    ],
)
def test_what_does_not_fit_is_said_with_the_way_out(fault, kind, said, monkeypatch):
    monkeypatch.setitem(FAULTS, "once", lambda handler, _ask: fault(handler))
    with FaultProxy("http://127.0.0.1:9") as proxy:
        proxy.choose = lambda _: "once"
        connection = Connection(ElasticsearchSettings(url=proxy.url, password="hush", username="desk"))
        with pytest.raises(kind, match=said) as raised:
            connection.call("GET", "/_cluster/health/x")
        assert "hush" not in str(raised.value)
        assert raised.value.exit_code in {69, 78}
        connection.close()


def test_opensearch_without_the_extra_says_what_to_install(search_url, monkeypatch):
    monkeypatch.setitem(sys.modules, "opensearchpy", None)
    connection = Connection(ElasticsearchSettings(url=search_url("opensearch")))
    with pytest.raises(ConfigurationError, match=r"copytaster\[opensearch\]"):
        connection.call("GET", "/_cluster/health")
    connection.close()


@pytest.mark.parametrize(
    ("url", "code"),
    [("http://127.0.0.1:9", 69), ("search.example", 78), ("ftp://127.0.0.1", 78), ("http://127.0.0.1:x", 78)],
)
def test_a_wrong_address_is_one_message_and_an_exit_code(url, code, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COPYTASTER_ELASTICSEARCH__URL", url)
    for command in (["index"], ["search", "flood"], ["rebuild"], ["index-setup"]):
        with pytest.raises(SystemExit) as stopped:
            main(command)
        assert stopped.value.code == code
        assert capsys.readouterr().err.count("error:") == 1


def test_names_and_passwords_in_an_address_are_used_and_never_shown():
    connection = Connection(ElasticsearchSettings(url="http://desk:hush@127.0.0.1:9"))
    with pytest.raises(UnreachableError) as raised:
        connection.call("GET", "/")
    assert "hush" not in str(raised.value)
    connection.close()


@pytest.mark.parametrize("name", NAMES)
def test_set_up_index_search_and_doctor_from_the_command_line(
    name, search_url, desk, store, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    prefix = f"cli-{name}"
    monkeypatch.setenv("COPYTASTER_ELASTICSEARCH__URL", search_url(name))
    monkeypatch.setenv("COPYTASTER_ELASTICSEARCH__PREFIX", prefix)
    monkeypatch.setenv("COPYTASTER_DATABASE_URL", store.url)
    desk.found("d", "Flood on the Varda")

    def run(*words):
        with pytest.raises(SystemExit) as stopped:
            main(words)
        return stopped.value.code, capsys.readouterr()

    index = ElasticIndex(ElasticsearchSettings(url=search_url(name), prefix=prefix))
    try:
        code, said = run("index")
        assert (code, "index-setup" in said.err) == (78, True)
        code, said = run("index-setup", "--dry-run")
        assert (code, "would create index" in said.out) == (0, True)
        assert read_aliases(index.connection, index.names).indices == {}
        code, said = run("index-setup", "--json")
        assert (code, json.loads(said.out)["queued"]) == (0, 1)
        assert run("index")[0] == 0
        code, said = run("search", "flood", "--json")
        assert [item["id"] for item in json.loads(said.out)["items"]] == ["d"]
        code, said = run("rebuild", "--json")
        assert json.loads(said.out)["written"] == 1
        assert run("rebuild", "--back")[0] == 0
        code, said = run("doctor", "--json")
        found = {one["check"]: one["level"] for one in json.loads(said.out)}
        assert {found[check] for check in ("index", "search server", "index aliases", "index mapping")} == {
            "ok"
        }
        index.connection.call(
            "DELETE", f"/{read_aliases(index.connection, index.names).find_index(index.names.write)}"
        )
        findings = {one.check: one for one in doctor(store, index, tmp_path)}
        assert findings["index aliases"].level == "fault"
        assert "index-setup" in findings["index aliases"].way_out
    finally:
        for made in read_aliases(index.connection, index.names).indices:
            index.connection.call("DELETE", f"/{made}")
        index.close()


def doctor(store: Store, index, folder):
    return examine(store, index, load_settings(data_dir=folder), folder / "sources.toml")
