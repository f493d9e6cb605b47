"""What every answer carries, and what is logged."""

import json
import logging

import pytest

from dabaweb.logs import JSONFormatter, NowAndThen, request_id

pytestmark = pytest.mark.django_db


def test_names_the_pod(client):
    response = client.get("/")
    assert response["X-Served-By"] == "dabacluster-test"
    assert '<code id="served-by">dabacluster-test</code>' in response.content.decode()


def test_security_headers(client):
    response = client.get("/")
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_keeps_the_identifier_of_nginx(client):
    assert client.get("/", headers={"x-request-id": "0123456789abcdef"})["X-Request-ID"] == "0123456789abcdef"


@pytest.mark.parametrize("identifier", ["", "short", "a b c d e f g h", 'x"}{"level":"x', "x" * 65])
def test_replaces_an_identifier_that_is_none(client, identifier):
    assert len(client.get("/", headers={"x-request-id": identifier})["X-Request-ID"]) == 32


def test_unknown_host(client):
    response = client.get("/", headers={"host": "evil.example.org"})
    assert response.status_code == 400
    assert "makes no sense" in response.content.decode()


def access(caplog):
    return [record for record in caplog.records if record.name == "dabaweb.access"]


def test_one_line_a_request(client, caplog):
    caplog.set_level(logging.INFO, "dabaweb.access")
    client.get("/", headers={"x-forwarded-for": "198.51.100.1, 192.0.2.7"})
    [record] = access(caplog)
    assert record.fields.pop("seconds") >= 0
    assert record.fields == {"method": "GET", "path": "/", "status": 200, "client": "192.0.2.7"}


def record(message, **attributes):
    made = logging.makeLogRecord({"name": "x", "levelname": "INFO", "msg": message, **attributes})
    made.created = 0
    return made


def test_lines_are_json_whatever_they_say():
    token = request_id.set("0123456789abcdef")
    try:
        raise ValueError('"quoted"\n')
    except ValueError as error:
        line = JSONFormatter().format(
            record('a "b"\nc', fields={"path": '/"'}, exc_info=(type(error), error, error.__traceback__))
        )
    finally:
        request_id.reset(token)
    assert "\n" not in line
    parsed = json.loads(line)
    assert parsed["time"] == "1970-01-01T00:00:00.000+00:00"
    assert parsed["message"] == 'a "b"\nc'
    assert parsed["path"] == '/"'
    assert parsed["request_id"] == "0123456789abcdef"
    assert "ValueError" in parsed["exception"]


def test_now_and_then(monkeypatch):
    now = 100.0
    monkeypatch.setattr("dabaweb.logs.time.monotonic", lambda: now)
    allowed = NowAndThen(30)
    assert allowed.filter(record("1"))
    assert not allowed.filter(record("2"))
    now = 131.0
    assert allowed.filter(record("3"))
