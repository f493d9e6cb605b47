"""A database that cannot serve: answer once more on new connections, then say so kindly."""

from dabaweb import consistency
from dabaweb.outage import is_outage
from dabaweb.views import Outage, unavailable

from .consistency import SAFE_METHODS


class AvailabilityMiddleware:
    """Around all that asks a database about a request: the visitor's session, the page and its template."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if isinstance(response, Outage) and changed_nothing(request):
            # The server that this process was connected to has ended; the next connections find another.
            consistency.start_anew()
            response = self.get_response(request)
        if isinstance(response, Outage):
            return unavailable(request, response.error)
        return response

    def process_exception(self, request, error):
        return Outage(error) if is_outage(error) else None


def changed_nothing(request) -> bool:
    """Tell whether the request can be answered a second time without being carried out twice."""
    reads = consistency.current()
    return request.method in SAFE_METHODS or (reads is not None and not reads.wrote)
