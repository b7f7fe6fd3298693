"""The commands on plain files: columns as written in the contract, bad input named by row and column, nothing half-written."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from nanxi.cli import main
from nanxi.engines.epi.tests.reference import column, grouped, table

ORIGIN = "origin,cases14,population\nW,10,90000\n"
SCREENED = "origin,cases14,population,not_screened\nW,1,9,4\n"
ARRIVAL = "town,origin,arrivals\nOubei,W,300\n"


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


def test_an_uncertain_interval_widens_the_answer(tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = daily(tmp_path / "i.csv", [2, 3, 5, 6, 9, 11, 14, 16, 18, 19, 21, 24, 27, 30])
    words = ["epi", "rt", "--incidence", str(source), "-o", str(out)]
    assert main(words) == 0
    known = rows(out)[-1]
    assert main([*words, "--si-uncertain"]) == 0
    first, unsure = out.read_bytes(), rows(out)[-1]
    assert float(unsure["q025"]) < float(known["q025"])
    assert float(unsure["q975"]) > float(known["q975"])
    assert main([*words, "--si-uncertain"]) == 0
    assert out.read_bytes() == first, "the same seed gives the same bytes"
    weights = write(tmp_path / "si.csv", "k,w\n0,0\n1,1\n")
    assert main([*words, "--si", str(weights), "--si-uncertain"]) == 2
    assert "--si gives one exact interval" in capsys.readouterr().err


def test_imported_cases_are_not_counted_as_infected_here(tmp_path: Path, out: Path) -> None:
    counts = [2, 3, 5, 6, 9, 11, 14, 16, 18, 19, 21, 24]
    plain = daily(tmp_path / "i.csv", counts)
    lines = [f"2020-01-{day:02d},{c},{c // 2}" for day, c in enumerate(counts, start=1)]
    split = write(tmp_path / "s.csv", "date,incidence,imported\n" + "\n".join(lines) + "\n")
    assert main(["epi", "rt", "--incidence", str(plain), "-o", str(out)]) == 0
    together = float(rows(out)[-1]["mean"])
    assert main(["epi", "rt", "--incidence", str(split), "-o", str(out)]) == 0
    assert float(rows(out)[-1]["mean"]) == pytest.approx(together / 2, rel=0.1)


def test_an_empty_cell_is_not_known_and_zero_is_none(tmp_path: Path, out: Path) -> None:
    lines = [f"{t},{'' if t == 40 else 5}" for t in range(1, 60)]
    source = write(tmp_path / "c.csv", "t,count\n" + "\n".join(lines) + "\n")
    assert main(["epi", "alarms", "--method", "gamma-poisson", "--counts", str(source), "-o", str(out)]) == 0
    found = {row["t"]: row for row in rows(out)}
    assert (found["40"]["observed"], found["40"]["p"], found["40"]["alarm"]) == ("", "", "0")
    assert float(found["50"]["expected"]) == pytest.approx(5, rel=0.1), "the closed day did not count as a zero"


def test_running_totals_become_daily_counts(tmp_path: Path, out: Path) -> None:
    totals = [2, 4, 1, 10, 18, 32, 60, 114]
    source = write(tmp_path / "t.csv", "date,total\n" + "".join(f"2020-01-{d},{n}\n" for d, n in enumerate(totals, start=21)))
    assert main(["epi", "daily", "--totals", str(source), "-o", str(out)]) == 0
    found = rows(out)
    assert [row["incidence"] for row in found] == ["1", "0", "0", "9", "8", "14", "28", "54"]
    assert found[2]["flag"] == "total taken back"
    answer = tmp_path / "r.csv"
    assert main(["epi", "rt", "--incidence", str(out), "-o", str(answer)]) == 0
    assert rows(answer)[-1]["t_end"] == "2020-01-28"


REFUSED = [
    (["alarms", "--method", "ears-c2", "--alpha", "0"], "alpha must lie between"),
    (["alarms", "--method", "gamma-poisson", "--alpha", "2"], "alpha must lie between"),
    (["alarms", "--method", "farrington", "--b", "0"], "b and noPeriods must be at least 1"),
    (["alarms", "--method", "farrington", "--thresholdMethod", "magic"], "thresholdMethod must be one of"),
    (["alarms", "--method", "farrington", "--limit54", "five"], "--limit54 'five'"),
    (["alarms", "--method", "percentile", "--b", "0"], "years must be at least 1"),
    (["alarms", "--method", "glr-nb", "--threshold", "0"], "threshold must be above 0"),
    (["rt", "--window", "0"], "window of 0 days"),
    (["rt", "--prior-sd", "0"], "prior mean and sd"),
    (["rt", "--si-mean", "0.5"], "give a mean above 1 day"),
    (["rt", "--si-uncertain", "--si-draws", "1000000"], "--si-draws must lie"),
    (["forecast", "--days", "1000000000"], "--days must lie"),
    (["forecast", "--paths", "1000000000"], "--paths must lie"),
    (["forecast", "--damping", "3"], "--damping must lie"),
    (["workload", "--contacts-per-case", "-1"], "--contacts-per-case must lie"),
    (["workload", "--contacts-per-case", "8", "--beds", "0"], "--beds must be above 0"),
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize(("words", "sentence"), REFUSED)
def test_settings_that_mean_nothing_are_refused(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    name = "count" if words[0] == "alarms" else "incidence"
    source = daily(tmp_path / "i.csv", [5, 6, 9, 11, 14, 16, 18, 19, 21, 24], name)
    place = ["--counts" if words[0] == "alarms" else "--incidence", str(source)]
    assert main(["epi", words[0], *place, *words[1:], "-o", str(out)]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert "Traceback" not in said
    assert not out.exists()


LISTS = [
    ("nowcast", {"cases": "onset,report\n5,3\n"}, "row 2, column report: is before onset"),
    ("nowcast", {"cases": "onset,report\n2020-01-03,soon\n"}, "row 2, column report: 'soon' is no day"),
    ("import", {"arrivals": "town,origin,arrivals\nOubei,W,-3\n", "origins": ORIGIN}, "row 2, column arrivals: -3 is below 0"),
    ("import", {"arrivals": "town,origin,arrivals\n,W,3\n", "origins": ORIGIN}, "row 2, column town: is empty"),
    ("import", {"arrivals": ARRIVAL, "origins": ORIGIN + "W,3,9\n"}, "row 3, column origin: W occurs twice"),
    ("import", {"arrivals": ARRIVAL, "origins": SCREENED}, "row 2, column not_screened: 4 is no share"),
    ("daily", {"totals": "date,total\n2020-01-01,5\n2020-01-03,6\n"}, "2020-01-02 is missing"),
    ("daily", {"totals": "date,total\n2020-01-01,5\n2020-01-02,-6\n"}, "row 3, column total: -6 is below 0"),
    ("daily", {"totals": "t,total\n99999999999999999999,5\n"}, "row 2, column t"),
]


@pytest.mark.parametrize(("verb", "files", "sentence"), LISTS)
def test_bad_rows_of_the_other_files_are_named(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str], verb: str, files: dict[str, str], sentence: str
) -> None:
    words = [w for name, text in files.items() for w in (f"--{name}", str(write(tmp_path / f"{name}.csv", text)))]
    assert main(["epi", verb, *words, "-o", str(out)]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert "Traceback" not in said
    assert not out.exists()


def test_every_command_draws(tmp_path: Path, out: Path) -> None:
    """Each --plot is one well-formed SVG."""
    incidence = daily(tmp_path / "i.csv", [3, 4, 6, 7, 9, 11, 14, 16, 18, 19, 22, 21, 20, 18])
    answer, cases = tmp_path / "f.csv", tmp_path / "l.csv"
    assert main(["epi", "forecast", "--incidence", str(incidence), "-o", str(answer)]) == 0
    later = daily(tmp_path / "o.csv", [3, 4, 6, 7, 9, 11, 14, 16, 18, 19, 22, 21, 20, 18, 16, 15, 12])
    write(cases, "onset,report\n" + "".join(f"{t},{t + 1 + t % 3}\n" for t in range(1, 30)))
    totals = write(tmp_path / "t.csv", "t,total\n1,3\n2,9\n3,8\n")
    counts = daily(tmp_path / "c.csv", [5] * 28, "count")
    commands = {
        "rt": ["--incidence", str(incidence)],
        "alarms": ["--method", "ears-c2", "--counts", str(counts)],
        "nowcast": ["--cases", str(cases)],
        "import": [
            "--arrivals",
            str(write(tmp_path / "a.csv", ARRIVAL)),
            "--origins",
            str(write(tmp_path / "w.csv", ORIGIN)),
        ],
        "forecast": ["--incidence", str(incidence)],
        "score": ["--forecast", str(answer), "--observed", str(later)],
        "workload": ["--incidence", str(incidence), "--contacts-per-case", "5"],
        "daily": ["--totals", str(totals)],
    }
    for verb, words in commands.items():
        plot = tmp_path / f"{verb}.svg"
        assert main(["epi", verb, *words, "-o", str(out), "--plot", str(plot)]) == 0, verb
        assert ElementTree.parse(plot).getroot().tag.endswith("svg"), verb


def test_a_jump_and_a_closed_day_are_told_and_the_answer_stands(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = daily(tmp_path / "i.csv", [12, 14, 11, 13, 15, 12, 14, 0, 13, 12, 14, 15, 13, 12, 14, 203])
    assert main(["epi", "rt", "--incidence", str(source), "-o", str(out)]) == 0
    told = capsys.readouterr().err
    assert "i.csv row 9, column incidence: 0 after a week of at least 10 a day" in told
    assert "i.csv row 17, column incidence: more than four times" in told
    assert rows(out)


def test_a_growing_outbreak_is_no_jump(tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = daily(tmp_path / "i.csv", [1, 0, 0, 9, 8, 14, 28, 54, 58, 55, 14])
    assert main(["epi", "rt", "--incidence", str(source), "-o", str(out)]) == 0
    assert capsys.readouterr().err == ""
