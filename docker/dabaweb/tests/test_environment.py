"""The environment is checked as a whole, and no password is ever shown."""

import pytest

from dabaweb.environment import Address, ConfigurationError, placeholders, read
from tests.variables import VARIABLES


def problems(**changes):
    with pytest.raises(ConfigurationError) as caught:
        read({name: value for name, value in (VARIABLES | changes).items() if value is not None})
    return caught.value.problems


def test_complete():
    environment = read(VARIABLES)
    assert environment.mysql_master == Address("10.96.0.10", 3306)
    assert environment.redis_slave == Address("10.96.0.13", 6379)
    assert environment.allowed_hosts == ["testserver", "forms.example.org"]
    assert environment.secure is False


def test_hosts_from_dns_are_the_names_of_the_services():
    environment = read(VARIABLES | {"GET_HOSTS_FROM": "dns", "MYSQL_SLAVE_SERVICE_PORT": "3307"})
    assert environment.mysql_master == Address("mysql-master", 3306)
    assert environment.mysql_slave == Address("mysql-slave", 3307)
    assert environment.redis_master.host == "redis-master"


def test_ports_have_defaults():
    variables = {name: value for name, value in VARIABLES.items() if not name.endswith("_PORT")}
    assert read(variables).mysql_master.port == 3306
    assert read(variables).redis_slave.port == 6379


@pytest.mark.parametrize(
    "name", [name for name in VARIABLES if not name.endswith("_PORT") and name != "GET_HOSTS_FROM"]
)
@pytest.mark.parametrize("value", [None, "", " "])
def test_missing(name, value):
    assert problems(**{name: value}) == [f"{name} is not set or empty"]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("GET_HOSTS_FROM", "file", "GET_HOSTS_FROM is 'file', allowed: env, dns"),
        ("MYSQL_MASTER_SERVICE_PORT", "0", "MYSQL_MASTER_SERVICE_PORT is '0', a number from 1 to 65535 is needed"),
        ("REDIS_SLAVE_SERVICE_PORT", "65536", "REDIS_SLAVE_SERVICE_PORT is '65536', a number from 1 to 65535"),
        # What Kubernetes itself would set for a Service of that name in another form.
        ("MYSQL_MASTER_SERVICE_PORT", "tcp://10.0.0.1:3306", "MYSQL_MASTER_SERVICE_PORT is 'tcp://10.0.0.1:3306'"),
        ("REDIS_MASTER_SERVICE_HOST", "a b", "REDIS_MASTER_SERVICE_HOST is 'a b', which is neither"),
        ("TRUSTED_PROXIES", "-1", "TRUSTED_PROXIES is '-1', a number from 0 to 10 is needed"),
        ("MYSQL_PEERS", "a b", "MYSQL_PEERS is 'a b', which is neither"),
        ("UWSGI_WORKERS", "many", "UWSGI_WORKERS is 'many', a number from 1 to 64 is needed"),
        ("DJANGO_SECURE", "yes", "DJANGO_SECURE is 'yes', allowed: 0, 1"),
        ("DJANGO_SECRET_KEY", "short", "DJANGO_SECRET_KEY has 5 characters, at least 32 are needed"),
        ("DJANGO_ALLOWED_HOSTS", " , ", "DJANGO_ALLOWED_HOSTS names no host"),
    ],
)
def test_bad_value(name, value, message):
    [problem] = problems(**{name: value})
    assert problem.startswith(message)


def test_an_image_is_built_without_any_of_it():
    assert read(placeholders()).pod_name == "build"


def test_all_problems_at_once():
    assert len(problems(MYSQL_PASSWORD="", DJANGO_SECURE="2", POD_NAME=None)) == 3


def test_secrets_are_not_shown():
    shown = repr(read(VARIABLES | {"DJANGO_FORMER_SECRET_KEY": "former-key"}))
    assert "dabacluster-test" in shown
    for name in ("MYSQL_PASSWORD", "REDIS_PASSWORD", "DJANGO_SECRET_KEY"):
        assert VARIABLES[name] not in shown
    assert "former-key" not in shown
