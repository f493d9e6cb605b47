"""The addresses of the status page."""

from django.urls import path

from . import views

urlpatterns = [
    path("status", views.page, name="status"),
    path("status.json", views.json, name="status-json"),
]
