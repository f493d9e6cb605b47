"""The list of forms, and deleting one."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from forms import counts
from forms.models import Form
from forms.paging import ByKey, page

from .access import managed


@require_safe
def form_list(request):
    rows = Form.objects.listed_for(request.user).select_related("team")
    forms = page(ByKey(rows), request.GET.get("before"), request.GET.get("after"))
    numbers = counts.of(forms.rows)
    return render(
        request, "forms/list.html", {"page": forms, "rows": [(form, numbers[form.pk]) for form in forms.rows]}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@managed
def form_delete(request, form):
    if request.method != "POST":
        return render(request, "forms/delete.html", {"form": form, "count": counts.of([form])[form.pk]})
    Form.objects.filter(pk=form.pk).update(deleted=timezone.now())
    messages.success(request, _("The form is deleted. For some weeks, an administrator can restore it."))
    return redirect("forms")
