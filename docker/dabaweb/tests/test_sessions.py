"""Signing in, and staying signed in."""

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError

from dabaweb import consistency
from dabaweb.middleware.consistency import COOKIE

pytestmark = pytest.mark.django_db
LOGIN = "/admin/login/"
WHO = {"username": "ada", "password": "correct horse battery"}


@pytest.fixture
def ada():
    return User.objects.create_superuser(**WHO)


@pytest.fixture
def signed_in(client, ada):
    assert client.post(LOGIN, WHO).status_code == 302
    return client


def test_a_session_is_a_write_of_its_own(signed_in, monkeypatch):
    """So that the next page knows it, whichever database answers."""
    monkeypatch.setattr(consistency, "written_gtids", lambda: "x:1")
    assert COOKIE in signed_in.post(LOGIN, WHO).cookies


def test_signed_in_people_stay_so_while_the_master_is_gone(signed_in, master_down):
    response = signed_in.get("/admin/")
    assert response.status_code == 200
    assert "ada" in response.content.decode()


def test_a_session_is_read_once_more(signed_in, refuse):
    """Which a post needs before its page is asked for."""
    failures = iter([True])
    refuse(lambda sql: "django_session" in sql and next(failures, False))
    signed_in.raise_request_exception = False
    assert signed_in.post("/forms/guest-book/new/").status_code == 422


def test_signing_in_says_kindly_that_the_master_is_gone(client, ada, master_down):
    response = client.post(LOGIN, WHO)
    assert response.status_code == 503
    assert "Back in a moment" in response.content.decode()


def test_all_databases_gone(signed_in, refuse):
    """The page that says so greets nobody, as nobody can tell who it is."""
    refuse()
    response = signed_in.get("/admin/")
    assert response.status_code == 503
    assert "Back in a moment" in response.content.decode()


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (OperationalError(2013, "lost"), 503, "Back in a moment"),
        (OperationalError(1054, "unknown column"), 500, "Something went wrong here"),
    ],
)
def test_an_error_outside_of_the_page(client, monkeypatch, error, status, text):
    """Such as that of saving a session, after the page is made."""

    def broken(*args):
        raise error

    monkeypatch.setattr("django.contrib.sessions.middleware.SessionMiddleware.process_response", broken)
    client.raise_request_exception = False
    response = client.get("/")
    assert response.status_code == status
    assert text in response.content.decode()
