"""Is the epidemiology engine fast and right enough: Rt and alarms in batches, false-alarm rates, forecasts of the 2020 cities?

Each block prints what it measured beside its gate. R's packages are timed in the same run where `Rscript` and they are installed
(Debian: r-cran-epiestim, r-cran-surveillance). Nothing here is tuned on what it scores: the forecast's damping is fitted on the
days known at each origin, and its method was chosen on the cities ranked 13 to 40, which are not scored.

    .venv/bin/python bench/epi.py [--quick]
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from nanxi.engines.epi import aberration, farrington, forecast, history, rt, serial, skill, slow_rise  # noqa: E402

CITIES = ROOT.parent / "shared" / "data" / "epi" / "cn_prefecture_daily_cumulative_2020.csv"
SI = serial.discrete_si(*serial.NISHIURA_2020)


def rt_in_batches(quick: bool) -> None:
    rng = np.random.default_rng(1)
    cases = rng.poisson(20, (1000 if quick else 10_000, 60)).astype(float)
    found = rt.estimate_rt(cases[:10], SI)
    took = np.inf
    for _ in range(3):
        began = time.perf_counter()
        found = rt.estimate_rt(cases, SI)
        for p in (0.025, 0.5, 0.975):
            found.quantile(p)
        took = min(took, time.perf_counter() - began)
    one = rt.estimate_rt(cases[3], SI)
    assert np.allclose(one.mean[0], found.mean[3], equal_nan=True), "a series alone and in a batch must agree"
    print(f"Rt: {cases.shape[0]} series × {found.t_end.size} windows with three quantiles in {took:.2f} s, best of three (gate 2 s for 10,000)")
    if r_has("EpiEstim"):
        script = (
            "suppressMessages(library(EpiEstim)); set.seed(1); x <- matrix(rpois(40*60, 20), 40); t0 <- proc.time()[3]; for (i in 1:40)"
            " suppressWarnings(suppressMessages(estimate_R(x[i,], method='parametric_si',"
            " config=make_config(list(mean_si=4.7, std_si=2.9))))); cat((proc.time()[3]-t0)/40)"
        )
        theirs = float(r(script)[-1])
        print(
            f"    EpiEstim {theirs * 1000:.2f} ms a series, ours {took / cases.shape[0] * 1000:.3f} ms: {theirs * cases.shape[0] / took:.0f}× (gate 20×)"
        )
        _rt_side_by_side()
    else:
        print("    EpiEstim is not installed here: no side by side")


def _rt_side_by_side() -> None:
    """Gate: mean, sd and quantiles equal to 1e-9 relative on the package's own five outbreaks."""
    names = ("Flu1918", "Flu2009", "Measles1861", "SARS2003", "Smallpox1972")
    script = (
        "suppressMessages(library(EpiEstim)); p <- function(x) { cat(format(x, digits=15)); cat('\\n') }; for (n in c('"
        + "','".join(names)
        + "')) { d <- get(data(list=n)[1]); i <- if (is.data.frame(d$incidence)) d$incidence$I else d$incidence;"
        " r <- suppressWarnings(suppressMessages(estimate_R(i, method='non_parametric_si',"
        " config=make_config(list(si_distr=d$si_distr)))))$R; p(i); p(d$si_distr); p(r$`Mean(R)`); p(r$`Std(R)`);"
        " p(r$`Quantile.0.025(R)`); p(r$`Median(R)`); p(r$`Quantile.0.975(R)`) }"
    )
    lines = [np.array([float("nan") if v == "NA" else float(v) for v in line.split()]) for line in r_lines(script)]
    for name, block in zip(names, zip(*[iter(lines)] * 7, strict=True), strict=True):
        found = rt.estimate_rt(block[0], block[1])
        ours = np.stack([found.mean[0], found.sd[0], *(found.quantile(p)[0] for p in (0.025, 0.5, 0.975))])
        theirs = np.stack(block[2:])
        assert (np.isnan(ours) == np.isnan(theirs)).all(), name
        print(f"    {name}: {theirs.shape[1]} windows, largest relative difference {np.nanmax(np.abs(ours / theirs - 1)):.1e} (gate 1e-9)")


