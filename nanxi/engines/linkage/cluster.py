"""From linked pairs to persons: the surest pair first, two groups only when no veto stands between them and they agree as wholes.

Plain connected components chain neighbours into one person (identity notes §7); here a join needs the mean of all pairs across.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .table import Bools, Floats, Rows

Score = Callable[[Rows, Rows], tuple[Floats, Bools]]
#: Beyond this many rows a component is no person; only its own links are looked at.
LARGE = 300


def clusters(rows: int, left: Rows, right: Rows, weights: Floats, score: Score) -> Rows:
    """int64[rows]: the smallest row of each row's cluster.

    left, right, weights: the links, at most one a pair. score: weights and vetoes of any pairs of rows.
    """
    home = _components(rows, left, right)
    members = np.bincount(home, minlength=rows)
    final = np.arange(rows)
    pairs = members[home[left]] == 2
    final[right[pairs]] = left[pairs]
    for component in np.flatnonzero(members > 2):
        inside = np.flatnonzero(home[left] == component) if members[component] > LARGE else None
        rows_of = np.flatnonzero(home == component) if inside is not None else None
        if rows_of is not None and inside is not None:
            _join(final, rows_of, left[inside], right[inside], weights[inside], np.zeros(inside.size, np.bool_))
    _small(final, home, members, score)
    return _smallest(final)


def _small(final: Rows, home: Rows, members: Rows, score: Score) -> None:
    """Components of 3 to LARGE rows, all their pairs scored at once."""
    order = np.argsort(home, kind="stable")
    start = np.searchsorted(home[order], np.arange(members.size))
    chosen = np.flatnonzero((members > 2) & (members <= LARGE))
    groups = [np.sort(order[start[c] : start[c] + members[c]]) for c in chosen]
    if not groups:
        return
    triangles = [np.triu_indices(group.size, 1) for group in groups]
    lefts = np.concatenate([group[one] for group, (one, _) in zip(groups, triangles, strict=True)])
    rights = np.concatenate([group[two] for group, (_, two) in zip(groups, triangles, strict=True)])
    weights, vetoes = score(lefts, rights)
    at = 0
    for group, (one, _) in zip(groups, triangles, strict=True):
        part = slice(at, at + one.size)
        _join(final, group, lefts[part], rights[part], weights[part], vetoes[part])
        at += one.size


def _join(final: Rows, rows: Rows, left: Rows, right: Rows, weights: Floats, vetoes: Bools) -> None:
    """Average linkage within one component: the pair of groups with the largest mean weight, until none is above 0."""
    size = rows.size
    place = {int(row): number for number, row in enumerate(rows)}
    # An unscored pair of a very large component speaks against.
    total = np.full((size, size), -MISSING)
    one, two = (np.array([place[int(row)] for row in side], np.int64) for side in (left, right))
    total[one, two] = total[two, one] = np.where(vetoes, -VETO, weights)
    np.fill_diagonal(total, 0.0)
    count = np.ones(size)
    alive = np.ones(size, np.bool_)
    group = np.arange(size)
    while True:
        mean = np.where(alive[:, None] & alive[None, :], total / np.outer(count, count), -np.inf)
        np.fill_diagonal(mean, -np.inf)
        best = int(np.argmax(mean))
        first, second = sorted(divmod(best, size))
        if not mean.flat[best] > 0:
            break
        total[first] += total[second]
        total[:, first] += total[:, second]
        count[first] += count[second]
        alive[second] = False
        group[group == second] = first
    final[rows] = rows[group]


#: Weights no score reaches: a veto outweighs any number of agreeing pairs.
VETO, MISSING = 1e9, 5.0


def _components(rows: int, left: Rows, right: Rows) -> Rows:
    """int64[rows]: number of each row's connected component, by its smallest row."""
    parent = list(range(rows))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = row = parent[parent[row]]
        return row

    for one, two in zip(left.tolist(), right.tolist(), strict=True):
        a, b = root(one), root(two)
        parent[max(a, b)] = min(a, b)
    return np.array([root(row) for row in range(rows)], np.int64)


def _smallest(final: Rows) -> Rows:
    smallest = np.full(final.size, final.size, np.int64)
    np.minimum.at(smallest, final, np.arange(final.size))
    return smallest[final]
