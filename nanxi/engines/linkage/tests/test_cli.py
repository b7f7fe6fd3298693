# pyright: basic
"""`nanxi link` as a stranger uses it: files in, files out, and what it says to bad ones."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from nanxi.cli import main

REGISTER = """id,姓名,身份证号,联系电话,现住址,出生日期
1,陈伟明,11010519491231002X,13800000001,永嘉县桥头镇前村1号,
2,陳偉明先生,,13800000001,浙江省温州市永嘉县桥头镇前村1号,1949.12.31
3,CHEN WEIMING,,+86 13800000001,,1949-12-31
4,陈红,,13800000001,永嘉县桥头镇前村1号,1952-03-05
5,林丽,,13900000001,永嘉县瓯北街道后村3号,1990-02-03
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text(REGISTER, encoding="utf-8")
    return tmp_path


def rows(path: str) -> list[list[str]]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["link", *words]) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert "Traceback" not in line
    return line


def test_one_list_gives_pairs_and_persons(folder: Path) -> None:
    assert main(["link", "a.csv", "-o", "pairs.csv", "--clusters", "c.csv"]) == 0
    pairs = rows("pairs.csv")
    assert pairs[0] == ["id_a", "id_b", "probability", "weight"]
    assert [pair[:2] for pair in pairs[1:]] == [["1", "2"], ["1", "3"], ["2", "3"]]
    assert all(abs(float(p) - 1 / (1 + 2 ** -float(w))) < 1e-8 for _, _, p, w in pairs[1:])
    # 陈红 shares house and phone with 陈伟明: his family, not him.
    assert rows("c.csv") == [["id", "cluster"], ["1", "1"], ["2", "1"], ["3", "1"], ["4", "4"], ["5", "5"]]


def test_two_lists_pair_only_across_and_columns_pair_by_kind(folder: Path) -> None:
    Path("b.csv").write_text(
        "编号,旅客姓名,证件号码,手机\nx,陈伟明,110105491231002,13800000001\ny,陈炜明,11010519491231002x,\nz,王五,,13700000009\n",
        encoding="gb18030",
    )
    assert main(["link", "a.csv", "b.csv", "-o", "pairs.csv"]) == 0
    found = {tuple(pair[:2]) for pair in rows("pairs.csv")[1:]}
    assert {("1", "x"), ("1", "y")} <= found
    assert {a for a, _ in found} <= {"1", "2", "3"} and {b for _, b in found} <= {"x", "y"}