def farrington_in_batches(quick: bool) -> None:
    rng = np.random.default_rng(2)
    n = 200 if quick else 10_000
    counts = rng.poisson(8, (n, 300)).astype(float)
    policy = farrington.FarringtonPolicy(b=5)
    began = time.perf_counter()
    farrington.detect(counts, policy, np.array([299]))
    took = time.perf_counter() - began
    print(f"Farrington: {n} series × 1 week in {took:.2f} s = {took / n * 1000:.2f} ms a series-week")
    if not r_has("surveillance"):
        print("    surveillance is not installed here: no side by side")
        return
    script = (
        "suppressMessages(library(surveillance)); set.seed(2); x <- rpois(300, 8); s <- sts(x, frequency=52); t0 <- proc.time()[3];"
        " farringtonFlexible(s, control=list(range=271:300, b=5, w=3, noPeriods=10, pastWeeksNotIncluded=26,"
        " thresholdMethod='nbPlugin', alpha=0.01, verbose=FALSE)); cat((proc.time()[3]-t0)/30)"
    )
    theirs = float(r(script)[-1])
    print(f"    surveillance {theirs * 1000:.2f} ms a series-week: {theirs * n / took:.1f}× (gate 6×)")
    _farrington_side_by_side(quick)


def _farrington_side_by_side(quick: bool) -> None:
    """Gate: not one week on which the two disagree, whatever b, w and alpha."""
    settings = [(b, w, a) for b in (2, 3, 4, 5) for w in (1, 3, 5) for a in (0.01, 0.05, 0.1)][:: 7 if quick else 1]
    given = ";".join(f"c({b},{w},{a})" for b, w, a in settings).replace(";", ",")
    script = (
        "suppressMessages(library(surveillance)); data(salmonella.agona); s <- disProg2sts(salmonella.agona);"
        f" cat(observed(s)); cat('\\n'); for (k in list({given})) {{ r <- farringtonFlexible(s, control=list(range=(k[1]*52+k[2]+1):312,"
        " b=k[1], w=k[2], noPeriods=10, pastWeeksNotIncluded=26, thresholdMethod='nbPlugin', alpha=k[3], pThresholdTrend=1,"
        " limit54=c(5,4), weightsThreshold=2.58, verbose=FALSE)); cat(as.numeric(alarms(r))); cat('\\n') }"
    )
    lines = [line.split() for line in r_lines(script)]
    counts = np.array(lines[0], dtype=float)
    weeks = differ = 0
    for (b, w, alpha), line in zip(settings, lines[1:], strict=True):
        policy = farrington.FarringtonPolicy(b=b, w=w, alpha=alpha)
        ours = farrington.detect(counts, policy, np.arange(b * 52 + w, 312)).alarm[0]
        weeks += ours.size
        differ += int((ours != (np.array(line) == "1")).sum())
    print(f"    salmonella.agona, {len(settings)} settings of b, w, alpha: {differ} of {weeks} weeks judged differently (gate 0)")


def ears_and_slow_rises(quick: bool) -> None:
    rng = np.random.default_rng(3)
    counts = rng.poisson(5, (1000 if quick else 10_000, 60)).astype(float)
    for name, work in (
        ("EARS C2", lambda: aberration.ears(counts, method="ears-c2")),
        ("gamma-Poisson", lambda: aberration.gamma_poisson(counts)),
        ("GLR-NB", lambda: slow_rise.glr_negative_binomial(counts)),
    ):
        began = time.perf_counter()
        work()
        print(f"{name}: {counts.shape[0]} series × 60 days in {time.perf_counter() - began:.2f} s")
    if r_has("surveillance"):
        script = (
            "suppressMessages(library(surveillance)); set.seed(3); x <- rpois(200, 4); s <- sts(x, frequency=365); cat(x); cat('\\n');"
            " for (m in c('C1','C2')) { r <- earsC(s, control=list(method=m, baseline=7, minSigma=0.5, alpha=0.001));"
            " cat(format(as.numeric(upperbound(r)), digits=15)); cat('\\n') }"
        )
        series, *theirs = [np.array(line.split(), dtype=float) for line in r_lines(script)]
        for method, line in zip(("ears-c1", "ears-c2"), theirs, strict=True):
            ours = aberration.ears(series, method=method, min_sigma=0.5).upperbound[0][-line.size :]
            print(f"    {method} against surveillance: largest relative difference {np.max(np.abs(ours / line - 1)):.1e} (gate 1e-9)")


