"""The pass over a store: which stories become one dispatch, and what holds whatever happens."""

from __future__ import annotations

import random
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from copytaster.store.engine import Store
from copytaster.store.tables import dispatches, installation, memberships, outbox, signatures, traces
from dedup.candidates.signature import Signer
from dedup.candidates.window import unpack_hashes
from dedup.grouping.grouper import group_waiting
from tests.dedup import copydesk as copy
from tests.dedup.conftest import Desk, on_both


def partition(groups):
    """Groups as sets of versions, whatever their names."""
    members: dict[str, set[int]] = {}
    for version, dispatch in groups.items():
        members.setdefault(dispatch, set()).add(version)
    return sorted(map(sorted, members.values()))


REWRITES = {
    "verbatim": copy.FERRY,
    "house style": copy.in_house_style(copy.FERRY),
    "cut after paragraph six": copy.cut(copy.FERRY),
    "cut to two paragraphs": copy.cut(copy.FERRY, 2),
    "local paragraphs": copy.with_local_paragraphs(copy.FERRY),
    "all of it": copy.cut(copy.with_local_paragraphs(copy.in_house_style(copy.FERRY)), 7),
}


@pytest.mark.parametrize("rewrite", REWRITES)
@pytest.mark.parametrize("rewrite_first", [False, True])
def test_a_rewrite_joins_its_dispatch(desk, rewrite, rewrite_first):
    bodies = [copy.FERRY, REWRITES[rewrite]]
    for place, body in enumerate(reversed(bodies) if rewrite_first else bodies):
        desk.take(body, headline=f"Headline {place}", hours=place)
    desk.group()
    assert len(set(desk.groups().values())) == 1


def test_all_rewrites_are_one_dispatch_and_other_reports_stay_apart(desk):
    copies = [
        desk.take(body, headline=name, hours=place) for place, (name, body) in enumerate(REWRITES.items())
    ]
    other = desk.take(copy.RESCUE_BY_ANOTHER_AGENCY, hours=1)
    next_day = desk.take(copy.FOLLOW_UP, hours=24)
    desk.group()
    assert partition(desk.groups()) == sorted([copies, [other], [next_day]])


@pytest.mark.parametrize("report", [copy.market_report, copy.weather_report, copy.match_report])
@pytest.mark.parametrize("publisher", [None, "The Crown Courier"])
def test_look_alikes_stay_apart(desk, report, publisher):
    for seed in range(60):
        desk.take(report(seed), publisher=publisher, hours=seed / 3)
    assert [outcome.verdict for outcome in desk.group()] == ["founded"] * 60


@pytest.mark.parametrize("changed", ["names", "numbers", "names and numbers"])
def test_the_same_words_about_other_people_and_sums_are_another_story(desk, changed):
    desk.take(copy.FERRY)
    desk.take(copy.change_facts(copy.FERRY, changed), hours=1)
    desk.group()
    assert len(set(desk.groups().values())) == 2


def test_a_corrected_figure_is_not(desk):
    desk.take(copy.FERRY)
    desk.take(copy.FERRY.replace("214", "216"), hours=1)
    desk.group()
    assert len(set(desk.groups().values())) == 1


def test_a_chain_of_small_changes_does_not_become_one_dispatch(desk):
    words = copy.say_words(random.Random("chain"), 1000)
    taken = [desk.take(" ".join(words[step * 12 : step * 12 + 180]), hours=step / 2) for step in range(60)]
    desk.group()
    groups = desk.groups()
    ends = [groups[taken[0]], groups[taken[-1]]]
    assert ends[0] != ends[1]
    assert max(map(len, partition(groups))) <= 15


