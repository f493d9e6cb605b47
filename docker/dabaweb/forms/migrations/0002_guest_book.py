"""A new site shows one form that works, rather than nothing."""

from django.db import migrations

FIELDS = [("Name", "short", True), ("Message", "long", True)]


def create(apps, schema_editor):
    form = apps.get_model("forms", "Form").objects.create(
        slug="guest-book",
        title="Guest book",
        description="Say hello. This form comes with the site, to try it out.",
    )
    field = apps.get_model("forms", "Field")
    for position, (label, kind, required) in enumerate(FIELDS, start=1):
        field.objects.create(form=form, position=position, label=label, kind=kind, required=required)


class Migration(migrations.Migration):
    dependencies = [("forms", "0001_initial")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