def false_alarms(quick: bool) -> None:
    """Gate: at most 1.5 × nominal everywhere, at least nominal / 1.5 for means of 3 and more; detection no lower than C2."""
    areas, signals = 40, 25 if quick else 250
    print(f"gamma-Poisson at alpha .01, {areas * signals} series each, pooled over {areas} areas of one signal, weekday ±15 %")
    print("    mean  phi    false alarms  of nominal   detection +3 sd + 2: ours  C2 at the same rate")
    for mean in (0.3, 1.0, 3.0, 10.0, 30.0):
        for phi in (1.0, 1.5):
            ours, theirs, rate = _one_setting(mean, phi, areas, signals)
            mark = "" if rate <= 1.5 and (mean < 3 or rate >= 1 / 1.5) and ours >= theirs - 0.01 else "   outside the gate"
            print(
                f"    {mean:4.1f}  {phi:3.1f}    {rate * 0.01:.4f}        {rate:.2f}                      {ours:.3f}  {theirs:.3f}{mark}"
            )


def _one_setting(mean: float, phi: float, areas: int, signals: int) -> tuple[float, float, float]:
    rng = np.random.default_rng(int(mean * 10) + int(phi * 100))
    days = 45
    factor = 1 + 0.15 * np.cos(2 * np.pi * np.arange(days) / 7)
    hits = hits_c2 = false = total = 0
    scores: list[np.ndarray] = []
    planted: list[np.ndarray] = []
    for _ in range(signals):
        mu = mean * factor
        calm = draw(rng, mu, phi, (areas, days))
        burst = calm.copy()
        burst[:, -1] += np.round(3 * np.sqrt(phi * mean) + 2)
        found = aberration.gamma_poisson(calm, alpha=0.01, since=days - 1)
        false += int(found.alarm[:, -1].sum())
        total += areas
        hits += int(aberration.gamma_poisson(burst, alpha=0.01, since=days - 1).alarm[:, -1].sum())
        scores.append(_c2(calm))
        planted.append(_c2(burst))
    # C2 held to the rate that ours achieved: its threshold is the quantile of its own scores in calm.
    limit = np.quantile(np.concatenate(scores), 1 - max(false, 1) / total)
    hits_c2 = int((np.concatenate(planted) > limit).sum())
    return hits / total, hits_c2 / total, false / total / 0.01


def _c2(counts: np.ndarray) -> np.ndarray:
    past = counts[:, -10:-3]
    return (counts[:, -1] - past.mean(axis=1)) / np.maximum(past.std(axis=1, ddof=1), 0.5)


def draw(rng: np.random.Generator, mean: np.ndarray, phi: float, shape: tuple[int, int]) -> np.ndarray:
    """Counts with variance φ · mean."""
    mu = np.broadcast_to(mean, shape)
    return (rng.poisson(mu) if phi == 1 else rng.negative_binomial(mu / (phi - 1), 1 / phi)).astype(float)


def noufaily(quick: bool) -> None:
    """The 42 scenarios of Noufaily et al. 2013, false positive rate and power of detection over the last 49 weeks.

    An outbreak's size is k standard deviations. Whether of the count of its week or of the whole series (trend and season
    included) our source does not say; both are measured.
    """
    for of_the_series in (False, True):
        _noufaily(quick, of_the_series)


def _noufaily(quick: bool, of_the_series: bool) -> None:
    theta, beta = (0.1, -2, 1.5, 0.5, 2.5, 3.75, 5), (0.0025, 0.005, 0.003, 0.002, 0.001, 0.001, 0.0001)
    one, two, phis = (0.6, 0.1, 0.2, 0.5, 1, 0.1, 0.05), (0.6, 0.3, -0.4, 0.5, 0.1, -0.1, 0.01), (1.5, 2, 1, 5, 3, 1.1, 1.2)
    rng, replicates, weeks = np.random.default_rng(5), 4 if quick else 40, np.arange(1, 625)
    calm = alarms = 0
    small: list[bool] = []
    large: list[bool] = []
    for number in range(7):
        for trend in (0, 1):
            for harmonics in (0, 1, 2):
                season = sum(
                    one[number] * np.cos(2 * np.pi * j * weeks / 52) + two[number] * np.sin(2 * np.pi * j * weeks / 52)
                    for j in range(1, harmonics + 1)
                )
                mean = np.exp(theta[number] + beta[number] * weeks * trend + season)
                counts = draw(rng, mean, phis[number], (replicates, 624))
                begins = []
                for i in range(replicates):
                    sd = np.full(624, counts[i].std()) if of_the_series else np.sqrt(phis[number] * mean)
                    for _ in range(4):
                        _plant(rng, counts[i], sd, int(rng.integers(313, 576)), int(rng.choice([2, 3, 5, 10])))
                    begin, k = int(rng.integers(576, 624)), int(rng.integers(1, 11))
                    begins.append((_plant(rng, counts[i], sd, begin, k), k))
                last = np.arange(575, 624)
                result = farrington.detect(counts, farrington.FarringtonPolicy(b=5, alpha=0.01), last)
                for i, (during, k) in enumerate(begins):
                    inside = np.isin(last, during)
                    calm += int((~inside).sum())
                    alarms += int(result.alarm[i][~inside].sum())
                    if during:
                        (large if k >= 5 else small).append(bool(result.alarm[i][inside].any()))
    size = "of the series" if of_the_series else "of the week's count"
    print(f"Noufaily benchmark, sd {size}, {42 * replicates} series: FPR {alarms / calm:.4f} (gate ≤ .013),")
    print(f"    POD {np.mean(small + large):.3f} (gate ≥ .55); outbreaks below 5 standard deviations {np.mean(small):.3f}, from 5 on {np.mean(large):.3f}")