def test_four_hundred_copies_are_one_dispatch_and_the_index_stays_small(desk):
    for place in range(400):
        desk.take(copy.FERRY if place % 2 else copy.cut(copy.FERRY, 5 + place % 4), hours=place / 100)
    desk.group()
    assert len(set(desk.groups().values())) == 1
    per_key = Counter(key for row in desk.rows(traces) for key in unpack_hashes(row.keys).tolist())
    assert max(per_key.values()) == 40
    assert len(desk.rows(dispatches)) == len(desk.rows(outbox)) == 1


SHORT = "The harbour of Senn will stay closed to all ships until noon on Thursday."


@pytest.mark.parametrize(
    ("other", "joined"),
    [
        (SHORT, True),
        (SHORT.upper(), True),
        (SHORT.replace("noon", "midnight"), False),
        (SHORT + " Ferries are turned away.", False),
    ],
)
def test_a_short_text_joins_only_what_is_the_same(desk, other, joined):
    desk.take(SHORT)
    desk.take(other, hours=1)
    desk.group()
    assert (len(set(desk.groups().values())) == 1) is joined


@pytest.mark.parametrize("body", ["", "…", "\n\n", "More to follow."])
def test_a_text_that_says_nothing_joins_nothing(desk, body):
    desk.take(body)
    desk.take(body, hours=1)
    assert [outcome.verdict for outcome in desk.group()] == ["founded", "founded"]


def test_the_window_is_kept(desk):
    for hours in (0, 47, 120):
        desk.take(copy.FERRY, hours=hours)
    desk.group()
    assert list(map(len, partition(desk.groups()))) == [2, 1]


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        (
            "Arabic",
            "أعلنت السلطات في ميناء سن يوم الثلاثاء أن جميع ركاب العبارة وصلوا إلى الشاطئ بسلام بعد أن فقدت السفينة محركاتها ليلا قرب رأس تامبر وسط أمواج عالية ورياح شديدة وقالت مديرة خفر السواحل إن قاطرتين وصلتا قبل الفجر بقليل وأبعدتا السفينة عن الصخور بينما نقلت المروحيات الأطفال والجرحى إلى البلدة وأضافت أن الحريق في غرفة المحركات أخمد خلال ساعة واحدة",
            "قال مسؤول محلي",
        ),
        (
            "Greek",
            "Το λιμενικό σώμα ανακοίνωσε την Τρίτη ότι όλοι οι επιβάτες του πλοίου έφτασαν στη στεριά αφού το σκάφος έχασε την ισχύ του κοντά στο ακρωτήριο με πολύ ισχυρούς ανέμους και ψηλά κύματα ενώ δύο ρυμουλκά το κράτησαν μακριά από τα βράχια και ελικόπτερα μετέφεραν τα παιδιά και τους τραυματίες στην πόλη όπως δήλωσε η διευθύντρια της υπηρεσίας στους δημοσιογράφους το πρωί",
            "Σύμφωνα με πληροφορίες",
        ),
        (
            "Chinese",
            "海岸警卫队星期二表示渡轮在恶劣海况中失去动力后船上所有二百一十四人都已安全上岸两艘拖船在黎明前不久到达渡轮并使其远离礁石直升机则把儿童和伤员送到港口小镇该机构负责人对记者说再晚四十分钟情况就会完全不同",
            "据当地媒体报道",
        ),
    ],
)
def test_other_scripts(desk, name, one, other):
    desk.take(one)
    desk.take(f"{other} {one}", hours=1)
    desk.take(copy.FERRY, hours=1)
    desk.group()
    assert list(map(len, partition(desk.groups()))) == [2, 1], name


# --- versions and markers ----------------------------------------------------------------------------------


def test_a_new_version_stays_with_its_story(desk):
    url = "https://agency.example/ferry"
    first = desk.take(copy.cut(copy.FERRY, 3), url=url)
    desk.group()
    second = desk.take(copy.FERRY, url=url, headline="All safe", hours=1)
    desk.group()
    rows = desk.members()
    assert rows[first].dispatch_id == rows[second].dispatch_id
    assert rows[second].evidence["rule"] == "same-story"
    assert {rows[first].relation, rows[second].relation} == {"original", "version"}


