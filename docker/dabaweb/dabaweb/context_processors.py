"""What every page may show."""

from django.conf import settings


def pod(request):
    """Name the pod that answers."""
    return {"pod_name": settings.POD_NAME}
