"""What is refused because it is too much."""

import time
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.core.cache.backends.locmem import LocMemCache

from dabaweb.limits import Limits

pytestmark = pytest.mark.django_db
ENTRY = "/forms/guest-book/new/"
LOGIN = "/admin/login/"
MINE, ANOTHERS = {"x-forwarded-for": "192.0.2.7"}, {"x-forwarded-for": "192.0.2.8"}


@pytest.fixture(autouse=True)
def _few(settings, monkeypatch):
    """Few, and all in the same minute."""
    settings.LIMITS = Limits(sign_ins=2, anonymous_posts=3)
    now = time.time()
    monkeypatch.setattr("django_ratelimit.core.time", SimpleNamespace(time=lambda: now))


def statuses(post, times):
    return [post().status_code for _ in range(times)]


class TestAnonymous:
    def test_one_address(self, client, answers):
        def post():
            return client.post(ENTRY, answers(), headers=MINE)

        assert statuses(post, 3) == [302, 302, 302]
        refused = post()
        assert refused.status_code == 429
        assert 1 <= int(refused["Retry-After"]) <= 60
        assert f"Please wait {refused['Retry-After']} second" in refused.content.decode()

    def test_others_may_go_on(self, client, answers):
        assert statuses(lambda: client.post(ENTRY, answers(), headers=MINE), 4)[-1] == 429
        assert client.post(ENTRY, answers(), headers=ANOTHERS).status_code == 302

    def test_a_forged_address_does_not_help(self, client, answers):
        numbers = iter(range(1, 5))

        def post():
            forged = {"x-forwarded-for": f"198.51.100.{next(numbers)}, 192.0.2.7"}
            return client.post(ENTRY, answers(), headers=forged)

        assert statuses(post, 4)[-1] == 429

    def test_reading_has_no_limit(self, client):
        assert set(statuses(lambda: client.get(ENTRY), 10)) == {200}

    def test_who_is_signed_in_has_no_limit(self, client, answers):
        client.force_login(User.objects.create_user("ada"))
        assert set(statuses(lambda: client.post(ENTRY, answers()), 5)) == {302}

    def test_without_redis_there_is_no_limit(self, client, answers, monkeypatch):
        """As django-redis answers then."""
        monkeypatch.setattr(LocMemCache, "add", lambda *_: None)
        monkeypatch.setattr(LocMemCache, "incr", lambda *_: None)
        assert set(statuses(lambda: client.post(ENTRY, answers()), 5)) == {302}


class TestSignIn:
    def try_in(self, client, name="ada", headers=MINE):
        return client.post(LOGIN, {"username": name, "password": "wrong"}, headers=headers)

    def test_one_account_from_many_addresses(self, client):
        assert statuses(lambda: self.try_in(client), 2) == [200, 200]
        assert self.try_in(client, headers=ANOTHERS).status_code == 429
        assert self.try_in(client, " ADA ", headers=ANOTHERS).status_code == 429

    def test_one_address_at_many_accounts(self, client):
        found = [self.try_in(client, f"user-{number}").status_code for number in range(13)]
        assert found == [200] * 12 + [429]


class TestSize:
    def test_too_large(self, client, settings):
        settings.BODY_LIMIT = 2 * 1024**2
        response = client.post(ENTRY, {"field": "x" * (2 * 1024**2 + 1)})
        assert response.status_code == 413
        assert "up to 2 MB" in response.content.decode()

    def test_nonsense_is_left_to_the_server(self, client):
        assert client.get("/", CONTENT_LENGTH="many").status_code == 200
