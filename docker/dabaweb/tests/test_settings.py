"""What the settings make of the environment, without the tests' own replacements."""

import importlib

import pytest

from dabaweb import settings
from tests.variables import VARIABLES


@pytest.fixture
def load(monkeypatch):
    def load(**changes):
        for name, value in (VARIABLES | changes).items():
            monkeypatch.setenv(name, value)
        return importlib.reload(settings)

    yield load
    monkeypatch.undo()
    importlib.reload(settings)


def test_master_and_slave(load):
    databases = load().DATABASES
    assert databases["default"]["HOST"] == "10.96.0.10"
    assert databases["slave"]["HOST"] == "10.96.0.11"
    assert databases["slave"]["FALLBACK"] == "default"
    assert databases["default"]["CONN_HEALTH_CHECKS"]
    assert databases["default"]["OPTIONS"]["connect_timeout"] <= 3


def test_servers_show_who_they_are(load):
    loaded = load()
    for database in loaded.DATABASES.values():
        assert database["OPTIONS"]["ssl_ca"] == "/run/authorities/mysql.crt"
        assert database["OPTIONS"]["ssl_verify_cert"]
        assert database["OPTIONS"]["ssl_verify_identity"]
    assert loaded.CACHES["default"]["OPTIONS"]["CONNECTION_POOL_KWARGS"]["ssl_ca_certs"] == "/run/authorities/redis.crt"


def test_cache_is_written_on_the_master_and_read_from_the_slave(load):
    cache = load(REDIS_SLAVE_SERVICE_HOST="fd00::1").CACHES["default"]
    assert cache["LOCATION"] == ["rediss://10.96.0.12:6379/0", "rediss://[fd00::1]:6379/0"]
    assert cache["OPTIONS"]["IGNORE_EXCEPTIONS"]


def test_a_former_key_still_opens_what_it_signed(load):
    assert load().SECRET_KEY_FALLBACKS == []
    assert load(DJANGO_FORMER_SECRET_KEY="former-key").SECRET_KEY_FALLBACKS == ["former-key"]


def test_plain_http_by_default(load):
    assert not load().CSRF_COOKIE_SECURE
    assert not load().SECURE_SSL_REDIRECT


def test_secure(load):
    secure = load(DJANGO_SECURE="1")
    assert secure.CSRF_COOKIE_SECURE
    assert secure.SECURE_SSL_REDIRECT
    assert secure.SECURE_HSTS_SECONDS > 0
    assert secure.SECURE_PROXY_SSL_HEADER == ("HTTP_X_FORWARDED_PROTO", "https")
    assert secure.CSRF_TRUSTED_ORIGINS == ["https://testserver", "https://forms.example.org"]
    assert secure.TRUSTED_PROXIES == 1


def test_without_https_nobody_is_trusted(load):
    assert load().TRUSTED_PROXIES == 0
    assert load(TRUSTED_PROXIES="2").TRUSTED_PROXIES == 2