def test_an_address_used_for_another_report_founds_another_dispatch(desk):
    url = "https://agency.example/latest"
    first = desk.take(copy.FERRY, url=url)
    second = desk.take(copy.write_story(1), url=url, hours=20)
    desk.group()
    assert desk.groups()[first] != desk.groups()[second]


@pytest.mark.parametrize("kinds", [[("wrapup",), ()], [(), ("wrapup",)]], ids=["marked first", "copy first"])
def test_a_wrapup_is_a_dispatch_of_its_own_whichever_copy_comes_first(desk, kinds):
    text = "\n\n".join([copy.cut(copy.FERRY, 3), copy.write_story(2, 120), copy.write_story(3, 120)])
    marked, unmarked = (desk.take(text, kinds=found, hours=place) for place, found in enumerate(kinds))
    single = desk.take(copy.write_story(3, 120), hours=2)
    desk.group()
    assert partition(desk.groups()) == [[marked, unmarked], [single]]


@pytest.mark.parametrize("same_address", [True, False])
def test_a_withdrawal_makes_a_state_and_deletes_nothing(desk, same_address):
    url = "https://www.reuters.com/ferry"
    first = desk.take(copy.FERRY, publisher="Reuters", url=url, headline="Ferry passengers safe")
    desk.group()
    desk.take(
        "The story is withdrawn. A substitute will follow.",
        publisher="Reuters",
        url=url if same_address else f"{url}-withdrawn",
        headline="Ferry passengers safe",
        kinds=("withdrawn",),
        hours=2,
    )
    desk.group()
    (row,) = desk.rows(dispatches)
    assert (row.state, row.rev, row.canonical_id) == ("withdrawn", 2, first)
    assert len(desk.members()) == 2


def test_the_agencys_own_copy_is_canonical_and_relations_follow(desk):
    outlet = desk.take(copy.cut(copy.FERRY, 5), publisher="The Crown Courier")
    desk.group()
    assert desk.members()[outlet].relation == "original"
    own = desk.take(copy.FERRY, publisher="Reuters", url="https://www.reuters.com/ferry", hours=1)
    longer = desk.take(copy.with_local_paragraphs(copy.FERRY), hours=2)
    desk.group()
    relations = {version: row.relation for version, row in desk.members().items()}
    assert relations == {outlet: "cut", own: "original", longer: "extended"}
    assert desk.rows(dispatches)[0].canonical_id == own


def test_a_publishers_furniture_joins_nothing(desk):
    furniture = copy.write_story("furniture", 120)
    for seed in range(8):
        desk.take(f"{copy.write_story(seed, 60)}\n\n{furniture}", publisher="The Crown Courier", hours=seed)
    outcomes = desk.group()
    assert [outcome.verdict for outcome in outcomes[3:]] == ["founded"] * 5


# --- laws --------------------------------------------------------------------------------------------------


def mixed_copy():
    """Stories, rewrites and look-alikes in one seeded order, (body, hours, publisher) each."""
    pieces: list[tuple[str, float, str | None]] = [(body, 1.0, None) for body in REWRITES.values()]
    pieces += [
        (make(seed), seed / 2, None)
        for make in (copy.market_report, copy.weather_report)
        for seed in range(8)
    ]
    for seed in range(15):
        story = copy.write_story(seed)
        pieces += [(story, seed / 2, None), (copy.cut(story, 4), seed / 2 + 1, "The Crown Courier")]
        pieces += [(story + "\n\n" + copy.write_story(seed + 100, 40), seed / 2 + 2, None)]
    random.Random("order").shuffle(pieces)
    return pieces


def fill(desk):
    for body, hours, publisher in mixed_copy():
        desk.take(body, hours=hours, publisher=publisher)
    return desk


@pytest.fixture
def expected(make_desk):
    """The groups of one undisturbed pass."""
    desk = fill(make_desk())
    desk.group()
    return desk.groups()


