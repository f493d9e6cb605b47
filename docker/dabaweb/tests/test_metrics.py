"""What Prometheus is told, by uWSGI as it runs: workers that count for themselves, and a process that adds up."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from dabaweb import __main__ as command
from dabaweb import metrics
from dabaweb.breaker import Breaker
from dabaweb.cache import Statistics

from .test_commands import HOME, eventually
from .variables import VARIABLES


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def counted(name, **labels):
    return REGISTRY.get_sample_value(name, labels) or 0


@contextmanager
def serving(folder):
    """uWSGI with the real configuration, but for its port, and with the arguments that `serve` gives it."""
    port, metrics_port = free_port(), free_port()
    configuration = folder / "uwsgi.ini"
    configuration.write_text((HOME / "uwsgi.ini").read_text().replace(":8000", f"127.0.0.1:{port}"))
    files = metrics.empty_folder(folder / "metrics")
    log = folder / "log"
    process = subprocess.Popen(  # noqa: S603
        [
            Path(sys.executable).with_name("uwsgi"),
            *("--set-placeholder", f"run={folder}", "--workers", "2", "--mule=dabaweb.metrics:serve", configuration),
        ],
        cwd=HOME,
        env=VARIABLES
        | {"PATH": os.environ["PATH"], "DJANGO_SECURE": "1"}
        | {metrics.FOLDER: str(files), "METRICS_PORT": str(metrics_port)},
        stderr=log.open("wb"),
    )
    try:
        eventually(lambda: "gracefully_kill_them_all" in log.read_text())
        yield process, port, f"http://127.0.0.1:{metrics_port}/metrics"
    finally:
        process.kill()
        process.wait()


def status_of(port, path):
    """Of a page, by plain HTTP where only HTTPS is answered: that needs no database."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path, headers={"Host": "testserver"})
    return connection.getresponse().status


def scraped(url):
    with urllib.request.urlopen(url, timeout=20) as answer:  # noqa: S310
        families = text_string_to_metric_families(answer.read().decode())
        return {
            (sample.name, *sorted(sample.labels.values())): sample.value for it in families for sample in it.samples
        }


def tells_of_workers(url):
    """Whether the process that adds up answers already, and the workers have begun."""
    try:
        return ("uwsgi_workers", "idle") in scraped(url)
    except urllib.error.URLError:
        return False


def workers_in(log):
    """Return the processes of all workers that were ever started."""
    return [int(pid) for pid in re.findall(r"uWSGI worker \d+ \((?:new )?pid: (\d+)", log.read_text())]


def test_adds_up_what_workers_counted_also_those_that_are_gone(tmp_path):
    with serving(tmp_path) as (_, port, metrics_url):
        requests = ("dabaweb_requests_total", "", "301", "GET")
        eventually(lambda: tells_of_workers(metrics_url))
        for _ in range(20):
            assert status_of(port, "/") == 301
        assert scraped(metrics_url)[requests] == 20
        first = workers_in(tmp_path / "log")
        assert len(first) == 2
        for worker in first:
            os.kill(worker, signal.SIGKILL)
        eventually(lambda: len(workers_in(tmp_path / "log")) == 4)
        for _ in range(20):
            assert status_of(port, "/") == 301
        after = scraped(metrics_url)
        assert after[requests] == 40
        assert after["dabaweb_request_seconds_count", ""] == 40
        assert sum(after["uwsgi_workers", state] for state in ("busy", "idle", "other")) == 2
        # A worker's successor goes on with its file.
        files = [path.name for path in (tmp_path / "metrics").iterdir()]
        assert set(files) <= {f"{kind}_{worker}.db" for kind in ("counter", "histogram") for worker in (1, 2)}
        # Not where nginx asks.
        assert status_of(port, "/metrics") == 301


def test_ends_with_the_server(tmp_path):
    with serving(tmp_path) as (process, _, metrics_url):
        eventually(lambda: tells_of_workers(metrics_url))
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


@pytest.mark.parametrize(("port", "mules"), [(None, 0), ("9117", 1)])
def test_there_only_if_it_is_wanted(monkeypatch, tmp_path, port, mules):
    executed = []
    somaxconn = tmp_path / "somaxconn"
    somaxconn.write_text("128\n")
    left = tmp_path / "metrics" / "counter_1.db"
    left.parent.mkdir()
    left.touch()
    monkeypatch.setattr(command, "SOMAXCONN", somaxconn)
    monkeypatch.setattr(command, "RUN", tmp_path)
    monkeypatch.setattr(os, "execvp", lambda *arguments: executed.append(arguments))
    monkeypatch.setattr(os, "environ", dict(VARIABLES))
    if port:
        os.environ["METRICS_PORT"] = port
    assert command.main(["serve"]) == 0
    [(_, arguments)] = executed
    assert sum(argument.startswith("--mule") for argument in arguments) == mules
    assert (metrics.FOLDER in os.environ) == left.exists() ^ True == bool(mules)


@pytest.mark.django_db
def test_counts_by_view_and_status(client):
    names = {"view": "login", "method": "GET", "status": "200"}
    before = counted("dabaweb_requests_total", **names), counted("dabaweb_request_seconds_count", view="login")
    assert client.get("/accounts/login/").status_code == 200
    after = counted("dabaweb_requests_total", **names), counted("dabaweb_request_seconds_count", view="login")
    assert [new - old for old, new in zip(before, after, strict=True)] == [1, 1]


@pytest.mark.django_db
def test_what_visitors_invent_makes_no_series(client):
    before = counted("dabaweb_requests_total", view="", method="other", status="404")
    client.generic("BREW", "/no/such/page")
    assert counted("dabaweb_requests_total", view="", method="other", status="404") == before + 1


def test_counts_what_the_cache_had():
    before = counted("dabaweb_cache_total", result="hit"), counted("dabaweb_cache_total", result="miss")
    Statistics().count(hits=3, misses=2)
    assert counted("dabaweb_cache_total", result="hit") == before[0] + 3
    assert counted("dabaweb_cache_total", result="miss") == before[1] + 2


def test_counts_servers_that_are_left_alone():
    breaker = Breaker("of a test", first=5, longest=5)
    breaker.trip()
    breaker.trip()
    assert counted("dabaweb_server_pauses_total", server="of a test") == 1
