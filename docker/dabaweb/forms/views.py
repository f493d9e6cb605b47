"""The pages: all forms, one form with its entries, a new entry, a new form."""

from functools import partial

from django.contrib import messages
from django.db import Error
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from dabaweb.outage import is_outage

from . import counts
from .inputs import EntryInput, FieldInputs, FormInput, create_form
from .models import Form
from .paging import page


@require_safe
def form_list(request):
    forms = page(Form.objects.all(), request.GET.get("before"), request.GET.get("after"))
    numbers = counts.of(forms.rows)
    rows = [(form, numbers[form.pk]) for form in forms.rows]
    return render(request, "forms/list.html", {"page": forms, "rows": rows})


@require_safe
def form_detail(request, slug):
    form = get_object_or_404(Form, slug=slug)
    fields = form.questions()
    entries = page(form.entries.all(), request.GET.get("before"), request.GET.get("after"))
    rows = [(entry, [field.what.text(entry.value(field)) for field in fields]) for entry in entries.rows]
    context = {"form": form, "fields": fields, "page": entries, "rows": rows, "count": counts.of([form])[form.pk]}
    return render(request, "forms/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def entry_create(request, slug):
    form = get_object_or_404(Form, slug=slug)
    entry = EntryInput(form, request.POST if request.method == "POST" else None)
    context = {"form": form, "input": entry}
    return _answer(request, "forms/entry.html", context, [entry], entry.save, "Your entry is saved.")


@require_http_methods(["GET", "HEAD", "POST"])
def form_create(request):
    data = request.POST if request.method == "POST" else None
    form, fields = FormInput(data), FieldInputs(data, prefix="fields")
    context = {"input": form, "fields": fields}
    save = partial(create_form, form, fields)
    return _answer(request, "forms/create.html", context, [form, fields], save, "Your form is ready.")


def _answer(request, template, context, inputs, save, done):
    """Show the inputs; when they were sent and are valid, save them and go where the saved object is shown."""
    if request.method != "POST":
        return render(request, template, context)
    # Each is asked, so that each shows its errors.
    if False in [item.is_valid() for item in inputs]:
        return render(request, template, context, status=422)
    try:
        saved = save()
    except Error as error:
        if not is_outage(error):
            raise
        # The visitor's text stays on the page, to be sent again.
        response = render(request, template, context | {"unsaved": True}, status=503)
        response["Retry-After"] = "5"
        return response
    messages.success(request, done)
    return redirect(saved)
