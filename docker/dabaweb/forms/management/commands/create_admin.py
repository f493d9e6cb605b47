"""Makes the first administrator: `manage.py create_admin NAME`."""

import sys
from getpass import getpass

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError
from django.db import transaction

from forms.models import Form
from teams.models import Team


class Command(BaseCommand):
    help = (
        "Make an administrator, and a team for the forms that have none."
        " Asks for the password, or reads it from standard input."
    )

    def add_arguments(self, parser):
        parser.add_argument("name", help="what the administrator signs in with")
        parser.add_argument("--team", default="Everyone", help="the team that the administrator joins (%(default)s)")

    def handle(self, name, team, **options):
        users = get_user_model()
        if users.objects.filter(username=name).exists():
            raise CommandError(f"{name} exists already. A new password: manage.py changepassword {name}")
        user = users(username=name, is_staff=True, is_superuser=True)
        password = getpass(f"Password for {name}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        try:
            user.full_clean(exclude=["password"])
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        user.set_password(password)
        with transaction.atomic():
            user.save()
            joined, _made = Team.objects.get_or_create(name=team)
            joined.members.add(user)
            adopted = Form.objects.filter(team=None).update(team=joined)
        self.stdout.write(f"{name} is an administrator and in the team {team}, which has got {adopted} forms.")
