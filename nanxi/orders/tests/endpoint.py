"""The endpoint as its own process on a real socket, for tests that talk to it as phones do."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(**more: str) -> Iterator[httpx.Client]:
    """`python -m nanxi.orders.ingest` on a free port, and a client for it. It is stopped by its own id afterwards."""
    with started(**more) as (client, _):
        yield client


@contextmanager
def started(**more: str) -> Iterator[tuple[httpx.Client, subprocess.Popen[bytes]]]:
    """The same with its process, for tests that kill it."""
    port = free_port()
    environment = {**os.environ, **more, "NANXI_INGEST_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-m", "nanxi.orders.ingest"], env=environment)
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20)
    try:
        _wait(client, process)
        yield client, process
    finally:
        client.close()
        process.terminate()
        process.wait(timeout=20)


def _wait(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert process.poll() is None, "the endpoint ended at once"
        try:
            if client.get("/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise TimeoutError("the endpoint does not answer")
