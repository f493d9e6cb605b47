"""What the pod depends on, and whether it can serve.

The pod is ready when it can show pages: when a slave serves reads, or the master does where pages fall back on it. A
dead master does not make it unready, for then every pod would leave the Service and nobody could even read; writes
answer with a page that says so. Redis never decides, as the site works without its cache.
"""

import logging
from dataclasses import dataclass

import pymysql
from pymysql.constants import CR, ER

from . import servers
from .asking import Failed, NoAnswer, ask
from .environment import Address, Environment

# All checks together take no longer than DEADLINE, so a probe needs a time-out above it.
CONNECT_TIMEOUT = 2
DEADLINE = 3

logger = logging.getLogger(__name__)
_names = {code: name for module in (ER, CR) for name, code in vars(module).items() if isinstance(code, int)}
_last_failures: dict[str, str] = {}


@dataclass(frozen=True)
class Report:
    ready: bool
    dependencies: dict[str, str]


def report(environment: Environment) -> Report:
    """Ask all dependencies at once and tell what each says."""
    global _last_failures
    answers = ask(
        {
            "mysql-master": lambda: check_mysql(environment, environment.mysql_master, writable=True),
            "mysql-slave": lambda: check_mysql(environment, environment.mysql_slave, writable=False),
            "redis-master": lambda: check_redis(environment, environment.redis_master),
            "redis-slave": lambda: check_redis(environment, environment.redis_slave),
        },
        DEADLINE,
    )
    errors = {name: answer if isinstance(answer, BaseException) else None for name, answer in answers.items()}
    failures = {name: f"failed: {reason(error)}" for name, error in errors.items() if error}
    if failures != _last_failures:
        logger.warning("dependencies that fail: %s", failures or "none")
        _last_failures = failures
    ready = not errors["mysql-slave"] or (falls_back(errors["mysql-slave"]) and not errors["mysql-master"])
    return Report(ready, dict.fromkeys(errors, "ok") | failures)


def falls_back(error: BaseException) -> bool:
    """Tell whether pages read from the master instead: as mysql/base.py does when it cannot connect, and only then."""
    return isinstance(error, NoAnswer | pymysql.OperationalError)


def reason(error: BaseException) -> str:
    """Say what is wrong without the addresses and user names that the drivers' own texts carry."""
    if isinstance(error, Failed):
        return str(error)
    if isinstance(error, pymysql.MySQLError) and error.args and error.args[0] in _names:
        cause = getattr(error, "original_exception", None)
        detail = f": {cause.strerror}" if isinstance(cause, OSError) and cause.strerror else ""
        return f"{_names[error.args[0]]} ({error.args[0]}){detail}"
    return type(error).__name__


def check_mysql(environment: Environment, address: Address, writable: bool) -> None:
    connection = servers.mysql(environment, address, CONNECT_TIMEOUT, database=environment.mysql_database)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")
        cursor.execute("SELECT @@GLOBAL.read_only")
        if writable and cursor.fetchone()[0]:
            raise Failed("the server is read-only")


def check_redis(environment: Environment, address: Address) -> None:
    with servers.redis_client(environment, address, CONNECT_TIMEOUT) as client:
        client.ping()
