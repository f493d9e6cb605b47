"""The WSGI application that uWSGI serves: the probes, and the Django project of DJANGO_SETTINGS_MODULE."""

import os

from django.core.wsgi import get_wsgi_application

from . import environment, workers
from .probes import Probes

try:
    import uwsgi
except ImportError:  # It exists only inside of uWSGI.
    uwsgi = None

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dabaweb.settings")
application = Probes(get_wsgi_application(), environment.read(os.environ))
if uwsgi:
    uwsgi.post_fork_hook = workers.connect_databases
