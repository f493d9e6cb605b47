"""Finding entries: words, values, ranges, the time in which they came, and pages of what was found."""

import random
import uuid
from datetime import UTC, datetime, timedelta
from itertools import product
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.http import QueryDict

from forms import entries, index, paging, search, terms
from forms.filters import Filters
from forms.models import Entry, Field, Form, Term
from forms.paging import PAGE_SIZE, every, page

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = {"short": "Name", "number": "Age", "date": "Day", "choice": "Colour", "choices": "Tags", "email": "Mail"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hello, hello World!", ["hello", "world"]),
        ("Größe ГРОЗЁ Łukasz", ["grosse", "грозе", "łukasz"]),
        ("ada@example.org", ["ada", "example", "org"]),
        ("12.5 snake_case", ["12", "5", "snake", "case"]),
        ("我们A", ["我", "们", "我们", "a"]),
        ("\ufb01ne \uff11", ["fine", "1"]),
        ("한국", ["한", "국", "한국"]),
        ("x" * 70, ["x" * 64]),
        ("… !", []),
    ],
)
def test_words(text, found):
    assert list(terms.words(text)) == found


@pytest.mark.parametrize(
    ("query", "text", "matches"),
    [
        ("hello", "Hello world", True),
        ("world HELLO", "hello, World", True),
        ("hell", "Hello", False),
        ("我们很", "我们很高兴", True),
        ("我们高", "我们很高兴", False),
        ("们很我", "我们很高兴 很我", False),
        ("很", "我们很高兴", True),
        ("cafe", "Café", True),
    ],
)
def test_query(query, text, matches):
    assert terms.Query(query).matches(text) is matches


def test_a_query_asks_for_what_says_most():
    assert terms.Query("我们很 ok").keys == ["我们", "们很", "ok"]
    assert terms.Query("很").keys == ["很"]


@pytest.fixture
def people():
    """A form with 120 entries, an hour apart."""
    form = Form.objects.create(title="People", slug="people", public_answers=True)
    fields = [
        Field.objects.create(form=form, position=position, label=label, kind=kind, options=["Red", "Green", "Blue"])
        for position, (kind, label) in enumerate(KINDS.items(), start=1)
    ]
    draw = random.Random(1)  # noqa: S311
    made = []
    for number in range(120):
        values = [
            f"{draw.choice(['Ada', 'Grace', '王小明'])} {number}",
            draw.randint(-5, 90),
            (START + timedelta(days=draw.randint(0, 300))).date().isoformat(),
            draw.choice(["Red", "Green", "Blue"]),
            draw.sample(["Red", "Green", "Blue"], 2),
            f"p{number}@example.org",
        ]
        answers = {field.key: value for field, value in zip(fields, values, strict=True) if draw.random() > 0.1}
        made.append(Entry(form=form, answers=answers, created=START + timedelta(hours=number)))
    Entry.objects.bulk_create(made)
    index.complete(form)
    # Another form's entries, which nothing here may find.
    other = Form.objects.create(title="Other", slug="other")
    name = Field.objects.create(form=other, position=1, label="Name")
    entries.create(other, {name.key: "Ada 1"}, uuid.uuid4())
    return form


@pytest.fixture(params=["few", "many", "many, in small steps"])
def limits(request, monkeypatch):
    """Every search is made both ways: by sorting few entries here, and by walking along an index."""
    if request.param != "few":
        monkeypatch.setattr(search, "FEW", 1)
    if request.param == "many, in small steps":
        monkeypatch.setattr(paging, "AT_ONCE", 7)
        monkeypatch.setattr(paging, "PAGE_SIZE", 5)


def field(form, kind):
    return next(item for item in form.fields.all() if item.kind == kind)


