"""The site's settings on SQLite and a cache in memory. Both database aliases share one database, as replication would."""

import os

from tests.variables import VARIABLES

os.environ.update(VARIABLES)

from dabaweb.settings import *  # noqa: E402, F403

DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
    "slave": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "TEST": {"MIRROR": "default"}},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"  # noqa: F405