def test_mixed_copy_is_grouped_as_it_was_made(expected):
    sizes = sorted(map(len, partition(expected)))
    assert sizes == [1] * 16 + [3] * 15 + [6]


@pytest.mark.parametrize("batch", [1, 7, 64])
def test_groups_do_not_hang_on_the_batch_size(make_desk, expected, batch):
    desk = fill(make_desk(batch=batch))
    desk.group()
    assert desk.groups() == expected


@pytest.mark.parametrize("seed", [1, 2**40 + 7])
def test_groups_do_not_hang_on_the_secret_seed(make_desk, expected, seed):
    desk = fill(make_desk())
    with desk.store.write() as connection:
        connection.execute(installation.insert().values(name="seed", value=str(seed)))
    desk.group()
    assert desk.groups() == expected


def test_restarts_with_a_cold_shelf_change_nothing(make_desk, expected):
    desk = fill(make_desk())
    while desk.waiting():
        desk.group(desk.grouper(room=2), limit=5)
    assert desk.groups() == expected


def read_traces(desk):
    """Version -> its keys, how many phrases, paragraphs, as the store has them."""
    found = {}
    for row in desk.rows(traces):
        keys, paragraphs = (
            unpack_hashes(row.keys).tolist(),
            np.frombuffer(row.paragraphs, dtype="<u8").tolist(),
        )
        for numbers in np.frombuffer(row.versions, dtype="<i8").reshape(-1, 6).tolist():
            version, at, seen, of_keys, of_phrases, of_paragraphs = numbers
            found[version] = (at, seen, keys[:of_keys], of_phrases, paragraphs[:of_paragraphs])
            keys, paragraphs = keys[of_keys:], paragraphs[of_paragraphs:]
    return found


@on_both
def test_traces_that_were_dropped_are_made_anew(make_desk):
    desk = fill(make_desk(batch=8))
    desk.group()
    before = read_traces(desk)
    assert len(before) == len(desk.members())
    with desk.store.write() as connection:
        connection.execute(traces.delete())
    late = desk.take(copy.FERRY, hours=2)
    desk.group()
    after = read_traces(desk)
    assert len(desk.rows(traces)) == 2
    assert {version: after[version] for version in before} == before
    ferry = next(version for version, row in desk.members().items() if row.dispatch_id == desk.groups()[late])
    assert ferry in before


def test_a_memory_that_is_dropped_elsewhere_is_dropped_here(make_desk):
    desk = make_desk()
    grouper = desk.grouper()
    first = desk.take(copy.FERRY)
    desk.group(grouper)
    with desk.store.write() as connection:
        connection.execute(traces.delete())
    second = desk.take(copy.cut(copy.FERRY), hours=1)
    desk.group(grouper)
    assert set(read_traces(desk)) == {first, second}
    assert desk.groups()[first] == desk.groups()[second]


@on_both
def test_grouping_as_stories_arrive_equals_one_pass(make_desk, expected):
    desk = make_desk()
    for body, hours, publisher in mixed_copy():
        desk.take(body, hours=hours, publisher=publisher)
        desk.group()
    assert desk.groups() == expected


@on_both
def test_two_processes_at_once_group_everything_once(make_desk, expected):
    desk = fill(make_desk(batch=4))
    stores = [Store(desk.store.url) for _ in range(2)]

    def work(store):
        done = []
        while desk.waiting():
            done += [outcome.version_id for outcome in group_waiting(store, desk.settings)]
        return done

    try:
        with ThreadPoolExecutor(2) as pool:
            done = [version for part in pool.map(work, stores) for version in part]
    finally:
        for store in stores:
            store.close()
    assert sorted(done) == sorted(expected)
    assert desk.groups() == expected


def test_a_second_pass_finds_nothing_to_do(desk):
    fill(desk).group()
    before = desk.rows(dispatches)
    assert desk.group() == []
    assert desk.rows(dispatches) == before


