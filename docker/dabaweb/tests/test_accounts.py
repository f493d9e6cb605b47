"""Signing in and out, teams, the first administrator, and Django's admin."""

import io

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone

from forms.models import Form
from teams.models import Team

pytestmark = pytest.mark.django_db
User = get_user_model()


class TestSignIn:
    def test_leads_back(self, client, member, lunch):
        response = client.get("/forms/lunch/edit/")
        assert response.url == "/accounts/login/?next=/forms/lunch/edit/"
        page = client.get(response.url).content.decode()
        assert 'autocomplete="current-password"' in page
        data = {"username": "ada", "password": "correct horse", "next": "/forms/lunch/edit/"}
        response = client.post("/accounts/login/", data)
        assert response.url == "/forms/lunch/edit/"
        assert client.get(response.url).status_code == 200

    def test_wrong_password(self, client, member):
        response = client.post("/accounts/login/", {"username": "ada", "password": "wrong"})
        assert "Please enter a correct username and password" in response.content.decode()
        assert "sessionid" not in client.cookies

    def test_leads_nowhere_else(self, client, member):
        data = {"username": "ada", "password": "correct horse", "next": "https://evil.example/"}
        assert client.post("/accounts/login/", data).url == "/"

    def test_page_knows_who_it_is(self, signed_in):
        page = signed_in.get("/").content.decode()
        assert "<summary>ada</summary>" in page
        assert "Sign out" in page
        assert "Administration" not in page

    def test_out(self, signed_in):
        assert signed_in.get("/accounts/logout/").status_code == 405
        assert signed_in.post("/accounts/logout/").url == "/"
        assert "Sign in" in signed_in.get("/").content.decode()

    def test_change_password(self, signed_in, member):
        data = {
            "old_password": "correct horse",
            "new_password1": "battery staple 9",
            "new_password2": "battery staple 9",
        }
        response = signed_in.post("/accounts/password/", data, follow=True)
        assert "Your password is changed" in response.content.decode()
        member.refresh_from_db()
        assert member.check_password("battery staple 9")

    @pytest.mark.parametrize("password", ["short1!", "1234567890123", "password123", "ada"])
    def test_bad_new_password(self, signed_in, member, password):
        data = {"old_password": "correct horse", "new_password1": password, "new_password2": password}
        assert "errorlist" in signed_in.post("/accounts/password/", data).content.decode()
        member.refresh_from_db()
        assert member.check_password("correct horse")


def test_language(client):
    assert '<html lang="en">' in client.get("/").content.decode()
    assert client.post("/language/", {"language": "ru", "next": "/forms/guest-book/"}).url == "/forms/guest-book/"
    assert '<html lang="ru">' in client.get("/").content.decode()


