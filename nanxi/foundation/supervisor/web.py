"""`python -m nanxi.foundation.supervisor.web APP --fd N`: uvicorn on a socket that the supervisor holds.

The socket outlives the process: while a killed web is started again, browsers and phones wait in the socket's queue.
Open streams never end by themselves, so the graceful end is bounded (GROUND: uvicorn with open streams never exits).
"""

from __future__ import annotations

import argparse
import socket

import uvicorn

#: Streams are cut after this; requests in hand finish well within it.
GRACE_S = 3
#: Waiting connections while the process is away.
BACKLOG = 512


def listen(host: str, port: int) -> socket.socket:
    """The listening socket, inheritable. Raises OSError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
        found.listen(BACKLOG)
    except OSError:
        found.close()
        raise
    found.set_inheritable(True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("app")
    parser.add_argument("--fd", type=int, required=True)
    arguments = parser.parse_args()
    config = uvicorn.Config(
        arguments.app, timeout_graceful_shutdown=GRACE_S, access_log=False, log_level="warning", server_header=False, ws="none",
        proxy_headers=True, backlog=BACKLOG,
    )  # fmt: skip
    server = uvicorn.Server(config)
    # From the descriptor itself, so that the family is known and the caller's address with it.
    server.run(sockets=[socket.socket(fileno=arguments.fd)])
    return 0 if server.started else 3


if __name__ == "__main__":
    raise SystemExit(main())
