"""Refuses what is too much: bodies that are too large, and posts that come too often."""

from django.conf import settings
from django.shortcuts import render

from dabaweb import limits


class LimitsMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        # nginx has the same limit; this one is for what comes without nginx.
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > settings.BODY_LIMIT:
            return render(request, "413.html", {"megabytes": settings.BODY_LIMIT // 1024**2}, status=413)
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        wait = limits.seconds_to_wait(request, request.resolver_match.url_name, settings.LIMITS)
        if not wait:
            return None
        response = render(request, "429.html", {"seconds": wait}, status=429)
        response["Retry-After"] = str(wait)
        return response
