"""Remembers for a moment that a server did not answer, so that not every request waits for it anew."""

import time

from . import metrics


class Breaker:
    """Open while a server is better not asked: after a failure, and longer after each further one."""

    def __init__(self, server: str, first: float, longest: float) -> None:
        self.server = server
        """Its name, for those who watch."""
        self.first, self.longest = first, longest
        """Seconds."""
        self.close()

    @property
    def open(self) -> bool:
        return time.monotonic() < self._until

    def trip(self) -> None:
        """Take note of a failure; one that is noticed in several places counts once."""
        if self.open:
            return
        metrics.pauses.labels(self.server).inc()
        self._until = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, self.longest)

    def close(self) -> None:
        """Take note that the server has answered."""
        self._until, self._pause = 0.0, self.first
