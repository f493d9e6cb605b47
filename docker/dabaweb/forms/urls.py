"""The addresses of the forms' pages."""

from django.urls import path

from .views import editing, entries, files, filling, forms

urlpatterns = [
    path("", forms.form_list, name="forms"),
    path("new/", editing.form_create, name="new-form"),
    path("forms/<slug:slug>/", entries.form_detail, name="form"),
    path("forms/<slug:slug>/edit/", editing.form_edit, name="edit-form"),
    path("forms/<slug:slug>/delete/", forms.form_delete, name="delete-form"),
    path("forms/<slug:slug>/new/", filling.entry_create, name="new-entry"),
    path("forms/<slug:slug>/thanks/", filling.thanks, name="thanks"),
    path("forms/<slug:slug>/entries/<int:pk>/", entries.entry_detail, name="entry"),
    path("forms/<slug:slug>/entries/<int:pk>/delete/", entries.entry_delete, name="delete-entry"),
    path("forms/<slug:slug>/entries/<int:pk>/files/<int:field>/", files.file, name="file"),
]
