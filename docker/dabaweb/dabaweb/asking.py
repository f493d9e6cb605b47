"""Asks several servers at once, and waits for none of them longer than for all."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

AT_ONCE = 32


class Failed(Exception):
    """A server does not do what it should; the text says why, for everyone to read."""


class NoAnswer(Failed):
    """A server keeps its asker waiting."""


def ask(questions: Mapping[str, Callable[[], Any]], deadline: float) -> dict[str, Any]:
    """Return, within `deadline` seconds, what each question returned or the error that it raised."""
    if not questions:
        return {}
    executor = ThreadPoolExecutor(max_workers=min(len(questions), AT_ONCE))
    futures = {name: executor.submit(question) for name, question in questions.items()}
    wait(futures.values(), timeout=deadline)
    executor.shutdown(wait=False, cancel_futures=True)
    return {name: _outcome(future, deadline) for name, future in futures.items()}


def _outcome(future, deadline):
    if not future.done() or future.cancelled():
        return NoAnswer(f"no answer in {deadline:g} seconds")
    return future.exception() or future.result()
