"""The container's commands.

Each is run by every pod, so none imports more than it needs.
"""

import os
import sys
import time
from pathlib import Path

from . import environment, publish

HOME = Path(__file__).resolve().parent.parent
SITE = Path("/usr/src/dabaweb")
RUN = Path("/run/dabaweb")
SOMAXCONN = Path("/proc/sys/net/core/somaxconn")
STATIC_FILES = "django.contrib.staticfiles"
WANTED_BACKLOG = 1024
DRAIN_SECONDS = 40

USAGE = """usage: python -m dabaweb COMMAND
  serve           answer requests (uWSGI)
  migrate         bring the tables of mysql-master up to date
  collect-static  gather the static files while the image is built
  publish-static  put the static files onto the volume that nginx serves
  drain           wait until nginx has answered its last request (preStop hook)
"""


class CommandError(Exception):
    """Ends the program with one line of text."""


def serve() -> None:
    """Become uWSGI."""
    settings = check_environment()
    # uWSGI refuses to start with a longer queue than the kernel allows.
    backlog = min(WANTED_BACKLOG, int(SOMAXCONN.read_text()))
    # The variable would be an option of uWSGI's own by its name.
    os.environ.pop("UWSGI_WORKERS", None)
    options = {
        "set-placeholder": f"run={RUN}",
        "listen": backlog,
        "workers": settings.workers,
        "ini": HOME / "uwsgi.ini",
    }
    if settings.metrics_port:
        from . import metrics

        os.environ |= {metrics.FOLDER: str(metrics.empty_folder(RUN / "metrics"))}
        options |= {"mule": "dabaweb.metrics:serve"}
    os.execvp("uwsgi", ["uwsgi", *(f"--{name}={value}" for name, value in options.items())])


def migrate() -> None:
    check_environment()
    set_up_django()
    from . import migrate as migrations

    try:
        migrations.migrate()
    except migrations.Impossible as error:
        raise CommandError(str(error)) from error


def collect_static() -> None:
    """With an environment of which only the names are right."""
    os.environ.update(environment.placeholders())
    settings = set_up_django()
    if STATIC_FILES not in settings.INSTALLED_APPS:
        return
    if not settings.STATIC_ROOT:
        raise CommandError("STATIC_ROOT is not set: it is where the image keeps the static files")
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)
    if not (Path(settings.STATIC_ROOT) / publish.MANIFEST).exists():
        raise CommandError("static files have no hashes: set STORAGES['staticfiles'] to ManifestStaticFilesStorage")


def publish_static() -> None:
    check_environment()
    settings = django_settings()
    try:
        if STATIC_FILES not in settings.INSTALLED_APPS:
            publish.prepare(SITE)
            print("the application has no static files")
            return
        total, copied = publish.publish(Path(settings.STATIC_ROOT), SITE)
    except OSError as error:
        text = f"cannot publish static files: {error.strerror}: {error.filename}. Must belong to user {os.getuid()}"
        raise CommandError(text) from error
    print(f"static files: {total} in this release, {copied} copied to {SITE}/static")


def drain() -> None:
    """nginx removes its pid file as the last thing it does."""
    deadline = time.monotonic() + DRAIN_SECONDS
    while (RUN / "nginx.pid").exists():
        if time.monotonic() > deadline:
            raise CommandError(f"nginx has not ended in {DRAIN_SECONDS} seconds")
        time.sleep(0.1)


def django_settings():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dabaweb.settings")
    from django.conf import settings

    return settings


def set_up_django():
    """Load all applications, for Django's own commands, and return the settings."""
    settings = django_settings()
    import django

    django.setup()
    return settings


def check_environment() -> environment.Environment:
    try:
        return environment.read(os.environ)
    except environment.ConfigurationError as error:
        raise CommandError("\n".join(error.problems)) from error


COMMANDS = {
    "serve": serve,
    "migrate": migrate,
    "collect-static": collect_static,
    "publish-static": publish_static,
    "drain": drain,
}


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        sys.stderr.write(USAGE)
        return 64
    try:
        COMMANDS[arguments[0]]()
    except CommandError as error:
        for line in str(error).splitlines():
            print(f"dabaweb: {line}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
