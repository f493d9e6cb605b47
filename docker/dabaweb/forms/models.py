"""Forms, the fields they ask for, the entries that people made, and what finds them.

Columns that came later have defaults in the database too: during an update, pods of the release before go on adding
rows without them. The database's defaults are how that release behaved.
"""

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from teams.models import Team

from .kinds import EMPTY, KINDS, Kind


class FormQuerySet(models.QuerySet):
    def kept(self):
        """Return the forms that are not deleted."""
        return self.filter(deleted=None)

    def of(self, user):
        """Return the forms that `user` may edit and whose answers they may read."""
        if user.is_superuser:
            return self.kept()
        return self.kept().filter(team__in=Team.objects.of(user)) if user.is_authenticated else self.none()

    def listed_for(self, user):
        """Return the forms that the first page shows to `user`."""
        public = models.Q(published=True, public_answers=True)
        if not user.is_authenticated:
            return self.kept().filter(public)
        return (
            self.kept() if user.is_superuser else self.kept().filter(public | models.Q(team__in=Team.objects.of(user)))
        )


class Form(models.Model):
    title = models.CharField(_("title"), max_length=200)
    slug = models.SlugField(max_length=80, unique=True)
    description = models.TextField(_("description"), max_length=2000, blank=True)
    # Teams are never deleted while they have forms.
    team = models.ForeignKey(Team, models.PROTECT, related_name="forms", verbose_name=_("team"), null=True, blank=True)
    published = models.BooleanField(
        _("open for answers"), default=True, db_default=True, help_text=_("A closed form takes no answers.")
    )
    anonymous = models.BooleanField(
        _("without signing in"),
        default=False,
        db_default=True,
        help_text=_("Everyone who has the address may answer. Otherwise people sign in first."),
    )
    public_answers = models.BooleanField(
        _("public answers"),
        default=False,
        db_default=True,
        help_text=_("Everyone may read the answers, as in a guest book. Otherwise only the team reads them."),
    )
    revision = models.PositiveBigIntegerField(default=0, editable=False)
    """Changes with every change of the form's entries; what is cached about them is stored under it."""
    entry_count = models.PositiveBigIntegerField(default=0, db_default=0, editable=False)
    """How many entries are indexed."""
    created = models.DateTimeField(default=timezone.now, editable=False)
    deleted = models.DateTimeField(null=True, editable=False)
    """Shown nowhere, and kept for a while (see management/commands/housekeeping.py)."""

    objects = FormQuerySet.as_manager()

    class Meta:
        verbose_name = _("form")
        verbose_name_plural = _("forms")

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("form", args=[self.slug])

    def address_to_fill_in(self):
        """Return the address that people share."""
        return reverse("new-entry", args=[self.slug])

    def is_managed_by(self, user) -> bool:
        """Tell whether `user` may edit the form and read the answers."""
        return user.is_superuser or (user.is_authenticated and Team.objects.of(user).filter(pk=self.team_id).exists())

    def questions(self) -> list["Field"]:
        """Return the fields that the form asks for now."""
        return [field for field in self.fields.all() if not field.removed]

    def touch(self, added: int = 0):
        """Make what is cached about the entries unreachable; inside of the transaction that changes them, first.

        First, because an inserted entry takes a shared lock on this row, and two transactions that both hold one would
        wait for each other.
        """
        counted = models.F("entry_count") + added
        Form.objects.filter(pk=self.pk).update(revision=models.F("revision") + 1, entry_count=counted)


class Field(models.Model):
    """A question. One that is removed stays, with the answers to it, and is asked no more."""

    form = models.ForeignKey(Form, models.CASCADE, related_name="fields")
    position = models.PositiveSmallIntegerField()
    label = models.CharField(_("question"), max_length=200)
    help_text = models.CharField(_("hint"), max_length=300, blank=True, default="", db_default="")
    # Without `choices`, so that a new kind needs no migration.
    kind = models.CharField(max_length=20, default="short")
    # MySQL has no defaults for JSON but expressions; NULL is as good as an empty list.
    options = models.JSONField(null=True, default=list, blank=True)
    required = models.BooleanField(_("required"), default=False)
    removed = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["form", "position"], name="field_position")]

    def __str__(self):
        return self.label

    @property
    def key(self) -> str:
        """The field's key in Entry.answers."""
        return str(self.pk)

    @property
    def what(self) -> Kind:
        return KINDS[self.kind]

    def form_field(self):
        """Return the form field that asks this question."""
        arguments = {"label": self.label, "required": self.required, "help_text": self.help_text}
        return self.what.field(self.options or [], **arguments)

    def parse(self, raw):
        """Return the value of a text or of a spreadsheet's cell, or raise a ValidationError."""
        return self.parser()(raw)

    def parser(self):
        """Return `parse` for many cells."""
        return self.what.parser(self.options or [], self.required)


class Entry(models.Model):
    """One filled-in form. `answers` maps the fields' keys, as text, to values (see kinds/base.py)."""

    form = models.ForeignKey(Form, models.CASCADE, related_name="entries")
    submission = models.UUIDField(default=uuid.uuid4, editable=False)
    """Made of the page and the answers: what is sent twice (a double click, a retry) is saved once."""
    answers = models.JSONField(default=dict)
    # Without a constraint: making one would copy the whole table and stop all writes.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True, editable=False, db_constraint=False
    )
    indexed = models.BooleanField(default=False, db_default=False, editable=False)
    """The terms of the entry are stored, and it is in its form's `entry_count`."""
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        constraints = [models.UniqueConstraint(fields=["form", "submission"], name="entry_submission")]
        indexes = [
            # For paging by releases before 0.4. MySQL would make the foreign key's own index only if no other began
            # with it.
            models.Index(fields=["form", "id"], name="entry_paging"),
            models.Index(fields=["form", "created", "id"], name="entry_received"),
            models.Index(fields=["form", "indexed"], name="entry_indexed"),
        ]

    def __str__(self):
        return f"{self.form_id}/{self.pk}"

    def get_absolute_url(self):
        return f"{self.form.get_absolute_url()}#entry-{self.pk}"

    def value(self, field: Field):
        """Return the value of the answer to `field`, None when there is none."""
        value = self.answers.get(field.key)
        return None if value in EMPTY else value


class ExactField(models.CharField):
    """Text that is compared byte by byte; MySQL would take "e" and "é" for the same."""

    def db_parameters(self, connection):
        parameters = super().db_parameters(connection)
        if connection.vendor == "mysql":
            parameters["collation"] = "utf8mb4_0900_bin"
        return parameters


class Term(models.Model):
    """Finds entries by what was answered: one row for each word of an entry and for each value that can be filtered by.

    The rows of one term lie together, the newest entry last, so a page of results is read in one go, however many
    there are. No foreign keys: rows are deleted with their entries (see index.py), and one that was left behind finds
    nothing.
    """

    pk = models.CompositePrimaryKey("form_id", "field_id", "key", "created", "entry_id")
    form_id = models.BigIntegerField()
    field_id = models.BigIntegerField()
    """0 for the words of all answers."""
    key = ExactField(max_length=64)
    created = models.DateTimeField()
    """When the entry came in."""
    entry_id = models.BigIntegerField()

    def __str__(self):
        return f"{self.form_id}/{self.field_id}: {self.key}"
