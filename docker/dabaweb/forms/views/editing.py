"""Making a form and changing it."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from forms.editor import FormInput, QuestionInputs, rearrange, row_of, save, typed
from forms.models import Form
from teams.models import Team

from .access import managed
from .saving import save_or_show

TEMPLATE = "forms/edit.html"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def form_create(request):
    teams = Team.objects.of(request.user)
    if not teams:
        return render(request, "forms/no_team.html", status=403)
    return _edit(request, Form(), teams, [{}], _("Your form is ready."))


@require_http_methods(["GET", "HEAD", "POST"])
@managed
def form_edit(request, form):
    rows = [
        row_of(field) for field in sorted(form.fields.all(), key=lambda field: (bool(field.removed), field.position))
    ]
    return _edit(request, form, Team.objects.of(request.user), rows, _("Your changes are saved."))


def _edit(request, form, teams, rows, done):
    title = form.title
    if request.method != "POST":
        return _show(request, title, FormInput(teams, instance=form), rows)
    form_input = FormInput(teams, request.POST, instance=form)
    questions = QuestionInputs(request.POST, prefix="questions")
    action = request.POST.get("action", "save")
    if action != "save":
        # A button that rearranges the page: nothing is saved, nothing complained about.
        rows, focus = rearrange([typed(row) for row in questions], action)
        return _show(request, title, FormInput(teams, instance=form, initial=typed(form_input)), rows, action, focus)
    context = {"title": title, "input": form_input, "questions": questions, "form": form}

    def save_both():
        return save(form_input, [row.cleaned_data for row in questions])

    return save_or_show(request, TEMPLATE, context, [form_input, questions], save_both, done)


def _show(request, title, form_input, rows, action="", focus=None):
    questions = QuestionInputs(initial=rows, prefix="questions")
    pressed = action.partition("-")[0]
    if focus is not None and pressed in ("add", "restore"):
        questions[focus].fields["label"].widget.attrs["autofocus"] = True
    context = {"title": title, "input": form_input, "questions": questions, "form": form_input.instance}
    context |= {"pressed": pressed, "focus": focus}
    return render(request, TEMPLATE, context)
