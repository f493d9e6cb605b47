"""django-redis on servers that are there or not: a stand-in that speaks Redis' protocol on a real socket, by TLS."""

import socket
import socketserver
import ssl
import threading
import time

import pytest
from django_redis.cache import RedisCache

from dabaweb import cache_client
from dabaweb.breaker import Breaker
from tests import certificates


class Handler(socketserver.StreamRequestHandler):
    def setup(self):
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self):
        while header := self.rfile.readline():
            words = []
            for _ in range(int(header[1:])):
                size = int(self.rfile.readline()[1:])
                words.append(self.rfile.read(size + 2)[:-2])
            self.wfile.write(self.server.answer(words))


class Server(socketserver.ThreadingTCPServer):
    """Keeps what is set, says nothing when it is `silent`."""

    daemon_threads = True
    allow_reuse_address = True

    handler = Handler

    def __init__(self, certificate):
        super().__init__(("127.0.0.1", 0), self.handler)
        self.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.tls.load_cert_chain(certificate)
        self.data, self.commands, self.silent = {}, [], threading.Event()

    @property
    def url(self):
        return f"rediss://127.0.0.1:{self.server_address[1]}/0"

    def handle_error(self, request, client_address):
        """A client that hangs up is none."""

    def answer(self, words):
        command = words[0].upper()
        self.commands.append(command)
        if self.silent.is_set():
            time.sleep(1)
        if command == b"HELLO":
            return b"-ERR unknown command 'HELLO'\r\n"
        if command == b"GET":
            value = self.data.get(words[1])
            return b"$-1\r\n" if value is None else b"$%d\r\n%s\r\n" % (len(value), value)
        if command == b"SET":
            self.data[words[1]] = words[2]
        return b"+OK\r\n"


@pytest.fixture
def servers(authority):
    """A master and a slave, each with its own data."""
    cache_client._breakers.clear()
    started = [Server(authority.certify("127.0.0.1")) for _ in range(2)]
    for server in started:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    yield started
    for server in started:
        server.shutdown()
        server.server_close()


@pytest.fixture
def cache(servers, authority):
    return cache_of([server.url for server in servers], authority.file)


def cache_of(urls, trusted):
    connections = {"connection_class": cache_client.Connection, "protocol": 2, "ssl_ca_certs": str(trusted)}
    options = {
        "CLIENT_CLASS": "dabaweb.cache_client.Client",
        "CONNECTION_POOL_KWARGS": connections,
        "SOCKET_CONNECT_TIMEOUT": 0.2,
        "SOCKET_TIMEOUT": 0.2,
        "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
        "IGNORE_EXCEPTIONS": True,
    }
    return RedisCache(urls, {"OPTIONS": options})


def stop(server):
    server.shutdown()
    server.server_close()


def took(run):
    started = time.monotonic()
    run()
    return time.monotonic() - started


def test_writes_go_to_the_master_and_reads_to_the_slave(cache, servers):
    master, slave = servers
    cache.set("k", "v")
    assert list(master.data.values()) == [b'"v"']
    assert cache.get("k") is None
    slave.data = dict(master.data)
    assert cache.get("k") == "v"
    assert b"GET" not in master.commands


def test_another_authoritys_servers_are_told_nothing(servers, tmp_path):
    stranger = certificates.Authority(tmp_path)
    assert cache_of([server.url for server in servers], stranger.file).get("k", "default") == "default"
    assert not servers[1].commands


def test_a_server_of_another_name_is_told_nothing(servers, authority):
    urls = [server.url.replace("127.0.0.1", "localhost") for server in servers]
    assert cache_of(urls, authority.file).get("k", "default") == "default"
    assert not servers[1].commands


def test_the_systems_authorities_are_not_trusted(servers, authority, tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    stranger = certificates.Authority(tmp_path)
    assert cache_of([server.url for server in servers], stranger.file).get("k", "default") == "default"
    assert not servers[1].commands


def test_a_silent_slave_costs_one_wait_and_then_the_master_is_read(cache, servers):
    _master, slave = servers
    cache.set("k", "v")
    slave.silent.set()
    assert took(lambda: cache.get("k")) >= 0.2
    assert cache.get("k") == "v"
    assert took(lambda: cache.get("k")) < 0.1


def test_with_both_silent_nobody_waits_any_more(cache, servers):
    for server in servers:
        server.silent.set()
    cache.get("k")
    cache.set("k", "v")
    for server in servers:
        server.commands.clear()
    assert took(lambda: [cache.get("k"), cache.set("k", "v"), cache.add("k", 1)]) < 0.1
    assert cache.add("k", 1) is None
    assert not servers[0].commands
    assert not servers[1].commands


def test_servers_that_are_gone(cache, servers):
    for server in servers:
        stop(server)
    assert cache.get("k", "default") == "default"
    assert cache.add("k", 1) is None


def test_a_server_that_is_back_is_asked_again(cache, servers, monkeypatch):
    _master, slave = servers
    slave.silent.set()
    cache.get("k")
    slave.silent.clear()
    slave.commands.clear()
    later = time.monotonic() + cache_client.FIRST_PAUSE
    monkeypatch.setattr("dabaweb.breaker.time.monotonic", lambda: later)
    cache.get("k")
    assert b"GET" in slave.commands


def test_pauses_grow_until_the_server_answers(monkeypatch):
    now = 100.0
    monkeypatch.setattr("dabaweb.breaker.time.monotonic", lambda: now)
    breaker = Breaker("redis-slave", first=5, longest=15)
    pauses = []
    for _ in range(4):
        assert not breaker.open
        breaker.trip()
        started = now
        while breaker.open:
            now += 1
        pauses.append(now - started)
    assert pauses == [5, 10, 15, 15]
    breaker.close()
    breaker.trip()
    now += 5
    assert not breaker.open


def test_closed_ports_are_not_asked_again(cache, servers):
    """Not even for the moment that a refusal takes."""
    for server in servers:
        stop(server)
    cache.get("k")
    connects = []
    original = socket.create_connection
    socket.create_connection = lambda *args, **kwargs: connects.append(args) or original(*args, **kwargs)
    try:
        cache.get("k")
    finally:
        socket.create_connection = original
    assert not connects
