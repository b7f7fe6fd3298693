"""A key per day for the parts of a store: destroying the key is the purge of the day (AES-256-GCM, AAD day|column|chunk)."""

from __future__ import annotations

import os
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from nanxi.engines.trace.parts import Unreadable

NONCE = 12


class DaySeals:
    """`seal` and `open` for a store. `key_of`: day (ISO date, or "names") → 32 bytes; KeyError when the key is gone."""

    def __init__(self, key_of: Callable[[str], bytes]) -> None:
        self.key_of = key_of
        self._open: dict[str, AESGCM] = {}

    def seal(self, day: str, column: str, chunk: int, data: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._cipher(day).encrypt(nonce, data, _bound(day, column, chunk))

    def open(self, day: str, column: str, chunk: int, data: bytes) -> bytes:
        try:
            return self._cipher(day).decrypt(data[:NONCE], data[NONCE:], _bound(day, column, chunk))
        except KeyError:
            raise Unreadable("the key of its day was destroyed") from None
        except (InvalidTag, ValueError):
            raise Unreadable("it does not open: it was changed, moved or sealed with another key") from None

    def _cipher(self, day: str) -> AESGCM:
        if day not in self._open:
            self._open[day] = AESGCM(self.key_of(day))
        return self._open[day]


def _bound(day: str, column: str, chunk: int) -> bytes:
    return f"{day}|{column}|{chunk}".encode()
