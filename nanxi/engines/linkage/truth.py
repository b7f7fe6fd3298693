# pyright: basic
"""The truth of a list as somebody wrote it down: `id,cluster`, or the pairs `id_a,id_b` that are one person."""

from __future__ import annotations

from pathlib import Path

from nanxi.cli import InputError

from .files import Lists, Sheet, read_sheet
from .measure import Key


def read_truth(path: Path, lists: Lists) -> dict[Key, str]:
    """True cluster of each row (list number, id). With pairs, a row that no pair names stands alone."""
    sheet = read_sheet(path)
    ours = {(0, own) for own in lists.ids[: lists.first]} | {(1, own) for own in lists.ids[lists.first :]}
    if {"id", "cluster"} <= set(sheet.cells):
        return _clusters(sheet, ours, lists)
    if {"id_a", "id_b"} <= set(sheet.cells):
        return _pairs(sheet, ours, two_lists=lists.first < len(lists.ids))
    raise InputError(f"{path.name}: needs the columns id,cluster or id_a,id_b; the first row must hold them.")


def _clusters(sheet: Sheet, ours: set[Key], lists: Lists) -> dict[Key, str]:
    if shared := lists.shared_id:
        raise InputError(f"{sheet.path.name}: both lists use the id {shared}; give the truth as id_a,id_b instead.")
    home = {own: (number, own) for number, own in ours}
    found: dict[Key, str] = {}
    for row, (own, cluster) in enumerate(zip(sheet.cells["id"], sheet.cells["cluster"], strict=True)):
        key = home.get(own.strip())
        if key is None:
            raise InputError(f"{sheet.where(row)}, column id: no list has this id; correct it or leave the row out.")
        if key in found:
            raise InputError(f"{sheet.where(row)}, column id: occurs twice; give each id one cluster.")
        if not cluster.strip():
            raise InputError(f"{sheet.where(row)}, column cluster: is empty; leave the row out when the truth is not known.")
        found[key] = cluster.strip()
    return found


def _pairs(sheet: Sheet, ours: set[Key], *, two_lists: bool) -> dict[Key, str]:
    parent: dict[Key, Key] = {key: key for key in sorted(ours)}

    def root(key: Key) -> Key:
        while parent[key] != key:
            parent[key] = key = parent[parent[key]]
        return key

    for row, (one, other) in enumerate(zip(sheet.cells["id_a"], sheet.cells["id_b"], strict=True)):
        sides = ((0, one.strip()), (int(two_lists), other.strip()))
        for column, key in zip(("id_a", "id_b"), sides, strict=True):
            if key not in parent:
                which = "second list" if key[0] else "first list" if two_lists else "list"
                raise InputError(f"{sheet.where(row)}, column {column}: is no id of the {which}; correct it.")
        parent[root(sides[0])] = root(sides[1])
    return {key: "\t".join(map(str, root(key))) for key in parent}
