"""How often something may be tried, counted in the cache for the whole site. Without Redis there is no limit."""

from dataclasses import dataclass

from django_ratelimit.core import get_usage

LOGIN = "login"
"""Name of the addresses that people sign in at, as Django and its admin have it."""


@dataclass(frozen=True)
class Limits:
    """Numbers a minute."""

    sign_ins: int
    """For one account; for one address it is six times as many."""
    anonymous_posts: int
    """For one address."""


@dataclass(frozen=True)
class Rule:
    """At most `rate` in a period for all requests with the same key."""

    group: str
    rate: str
    key: object = "ip"


def account(group, request) -> str:
    """Return the account that somebody tries to sign in to, however it is written."""
    return request.POST.get("username", "").strip().casefold()


def rules(request, url_name: str | None, limits: Limits) -> list[Rule]:
    """Return the rules for a request."""
    if request.method != "POST":
        return []
    if url_name == LOGIN:
        # Many people may share an address, but not an account.
        return [
            Rule("sign-in-account", f"{limits.sign_ins}/m", account),
            Rule("sign-in-address", f"{limits.sign_ins * 6}/m"),
        ]
    if not request.user.is_authenticated:
        return [Rule("anonymous-post", f"{limits.anonymous_posts}/m")]
    return []


def seconds_to_wait(request, url_name: str | None, limits: Limits) -> int:
    """Count the request, and return in how many seconds it may be tried again; 0 when it may go on."""
    wait = 0
    for rule in rules(request, url_name, limits):
        usage = get_usage(request, group=rule.group, key=rule.key, rate=rule.rate, increment=True)
        if usage and usage["should_limit"]:
            wait = max(wait, usage["time_left"], 1)
    return wait
