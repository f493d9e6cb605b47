"""Ends of certificates, as stand-ins show them that speak MySQL's and Redis' protocol on real sockets, by TLS."""

import socketserver
import threading
from contextlib import contextmanager
from dataclasses import replace

from cryptography import x509

from dabaweb import environment
from dabaweb.certificates import Certificates
from dabaweb.environment import Address

from .test_cache_client import Server
from .variables import VARIABLES

SSL, PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH = 0x800, 0x200, 0x8000, 0x80000
SALT = b"a salt of twenty byt"
OK = b"\x00\x00\x00\x02\x00\x00\x00"


class MysqlHandler(socketserver.BaseRequestHandler):
    """Greets, changes to TLS when it is asked to, and agrees to everything."""

    def handle(self):
        able = SSL | PROTOCOL_41 | SECURE_CONNECTION | PLUGIN_AUTH
        greeting = b"\x0a9.7.0\0" + bytes(4) + SALT[:8] + b"\0" + (able & 0xFFFF).to_bytes(2, "little")
        greeting += b"\xff\x02\0" + (able >> 16).to_bytes(2, "little") + bytes([len(SALT) + 1]) + bytes(10)
        self.send(0, greeting + SALT[8:] + b"\0mysql_native_password\0")
        # It has no body: the client changes to TLS in the middle of its answer.
        self.receive()
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        while number := self.receive():
            self.send(number, OK)

    def receive(self):
        """Return the number of the answer, 0 at the end."""
        header = self.request.recv(4)
        if not header:
            return 0
        left = int.from_bytes(header[:3], "little")
        while left:
            left -= len(self.request.recv(left))
        return header[3] + 1

    def send(self, number, body):
        self.request.sendall(len(body).to_bytes(3, "little") + bytes([number]) + body)


class RedisServer(Server):
    """Speaks the newer protocol, too."""

    def answer(self, words):
        return b"%1\r\n+proto\r\n:3\r\n" if words[0] == b"HELLO" else super().answer(words)


class MysqlServer(Server):
    handler = MysqlHandler


@contextmanager
def running(kind, certificate):
    with kind(certificate) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield server
        server.shutdown()


def told(collector):
    [family] = collector.collect()
    return {sample.labels["server"]: sample.value for sample in family.samples}


def end(file):
    return x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc.timestamp()


def test_servers_show_when_their_certificates_end(authority):
    old, new = authority.certify("127.0.0.1", days=1), authority.certify("127.0.0.1", days=300)
    assert end(new) - end(old) > 298 * 86_400
    with running(MysqlServer, old) as mysql, running(RedisServer, old) as redis:
        settings = replace(
            environment.read(VARIABLES),
            mysql_ca=str(authority.file),
            redis_ca=str(authority.file),
            mysql_master=Address(*mysql.server_address),
            redis_master=Address(*redis.server_address),
            # They are away.
            mysql_slave=Address("127.0.0.1", 1),
            redis_slave=Address("127.0.0.1", 1),
        )
        collector = Certificates(settings)
        assert told(collector) == {}
        collector.look()
        assert told(collector) == {"mysql-master": end(old), "redis-master": end(old)}
        # A renewal that a running server takes over.
        redis.tls.load_cert_chain(new)
        collector.look()
        assert told(collector) == {"mysql-master": end(old), "redis-master": end(new)}
    # Now all are away, and what they showed last is known.
    collector.look()
    assert told(collector) == {"mysql-master": end(old), "redis-master": end(new)}
