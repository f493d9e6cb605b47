"""A database that cannot serve: read once more on a new connection, then say so kindly."""

import logging

from django.db import Error, connections
from django.shortcuts import render

from dabaweb import consistency
from dabaweb.outage import is_outage

logger = logging.getLogger(__name__)


class AvailabilityMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, error):
        if not is_outage(error):
            return None
        if request.method in ("GET", "HEAD"):
            response, error = self.again(request, error)
            if response is not None:
                return response
        logger.error("the database cannot serve: %s %s", type(error).__name__, error.args)
        response = render(request, "503.html", status=503)
        response["Retry-After"] = "5"
        return response

    def again(self, request, error):
        """Answer after the end of a server that this process was connected to: the next connection finds another."""
        for connection in connections.all(initialized_only=True):
            connection.close()
        if reads := consistency.current():
            reads.database = None
        match = request.resolver_match
        try:
            return match.func(request, *match.args, **match.kwargs), None
        except Error as second:
            if not is_outage(second):
                raise
            return None, second
