"""During an update, pods of the release before work on the tables of this one."""

import json
import uuid

import pytest
from django.db import connection
from django.utils import timezone

from forms.models import Entry, Form

pytestmark = pytest.mark.django_db

# The columns that release 0.1 writes: models that it saves name all of them.
FORM = "INSERT INTO forms_form (title, slug, description, revision, created) VALUES (%s, %s, %s, %s, %s)"
FIELD = "INSERT INTO forms_field (form_id, position, label, kind, required) VALUES (%s, %s, %s, %s, %s)"
ENTRY = "INSERT INTO forms_entry (form_id, submission, answers, created) VALUES (%s, %s, %s, %s)"


def test_rows_of_the_release_before(client):
    now = timezone.now().replace(tzinfo=None)
    with connection.cursor() as cursor:
        cursor.execute(FORM, ["Older", "older", "", 0, now])
        form = Form.objects.get(slug="older")
        cursor.execute(FIELD, [form.pk, 1, "Name", "short", True])
        answers = json.dumps({form.fields.get().key: "Ada"})
        cursor.execute(ENTRY, [form.pk, uuid.uuid4().hex, answers, now])
    # It was public and open to everyone, and so it stays until somebody says otherwise.
    assert "Older" in client.get("/").content.decode()
    page = client.get("/forms/older/").content.decode()
    assert "Ada" in page
    assert "1 entry" in page
    assert client.post("/forms/older/new/", {f"field-{form.fields.get().pk}": "Grace"}).status_code == 302
    # The next entry has taken the older one along into the index.
    assert not Entry.objects.filter(indexed=False).exists()
    assert "Ada" in client.get("/forms/older/", {"q": "ada"}).content.decode()
    assert "2 entries" in client.get("/forms/older/").content.decode()