@on_both
def test_a_pass_that_breaks_leaves_nothing_half_done(make_desk, expected, monkeypatch):
    desk = fill(make_desk(batch=1))  # eight at a time while so many wait
    calls = iter(range(1000))

    def break_once(*arguments, **options):
        if next(calls) == 20:
            raise RuntimeError("the power went out")
        return original(*arguments, **options)

    original = Signer.find_keys
    monkeypatch.setattr(Signer, "find_keys", break_once)
    grouper = desk.grouper()
    with pytest.raises(RuntimeError):
        desk.group(grouper)
    done = len(desk.rows(memberships))
    assert done == 16
    assert len(desk.rows(signatures)) == done
    assert len(desk.rows(traces)) == done // 8
    desk.group(grouper)  # the memory has taken back what the batch had filed
    assert desk.groups() == expected


@pytest.mark.parametrize(
    ("limit", "commits"), [(None, [8, 16, 17, 18, 19]), (10, [8, 10]), (3, [3]), (1, [1])]
)
def test_what_waits_long_is_committed_eight_batches_at_a_time(make_desk, limit, commits):
    desk = make_desk(batch=1)
    for number in range(19):
        desk.take(copy.market_report(number), hours=number)
    done = []
    found = desk.group(limit=limit, on_progress=done.append)
    assert done == commits
    assert len(found) == commits[-1]


def test_a_version_that_cannot_be_compared_delays_nobody(make_desk, monkeypatch):
    desk = make_desk(batch=8)
    taken = [
        desk.take(body, hours=place)
        for place, body in enumerate([*REWRITES.values(), "poison " * 60, copy.FERRY])
    ]

    def choke(signer, words, **options):
        if len(words) == 60:
            raise ValueError("cannot be sampled")
        return original(signer, words, **options)

    original = Signer.find_keys
    monkeypatch.setattr(Signer, "find_keys", choke)
    assert len(desk.group()) == len(taken)
    assert partition(desk.groups()) == sorted(
        [[version for version in taken if version != taken[6]], [taken[6]]]
    )


def test_evidence_names_the_rule_and_the_runs(desk):
    first = desk.take(copy.FERRY)
    second = desk.take(copy.cut(copy.FERRY), hours=1)
    desk.group()
    evidence = desk.members()[second].evidence
    assert evidence["rule"] == "opening"
    assert evidence["against"] == first
    assert evidence["share_of_shorter"] == evidence["score"] == 1.0
    assert 0 < evidence["share_of_longer"] < 1
    assert sum(run[2] for run in evidence["runs"]) == evidence["matched_words"]


def test_dispatch_ids_are_the_same_in_a_rebuild_and_a_merged_one_leads_on(make_desk):
    one, other = make_desk(), make_desk()
    for desk in (one, other):
        desk.take(copy.FERRY, url="https://a.example/1")
        desk.take(copy.write_story(5), url="https://a.example/2")
        desk.group()
    assert set(one.groups().values()) == set(other.groups().values())
    assert all(re.fullmatch(r"d[a-z2-7]{16}", name) for name in one.groups().values())
    kept, gone = one.rows(dispatches)
    with one.store.write() as connection:
        connection.execute(
            update(dispatches).where(dispatches.c.id == gone.id).values(state="merged", merged_into=kept.id)
        )
    late = one.take(copy.FERRY if gone.founder_id == 1 else copy.write_story(5), hours=1)
    one.group()
    assert one.groups()[late] == kept.id


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(6)))
def test_rewrites_in_any_order_are_one_dispatch(tmp_path_factory, order):
    desk = Desk(f"sqlite:///{tmp_path_factory.mktemp('order')}/store.sqlite")
    try:
        bodies = list(REWRITES.values())
        for place in order:
            desk.take(bodies[place], hours=place)
        desk.group()
        assert len(set(desk.groups().values())) == 1
    finally:
        desk.store.close()
