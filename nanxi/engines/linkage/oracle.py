# pyright: basic
"""Splink 5 beside this engine, on the same derived columns: scores a model of ours, or trains one of its own.

For tests and benches: Splink is in the test lock only; nothing of the everyday path imports this module.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from .agree import Slip, slips
from .comparisons import Comparison
from .link import Scorer
from .model import Model, as_json
from .table import Bags, Floats, Rows, Table, Words

#: Pairs that Splink draws for u; with fewer, rare levels stay untrained (identity-scoring notes §1).
RANDOM_PAIRS = 2e7
#: Passes whose pairs are nearly all right, for the rarity of a match; and passes for EM, which leaves out what a pass looks at.
SURE = (("id_valid",), ("id_no",), ("given", "surname"))
SESSIONS = (("birth",), ("given", "surname"), ("name", "birth"), ("phones", "surname_sound"), ("id_valid",))


def weights(scorer: Scorer, left: Rows, right: Rows) -> Floats:
    """Splink's match weight of these pairs, of the scorer's model and frequencies."""
    from splink import DuckDBAPI, Linker

    database = duckdb.connect()
    database.register("rows_arrow", arrow(scorer.table, scorer.shares))
    database.execute("CREATE TABLE people AS SELECT * FROM rows_arrow")
    pairs = pa.table({"match_key": pa.array(["0"] * left.size), "join_key_l": left, "join_key_r": right})
    database.register("pairs_arrow", pairs)
    database.execute("CREATE TABLE pairs AS SELECT * FROM pairs_arrow")
    api = DuckDBAPI(connection=database)
    linker = Linker(api.register("people"), _settings(scorer.model))
    linker.table_management.register_blocked_pairs_for_predict(api.register("pairs"))
    scored = linker.inference.predict()
    asked = f"SELECT unique_id_l, unique_id_r, match_weight FROM {scored.physical_name}"
    found = {(int(a), int(b)): float(w) for a, b, w in database.execute(asked).fetchall()}
    return np.array([found[int(a), int(b)] for a, b in zip(left, right, strict=True)])


def kept_by_splink(scorer: Scorer) -> object:
    """The scorer's model after Splink has read it and written it again."""
    from splink import DuckDBAPI, Linker

    database = duckdb.connect()
    database.register("rows_arrow", arrow(scorer.table, {}))
    database.execute("CREATE TABLE people AS SELECT * FROM rows_arrow")
    return Linker(DuckDBAPI(connection=database).register("people"), _settings(scorer.model)).misc.save_model_to_json()


def train_and_predict(
    table: Table, comparisons: Sequence[Comparison], passes: Sequence[Sequence[str]], threshold: float
) -> tuple[Rows, Rows, Floats]:
    """Pairs of at least `threshold` after Splink's own training with our comparisons and passes: left, right, weight."""
    from splink import DuckDBAPI, Linker

    database = duckdb.connect()
    database.register("rows_arrow", arrow(table, {}))
    api = DuckDBAPI(connection=database)
    if table.two_lists:
        for name, test in (("first", "<"), ("second", ">=")):
            database.execute(f"CREATE TABLE {name}_rows AS SELECT * FROM rows_arrow WHERE unique_id {test} {table.first}")
        tables: Any = [api.register("first_rows"), api.register("second_rows")]
    else:
        database.execute("CREATE TABLE people AS SELECT * FROM rows_arrow")
        tables = api.register("people")
    settings = _settings(_untrained(comparisons), two_lists=table.two_lists)
    for comparison in settings["comparisons"]:
        for level in comparison["comparison_levels"]:
            level.pop("m_probability", None)
            level.pop("u_probability", None)
    settings["blocking_rules_to_generate_predictions"] = [{"blocking_rule": _rule(table, columns)} for columns in passes]
    linker = Linker(tables, settings)
    sure: list[Any] = [_rule(table, columns) for columns in passes if columns in SURE]
    linker.training.estimate_probability_two_random_records_match(sure or [_rule(table, passes[0])], recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=1)
    for columns in passes:
        if columns in SESSIONS:
            linker.training.estimate_parameters_using_expectation_maximisation(_rule(table, columns))
    scored = linker.inference.predict(threshold_match_probability=threshold)
    asked = f"SELECT unique_id_l, unique_id_r, match_weight FROM {scored.physical_name}"
    found = np.array(database.execute(asked).fetchall(), np.float64).reshape(-1, 3)
    return found[:, 0].astype(np.int64), found[:, 1].astype(np.int64), found[:, 2]


def arrow(table: Table, shares: dict[str, Floats]) -> pa.Table:
    """The derived columns as an Arrow table, with `unique_id` the row's number and tf_ columns of the frequencies."""
    columns: dict[str, Any] = {"unique_id": pa.array(range(table.rows), pa.int64())}
    for name, column in table.columns.items():
        kind = pa.list_(pa.string()) if isinstance(column, Bags) else pa.string()
        columns[name] = pa.array(column.words(), kind)
        if isinstance(column, Words) and name in SLIPS:
            forms = [sorted(slips(word)) if word else None for word in column.words()]
            columns[Slip(name).bag] = pa.array(forms, pa.list_(pa.string()))
    for name, of_row in shares.items():
        told = table.words(name).codes >= 0
        columns[f"tf_{name}"] = pa.array(np.where(told, of_row, np.nan), pa.float64(), mask=~told)
    return pa.table(columns)


#: Columns that a comparison asks for one slip.
SLIPS = frozenset({"name_sound", "id_written", "birth", "phone"})


def _settings(model: Model, *, two_lists: bool = False) -> dict[str, Any]:
    settings = json.loads(json.dumps(as_json(model, two_lists=two_lists)))
    settings["blocking_rules_to_generate_predictions"] = ["1=1"]
    return settings


def _untrained(comparisons: Sequence[Comparison]) -> Model:
    shares = tuple(tuple(0.5 for _ in comparison.levels) for comparison in comparisons)
    return Model(tuple(comparisons), shares, shares, 1e-4)


def _rule(table: Table, columns: Sequence[str]) -> str:
    """A pass as SQL; a column of several words by its first word, which is what Splink can hash."""
    tests = [
        f'l."{column}"[1] = r."{column}"[1]' if isinstance(table.columns[column], Bags) else f'l."{column}" = r."{column}"'
        for column in columns
    ]
    return " AND ".join(tests)
