"""Who may see what. What somebody may not see is not there, except that people are asked to sign in first."""

from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.shortcuts import get_object_or_404

from forms.models import Form


def any_form(slug, *related) -> Form:
    """Return a form to be read or filled in, with those of its relations that the page needs in several places."""
    return get_object_or_404(Form.objects.kept().prefetch_related(*related), slug=slug)


def managed(view):
    """Give the view the form that the address names, if the visitor's team has it."""

    @wraps(view)
    def checked(request, slug, *args, **kwargs):
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, get_object_or_404(Form.objects.of(request.user), slug=slug), *args, **kwargs)

    return checked
