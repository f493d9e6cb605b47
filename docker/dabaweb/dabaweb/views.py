"""Pages that belong to no application."""

import logging
import sys

from django.contrib.auth.models import AnonymousUser
from django.db import Error
from django.http import HttpResponse
from django.shortcuts import render

from .outage import is_outage

logger = logging.getLogger(__name__)


class Outage(HttpResponse):
    """Stands for the page of a database that cannot serve, until AvailabilityMiddleware knows what to answer."""

    status_code = 503

    def __init__(self, error: BaseException) -> None:
        super().__init__("The database cannot be reached just now.", content_type="text/plain")
        self.error = error


def csrf_failure(request, reason=""):
    """Explain a refused form: most often cookies are off, or the page was open in two places."""
    return render(request, "403_csrf.html", status=403)


def server_error(request):
    """Answer for an error that nobody has caught, such as one of a middleware."""
    error = sys.exc_info()[1]
    if is_outage(error):
        return Outage(error)
    tolerate_outage(request)
    return render(request, "500.html", status=500)


def unavailable(request, error):
    """Say kindly that the database cannot serve."""
    logger.error("the database cannot serve: %s %s", type(error).__name__, error.args)
    tolerate_outage(request)
    response = render(request, "503.html", status=503)
    response["Retry-After"] = "5"
    return response


def tolerate_outage(request) -> None:
    """Take the visitor for nobody if no database can tell: the page is shown nevertheless."""
    try:
        request.user.is_authenticated  # noqa: B018
    except (Error, AttributeError):
        request.user = AnonymousUser()
