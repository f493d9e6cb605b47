"""The addresses of files with entries. uwsgi.ini gives those of exports more time."""

from django.urls import path

from . import views

urlpatterns = [
    path("forms/<slug:slug>/export.xlsx", views.export_xlsx, name="export-xlsx"),
    path("forms/<slug:slug>/export.csv", views.export_csv, name="export-csv"),
    path("forms/<slug:slug>/import/", views.import_xlsx, name="import"),
    path("forms/<slug:slug>/template.xlsx", views.import_template, name="import-template"),
]
