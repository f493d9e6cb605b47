"""Finds a form's entries in constant time per page, however many there are.

Entries are walked through in the order of one index: that of all entries, or that of the rarest term that is looked
for. What else was asked for is checked of each entry on the way. Only a combination of conditions that are frequent
each, but rare together, can need more than one page of walking; paging.py limits it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import itemgetter

from django.db.models import QuerySet

from .index import WHOLE_ENTRY, text_of
from .models import Entry, Field, Form, Term
from .paging import beyond, whole_number
from .terms import LONGEST, Query

# Up to so many entries are read at once, to be checked and sorted here.
FEW = 1000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Words:
    """Entries with all words of a text: in any answer, or in the answer to one question."""

    query: Query
    fields: tuple[Field, ...]

    def terms(self):
        return [{"field_id": WHOLE_ENTRY, "key": key} for key in self.query.keys]

    def matches(self, entry: Entry) -> bool:
        return self.query.matches(text_of(entry, self.fields))


@dataclass(frozen=True)
class Equal:
    """Entries with this answer to a question, or with it among the answers."""

    field: Field
    key: str

    def terms(self):
        return [{"field_id": self.field.pk, "key": self.key[:LONGEST]}]

    def matches(self, entry: Entry) -> bool:
        return self.key in self.field.what.keys(entry.value(self.field))


@dataclass(frozen=True)
class Between:
    """Entries whose answer to a question lies between two keys, both included."""

    field: Field
    least: str | None
    most: str | None

    def terms(self):
        bounds = {"key__gte": self.least, "key__lte": self.most}
        return [{"field_id": self.field.pk} | {name: key for name, key in bounds.items() if key is not None}]

    def matches(self, entry: Entry) -> bool:
        return self.key_of(entry) is not None

    def key_of(self, entry: Entry) -> str | None:
        for key in self.field.what.keys(entry.value(self.field)):
            if (self.least is None or self.least <= key) and (self.most is None or key <= self.most):
                return key
        return None


Condition = Words | Equal | Between


@dataclass(frozen=True)
class Conditions:
    """What is looked for. Entries came in from `since` on and before `until`."""

    all: tuple[Condition, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    @property
    def range(self) -> Between | None:
        """The range whose order the entries are shown in: that of the values, if nothing else is looked for."""
        ranges = [condition for condition in self.all if isinstance(condition, Between)]
        return ranges[0] if len(ranges) == len(self.all) and ranges else None

    def received(self, rows: QuerySet) -> QuerySet:
        bounds = {"created__gte": self.since, "created__lt": self.until}
        return rows.filter(**{name: bound for name, bound in bounds.items() if bound is not None})

    def matches(self, entry: Entry) -> bool:
        if (self.since and entry.created < self.since) or (self.until and entry.created >= self.until):
            return False
        return all(condition.matches(entry) for condition in self.all)


def entries(form: Form, conditions: Conditions) -> "Entries":
    """Return the source for paging.page() and paging.every()."""
    terms = [term for condition in conditions.all for term in condition.terms()]
    if not terms:
        return All(form, conditions)
    counts = [(_count(form, conditions, term), term) for term in terms] if len(terms) > 1 else [(FEW, terms[0])]
    count, rarest = min(counts, key=itemgetter(0))
    if count < FEW:
        return Few(form, conditions, rarest)
    if conditions.range:
        return ByTerm(form, conditions, conditions.range.terms()[0])
    exact = [(count, term) for count, term in counts if "key" in term]
    return ByTerm(form, conditions, min(exact, key=itemgetter(0))[1])


def _count(form: Form, conditions: Conditions, term: dict) -> int:
    """Count the entries of a term, or say that they are not few."""
    return conditions.received(Term.objects.filter(form_id=form.pk, **term)).values("entry_id")[:FEW].count()


@dataclass
class Entries:
    """Wanted entries in the order in which they came in, or in that of the values in a range."""

    form: Form
    conditions: Conditions
    columns: tuple[str, ...] = field(init=False)

    def __post_init__(self):
        ranged = self.conditions.range
        self.columns = ("key", "created", "entry_id") if ranged else ("created", "entry_id")

    def matches(self, row: Entry) -> bool:
        return row.form_id == self.form.pk and self.conditions.matches(row)

    def write(self, position) -> str:
        *key, created, entry = position
        return ".".join([str((created - EPOCH) // MICROSECOND), str(entry), *key])

    def read(self, text: str):
        created, _, rest = text.partition(".")
        entry, _, key = rest.partition(".")
        numbers = whole_number(created), whole_number(entry)
        if None in numbers or bool(key) != bool(self.conditions.range) or len(key) > LONGEST:
            return None
        try:
            position = EPOCH + numbers[0] * MICROSECOND, numbers[1]
        except OverflowError:
            return None
        return (key, *position) if key else position


class All(Entries):
    """All entries of the form."""

    def take(self, position, newer, count):
        rows = self.conditions.received(Entry.objects.filter(form=self.form))
        return [((row.created, row.pk), row) for row in beyond(rows, ("created", "pk"), position, newer)[:count]]


@dataclass
class ByTerm(Entries):
    """The entries of one term, in the order of the index."""

    term: dict

    def take(self, position, newer, count):
        rows = self.conditions.received(Term.objects.filter(form_id=self.form.pk, **self.term))
        positions = list(beyond(rows, self.columns, position, newer).values_list(*self.columns)[:count])
        found = Entry.objects.in_bulk([position[-1] for position in positions])
        # A missing one was deleted in between; it is still counted, as the walk went past it.
        gone = Entry()
        return [(position, found.get(position[-1], gone)) for position in positions]


@dataclass
class Few(Entries):
    """The entries of a rare term, sorted here."""

    term: dict

    def take(self, position, newer, count):
        found = self.positions
        if position is not None:
            found = [item for item in found if (item[0] > position if newer else item[0] < position)]
        return sorted(found, key=itemgetter(0), reverse=not newer)[:count]

    @property
    def positions(self):
        terms = self.conditions.received(Term.objects.filter(form_id=self.form.pk, **self.term))
        rows = Entry.objects.in_bulk(terms.values_list("entry_id", flat=True)[:FEW]).values()
        return [(self._position(row), row) for row in rows if self.matches(row)]

    def _position(self, row: Entry):
        ranged = self.conditions.range
        return (ranged.key_of(row), row.created, row.pk) if ranged else (row.created, row.pk)


def words(text: str, fields: Iterable[Field]) -> list[Words]:
    """Return the condition for a text that someone looks for; none, if it has no words."""
    query = Query(text)
    return [Words(query, tuple(fields))] if query.keys else []
