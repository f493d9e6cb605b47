"""Forms, the fields they ask for, and the entries that people made."""

import uuid

from django.db import models
from django.urls import reverse
from django.utils import timezone


class Form(models.Model):
    title = models.CharField(max_length=200)
    slug = models.SlugField(max_length=80, unique=True)
    description = models.TextField(max_length=2000, blank=True)
    revision = models.PositiveBigIntegerField(default=0, editable=False)
    """Changes with every change of the form's entries; what is cached about them is stored under it."""
    created = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("form", args=[self.slug])

    def touch(self):
        """Make what is cached about the entries unreachable; inside of the transaction that changes them, first.

        First, because an inserted entry takes a shared lock on this row, and two transactions that both hold one would
        wait for each other.
        """
        Form.objects.filter(pk=self.pk).update(revision=models.F("revision") + 1)


class Field(models.Model):
    form = models.ForeignKey(Form, models.CASCADE, related_name="fields")
    position = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=200)
    # Without `choices`, so that a new kind needs no migration.
    kind = models.CharField(max_length=20, default="short")
    required = models.BooleanField(default=False)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["form", "position"], name="field_position")]

    def __str__(self):
        return self.label


class Entry(models.Model):
    """One filled-in form. `answers` maps the fields' keys, as text, to what was answered."""

    form = models.ForeignKey(Form, models.CASCADE, related_name="entries")
    submission = models.UUIDField(default=uuid.uuid4, editable=False)
    """Made of the page and the answers: what is sent twice (a double click, a retry) is saved once."""
    answers = models.JSONField(default=dict)
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name_plural = "entries"
        constraints = [models.UniqueConstraint(fields=["form", "submission"], name="entry_submission")]
        # For paging. MySQL would make the foreign key's own index only if no other began with it.
        indexes = [models.Index(fields=["form", "id"], name="entry_paging")]

    def __str__(self):
        return f"{self.form_id}/{self.pk}"

    def get_absolute_url(self):
        return f"{self.form.get_absolute_url()}#entry-{self.pk}"