QUERIES = [
    ({}, lambda a: True),
    ({"q": "ada"}, lambda a: "Ada" in a["short"]),
    ({"q": "王小明"}, lambda a: "王小明" in a["short"]),
    ({"q": "77"}, lambda a: a["short"].endswith(" 77") or a["number"] == 77),
    ({"q": "grace org"}, lambda a: "Grace" in a["short"] and a["email"]),
    ({"q": "p7 example"}, lambda a: a["email"] == "p7@example.org"),
    ({"q": "nobody"}, lambda a: False),
    ({"q": "!!!"}, lambda a: True),
    ({"short": "GRACE"}, lambda a: "Grace" in a["short"]),
    ({"choice": "Red"}, lambda a: a["choice"] == "Red"),
    ({"choices": "Red"}, lambda a: "Red" in a["choices"]),
    ({"choice": "Red", "choices": "Blue"}, lambda a: a["choice"] == "Red" and "Blue" in a["choices"]),
    ({"q": "ada", "choice": "Red"}, lambda a: a["choice"] == "Red" and "Ada" in a["short"]),
    ({"number-min": "40"}, lambda a: a["number"] != "" and a["number"] >= 40),
    ({"number-max": "-1"}, lambda a: a["number"] != "" and a["number"] <= -1),
    ({"number-min": "0", "number-max": "9.5"}, lambda a: a["number"] != "" and 0 <= a["number"] <= 9.5),
    ({"date-min": "2026-03-01", "date-max": "2026-06-30"}, lambda a: "2026-03-01" <= a["date"] <= "2026-06-30"),
    ({"q": "ada", "number-min": "40"}, lambda a: a["number"] != "" and a["number"] >= 40 and "Ada" in a["short"]),
    (
        {"number-min": "40", "date-max": "2026-06-30"},
        lambda a: a["number"] != "" and a["number"] >= 40 and "" < a["date"] <= "2026-06-30",
    ),
]
RECEIVED = [
    ({}, lambda t: True),
    ({"since": "2026-01-03"}, lambda t: t >= datetime(2026, 1, 3, tzinfo=UTC)),
    ({"since": "2026-01-02", "until": "2026-01-03"}, lambda t: 2 <= t.day <= 3),
]


def conditions(form, asked):
    names = {field.kind: f"field-{field.pk}" for field in form.fields.all()}
    data = {}
    for name, value in asked.items():
        kind, dash, end = name.partition("-")
        data[names.get(kind, kind) + dash + end] = value
    filters = Filters(form, QueryDict(urlencode(data)))
    assert filters.is_valid(), filters.errors
    return filters.conditions()


def expected(form, matches, received):
    """Find them the slow way."""
    kinds = {field.kind: field.key for field in form.fields.all()}
    return {
        entry.pk
        for entry in form.entries.all()
        if received(entry.created) and matches({kind: entry.answers.get(key, "") for kind, key in kinds.items()})
    }


@pytest.mark.usefixtures("limits")
def test_finds_what_it_should(people):
    for (asked, matches), (when, received) in product(QUERIES, RECEIVED):
        source = search.entries(people, conditions(people, asked | when))
        found = list(every(source))
        assert {entry.pk for entry in found} == expected(people, matches, received), (asked, when)
        assert len({entry.pk for entry in found}) == len(found), (asked, when)

        ranged = source.conditions.range
        order = [ranged.key_of(entry) if ranged else entry.created for entry in found]
        assert order == sorted(order, reverse=True), (asked, when)
        assert list(paged(source)) == found, (asked, when)


def paged(source):
    """Yield the same page by page, and look back from each to the one before."""
    sheet = page(source)
    assert sheet.newer is None
    yield from sheet.rows
    while sheet.older is not None:
        assert len(sheet.rows) == paging.PAGE_SIZE
        last, sheet = sheet, page(source, before=sheet.older)
        assert page(source, after=sheet.newer).rows == last.rows
        yield from sheet.rows


def test_each_query_finds_something(people):
    """Else it would show nothing."""
    for asked, matches in QUERIES:
        if asked.get("q") != "nobody":
            assert expected(people, matches, lambda _: True), asked


