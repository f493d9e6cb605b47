"""Makes a form of a table that came with a dump: `manage.py adopt_table TABLE --team TEAM`."""

from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError

from tables.adoption.adopt import adopt
from tables.adoption.source import NotAdoptable, Source
from teams.models import Team


class Command(BaseCommand):
    help = (
        "Make a form of a table in the application's database: a question of each column, an entry of each row."
        " The table itself is only read. Run again, it adds the rows that are new."
    )

    def add_arguments(self, parser):
        parser.add_argument("table", help="name of the table")
        parser.add_argument("--team", required=True, help="name of the team that the form will belong to")

    def handle(self, table, team, **options):
        owner = Team.objects.filter(name=team).first()
        if owner is None:
            names = ", ".join(Team.objects.values_list("name", flat=True)) or "none yet, see create_admin"
            raise CommandError(f"There is no team {team}. There are: {names}.")
        try:
            source = Source(table)
            for column in source.left_out:
                self.stdout.write(f"{table}: column {column.name} is left out, {column.data_type} is no text")
            form = adopt(source, owner, self.stdout.write)
        except NotAdoptable as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError(f"A row of {table} no longer fits its form: {' '.join(error.messages)}") from error
        self.stdout.write(f"{table} is the form at {form.get_absolute_url()}, closed for new answers until you open it")
