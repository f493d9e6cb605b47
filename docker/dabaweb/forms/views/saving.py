"""What pages have in common that take something in."""

from django.contrib import messages
from django.db import Error
from django.shortcuts import redirect, render

from dabaweb import consistency
from dabaweb.outage import is_outage


def save_or_show(request, template, context, inputs, save, done):
    """Save what was sent, if it is valid, and go where the saved object is shown; else show it again."""
    # Each is asked, so that each shows its errors.
    if False in [item.is_valid() for item in inputs]:
        return render(request, template, context, status=422)
    try:
        saved = save()
    except Error as error:
        if not is_outage(error):
            raise
        return unsaved(request, template, context)
    messages.success(request, done)
    return redirect(saved)


def unsaved(request, template, context):
    """Show again what an outage kept from being saved: the visitor's text stays on the page, to be sent again."""
    # What the page reads, another server has.
    consistency.start_anew()
    response = render(request, template, context | {"unsaved": True}, status=503)
    response["Retry-After"] = "5"
    return response
