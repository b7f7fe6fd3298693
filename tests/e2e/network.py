"""The network between a phone and its desk: a relay on loopback that can be cut, made slow, and that counts what passes."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from dataclasses import dataclass

CHUNK = 16_384


@dataclass
class Traffic:
    """Bytes on the wire, headers and all."""

    up: int = 0
    down: int = 0


class Network:
    """Forwards to the desk's port. Cut, it ends what is open and answers nobody, as a valley without a mast does."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.traffic = Traffic()
        self.bytes_a_second, self.delay_s = 0, 0.0
        #: The desk hears a request to this path, the phone never hears the answer.
        self.deaf_to = b""
        self._deaf: set[socket.socket] = set()
        self._there = threading.Event()
        self._there.set()
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        threading.Thread(target=self._welcome, daemon=True).start()

    def cut(self) -> None:
        self._there.clear()
        with self._guard:
            ending, self._open = self._open, set()
        for one in ending:
            _end(one)

    def mend(self) -> None:
        self._there.set()

    def slow(self, bytes_a_second: int, delay_s: float) -> None:
        """A poor line: so many bytes a second each way, and so long until anything arrives. 0, 0 is a good one again."""
        self.bytes_a_second, self.delay_s = bytes_a_second, delay_s

    def close(self) -> None:
        self.cut()
        _end(self._door)

    def _welcome(self) -> None:
        while True:
            try:
                phone, _address = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._join, args=(phone,), daemon=True).start()

    def _join(self, phone: socket.socket) -> None:
        if not self._there.is_set():
            _end(phone)
            return
        try:
            desk = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        except OSError:
            _end(phone)
            return
        desk.settimeout(None)
        with self._guard:
            self._open |= {phone, desk}
        threading.Thread(target=self._carry, args=(phone, desk, "up"), daemon=True).start()
        self._carry(desk, phone, "down")

    def _carry(self, source: socket.socket, target: socket.socket, way: str) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                setattr(self.traffic, way, getattr(self.traffic, way) + len(data))
                if self.delay_s or self.bytes_a_second:
                    time.sleep(self.delay_s + (len(data) / self.bytes_a_second if self.bytes_a_second else 0))
                if way == "up" and self.deaf_to and self.deaf_to in data:
                    self._deaf.add(source)
                if target in self._deaf:
                    break
                target.sendall(data)
        for one in (source, target):
            _end(one)
        with self._guard:
            self._open -= {source, target}


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
