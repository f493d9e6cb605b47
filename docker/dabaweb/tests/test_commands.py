"""The container's commands."""

import os
import runpy
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import OperationalError

from dabaweb import __main__ as command
from dabaweb import environment, migrate
from tests import fakes
from tests.variables import VARIABLES

HOME = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("arguments", [[], ["unknown"], ["serve", "now"]])
def test_usage(arguments, capsys):
    assert command.main(arguments) == 64
    assert "publish-static" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["serve", "migrate"])
def test_bad_environment(name, monkeypatch, capsys):
    monkeypatch.setenv("MYSQL_PASSWORD", "")
    monkeypatch.setenv("MYSQL_MASTER_SERVICE_PORT", "x")
    assert command.main([name]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("dabaweb: ") for line in lines)


def test_module(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["dabaweb", "unknown"])
    with pytest.raises(SystemExit) as ended, pytest.warns(RuntimeWarning):
        runpy.run_module("dabaweb", run_name="__main__")
    assert ended.value.code == 64


class TestServe:
    @pytest.mark.parametrize(("allowed", "expected"), [("128", "128"), ("65535", "1024")])
    def test_becomes_uwsgi(self, monkeypatch, tmp_path, allowed, expected):
        executed = []
        somaxconn = tmp_path / "somaxconn"
        somaxconn.write_text(allowed + "\n")
        monkeypatch.setattr(command, "SOMAXCONN", somaxconn)
        monkeypatch.setattr(os, "execvp", lambda *arguments: executed.append(arguments))
        monkeypatch.setenv("UWSGI_WORKERS", "3")
        assert command.main(["serve"]) == 0
        [(program, arguments)] = executed
        assert program == "uwsgi"
        assert f"--listen={expected}" in arguments
        assert "--workers=3" in arguments
        assert "UWSGI_WORKERS" not in os.environ
        # Arguments are public on the machine.
        assert not any("secret" in argument for argument in arguments)

    def test_starts_and_ends_after_the_request_in_flight(self, tmp_path):
        """uWSGI with the real configuration, but for its port. It is alive although its databases are not there."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = free.getsockname()
        configuration = tmp_path / "uwsgi.ini"
        configuration.write_text((HOME / "uwsgi.ini").read_text().replace(":8000", f"127.0.0.1:{address[1]}"))
        uwsgi = Path(sys.executable).with_name("uwsgi")
        log = tmp_path / "log"
        process = subprocess.Popen(  # noqa: S603
            [uwsgi, "--set-placeholder", f"run={tmp_path}", "--workers", "2", configuration],
            cwd=HOME,
            env=VARIABLES | {"PATH": os.environ["PATH"]},
            stderr=log.open("wb"),
        )
        try:
            # The last line of a start.
            eventually(lambda: "gracefully_kill_them_all" in log.read_text())
            assert (tmp_path / "uwsgi.sock").is_socket()
            with socket.create_connection(address, timeout=20) as request:
                request.sendall(b"POST /healthz HTTP/1.0\r\nContent-Length: 2\r\n\r\n1")
                eventually(lambda: accepted(address[1]))
                process.send_signal(signal.SIGTERM)
                eventually(lambda: "graceful" in log.read_text().split("gracefully_kill_them_all", 1)[1])
                request.sendall(b"2")
                assert request.recv(1000).startswith(b"HTTP/1.0 200 OK")
            assert process.wait(timeout=20) == 0
            assert not (tmp_path / "uwsgi.sock").exists()
        finally:
            process.kill()
            process.wait()


def eventually(holds):
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def accepted(port):
    """Tell whether a process has taken the connection to `port` from the kernel's queue and read what was sent."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, _, state, queues = line.split()[:5]
        if local.endswith(f":{port:04X}") and state == "01":
            return queues.endswith(":00000000")
    return False


class TestPublishStatic:
    def test_says_what_it_did(self, settings, monkeypatch, tmp_path, capsys):
        (tmp_path / "static").mkdir()
        (tmp_path / "static/staticfiles.json").write_text('{"paths": {}}')
        settings.STATIC_ROOT = tmp_path / "static"
        monkeypatch.setattr(command, "SITE", tmp_path / "site")
        assert command.main(["publish-static"]) == 0
        assert "0 in this release, 0 copied" in capsys.readouterr().out

    def test_an_application_without_static_files(self, settings, monkeypatch, tmp_path, capsys):
        settings.INSTALLED_APPS = []
        monkeypatch.setattr(command, "SITE", tmp_path)
        assert command.main(["publish-static"]) == 0
        assert "no static files" in capsys.readouterr().out
        # nginx and uploads need the folders all the same.
        assert sorted(path.name for path in tmp_path.iterdir()) == ["media", "static"]

    def test_cannot_write(self, monkeypatch, capsys):
        def refuse(*_):
            raise PermissionError(13, "Permission denied", "/usr/src/dabaweb/static")

        monkeypatch.setattr("dabaweb.publish.publish", refuse)
        assert command.main(["publish-static"]) == 1
        error = capsys.readouterr().err
        assert "cannot publish static files: Permission denied: /usr/src/dabaweb/static" in error


