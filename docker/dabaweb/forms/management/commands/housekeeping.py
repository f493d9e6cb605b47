"""What is done once in a while, and after each migration: `manage.py housekeeping`."""

from datetime import timedelta

from django.core.management import BaseCommand
from django.utils import timezone

from forms import entries, index
from forms.models import Form

KEPT_DAYS = 30


class Command(BaseCommand):
    help = "Index the entries that came in another way than through the pages, and remove what was deleted long ago."

    def add_arguments(self, parser):
        text = "how many days deleted forms are kept (%(default)s)"
        parser.add_argument("--keep-days", type=int, default=KEPT_DAYS, help=text)

    def handle(self, keep_days, **options):
        for form in Form.objects.kept().filter(entries__indexed=False).distinct():
            self.stdout.write(f"{form.slug}: {index.complete(form)} entries indexed")
        for form in Form.objects.filter(deleted__lt=timezone.now() - timedelta(days=keep_days)):
            self.stdout.write(f"{form.slug}: removed with {entries.delete_form(form)} entries")
