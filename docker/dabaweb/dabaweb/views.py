"""Pages that belong to no application."""

from django.shortcuts import render


def csrf_failure(request, reason=""):
    """Explain a refused form: most often cookies are off, or the page was open in two places."""
    return render(request, "403_csrf.html", status=403)
