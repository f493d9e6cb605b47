"""Handing out uploaded files, to members of the form's team only."""

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from forms import uploads
from forms.models import Entry, Field

from .access import managed


@require_safe
@managed
def file(request, form, pk, field):
    entry = get_object_or_404(Entry, form=form, pk=pk)
    value = entry.value(get_object_or_404(Field, form=form, pk=field))
    try:
        content = uploads.opened(value)
    except uploads.Missing as missing:
        raise Http404 from missing
    response = FileResponse(content, as_attachment=True, filename=value["name"], content_type=uploads.type_of(value))
    # Whoever opens it in the browser all the same gets a page that can do nothing.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
