"""Connections to Redis that trust the stack's own authority."""

import ssl

import redis


class Connection(redis.SSLConnection):
    """Trusts nobody else: redis-py's own trusts all authorities of the system besides `ssl_ca_certs`."""

    def _wrap_socket_with_ssl(self, sock):
        # Read anew each time, so that a renewed authority is known without a restart.
        context = ssl.create_default_context(cafile=self.ca_certs)
        context.check_hostname = self.check_hostname
        return context.wrap_socket(sock, server_hostname=self.host)
