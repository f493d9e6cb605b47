"""Logs for machines: one JSON object a line, with the identifier of the request that nginx logs too."""

import json
import logging
import time
from contextvars import ContextVar
from datetime import UTC, datetime

request_id: ContextVar[str] = ContextVar("request_id", default="")


class JSONFormatter(logging.Formatter):
    def format(self, record):
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if identifier := request_id.get():
            line["request_id"] = identifier
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[0]:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class NowAndThen(logging.Filter):
    """Let one record pass in so many seconds."""

    def __init__(self, seconds):
        super().__init__()
        self.seconds = seconds
        self.next = 0.0

    def filter(self, record):
        now = time.monotonic()
        if now < self.next:
            return False
        self.next = now + self.seconds
        return True
