"""Reading the entries of a form, one by one or as a list, and deleting them."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from forms import counts, entries, search
from forms.filters import Filters
from forms.models import Entry
from forms.paging import Page, page

from .access import any_form, managed
from .answers import answers_of


@require_safe
def form_detail(request, slug):
    form = any_form(slug, "fields")
    manages = form.is_managed_by(request.user)
    if not manages and not form.public_answers:
        return redirect("new-entry", form.slug)
    filters = Filters(form, request.GET)
    shown = Page([], None, None)
    if filters.is_valid():
        source = search.entries(form, filters.conditions())
        shown = page(source, request.GET.get("before"), request.GET.get("after"))
    questions = form.questions()
    context = {
        "form": form,
        "manages": manages,
        "share": request.build_absolute_uri(form.address_to_fill_in()),
        "filters": filters,
        "fields": questions,
        "page": shown,
        "rows": [(entry, answers_of(entry, questions)) for entry in shown.rows],
        "count": counts.of([form])[form.pk],
    }
    return render(request, "forms/detail.html", context)


@require_safe
@managed
def entry_detail(request, form, pk):
    entry = get_object_or_404(Entry.objects.select_related("author"), form=form, pk=pk)
    fields = [field for field in form.fields.all() if not field.removed or entry.value(field) is not None]
    return render(request, "forms/answers.html", {"form": form, "entry": entry, "answers": answers_of(entry, fields)})


@require_http_methods(["GET", "HEAD", "POST"])
@managed
def entry_delete(request, form, pk):
    entry = get_object_or_404(Entry, form=form, pk=pk)
    if request.method != "POST":
        answers = answers_of(entry, form.questions())
        return render(request, "forms/delete_entry.html", {"form": form, "entry": entry, "answers": answers})
    if not entries.delete(form, [entry.pk]):
        raise Http404
    messages.success(request, _("The entry is deleted."))
    return redirect(form)
