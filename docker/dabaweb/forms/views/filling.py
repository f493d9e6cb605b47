"""Filling in a form."""

from django.contrib.auth.views import redirect_to_login
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from forms.inputs import EntryInput

from .access import any_form
from .saving import save_or_show


@require_http_methods(["GET", "HEAD", "POST"])
def entry_create(request, slug):
    form, user = any_form(slug, "fields"), request.user
    if not form.published and (request.method == "POST" or not form.is_managed_by(user)):
        return render(request, "forms/closed.html", {"form": form}, status=403)
    if not form.anonymous and not user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    entry = EntryInput(form, *sent, author=user if user.is_authenticated else None)
    context = {"form": form, "input": entry}
    if not sent:
        return render(request, "forms/entry.html", context)

    def save():
        saved = entry.save()
        return saved if form.public_answers or form.is_managed_by(user) else resolve_url("thanks", form.slug)

    return save_or_show(request, "forms/entry.html", context, [entry], save, _("Your entry is saved."))


@require_safe
def thanks(request, slug):
    return render(request, "forms/thanks.html", {"form": any_form(slug)})
