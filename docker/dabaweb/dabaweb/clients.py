"""Where a request comes from.

X-Forwarded-For is a list to which each proxy adds the address that it was called from; what the client itself sent
stands at its beginning, and may be a lie. Counted from its end, as many addresses are true as there are proxies of
ours: nginx in the same pod, and TRUSTED_PROXIES in front of it.
"""

import ipaddress

from django.conf import settings


def address(request) -> str:
    """Return the client's address."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    return choose(forwarded, settings.TRUSTED_PROXIES) or request.META.get("REMOTE_ADDR", "")


def choose(forwarded: str, proxies: int) -> str:
    """Return the address that the outermost of `proxies` was called from, "" when the list has none."""
    chain = [part.strip() for part in forwarded.split(",")]
    found = chain[max(0, len(chain) - 1 - proxies)]
    try:
        return str(ipaddress.ip_address(found))
    except ValueError:
        return ""