class TestCollectStatic:
    @pytest.fixture(autouse=True)
    def _image(self, monkeypatch):
        """Nothing of the stack is known while an image is built."""
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(os, "environ", dict(os.environ))

    def test_with_an_environment_of_placeholders(self, settings, tmp_path, hashed):
        settings.STATIC_ROOT = tmp_path
        assert command.main(["collect-static"]) == 0
        assert (tmp_path / "staticfiles.json").is_file()
        environment.read(os.environ)

    def test_an_application_without_static_files(self, settings):
        settings.INSTALLED_APPS = []
        settings.STATIC_ROOT = None
        assert command.main(["collect-static"]) == 0

    def test_no_place(self, settings, capsys):
        settings.STATIC_ROOT = None
        assert command.main(["collect-static"]) == 1
        assert "STATIC_ROOT is not set" in capsys.readouterr().err

    def test_no_hashes(self, settings, tmp_path, capsys):
        settings.STATIC_ROOT = tmp_path
        assert command.main(["collect-static"]) == 1
        assert "ManifestStaticFilesStorage" in capsys.readouterr().err


class TestDrain:
    def test_nginx_has_ended(self, monkeypatch, tmp_path):
        monkeypatch.setattr(command, "RUN", tmp_path)
        assert command.main(["drain"]) == 0

    def test_waits_for_nginx(self, monkeypatch, tmp_path):
        monkeypatch.setattr(command, "RUN", tmp_path)
        pid = tmp_path / "nginx.pid"
        pid.write_text("1")
        monkeypatch.setattr(command.time, "sleep", lambda _: pid.unlink())
        assert command.main(["drain"]) == 0

    def test_gives_up(self, monkeypatch, tmp_path, capsys):
        monkeypatch.setattr(command, "RUN", tmp_path)
        monkeypatch.setattr(command, "DRAIN_SECONDS", 0)
        (tmp_path / "nginx.pid").write_text("1")
        assert command.main(["drain"]) == 1
        assert "nginx has not ended" in capsys.readouterr().err


class Master(fakes.Connection):
    """The connection that migrations use."""

    def __init__(self, failures=0, lock=1):
        self.failures, self.lock, self.executed = failures, lock, []
        self.settings_dict = {"OPTIONS": {"read_timeout": 5}}

    def ensure_connection(self):
        if self.failures:
            self.failures -= 1
            raise OperationalError(2003, "refused")

    def execute(self, sql, params):
        self.executed.append(sql)

    def fetchone(self):
        return (self.lock,)


class TestMigrate:
    @pytest.fixture
    def master(self, monkeypatch):
        def master(**kwargs):
            made = Master(**kwargs)
            monkeypatch.setattr(migrate, "connection", made)
            monkeypatch.setattr(migrate, "call_command", lambda name, **_: made.executed.append(name))
            monkeypatch.setattr(migrate.time, "sleep", lambda _: None)
            return made

        return master

    def test_under_a_lock(self, master):
        made = master()
        assert command.main(["migrate"]) == 0
        assert made.executed == ["SELECT GET_LOCK(%s, %s)", "migrate", "housekeeping", "SELECT RELEASE_LOCK(%s)"]
        assert made.settings_dict["OPTIONS"]["read_timeout"] is None

    def test_a_project_without_housekeeping(self, master, monkeypatch):
        monkeypatch.setattr(migrate, "get_commands", lambda: {"migrate": "django.core"})
        made = master()
        assert command.main(["migrate"]) == 0
        assert made.executed == ["SELECT GET_LOCK(%s, %s)", "migrate", "SELECT RELEASE_LOCK(%s)"]

    def test_waits_for_the_master(self, master):
        made = master(failures=3)
        assert command.main(["migrate"]) == 0
        assert "migrate" in made.executed

    def test_master_never_answers(self, master, monkeypatch, capsys):
        monkeypatch.setattr(migrate, "WAIT_FOR_MASTER", -1)
        master(failures=1)
        assert command.main(["migrate"]) == 1
        assert "mysql-master has not answered" in capsys.readouterr().err

    def test_another_one_runs(self, master, capsys):
        made = master(lock=0)
        assert command.main(["migrate"]) == 1
        assert "another migration has been running" in capsys.readouterr().err
        assert "migrate" not in made.executed
