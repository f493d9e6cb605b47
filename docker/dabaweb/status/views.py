"""The status page, and the same as JSON. Names, addresses, versions and details are for staff only."""

from django.conf import settings
from django.http import JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dabaweb.views import tolerate_outage

from . import present, survey

FOR_STAFF = ("address", "name", "version", "uptime", "detail")


@require_safe
@never_cache
def page(request):
    report = make(request)
    return render(request, "status/page.html", {"report": report, "view": present.page(report)})


@require_safe
@never_cache
def json(request):
    return JsonResponse(make(request))


def make(request) -> dict:
    """Return the report, as far as the visitor may see it."""
    tolerate_outage(request)
    staff = request.user.is_staff
    latest = survey.latest(settings.ENVIRONMENT)
    release = settings.ENVIRONMENT.release
    return {
        **latest,
        "pod": settings.POD_NAME,
        "release": release if staff else present.short_release(release),
        "staff": staff,
        **{kind: latest[kind] | {"servers": _visible(latest[kind]["servers"], staff)} for kind in survey.KINDS},
    }


def _visible(servers: list[dict], staff: bool) -> list[dict]:
    if staff:
        return servers
    return [{key: value for key, value in server.items() if key not in FOR_STAFF} for server in servers]
