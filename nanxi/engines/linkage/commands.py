# pyright: basic
"""What `nanxi link` does with its files, and how it tells the outcome."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from nanxi.cli import InputError

from . import files
from .link import Linked, link
from .measure import Figures, Key, figures
from .model import ModelError, as_json
from .truth import read_truth

PAIRS, CLUSTERS = ("id_a", "id_b", "probability", "weight"), ("id", "cluster")


def link_files(arguments: argparse.Namespace) -> int:
    _check(arguments)
    lists = files.read_lists(arguments.lists, arguments.spec)
    if arguments.clusters and lists.shared_id:
        raise InputError(f"{arguments.lists[1].name}: both lists use the id {lists.shared_id}; make ids unique for --clusters.")
    truth = read_truth(arguments.truth, lists) if arguments.truth else None
    kept_model = files.read_model(arguments.model) if arguments.model else None
    try:
        found = link(lists.kinds, lists.cells, len(lists.ids), lists.first, threshold=arguments.threshold, kept_model=kept_model)
    except ModelError as problem:
        raise InputError(f"{arguments.model.name}: {problem}") from None
    _write(arguments, lists, found)
    score = figures(_clusters(lists, found), truth, across=lists.first < len(lists.ids)) if truth is not None else None
    told = _outcome(lists, found, score)
    if arguments.json:
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        _say(told)
    return 0


def _check(arguments: argparse.Namespace) -> None:
    if len(arguments.lists) > 2:
        raise InputError("LIST: give one list, or two to link; put more into one file with their own ids.")
    if not 0 < arguments.threshold < 1:
        raise InputError("--threshold: must lie between 0 and 1; leave it out for 0.99.")
    given = [*arguments.lists, *filter(None, (arguments.spec, arguments.truth, arguments.model))]
    outputs = [path for path in (arguments.output, arguments.clusters, arguments.model_out) if path]
    for number, path in enumerate(outputs):
        if path.resolve() in {other.resolve() for other in [*given, *outputs[:number]]}:
            raise InputError(f"{path.name}: would be written over; give every output a name of its own.")


def _write(arguments: argparse.Namespace, lists: files.Lists, found: Linked) -> None:
    ids = lists.ids
    pairs = zip(found.left.tolist(), found.right.tolist(), found.probability.tolist(), found.weight.tolist(), strict=True)
    named = [(ids[a], ids[b], float(p), float(w)) for a, b, p, w in pairs]
    if lists.first == len(ids):
        named = [(min(a, b), max(a, b), p, w) for a, b, p, w in named]
    rows = [(a, b, round(p, 9), round(w, 6)) for a, b, p, w in sorted(named)]
    tables: dict[Path, Any] = {arguments.output: (PAIRS, rows)}
    if arguments.clusters:
        tables[arguments.clusters] = (CLUSTERS, _cluster_rows(lists, found))
    model = json.dumps(as_json(found.model, two_lists=lists.first < len(ids)), ensure_ascii=False, indent=1) + "\n"
    files.write_all(tables, {arguments.model_out: model} if arguments.model_out else {})


def _cluster_rows(lists: files.Lists, found: Linked) -> list[tuple[str, str]]:
    """Every row and its cluster, named after the smallest id in it."""
    smallest: dict[int, str] = {}
    for own, cluster in zip(lists.ids, found.cluster.tolist(), strict=True):
        smallest[cluster] = min(own, smallest.get(cluster, own))
    return sorted((own, smallest[cluster]) for own, cluster in zip(lists.ids, found.cluster.tolist(), strict=True))


def _clusters(lists: files.Lists, found: Linked) -> dict[Key, int]:
    return {(int(at >= lists.first), own): int(found.cluster[at]) for at, own in enumerate(lists.ids)}


def _outcome(lists: files.Lists, found: Linked, score: Figures | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "rows": [lists.first, len(lists.ids) - lists.first] if lists.first < len(lists.ids) else [lists.first],
        "compared": dict(lists.kinds),
        "not_compared": list(lists.unused),
        "rows_numbered": lists.numbered,
        "candidates": found.candidates,
        "left_out": found.left_out,
        "pairs": int(found.left.size),
        "persons": int(np.unique(found.cluster).size),
        "doubtful": found.doubtful,
    }
    if score:
        told["truth"] = {
            "precision": score.precision, "recall": score.recall, "f1": score.f1,
            "b3_precision": score.b3_precision, "b3_recall": score.b3_recall, "b3": score.b3,
            "pairs_true": score.pairs_true, "pairs_found": score.pairs_found, "pairs_right": score.pairs_right,
        }  # fmt: skip
    return told


def _say(told: dict[str, Any]) -> None:
    out = sys.stderr
    rows = " + ".join(str(count) for count in told["rows"])
    print(f"{rows} rows → {told['persons']} persons, {told['pairs']} pairs ({told['candidates']} looked at)", file=out)
    print("compared: " + ", ".join(f"{column} ({kind})" for column, kind in told["compared"].items()), file=out)
    if told["not_compared"]:
        print(f"not compared: {', '.join(told['not_compared'])}; name their kinds with --spec if they tell who is who", file=out)
    if told["rows_numbered"]:
        print("a list has no id column: its rows are named by their number in the file", file=out)
    if told["doubtful"]:
        why = "two IDs, two names of one ID, or one household"
        print(f"{told['doubtful']} pairs agree much and were not linked ({why})", file=out)
    for columns, keys in told["left_out"].items():
        print(f"too many rows share one {columns}: {keys} values left out of that pass", file=out)
    if "truth" in told:
        t = told["truth"]
        print(f"precision {t['precision']:.4f}  recall {t['recall']:.4f}  F1 {t['f1']:.4f}  B³ {t['b3']:.4f}")
