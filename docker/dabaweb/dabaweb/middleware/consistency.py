"""Read-your-writes from request to request (see dabaweb/consistency.py)."""

from django.conf import settings

from dabaweb import consistency

COOKIE = "written"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")


class ConsistencyMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        written = request.get_signed_cookie(COOKIE, default="", max_age=consistency.MAX_AGE)
        reads = consistency.Reads(must_include=written, writing=request.method not in SAFE_METHODS)
        with consistency.request(reads):
            response = self.get_response(request)
        if reads.wrote and (gtids := consistency.written_gtids()):
            response.set_signed_cookie(
                COOKIE,
                gtids,
                max_age=consistency.MAX_AGE,
                httponly=True,
                secure=settings.CSRF_COOKIE_SECURE,
                samesite="Lax",
            )
        return response
