"""The report in words and shapes."""

from datetime import UTC, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .server import DOWN, LAGGING, MASTER, NO_ANSWER, NOT_FOLLOWING, OK, SLAVE, STOPPED, WARNING

REFRESH_SECONDS = 3
RING = 100
"""The circumference of the ring that shows the hit rate."""


def page(report: dict) -> dict:
    """Return what the template shows."""
    return {
        "state": report["state"],
        "headline": headline(report),
        "time": datetime.fromtimestamp(report["time"], UTC),
        "release": short_release(report["release"]),
        "refresh": REFRESH_SECONDS,
        "clusters": [
            cluster("MySQL", report["mysql"], report["staff"]) | {"sentence": mysql_sentence(report["mysql"])},
            cluster("Redis", report["redis"], report["staff"]) | {"sentence": redis_sentence(report["redis"])},
        ],
        "cache": cache(report["cache"]),
    }


def headline(report: dict) -> str:
    if report["state"] == OK:
        return _("Everything works")
    if report["state"] == DOWN:
        return _("The database cannot be reached")
    if not _answering(report["mysql"], MASTER):
        return _("Everything can be read, but nothing can be saved just now")
    return _("The site works, but not all of its servers do")


def mysql_sentence(kind: dict) -> str:
    slaves = len(_answering(kind, SLAVE))
    if not _answering(kind, MASTER):
        if not slaves:
            return _("No database server answers.")
        return _("The master does not answer: nothing can be saved until it is back. Reads go on.")
    if not slaves:
        return _("No slave answers: the master serves reads too.")
    return ngettext(
        "Writes go to the master, reads come from %(count)d slave.",
        "Writes go to the master, reads come from %(count)d slaves.",
        slaves,
    ) % {"count": slaves}


def redis_sentence(kind: dict) -> str:
    slaves = len(_answering(kind, SLAVE))
    if not _answering(kind, MASTER):
        if not slaves:
            return _("No cache server answers: the site works without, slower.")
        return _("The master does not answer: nothing new is cached, and the site is slower.")
    if not slaves:
        return _("No slave answers: the master serves reads too.")
    return ngettext(
        "The cache is written on the master and read from %(count)d slave.",
        "The cache is written on the master and read from %(count)d slaves.",
        slaves,
    ) % {"count": slaves}


def cluster(title: str, kind: dict, staff: bool) -> dict:
    """Return the servers as they are drawn: masters on one side, the others on the other, and the lines between."""
    cards = []
    slaves = 0
    for server in kind["servers"]:
        slaves += server["role"] == SLAVE
        cards.append(card(title, server, slaves, staff))
    masters = [one for one in cards if one["role"] == MASTER]
    others = [one for one in cards if one["role"] != MASTER]
    if not masters:
        masters = [absent(_("Master"), _("not there"))]
    if not others:
        others = [absent(_("Slave"), _("none there"))]
    return {
        "title": title,
        "state": kind["state"],
        "masters": masters,
        "slaves": others,
        "links": links(masters, others),
    }


def card(title: str, server: dict, number: int, staff: bool) -> dict:
    role = server["role"]
    names = {MASTER: _("Master"), SLAVE: _("Slave %(number)d") % {"number": number}}
    return {
        "role": role,
        "state": server["state"],
        "name": names.get(role, _("Server")),
        "condition": condition(server),
        "facts": list(facts(title, server)) + (list(staff_facts(server)) if staff else []),
    }


def absent(name: str, condition: str) -> dict:
    return {"role": "", "state": DOWN, "name": name, "condition": condition, "facts": []}


def condition(server: dict) -> str:
    texts = {
        NO_ANSWER: _("does not answer"),
        NOT_FOLLOWING: _("does not hear the master"),
        STOPPED: _("has stopped following"),
        LAGGING: _("lags behind"),
    }
    if server["problem"]:
        return texts[server["problem"]]
    return _("takes writes") if server["role"] == MASTER else _("follows")


def facts(title: str, server: dict):
    """Yield what everyone may know: pairs of a term and its description, and the whole of what is shortened."""
    if server["role"] == SLAVE:
        if server["lag"] is not None:
            yield _("Lag"), _("%(seconds)s s") % {"seconds": f"{server['lag']:.1f}"}, ""
        if server["behind"] is not None:
            yield _("Behind"), behind(title, server["behind"]), ""
    if server["position"]:
        term = "GTID" if title == "MySQL" else _("Position")
        yield term, short_position(server["position"]), server["position"]


def staff_facts(server: dict):
    if server["detail"]:
        yield _("Problem"), server["detail"], ""
    if server["name"]:
        yield _("Pod"), server["name"], ""
    yield _("Address"), server["address"], ""
    if server["version"]:
        yield _("Version"), server["version"], ""
    if server["uptime"] is not None:
        yield _("Up for"), duration(server["uptime"]), ""


def behind(title: str, number: int) -> str:
    if title == "MySQL":
        return ngettext("%(count)d transaction", "%(count)d transactions", number) % {"count": number}
    return ngettext("%(count)d byte", "%(count)d bytes", number) % {"count": number}


def short_position(position: str) -> str:
    """Return each history by the end of its name: `…c80aa9429562:1-23`."""
    items = position.split(",")
    return ", ".join(f"…{source[-12:]}:{rest}" for source, _colon, rest in (item.partition(":") for item in items))


def short_release(release: str) -> str:
    """Return the first digits of the digest in an image's reference, or its tag."""
    _name, _at, digest = release.partition("@sha256:")
    return digest[:12] if digest else release.rpartition("/")[2]


def duration(seconds: int) -> str:
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    if days:
        return _("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest // 60}
    return _("%(minutes)d min") % {"minutes": rest // 60} if rest >= 60 else _("%(seconds)s s") % {"seconds": rest}


def links(masters: list[dict], slaves: list[dict]) -> dict:
    """Return the lines from the first master to each slave, in a drawing as high as there are slaves."""
    height = 100 * len(slaves)
    start = height // 2
    lines = []
    for index, slave in enumerate(slaves):
        end = 100 * index + 50
        lines.append(
            {
                "path": f"M0 {start} C50 {start} 50 {end} 100 {end}",
                "state": DOWN if DOWN in (masters[0]["state"], slave["state"]) else slave["state"],
            }
        )
    return {"height": height, "lines": lines}


def cache(counts: dict) -> dict:
    total = counts["hits"] + counts["misses"]
    rate = counts["hits"] / total if total else None
    return {
        **counts,
        "percent": None if rate is None else f"{100 * rate:.0f}",
        "filled": 0 if rate is None else round(RING * rate, 1),
        "ring": RING,
    }


def _answering(kind: dict, role: str) -> list[dict]:
    return [server for server in kind["servers"] if server["role"] == role and server["state"] in (OK, WARNING)]
