"""Every request: an identifier, one line in the log, and the headers that every answer carries."""

import logging
import re
import time
import uuid

from django.conf import settings

from dabaweb import clients, metrics
from dabaweb.logs import request_id

logger = logging.getLogger("dabaweb.access")
KNOWN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        identifier = given if KNOWN_ID.fullmatch(given) else uuid.uuid4().hex
        token = request_id.set(identifier)
        started = time.monotonic()
        try:
            response = self.get_response(request)
            seconds = time.monotonic() - started
            self.log(request, response.status_code, seconds)
            # A name, not a path: of paths there are as many as people think of.
            view = request.resolver_match.view_name if request.resolver_match else ""
            metrics.count_request(view, request.method, response.status_code, seconds)
        finally:
            request_id.reset(token)
        response["X-Request-ID"] = identifier
        response["X-Served-By"] = settings.POD_NAME
        return response

    def log(self, request, status, seconds):
        fields = {
            "method": request.method,
            "path": request.path_info,
            "status": status,
            "seconds": round(seconds, 4),
            "client": clients.address(request),
        }
        logger.info("request", extra={"fields": fields})
