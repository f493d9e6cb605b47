"""The addresses of the site. The probes' are answered earlier, in middleware/health.py."""

from django.urls import include, path

urlpatterns = [path("", include("forms.urls"))]
