"""A file read by columns and by rows is the same log, and what is wrong in it is named as before."""
# pyright: basic

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanxi.cli import InputError
from nanxi.engines.fence import columns, files

ORDERS = "order,lon,lat,radius_m,start,end\nA,120.69,28.15,100,1580691600,1581901200\nB,120.7,28.2,80,1580691600,1581901200\n"
COLUMNS = {
    "order": ["A", "B", " A ", "nobody", ""],
    "time": ["1580691660", "1580691720.25", "2020-02-03T09:03:00+08:00", "2020-02-03 01:04:00.123456Z", "2020-02-03T01:05+00"],
    "lon": ["120.69", " 120.7", "1.2069e2", "120.690001"],
    "lat": ["28.15", "28.2 ", "28.1500001"],
    "acc": ["", "8", "-1", "0", "12.5"],
    "source": ["", "phone", "Door", "checkpoint", "web", "checkin "],
    "mock": ["", "1", "no", "True"],
    "datum": ["", "GCJ-02", "baidu", "wgs84"],
    "received": ["", "1580691800", "2020-02-03T09:20:00+08:00"],
    "trigger": ["", "leave", "Enter"],
    "remark": ["", "met at the door", "你好"],
}
#: What is wrong, in whichever column.
WRONG = ["", "x", "1580691600000", "nan", "inf", "1_0", "+5", "２", "2020-02-03T10:00:00", "99", "0x1p3"]


@st.composite
def tables(draw: st.DrawFn) -> str:
    names = ["order", "time", "lon", "lat", *draw(st.lists(st.sampled_from(list(COLUMNS)[4:]), unique=True))]
    names = draw(st.permutations(names))
    rows = draw(st.lists(st.tuples(*(st.sampled_from(COLUMNS[name]) for name in names)), max_size=8))
    if rows and draw(st.booleans()):
        at, column = draw(st.integers(0, len(rows) - 1)), draw(st.integers(0, len(names) - 1))
        rows[at] = tuple(draw(st.sampled_from(WRONG)) if n == column else text for n, text in enumerate(rows[at]))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return draw(st.sampled_from(["", "\ufeff"])) + end.join(",".join(row) for row in [tuple(names), *rows]) + end


def told(read, path, orders) -> tuple:
    try:
        log = read(path, orders)
    except InputError as why:
        return (str(why),)
    return log.pings.tobytes(), log.unknown, log.numeric


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("columns")
    (made / "orders.csv").write_text(ORDERS)
    return made


@settings(max_examples=400, deadline=None)
@given(tables())
def test_both_ways_of_reading_tell_the_same(folder, text: str) -> None:
    orders = files.read_places(folder / "orders.csv", "order")
    (folder / "positions.csv").write_text(text, encoding="utf-8", newline="")
    path = folder / "positions.csv"
    assert told(columns.read_positions, path, orders) == told(files.read_positions, path, orders)


@pytest.mark.parametrize("row", [
    'A,1580691660,"120.69",28.15', "A,1580691660,120.69", "A,1580691660,120.69,28.15,7", "", "A,1580691660,120.69,28.15\x00",
])  # fmt: skip
def test_odd_rows_are_left_to_the_reading_by_rows(folder, row: str) -> None:
    orders = files.read_places(folder / "orders.csv", "order")
    path = folder / "odd.csv"
    path.write_text(f"order,time,lon,lat\n{row}\nB,1580691660,120.7,28.2\n", newline="")
    assert told(columns.read_positions, path, orders) == told(files.read_positions, path, orders)


@pytest.mark.parametrize("column", list(COLUMNS)[:-1])
def test_each_wrong_value_in_each_column_is_named_as_by_rows(folder, column: str) -> None:
    orders, path = files.read_places(folder / "orders.csv", "order"), folder / "wrong.csv"
    for wrong in WRONG:
        row = {name: texts[1] for name, texts in COLUMNS.items()} | {"order": "A", "lon": "120.69", column: wrong}
        path.write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n", encoding="utf-8", newline="")
        assert told(columns.read_positions, path, orders) == told(files.read_positions, path, orders), wrong


def test_a_plain_file_never_reaches_the_reading_by_rows(folder, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = files.read_places(folder / "orders.csv", "order")
    path = folder / "plain.csv"
    lines = [f"A,{1580691600 + n},120.69,28.15,{n % 9},{'door' if n % 5 else 'phone'}" for n in range(300)]
    path.write_text("order,time,lon,lat,acc,source\n" + "\n".join(lines), newline="")
    expected = files.read_positions(path, orders).pings
    monkeypatch.setattr(files, "read_positions", None)
    monkeypatch.setattr(columns, "BLOCK", 1 << 10)
    found = columns.read_positions(path, orders).pings
    assert np.array_equal(found["digest"], expected["digest"])
    assert found.tobytes() == expected.tobytes()