def test_truth_in_both_forms_prints_the_same_figures(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("t.csv").write_text("id,cluster\n1,p\n2,p\n3,p\n4,q\n5,r\n", encoding="utf-8")
    Path("u.csv").write_text("id_a,id_b\n1,2\n2,3\n", encoding="utf-8")
    told = []
    for truth in ("t.csv", "u.csv"):
        assert main(["link", "a.csv", "-o", "pairs.csv", "--truth", truth, "--json"]) == 0
        told.append(json.loads(capsys.readouterr().out)["truth"])
    assert told[0] == told[1]
    assert (told[0]["precision"], told[0]["recall"], told[0]["f1"], told[0]["b3"]) == (1, 1, 1, 1)


def test_parquet_in_and_out_like_csv(folder: Path) -> None:
    cells = rows("a.csv")
    columns = {name: [row[at] or None for row in cells[1:]] for at, name in enumerate(cells[0])}
    pyarrow.parquet.write_table(pa.table(columns), "a.parquet")
    assert main(["link", "a.csv", "-o", "pairs.csv"]) == 0
    assert main(["link", "a.parquet", "-o", "pairs.parquet"]) == 0
    table = pyarrow.parquet.read_table("pairs.parquet")
    assert [[str(row["id_a"]), row["id_b"]] for row in table.to_pylist()] == [row[:2] for row in rows("pairs.csv")[1:]]
    assert table.schema.field("weight").type == pa.float64()


def test_a_specification_names_what_names_do_not_tell(folder: Path) -> None:
    Path("s.csv").write_text("k,w,h,t\n1,林丽,1990-01-02,13900000001\n2,林莉,1990-01-02,13900000001\n", encoding="utf-8")
    Path("spec.toml").write_text('[columns]\nk = "id"\nw = "full_name"\nh = "dob"\nt = "phone"\n', encoding="utf-8")
    assert main(["link", "s.csv", "-o", "pairs.csv", "--spec", "spec.toml"]) == 0
    assert [row[:2] for row in rows("pairs.csv")[1:]] == [["1", "2"]]


def test_kept_weights_give_the_same_answer(folder: Path) -> None:
    assert main(["link", "a.csv", "-o", "pairs.csv", "--model-out", "m.json"]) == 0
    assert main(["link", "a.csv", "-o", "again.csv", "--model", "m.json"]) == 0
    assert Path("again.csv").read_bytes() == Path("pairs.csv").read_bytes()


BAD = {
    "no such file": ("gone.csv", None, "gone.csv: there is no such file"),
    "header only": ("b.csv", b"id,name\n", "b.csv: holds no row"),
    "empty": ("b.csv", b"", "b.csv: holds no row"),
    "id twice": ("b.csv", b"id,name\n1,a b\n1,c d\n", "b.csv row 3, column id: occurs twice (see row 2)"),
    "no id": ("b.csv", b"id,name\n1,a b\n,c d\n", "b.csv row 3, column id: is empty"),
    "too many cells": ("b.csv", b"id,name\n1,a\n2,b,c\n", "b.csv row 3: has 3 cells, the header 2"),
    "open quote": ("b.csv", b'id,name\n1,"a\n2,b\n', "b.csv line 3: is no CSV"),
    "two columns of a name": ("b.csv", b"id,name,name\n1,a,b\n", "b.csv row 1: the column name occurs twice"),
    "two columns of a kind": ("b.csv", "id,name,姓名\n1,a,b\n".encode(), "the columns name and 姓名 both hold name"),
    "nothing to compare": ("b.csv", b"id,colour\n1,red\n", "b.csv: no column to compare"),
    "workbook": ("b.csv", b"PK\x03\x04\0\0", "b.csv: is no text"),
    "other encoding": ("b.csv", b"id,name\n1,\xff\xff\n", "b.csv: is neither UTF-8 nor GB18030"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_list_is_refused_in_one_line(folder: Path, capsys: pytest.CaptureFixture[str], case: str) -> None:
    name, content, sentence = BAD[case]
    if content is not None:
        Path(name).write_bytes(content)
    assert sentence in said(capsys, name, "-o", "pairs.csv", "--clusters", "c.csv")
    assert not Path("pairs.csv").exists()
    assert not Path("c.csv").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["a.csv", "a.csv", "a.csv", "-o", "p.csv"], "LIST: give one list, or two"),
        (["a.csv", "-o", "p.csv", "--threshold", "1"], "--threshold: must lie between 0 and 1"),
        (["a.csv", "-o", "a.csv"], "a.csv: would be written over"),
        (["a.csv", "-o", "p.csv", "--clusters", "p.csv"], "p.csv: would be written over"),
        (["a.csv", "-o", "gone/p.csv"], "p.csv: cannot be written"),
        (["a.csv", "-o", "p.csv", "--clusters", "gone/c.csv"], "c.csv: cannot be written"),
        (["a.csv", "copy.csv", "-o", "p.csv", "--clusters", "c.csv"], "copy.csv: both lists use the id 1"),
        (["a.csv", "-o", "p.csv", "--spec", "kind.toml"], "kind.toml: [columns] 姓名: there is no kind 'nickname'"),
        (["a.csv", "-o", "p.csv", "--spec", "column.toml"], "column.toml: [columns] names colour, which no list has"),
        (["a.csv", "-o", "p.csv", "--spec", "broken.toml"], "broken.toml: is no TOML"),
        (["a.csv", "-o", "p.csv", "--truth", "strange.csv"], "strange.csv row 3, column id_b: is no id of the list"),
        (["a.csv", "-o", "p.csv", "--truth", "a.csv"], "a.csv: needs the columns id,cluster or id_a,id_b"),
        (["a.csv", "-o", "p.csv", "--model", "column.toml"], "column.toml: is no model"),
        (["a.csv", "-o", "p.csv", "--model", "untrained.json"], "untrained.json: "),
    ],
)  # fmt: skip
def test_bad_words_are_refused_in_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    Path("copy.csv").write_text(REGISTER, encoding="utf-8")
    Path("kind.toml").write_text('[columns]\n"姓名" = "nickname"\n', encoding="utf-8")
    Path("column.toml").write_text('[columns]\ncolour = "category"\n', encoding="utf-8")
    Path("broken.toml").write_text("[columns\n", encoding="utf-8")
    Path("strange.csv").write_text("id_a,id_b\n1,2\n1,9\n", encoding="utf-8")
    Path("untrained.json").write_text('{"probability_two_random_records_match": 0.1, "comparisons": []}', encoding="utf-8")
    assert sentence in said(capsys, *words)
    assert not Path("p.csv").exists()
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]
