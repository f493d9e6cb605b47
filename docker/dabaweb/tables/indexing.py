"""Makes imported entries found: some before the answer, the rest in the background.

What is left when the process ends, the next entries of the form take along, and `manage.py housekeeping`.
"""

import logging
import threading

from django.db import Error, connections

from forms import index
from forms.models import Form

SECONDS = 3

logger = logging.getLogger(__name__)


def start(form: Form) -> threading.Thread | None:
    """Index the form's entries, for some seconds, and return the thread that goes on with it, if there is need."""
    try:
        index.complete(form, SECONDS)
        if not form.entries.filter(indexed=False).exists():
            return None
    except Error:
        logger.warning("imported entries are not indexed yet", exc_info=True)
        return None
    thread = threading.Thread(target=_complete, args=[form], name=f"index-{form.slug}", daemon=True)
    thread.start()
    return thread


def _complete(form: Form) -> None:
    try:
        index.complete(form)
    except Error:
        logger.warning("imported entries are not indexed yet", exc_info=True)
    finally:
        # Those of this thread.
        connections.close_all()
