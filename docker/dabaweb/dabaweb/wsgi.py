"""The WSGI application that uWSGI serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dabaweb.settings")
application = get_wsgi_application()
