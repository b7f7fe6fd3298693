"""The commands on plain files: columns as written in the contract, bad input named by row and column, nothing half-written."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from nanxi.cli import main
from nanxi.engines.epi.tests.reference import column, grouped, table


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def daily(path: Path, counts: Sequence[float], name: str = "incidence") -> Path:
    days = [f"2020-01-{day:02d},{count:g}" for day, count in enumerate(counts, start=1)]
    return write(path, f"date,{name}\n" + "\n".join(days) + "\n")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.csv"


def test_rt_with_the_contract_s_columns(tmp_path: Path, out: Path) -> None:
    flu = grouped(table("acc_epiestim_incidence.csv"), "dataset")[("Flu2009",)]
    si = grouped(table("acc_epiestim_si.csv"), "dataset")[("Flu2009",)]
    incidence = write(tmp_path / "i.csv", "t,incidence\n" + "".join(f"{r['t']},{r['incidence']}\n" for r in flu))
    weights = write(tmp_path / "si.csv", "k,w\n" + "".join(f"{r['k']},{r['w']}\n" for r in si))
    assert main(["epi", "rt", "--incidence", str(incidence), "--si", str(weights), "-o", str(out)]) == 0
    found = rows(out)
    assert list(found[0]) == ["t_start", "t_end", "mean", "sd", "q025", "median", "q975"]
    expected = grouped(table("acc_epiestim_expected.csv"), "dataset", "method")["Flu2009", "non_parametric_si"]
    np.testing.assert_allclose(column(found, "mean"), column(expected, "Mean_R_"), rtol=1e-9)
    assert (found[0]["t_start"], found[0]["t_end"]) == ("2", "8")


def test_series_and_dates_come_back_as_given(tmp_path: Path, out: Path) -> None:
    lines = [f"2020-02-{day:02d},{name},{day}" for name in ("A", "B") for day in range(1, 15)]
    source = write(tmp_path / "i.csv", "date,series,incidence\n" + "\n".join(lines) + "\n")
    plot = tmp_path / "r.svg"
    assert main(["epi", "rt", "--incidence", str(source), "-o", str(out), "--plot", str(plot)]) == 0
    found = rows(out)
    assert {row["series"] for row in found} == {"A", "B"}
    assert found[0]["t_end"] == "2020-02-08"
    assert plot.read_text(encoding="utf-8").startswith("<svg")


def test_farrington_columns_and_alarms(tmp_path: Path, out: Path) -> None:
    counts = table("acc_salmonella_agona_series.csv")
    source = write(tmp_path / "c.csv", "t,observed\n" + "".join(f"{r['t']},{r['observed']}\n" for r in counts))
    words = [
        "epi",
        "alarms",
        "--method",
        "farrington",
        "--counts",
        str(source),
        "--b",
        "4",
        "--w",
        "3",
        "--alpha",
        "0.1",
        "-o",
        str(out),
    ]
    assert main(words) == 0
    found = rows(out)
    assert list(found[0]) == ["t", "observed", "expected", "upperbound", "p", "alarm"]
    assert {int(r["t"]) for r in found if r["alarm"] == "1" and 282 <= int(r["t"]) <= 312} == {283, 284, 285, 288, 294}


@pytest.mark.parametrize("method", ["gamma-poisson", "ears-c1", "ears-c2", "ears-c3", "glr-nb"])
def test_daily_methods_find_a_planted_outbreak(tmp_path: Path, out: Path, method: str) -> None:
    rng = np.random.default_rng(4)
    counts = rng.poisson(5, 60).tolist()
    counts[55:58] = [30, 40, 45]
    source = write(tmp_path / "c.csv", "t,count\n" + "".join(f"{t},{c}\n" for t, c in enumerate(counts, start=1)))
    assert main(["epi", "alarms", "--method", method, "--counts", str(source), "-o", str(out)]) == 0
    alarms = {int(row["t"]) for row in rows(out) if row["alarm"] == "1"}
    assert alarms & {56, 57, 58}


def test_a_short_series_is_too_short_to_say(tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write(tmp_path / "c.csv", "t,count\n1,2\n2,0\n3,1\n")
    assert main(["epi", "alarms", "--method", "gamma-poisson", "--counts", str(source), "-o", str(out)]) == 0
    assert "too few days" in capsys.readouterr().err
    assert rows(out) == []


def test_forecast_score_and_naive(tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    past, whole = [2, 3, 5, 6, 9, 11, 14, 16, 18, 19, 21, 20, 18, 17], [15, 14, 12, 11, 9, 8, 7]
    known, later = daily(tmp_path / "known.csv", past), daily(tmp_path / "later.csv", past + whole)
    other = tmp_path / "naive.csv"
    assert main(["epi", "forecast", "--incidence", str(known), "-o", str(out), "--plot", str(tmp_path / "f.svg")]) == 0
    assert main(["epi", "forecast", "--incidence", str(known), "--model", "naive", "-o", str(other)]) == 0
    first = out.read_bytes()
    assert rows(out)[0]["t"] == "2020-01-15"
    assert main(["epi", "forecast", "--incidence", str(known), "-o", str(out)]) == 0
    assert out.read_bytes() == first, "the same seed gives the same bytes"
    scored = tmp_path / "s.csv"
    assert (
        main(["epi", "score", "--forecast", str(out), "--observed", str(later), "--against", str(other), "-o", str(scored)]) == 0
    )
    assert len(rows(scored)) == 7
    assert "of the other forecast" in capsys.readouterr().err


def test_import_explains_itself_exactly(tmp_path: Path, out: Path) -> None:
    origins = write(tmp_path / "o.csv", "origin,cases14,population\nWuhan,2000,11000000\nHangzhou,40,10000000\n")
    arrivals = write(tmp_path / "a.csv", "town,origin,arrivals\nOubei,Wuhan,300\nOubei,Hangzhou,900\nYantou,Hangzhou,50\n")
    assert main(["epi", "import", "--arrivals", str(arrivals), "--origins", str(origins), "-o", str(out)]) == 0
    first = rows(out)[0]
    assert (first["town"], first["origin_1"]) == ("Oubei", "Wuhan")
    assert float(first["expected"]) == pytest.approx(float(first["expected_1"]) + float(first["expected_2"]), rel=1e-9)
    assert float(first["expected_1"]) == pytest.approx(300 * 3 * 2000 / 11_000_000, rel=1e-9)


def test_nowcast_adds_what_is_on_its_way(tmp_path: Path, out: Path) -> None:
    lines = [f"{onset},{onset + delay}" for onset in range(1, 31) for delay in (1, 2, 2, 3, 5) if onset + delay <= 30]
    source = write(tmp_path / "l.csv", "onset,report\n" + "\n".join(lines) + "\n")
    assert main(["epi", "nowcast", "--cases", str(source), "--today", "30", "--days", "20", "-o", str(out)]) == 0
    found = {row["date"]: row for row in rows(out)}
    assert found["30"]["expected"] == "", "nothing is known of today"
    assert float(found["28"]["expected"]) > float(found["28"]["reported"])
    assert float(found["15"]["expected"]) == pytest.approx(5, abs=0.5)


def test_workload_says_when_beds_run_short(tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = daily(tmp_path / "i.csv", [3, 4, 6, 7, 9, 11, 14, 16, 18, 19])
    words = ["epi", "workload", "--incidence", str(source), "--contacts-per-case", "8", "--beds", "900", "-o", str(out)]
    assert main(words) == 0
    assert "short from" in capsys.readouterr().err
    assert {"followed_q50", "beds_q95", "workers_q80"} <= set(rows(out)[0])


BAD = [
    ("date,incidence\n2020-01-01,1\n2020-01-02,-3\n", "row 3, column incidence"),
    ("date,incidence\n2020-01-01,1\n2020-01-03,3\n", "2020-01-02 is missing"),
    ("date,incidence\n2020-01-01,1\n2020-01-01,3\n", "occurs twice"),
    ("date,incidence\n2020-01-01,many\n", "row 2, column incidence"),
    ("date,incidence\n1.1.2020,2\n", "row 2, column date"),
    ("date,incidence\n2020-01-01,99000000\n", "is the column cumulative"),
    ("day,incidence\n1,2\n", "column t or date is missing"),
    ("date,cases\n2020-01-01,2\n", "column incidence is missing"),
    ("date,incidence\n", "holds no row"),
    ("date,incidence\n2020-01-01,1\n2020-01-02,1\n2020-01-03,2\n", "too few to say"),
    ("date,incidence,imported\n2020-01-01,1,2\n", "column imported"),
]


@pytest.mark.parametrize(("content", "sentence"), BAD)
def test_bad_incidence_is_named(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str], content: str, sentence: str
) -> None:
    source = write(tmp_path / "i.csv", content)
    assert main(["epi", "rt", "--incidence", str(source), "-o", str(out)]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert "Traceback" not in said
    assert not out.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("k,w\n0,0\n1,0.5\n2,0.2\n", "sums to 0.7"),
        ("k,w\n0,0.2\n1,0.8\n", "lag k=0"),
        ("k,w\n0,0\n2,1\n", "lag k=1 is missing"),
    ],
)
def test_a_bad_serial_interval_is_named(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str], content: str, sentence: str
) -> None:
    source = daily(tmp_path / "i.csv", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    weights = write(tmp_path / "si.csv", content)
    assert main(["epi", "rt", "--incidence", str(source), "--si", str(weights), "-o", str(out)]) == 2
    assert sentence in capsys.readouterr().err


def test_an_unknown_origin_and_an_empty_population_are_named(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    origins = write(tmp_path / "o.csv", "origin,cases14,population\nWuhan,2000,0\n")
    arrivals = write(tmp_path / "a.csv", "town,origin,arrivals\nOubei,Xi,300\n")
    assert main(["epi", "import", "--arrivals", str(arrivals), "--origins", str(origins), "-o", str(out)]) == 2
    assert "row 2, column population" in capsys.readouterr().err
    write(origins, "origin,cases14,population\nWuhan,2000,11000000\n")
    assert main(["epi", "import", "--arrivals", str(arrivals), "--origins", str(origins), "-o", str(out)]) == 2
    assert "row 2, column origin: Xi" in capsys.readouterr().err
