"""The addresses of the forms' pages."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.form_list, name="forms"),
    path("new/", views.form_create, name="new-form"),
    path("forms/<slug:slug>/", views.form_detail, name="form"),
    path("forms/<slug:slug>/new/", views.entry_create, name="new-entry"),
]
