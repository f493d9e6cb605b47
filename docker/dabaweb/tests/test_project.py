"""The project as a whole."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.variables import VARIABLES


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


def test_checks():
    call_command("check", fail_level="WARNING", stdout=StringIO())


def test_deployment_checklist():
    """With the settings of a site that people reach by HTTPS, in a process of its own."""
    checked = subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"],
        env=os.environ | VARIABLES | {"DJANGO_SECURE": "1", "DJANGO_SETTINGS_MODULE": "dabaweb.settings"},
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


def test_collected_files_have_hashes(tmp_path, settings, hashed):
    settings.STATIC_ROOT = tmp_path
    call_command("collectstatic", interactive=False, verbosity=0)
    assert (tmp_path / "staticfiles.json").is_file()
    assert list(tmp_path.glob("site.????????????.css"))
    assert list(tmp_path.glob("vendor/pico/pico-*.min.????????????.css"))
