"""Take the entries of a form away as a file, and bring some as a file."""

import logging
from base64 import b64encode
from contextlib import closing

from django.contrib import messages
from django.db import Error
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from dabaweb import consistency
from dabaweb.outage import is_outage
from forms.filters import Filters
from forms.views.access import managed
from forms.views.saving import unsaved

from . import csv_writer, export, imports, indexing, slots, template
from .inputs import FileInput
from .xlsx import writer
from .xlsx.errors import Refused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"

logger = logging.getLogger(__name__)


@require_safe
@managed
def export_xlsx(request, form):
    return _export(request, form, "xlsx", XLSX, lambda form, header, rows: writer.stream(form.title, header, rows))


@require_safe
@managed
def export_csv(request, form):
    return _export(request, form, "csv", CSV, lambda form, header, rows: _marked(csv_writer.stream(header, rows)))


@require_safe
@managed
def import_template(request, form):
    return HttpResponse(template.make(form), XLSX, headers=_attachment(f"{form.slug}-template.xlsx"))


@require_http_methods(["GET", "HEAD", "POST"])
@managed
def import_xlsx(request, form):
    if request.method != "POST":
        return render(request, "tables/import.html", {"form": form, "input": FileInput()})
    given = FileInput(request.POST, request.FILES)
    context = {"form": form, "input": given}
    if not given.is_valid():
        return render(request, "tables/import.html", context, status=422)
    try:
        with slots.take():
            return _import(request, form, given, context)
    except slots.Busy:
        return _busy(request)
    except Refused as refused:
        given.add_error("file", str(refused))
        return render(request, "tables/import.html", context, status=422)
    except Error as error:
        if not is_outage(error):
            raise
        logger.warning("an import was not saved: %s", error)
        return unsaved(request, "tables/import.html", context)


def _import(request, form, given, context):
    file = given.cleaned_data["file"]
    checked = imports.check(form, file, given.cleaned_data["leave_out"])
    with closing(checked.answers):
        if checked.problems:
            report = b64encode(checked.problems.csv()).decode()
            return render(request, "tables/import.html", context | {"checked": checked, "report": report}, status=422)
        added = imports.save(form, checked, file, request.user)
    indexing.start(form)
    messages.success(request, _told(checked, added))
    return redirect(form)


def _told(checked, added):
    told = [ngettext("%(count)d entry is imported.", "%(count)d entries are imported.", added) % {"count": added}]
    if there := checked.rows - added:
        told.append(
            ngettext(
                "%(count)d row was there already, from the same file.",
                "%(count)d rows were there already, from the same file.",
                there,
            )
            % {"count": there}
        )
    if checked.columns.missing:
        told.append(_("Without an answer: %(questions)s.") % {"questions": _listed(checked.columns.missing)})
    if checked.columns.unknown:
        told.append(_("Left out: %(columns)s.") % {"columns": _listed(checked.columns.unknown.values())})
    return " ".join(told)


def _listed(items):
    return ", ".join(map(str, items))


def _export(request, form, ending, content_type, write):
    fields = form.questions()
    filters = Filters(form, request.GET)
    if not filters.is_valid():
        # The page of the entries shows what is wrong with what is looked for.
        return HttpResponseRedirect(f"{form.get_absolute_url()}?{request.GET.urlencode()}")
    headers = _attachment(f"{form.slug}-{timezone.now():%Y-%m-%d}.{ending}")
    if request.method == "HEAD":
        return HttpResponse(b"", content_type, headers=headers)
    try:
        slot = slots.take()
    except slots.Busy:
        return _busy(request)
    rows = export.rows(form, fields, filters.conditions(), consistency.current().choose())
    return StreamingHttpResponse(
        _held(slot, write(form, export.header(fields), rows)), content_type=content_type, headers=headers
    )


def _held(slot, pieces):
    with slot:
        yield from pieces


def _marked(pieces):
    """Say in the file itself when it ends too early: an .xlsx would not open then, but CSV has no end of its own."""
    try:
        yield from pieces
    except Error:
        logger.exception("an export broke off")
        told = _("The file is not complete: the database did not answer. Please take it again.")
        yield f"{told}\r\n".encode()


def _attachment(name):
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


def _busy(request):
    response = render(request, "tables/busy.html", status=503)
    response["Retry-After"] = "30"
    return response
