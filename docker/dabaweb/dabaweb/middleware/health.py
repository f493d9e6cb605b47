"""/healthz and /readyz, answered before anything looks at the Host header: the kubelet calls by the pod's address."""

from django.conf import settings
from django.http import HttpResponse, JsonResponse

from dabaweb import health


class HealthMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path_info == settings.ALIVE_PATH:
            return HttpResponse("ok\n", content_type="text/plain")
        if request.path_info == settings.READY_PATH:
            report = health.report(settings.ENVIRONMENT)
            body = {"ready": report.ready, "pod": settings.POD_NAME, "dependencies": report.dependencies}
            return JsonResponse(body, status=200 if report.ready else 503, headers={"Cache-Control": "no-store"})
        return self.get_response(request)
