"""`python -m nanxi.foundation.worker --queue default|system`: one worker process of the house.

default: jobs in their askers' scope, the ledger's followers, and loops that rooms bring. system: matching, purge, the relay.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib
import importlib.util
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable

log = logging.getLogger("nanxi.worker")
Loop = Callable[[threading.Event], None]
#: Loops of rooms that run beside the jobs: queue → (module, function taking a stop event).
ROOM_LOOPS: dict[str, list[tuple[str, str]]] = {
    "default": [
        ("nanxi.foundation.followers", "run"),
        ("nanxi.orders.fence_loop", "run_fence"),
        ("nanxi.desk.timers", "run_timers"),
        ("nanxi.desk.outbox", "run_outbox"),
        ("nanxi.desk.hooks", "run_hooks"),
        ("nanxi.orders.care_loop", "run_care"),
        ("nanxi.orders.silences", "run_silences"),
        ("nanxi.orders.walks", "run_walks"),
        ("nanxi.cases.archive.loop", "run_archive"),
    ],
    "system": [("nanxi.people.match_loop", "run_matching"), ("nanxi.orders.housekeeping", "run_housekeeping")],
}
#: A job in hand is given this long before the process ends; it is rescued and repeated if that is not enough.
PATIENCE_S = 5


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--queue", choices=("default", "system"), required=True)
    queue = parser.parse_args().queue
    _die_with_parent()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nanxi.settings")
    import django

    django.setup()
    stop = threading.Event()
    for loop in _loops(queue):
        threading.Thread(target=_keep_going, args=[loop, stop], name=loop.__module__, daemon=True).start()
    for order in (signal.SIGINT, signal.SIGTERM):
        # Ctrl-C reaches us from the terminal and from the supervisor. procrastinate hears the first and gives the signal
        # back to who had it; that must not be death, for a job is still in hand.
        signal.signal(order, lambda *_: None)
    try:
        _work(queue)
    finally:
        stop.set()
    return 0


def _loops(queue: str) -> list[Loop]:
    loops: list[Loop] = [getattr(importlib.import_module(module), name) for module, name in ROOM_LOOPS[queue] if _present(module)]
    if queue == "system":
        from django.conf import settings

        from nanxi.foundation.postgres.roles import connection_string
        from nanxi.foundation.relay import Relay

        loops.append(Relay(connection_string(settings.DB_ROLE, settings.HOME), settings.HOME / "witness").run)
    return loops


def _keep_going(loop: Loop, stop: threading.Event) -> None:
    """A loop that falls over is started again: a house whose relay or fence is silently gone looks alive and is not."""
    while not stop.is_set():
        try:
            loop(stop)
        except Exception:
            log.exception("loop %s", loop.__module__)
        stop.wait(1)


def _present(module: str) -> bool:
    """Whether the room is there and loaded (NANXI_ROOMS may leave it out) and brings this loop."""
    from django.apps import apps

    if not apps.is_installed(".".join(module.split(".")[:2])):
        return False
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _work(queue: str) -> None:
    """Jobs until SIGTERM; procrastinate lets a running job finish within the patience."""
    from procrastinate.contrib.django import app

    with app.replace_connector(app.connector.get_worker_connector()) as worker:  # type: ignore[attr-defined]
        worker.run_worker(
            queues=[queue],
            concurrency=1,
            listen_notify=True,
            fetch_job_polling_interval=1.0,
            delete_jobs="successful",
            shutdown_graceful_timeout=PATIENCE_S,
        )


def _die_with_parent() -> None:
    """On Linux the worker gets SIGTERM when the supervisor dies, even by kill -9."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


if __name__ == "__main__":
    raise SystemExit(main())