def _plant(rng: np.random.Generator, counts: np.ndarray, sd: np.ndarray, start: int, k: int) -> list[int]:
    size = int(rng.poisson(k * sd[start - 1]))
    weeks = [w for w in (start - 1 + np.floor(rng.lognormal(0, 0.5, size)).astype(int)).tolist() if w < 624]
    for week in weeks:
        counts[week] += 1
    # An outbreak lasts from its start to its last case; an alarm in any of these weeks finds it (Noufaily et al. 2013, §4).
    return list(range(start - 1, max(weeks) + 1)) if weeks else []


def forecasts(quick: bool) -> None:
    """Twelve cities of 2020, seven days ahead, each forecast made only from what was known on its day."""
    if not CITIES.is_file():
        print("Forecast: the 2020 series are not beside the project; skipped")
        return
    series = cities()
    rng = np.random.default_rng(7)
    ours, naive, inside, origins = [], [], [], 0
    for end in range(21, 60, 7 if quick else 3):
        known = [cases[:end] for cases in series]
        damping = forecast.fit_damping(known, SI, rng=rng)
        for cases in series:
            truth = cases[end : end + 7]
            if cases[:end][-7:].sum() < rt.MIN_CASES or truth.size < 7:
                continue
            try:
                paths = forecast.forecast_paths(cases[:end], SI, days=7, damping=damping, paths=1000, rng=rng)
            except ValueError:
                continue
            base = forecast.naive_paths(cases[:end], days=7, paths=1000, rng=rng)
            q, b = (np.quantile(p, skill.LEVELS, axis=0).T for p in (paths, base))
            ours.append(skill.weighted_interval_score(truth, q).mean())
            naive.append(skill.weighted_interval_score(truth, b).mean())
            inside.append(skill.coverage(truth, q, 0.9))
            origins += 1
    print(
        f"Forecast: {origins} origins in {len(series)} cities, WIS {np.mean(ours):.3f}, naive {np.mean(naive):.3f}: "
        f"{np.mean(ours) / np.mean(naive):.2f} of naive (gate < 1, aim ≤ .8), 90 % interval held {np.mean(inside):.3f} (aim .85–.95)"
    )


def cities() -> list[np.ndarray]:
    """Daily new cases of the twelve cities with most cases outside Hubei, 10 January to 31 March, repaired."""
    outside = [place for place in history.read_history(CITIES) if place.code.isdigit() and place.province != "湖北省"]
    totals = history.aligned(outside, date(2020, 1, 10).toordinal(), date(2020, 3, 31).toordinal())
    most = np.argsort(-np.nanmax(totals, axis=1, initial=0), kind="stable")[:12]
    return list(np.nan_to_num(history.repair_cumulative(totals[most]).daily))


def r_has(package: str) -> bool:
    if shutil.which("Rscript") is None:
        return False
    return subprocess.run(["Rscript", "-e", f"library({package})"], capture_output=True, check=False).returncode == 0


def r(script: str) -> list[str]:
    return subprocess.run(["Rscript", "-e", script], capture_output=True, check=True, text=True).stdout.split()


def r_lines(script: str) -> list[str]:
    out = subprocess.run(["Rscript", "-e", script], capture_output=True, check=True, text=True).stdout
    return [line for line in out.splitlines() if line.strip()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="smaller numbers, for a look")
    quick = parser.parse_args().quick
    for question in (rt_in_batches, farrington_in_batches, ears_and_slow_rises, false_alarms, noufaily, forecasts):
        question(quick)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
