"""Programs without logging, for the tests of what a user is told."""

import logging

import pytest


__all__ = ["without_logging"]


def without_logging(monkeypatch: pytest.MonkeyPatch, disabled: int = logging.NOTSET) -> None:
    """Let logging be as in a program that has not configured it, whatever other tests have left."""
    for name in ("yotta_async", "yotta_async.progress"):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.NOTSET)
        monkeypatch.setattr(logging.getLogger(name), "handlers", [])
    monkeypatch.setattr(logging.getLogger("yotta_async"), "propagate", False)
    monkeypatch.setattr(logging.root.manager, "disable", disabled)
