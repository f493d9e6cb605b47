"""A database that cannot serve: read once more on a new connection, then say so kindly."""

from django.db import Error, connections

from dabaweb import consistency
from dabaweb.outage import is_outage
from dabaweb.views import unavailable


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
        return unavailable(request, error)

    def again(self, request, error):
        """Answer after the end of a server that this process was connected to: the next connection finds another."""
        for connection in connections.all(initialized_only=True):
            connection.close()
        if reads := consistency.current():
            reads.choose_again()
        match = request.resolver_match
        try:
            return match.func(request, *match.args, **match.kwargs), None
        except Error as second:
            if not is_outage(second):
                raise
            return None, second
