"""Read and write split: the master takes writes, the slaves serve reads."""

from . import consistency
from .consistency import MASTER


class Router:
    """Outside of a request (migrations, commands) everything happens on the master."""

    def db_for_read(self, model, **hints):
        reads = consistency.current()
        return reads.choose() if reads else MASTER

    def db_for_write(self, model, **hints):
        if reads := consistency.current():
            reads.write()
        return MASTER

    def allow_relation(self, one, other, **hints):
        return True

    def allow_migrate(self, db, app_label, **hints):
        return db == MASTER
