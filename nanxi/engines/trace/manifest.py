"""The list of what a store holds, replaced whole as the last step of every change: what it does not name does not exist."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast

from nanxi.cli import InputError
from nanxi.engines.trace.parts import Column

FILE = "manifest.json"
VERSION = 2
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Entry:
    """One part. day: counted from 1970-01-01; first, last: earliest start and latest end, seconds; loose: not yet merged."""

    name: str
    day: int
    rows: int
    first: int
    last: int
    loose: bool
    columns: tuple[Column, ...]

    @property
    def date(self) -> str:
        return date_of(self.day)


@dataclass(frozen=True)
class Names:
    """One file of names that an append added, in the order of their numbers."""

    name: str
    size: int
    crc: int


@dataclass(frozen=True)
class Manifest:
    """numbered: entities have no names, `entities` is how many numbers there are."""

    serial: int = 0
    sealed: bool = False
    numbered: bool = False
    entities: int = 0
    names: tuple[Names, ...] = ()
    parts: tuple[Entry, ...] = field(default=())

    def next(self, **changes: Any) -> Manifest:
        return replace(self, serial=self.serial + 1, **changes)

    @property
    def body(self) -> str:
        columns = [[[c.name, c.dtype, c.length, c.offset, c.size, c.crc] for c in part.columns] for part in self.parts]
        parts = [[p.name, p.day, p.rows, p.first, p.last, p.loose, c] for p, c in zip(self.parts, columns, strict=True)]
        names = [[n.name, n.size, n.crc] for n in self.names]
        return json.dumps([VERSION, self.serial, self.sealed, self.numbered, self.entities, names, parts])

    @property
    def version(self) -> str:
        """Kept with every answer: which change of which content it was made from."""
        return f"{self.serial}:{hashlib.sha256(self.body.encode()).hexdigest()[:12]}"


def date_of(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).isoformat()


def read(folder: Path) -> Manifest:
    """Raises InputError when there is no store, a damaged one or one of another version."""
    try:
        check, body = (folder / FILE).read_text(encoding="utf-8").split("\n", 1)
    except (OSError, ValueError):
        raise InputError(f"{folder.name}: is not a readable store; make it with `nanxi trace build`.") from None
    if hashlib.sha256(body.encode()).hexdigest() != check:
        raise InputError(f"{folder.name}: its {FILE} was changed on the disk; restore the store or build it again.")
    version, *rest = cast("list[Any]", json.loads(body))
    if version != VERSION:
        raise InputError(f"{folder.name}: is not a store of this version; make it again with `nanxi trace build`.")
    serial, sealed, numbered, entities, names, parts = rest
    return Manifest(
        serial, sealed, numbered, entities, tuple(Names(*row) for row in names),
        tuple(Entry(*row[:6], columns=tuple(Column(*c) for c in row[6])) for row in parts),
    )  # fmt: skip


def write(folder: Path, manifest: Manifest) -> None:
    body = manifest.body
    check = hashlib.sha256(body.encode()).hexdigest()
    whole_file(folder / FILE, lambda file: file.write(f"{check}\n{body}".encode()))


def whole_file(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """A file that appears whole or not at all, and stays after a power cut: draft, fsync, rename, fsync of the folder."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        with draft.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    finally:
        draft.unlink(missing_ok=True)
