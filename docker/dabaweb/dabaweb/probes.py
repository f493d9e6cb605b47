"""/healthz and /readyz, before Django: the kubelet calls by the pod's address, and any application has them."""

import json

from . import health
from .environment import Environment

ALIVE_PATH = "/healthz"
READY_PATH = "/readyz"


class Probes:
    """A WSGI application that answers the probes, and leaves the rest to another one."""

    def __init__(self, application, environment: Environment) -> None:
        self.application = application
        self.environment = environment

    def __call__(self, environ, start_response):
        path = environ.get("PATH_INFO", "")
        if path == ALIVE_PATH:
            return self.answer(start_response, "200 OK", "text/plain", "ok\n")
        if path == READY_PATH:
            report = health.report(self.environment)
            body = {"ready": report.ready, "pod": self.environment.pod_name, "dependencies": report.dependencies}
            status = "200 OK" if report.ready else "503 Service Unavailable"
            return self.answer(start_response, status, "application/json", json.dumps(body))
        return self.application(environ, start_response)

    def answer(self, start_response, status, content_type, text):
        body = text.encode()
        headers = [
            ("Content-Type", content_type),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Served-By", self.environment.pod_name),
        ]
        start_response(status, headers)
        return [body]