class TestEffort:
    """What a page costs does not depend on how many entries there are."""

    def test_queries(self, people, django_assert_num_queries):
        for asked, number in [({}, 1), ({"choice": "Red"}, 2), ({"number-min": "1"}, 2)]:
            source = search.entries(people, conditions(people, asked))
            with django_assert_num_queries(number):
                page(source)

    def test_rare_combinations_are_searched_in_steps(self, people, monkeypatch):
        monkeypatch.setattr(search, "FEW", 1)
        monkeypatch.setattr(paging, "AT_ONCE", 10)
        monkeypatch.setattr(paging, "MOST_LOOKED_AT", 30)
        asked = conditions(people, {"q": "org", "number-min": "85"})
        source, found, steps, before = search.entries(people, asked), [], 0, None
        while True:
            sheet = page(source, before=before)
            found += sheet.rows
            steps += sheet.partial
            before = sheet.older
            if before is None:
                break
        assert steps > 1
        assert {entry.pk for entry in found} == {entry.pk for entry in people.entries.all() if asked.matches(entry)}

    def test_entries_that_went_away_in_between(self, people, monkeypatch):
        monkeypatch.setattr(search, "FEW", 1)
        newest = people.entries.order_by("-created").first()
        Entry.objects.filter(pk=newest.pk).delete()
        assert Term.objects.filter(entry_id=newest.pk).exists()
        found = list(every(search.entries(people, conditions(people, {"q": "org"}))))
        assert found
        assert newest not in found


@pytest.mark.skipif(connection.vendor != "mysql", reason="counts what MySQL reads")
class TestRowsReadByMySQL:
    @pytest.fixture
    def crowd(self):
        """Three thousand entries that have much in common."""
        form = Form.objects.create(title="Crowd", slug="crowd")
        name = Field.objects.create(form=form, position=1, label="Name")
        colour = Field.objects.create(form=form, position=2, label="Colour", kind="choice", options=["Red", "Blue"])
        age = Field.objects.create(form=form, position=3, label="Age", kind="number")
        Entry.objects.bulk_create(
            Entry(
                form=form,
                answers={name.key: "Ada Lovelace", colour.key: "Red", age.key: number % 90},
                created=START + timedelta(minutes=number),
            )
            for number in range(3000)
        )
        index.complete(form)
        return form

    def rows_read(self):
        with connection.cursor() as cursor:
            cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read%'")
            return sum(int(number) for _name, number in cursor.fetchall())

    @pytest.mark.parametrize(
        "asked",
        [
            {},
            {"since": "2026-01-01", "until": "2026-01-01"},
            {"q": "lovelace"},
            {"choice": "Red"},
            {"choice": "Red", "since": "2026-01-02"},
            {"number-min": "20"},
        ],
    )
    def test_a_page_reads_little_more_than_it_shows(self, crowd, asked):
        source = search.entries(crowd, conditions(crowd, asked))
        first = page(source)
        before = self.rows_read()
        assert len(page(source, before=first.older).rows) == PAGE_SIZE
        # Each entry once by its term and once by its key, and a few beside.
        assert self.rows_read() - before < 3 * PAGE_SIZE + 25


class TestPage:
    def get(self, client, **asked):
        return client.get("/forms/people/", asked)

    def test_search(self, client, people):
        body = self.get(client, q="王小明").content.decode()
        assert "王小明" in body
        assert "Ada " not in body
        assert 'value="王小明"' in body
        assert "before=" in body
        assert "q=%E7%8E%8B" in body

    def test_nothing_found(self, client, people):
        assert "Nothing found" in self.get(client, q="nobody").content.decode()

    @pytest.mark.parametrize("asked", [{"since": "yesterday"}, {"number-min": "many"}, {"choice": "Purple"}])
    def test_says_what_is_wrong(self, client, people, asked):
        name, value = next(iter(asked.items()))
        kind, dash, end = name.partition("-")
        if kind in KINDS:
            name = f"field-{field(people, kind).pk}{dash}{end}"
        response = self.get(client, **{name: value})
        assert response.status_code == 200
        assert "errorlist" in response.content.decode()
        assert "entry-" not in response.content.decode()

    def test_found_at_once(self, client, answers):
        client.post("/forms/guest-book/new/", answers("Zoë", "Grüße"))
        assert "Zoë" in client.get("/forms/guest-book/", {"q": "grusse zoe"}).content.decode()

    def test_changed_positions_find_something_or_nothing(self, client, people):
        for position in ["1", "1.2", "1.2.3", "x", "9" * 18 + ".1", "1.2." + "x" * 70]:
            for asked in [{}, {"q": "ada"}, {f"field-{field(people, 'number').pk}-min": "1"}]:
                assert self.get(client, before=position, **asked).status_code == 200

    def test_page_size(self, client, people):
        assert self.get(client).content.decode().count('<tr id="entry-') == PAGE_SIZE
