"""The site's settings on SQLite and a cache in memory.

With TEST_MYSQL, the path of a MySQL server's socket, on that server instead: in a database of its own, as its root
user without a password.
"""

import os

from tests.variables import VARIABLES

os.environ.update(VARIABLES)

from dabaweb.settings import *  # noqa: F403

_sqlite = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
_mysql = {
    "ENGINE": "dabaweb.mysql",
    "HOST": os.environ.get("TEST_MYSQL", ""),
    "USER": "root",
    "NAME": "dabaweb",
    "OPTIONS": {"charset": "utf8mb4"},
}
_database = _mysql if _mysql["HOST"] else _sqlite
DATABASES = {"default": _database, "slave": _database | {"TEST": {"MIRROR": "default"}}}
# The tests look at log records, pytest shows them.
LOGGING_CONFIG = None
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"  # noqa: F405
# Signing in takes no time.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
