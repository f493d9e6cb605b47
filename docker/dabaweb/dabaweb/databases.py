"""Read and write split: the master takes writes, the slaves serve reads."""

from django.conf import settings

from . import consistency
from .consistency import MASTER


class Router:
    """Outside of a request (migrations, commands) everything happens on the master."""

    def db_for_read(self, model, **hints):
        reads = consistency.current()
        if reads is None:
            return MASTER
        return reads.choose_newest() if model._meta.app_label in settings.READ_FROM_MASTER else reads.choose()

    def db_for_write(self, model, **hints):
        if reads := consistency.current():
            reads.write()
        return MASTER

    def allow_relation(self, one, other, **hints):
        return True

    def allow_migrate(self, db, app_label, **hints):
        return db == MASTER