def test_language_of_the_browser(client):
    response = client.get("/", headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"})
    assert '<html lang="zh-hans">' in response.content.decode()


ADDRESSES = ["", "edit/", "delete/", "entries/1/", "entries/1/delete/", "entries/1/files/1/"]


class TestTeams:
    """A form is edited, and its answers are read, by the members of its team and by nobody else."""

    @pytest.mark.parametrize("address", ADDRESSES[1:])
    def test_nobody(self, client, lunch, address):
        assert client.get(f"/forms/lunch/{address}").url.startswith("/accounts/login/")
        assert client.post(f"/forms/lunch/{address}").status_code in (302, 405)
        lunch.refresh_from_db()
        assert lunch.deleted is None

    @pytest.mark.parametrize("address", ADDRESSES[1:])
    def test_another_team(self, client, lunch, stranger, address):
        client.force_login(stranger)
        assert client.get(f"/forms/lunch/{address}").status_code == 404
        assert client.post(f"/forms/lunch/{address}").status_code in (404, 405)
        lunch.refresh_from_db()
        assert lunch.deleted is None

    @pytest.mark.parametrize("who", ["member", "admin"])
    @pytest.mark.parametrize("address", ADDRESSES[:3])
    def test_own_team(self, client, lunch, request, who, address):
        client.force_login(request.getfixturevalue(who))
        assert client.get(f"/forms/lunch/{address}").status_code == 200

    def test_others_are_led_to_where_they_answer(self, client, lunch):
        assert client.get("/forms/lunch/").url == "/forms/lunch/new/"

    @pytest.mark.parametrize(("who", "shown"), [("member", True), ("admin", True), ("stranger", False), (None, False)])
    def test_list(self, client, lunch, request, who, shown):
        if who:
            client.force_login(request.getfixturevalue(who))
        page = client.get("/").content.decode()
        assert ("Lunch" in page) is shown
        assert "Guest book" in page

    def test_closed_forms_are_shown_to_the_team_only(self, client, lunch, member):
        lunch.public_answers, lunch.published = True, False
        lunch.save()
        assert "Lunch" not in client.get("/").content.decode()
        client.force_login(member)
        assert "Lunch" in client.get("/").content.decode()

    def test_a_member_who_has_left(self, signed_in, lunch, member, team):
        team.members.remove(member)
        assert signed_in.get("/forms/lunch/edit/").status_code == 404

    def test_a_team_with_forms_stays(self, lunch, team):
        with pytest.raises(Exception, match="protected"):
            team.delete()


class TestCreateAdmin:
    def call(self, monkeypatch, password, *arguments):
        monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
        out = io.StringIO()
        call_command("create_admin", *arguments, stdout=out)
        return out.getvalue()

    def test_makes_one_with_a_team_for_the_forms_without(self, monkeypatch, client, lunch):
        out = self.call(monkeypatch, "correct horse", "grace", "--team", "Staff")
        assert out == "grace is an administrator and in the team Staff, which has got 1 forms.\n"
        assert client.login(username="grace", password="correct horse")
        assert Form.objects.get(slug="guest-book").team.name == "Staff"
        lunch.refresh_from_db()
        assert lunch.team.name == "Kitchen"
        assert client.get("/admin/").status_code == 200

    def test_changes_nobody(self, monkeypatch, member):
        with pytest.raises(CommandError, match="changepassword ada"):
            self.call(monkeypatch, "another password", "ada")
        member.refresh_from_db()
        assert not member.is_superuser
        assert member.check_password("correct horse")

    @pytest.mark.parametrize(("name", "password"), [("grace", "1234"), ("grace", ""), ("gr ace", "correct horse")])
    def test_refuses(self, monkeypatch, name, password):
        with pytest.raises(CommandError):
            self.call(monkeypatch, password, name)
        assert not User.objects.exists()
        assert not Team.objects.exists()

    def test_asks(self, monkeypatch):
        monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        monkeypatch.setattr("forms.management.commands.create_admin.getpass", lambda prompt: "correct horse")
        call_command("create_admin", "grace", stdout=io.StringIO())
        assert User.objects.get().check_password("correct horse")


class TestAdmin:
    @pytest.mark.parametrize(
        "address", ["", "auth/user/", "auth/user/add/", "teams/team/", "teams/team/add/", "forms/form/"]
    )
    def test_pages(self, client, admin, lunch, address):
        assert client.get(f"/admin/{address}").status_code == 302
        client.force_login(admin)
        assert client.get(f"/admin/{address}").status_code == 200

    def test_members_do_not_get_in(self, signed_in):
        assert signed_in.get("/admin/").status_code == 302

    def test_team(self, client, admin, member, team):
        client.force_login(admin)
        assert "ada" in client.get("/admin/teams/team/").content.decode()
        client.post(f"/admin/teams/team/{team.pk}/change/", {"name": "Cooks", "members": [admin.pk]})
        team.refresh_from_db()
        assert team.name == "Cooks"
        assert list(team.members.all()) == [admin]

    def test_forms_are_not_deleted_here(self, client, admin, lunch):
        client.force_login(admin)
        assert client.get(f"/admin/forms/form/{lunch.pk}/change/").status_code == 200
        assert client.get(f"/admin/forms/form/{lunch.pk}/delete/").status_code == 403
        assert client.get("/admin/forms/form/add/").status_code == 403

    def test_restore(self, client, admin, lunch):
        Form.objects.filter(pk=lunch.pk).update(deleted=timezone.now())
        client.force_login(admin)
        client.post("/admin/forms/form/", {"action": "restore", "_selected_action": [lunch.pk]})
        lunch.refresh_from_db()
        assert lunch.deleted is None
