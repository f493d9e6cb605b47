"""What Prometheus is told: requests by view, the cache, servers that did not answer and when their certificates end,
and what uWSGI's workers do.

Each worker counts for itself, in a file of its own that its successor goes on with; a process besides the workers adds
them up, so that they can be seen also when all workers are busy. It answers on a port of its own, which nginx does not
know. All of it is there only with METRICS_PORT. An application of your own adds its counters with `prometheus_client`.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import prometheus_client
from prometheus_client import Counter, Histogram, values
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from . import environment
from .certificates import Certificates

try:
    import uwsgi
except ImportError:
    uwsgi = None

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which prometheus_client knows where the workers' files are."""

if uwsgi and FOLDER in os.environ:
    # By the worker's number instead of its process: a new file for each process would fill the disk.
    values.ValueClass = values.MultiProcessValue(process_identifier=uwsgi.worker_id)

requests = Counter("dabaweb_requests", "Requests that were answered.", ["view", "method", "status"])
seconds = Histogram(
    "dabaweb_request_seconds",
    "Time from request to answer; of an export, to its beginning.",
    ["view"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
cached = Counter("dabaweb_cache", "Values that were looked up in the cache.", ["result"])
pauses = Counter("dabaweb_server_pauses", "Times that a server was left alone as it had not answered.", ["server"])
fallbacks = Counter(
    "dabaweb_fallbacks", "Connections to another database, as the wanted one did not answer.", ["wanted"]
)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def count_request(view: str, method: str, status: int, duration: float) -> None:
    # Anybody can invent a method, and each would be a series of its own.
    requests.labels(view, method if method in METHODS else "other", str(status)).inc()
    seconds.labels(view).observe(duration)


class Workers:
    """uWSGI's own figures."""

    def collect(self) -> Iterator[Metric]:
        workers = uwsgi.workers()
        states = GaugeMetricFamily("uwsgi_workers", "Workers by what they do.", labels=["state"])
        busy = sum(worker["status"].startswith(b"busy") for worker in workers)
        idle = sum(worker["status"].startswith(b"idle") for worker in workers)
        for state, number in {"busy": busy, "idle": idle, "other": len(workers) - busy - idle}.items():
            states.add_metric([state], number)
        yield states
        for name, field, text in (
            ("uwsgi_requests", "requests", "Requests that workers took, probes among them."),
            ("uwsgi_exceptions", "exceptions", "Requests that ended in an exception that nobody handled."),
            ("uwsgi_respawns", "respawn_count", "Times that a worker was started."),
        ):
            family = CounterMetricFamily(name, text, labels=["worker"])
            for worker in workers:
                family.add_metric([str(worker["id"])], worker[field])
            yield family
        memory = GaugeMetricFamily("uwsgi_worker_rss_bytes", "Memory of a worker.", labels=["worker"])
        for worker in workers:
            memory.add_metric([str(worker["id"])], worker["rss"])
        yield memory


def empty_folder(folder: Path) -> Path:
    """Make the folder for the workers' files: a server that starts begins to count at zero."""
    folder.mkdir(exist_ok=True)
    for left in folder.glob("*.db"):
        left.unlink()
    return folder


def serve() -> None:
    """Answer Prometheus, in a process of uWSGI's that takes no requests, until uWSGI ends it."""
    registry = prometheus_client.CollectorRegistry()
    MultiProcessCollector(registry)
    registry.register(Workers())
    settings = environment.read(os.environ)
    certificates = Certificates(settings)
    registry.register(certificates)
    prometheus_client.start_http_server(settings.metrics_port, registry=registry)
    certificates.watch()
