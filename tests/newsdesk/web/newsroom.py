"""A newsroom after a shift: something of everything that a page can show."""

from copytaster.values import Marker
from dedup.desk.decisions import split
from tests.newsdesk.web.conftest import PARAGRAPHS
from tests.newsdesk.web.decisions.test_deciding import keep_another, open_browser
from tests.newsdesk.web.dispatch.test_embargo import embargoed
from tests.newsdesk.web.dispatch.test_embargo import keep as keep_embargoed
from tests.newsdesk.web.dispatch.test_page import CORRECTED, OWN, WITHDRAWN, keep_pair
from tests.newsdesk.web.marks.test_marks import mark
from tests.newsdesk.web.search.test_list_in_browser import fill
from tests.newsdesk.web.views.test_views import add as add_view

BODY = "\n\n".join(PARAGRAPHS)
ALTERED = BODY.replace("48 million", "48 billion")
RECALLED = "The minister of mines resigned on Monday after a night of talks with the owners of three pits in the north."
ARABIC = (
    "أعلنت إدارة الميناء يوم الاثنين إعادة بناء الرصيف الشمالي بعد أن وجد المساحون أن اثنين من أعمدته التسعة قد هبطا "
    "أحد عشر سنتيمترا منذ عواصف الخريف، وقالت إن السفن الطويلة سترسو عند محطة الفحم حتى نهاية الأعمال في شهر مايو."
)


def stock(desk):
    """Fill a desk. Returns the dispatches by what is special about them."""
    named = {
        "corrected": _keep_corrected(desk),
        "withdrawn": _keep_recalled(desk),
        "arabic": _keep_arabic(desk),
        "strike": keep_another(desk),
    }
    fill(desk, 42)  # two pages
    keep_embargoed(desk.store, embargoed(url="https://harbour.example/quay-2"))
    desk.keep(publisher="Bay News", url="https://bay.example/strike", headline="Quay again")
    desk.settle()
    split(desk.store, ["https://bay.example/strike"], who="Ada", why="another quay")
    desk.settle()
    reader = open_browser(desk)
    mark(reader, "spiked", named["strike"])
    mark(reader, "saved", named["arabic"])
    add_view(reader, "Quays", words="quay")
    add_view(reader, "الميناء", shared=True, agencies=["Reuters"])
    body = {"name": "Strikes", "search": {"words": "strike"}, "reasons": ["new", "killed"]}
    assert reader.post("/api/v1/subscriptions", json=body).status_code == 201
    return named


def _keep_corrected(desk):
    keep_pair(desk)
    desk.keep(publisher="Vale Courier", family="Vale Group", url="https://vale.example/2", body=ALTERED)
    desk.settle()
    (item,) = desk.find()
    _use(desk, item["dispatch_id"])
    _keep_step(desk, CORRECTED, "https://www.reuters.com/quay", body=BODY.replace("nine", "ten"))
    return item["dispatch_id"]


def _keep_recalled(desk):
    address, texts = (
        "https://www.reuters.com/mines",
        {"headline": "Minister of mines resigns", "body": RECALLED},
    )
    _keep_step(desk, (), address, **texts)
    name = _find(desk, texts["headline"])
    _use(desk, name)
    _keep_step(desk, WITHDRAWN, address, headline=texts["headline"], body=f"{RECALLED} Do not use.")
    return name


def _keep_step(desk, markers, url, **fields):
    desk.move_on()
    note = "(Corrects number of piers in paragraph 1)" if markers == CORRECTED else None
    desk.keep(publisher="Reuters", credit=OWN, url=url, markers=markers, change_note=note, **fields)
    desk.settle()


def _keep_arabic(desk):
    desk.keep(
        headline="الميناء يعيد بناء الرصيف الشمالي",
        body=ARABIC,
        language="ar",
        publisher="صحيفة الميناء",
        url="https://mina.example/1",
        markers=(Marker("version", "alert", None, "ALERT"),),
    )
    desk.settle()
    return _find(desk, "الميناء يعيد بناء الرصيف الشمالي")


def _find(desk, headline):
    return next(item["dispatch_id"] for item in desk.find(limit=100) if item["headline"] == headline)


def _use(desk, name):
    assert mark(open_browser(desk), "used", name).status_code == 201
