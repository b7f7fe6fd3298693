"""The reproduction number against EpiEstim, Farrington against surveillance, the interval score against scoringutils."""

from __future__ import annotations

import numpy as np
import pytest

from nanxi.engines.epi import farrington, rt, serial, skill
from nanxi.engines.epi.tests.reference import column, grouped, table

#: The settings under which R gave its answers (control sets of the package's own vignette).
CONTROLS = {
    "control1_old": farrington.FarringtonPolicy(
        b=4,
        w=3,
        noPeriods=1,
        pastWeeksNotIncluded=3,
        thresholdMethod="delta",
        alpha=0.1,
        weightsThreshold=1,
        pThresholdTrend=0.05,
    ),
    "control2_new": farrington.FarringtonPolicy(b=4, w=3, thresholdMethod="delta", alpha=0.1),
    "control2_nbPlugin": farrington.FarringtonPolicy(b=4, w=3, thresholdMethod="nbPlugin", alpha=0.1),
    "control2_muan": farrington.FarringtonPolicy(b=4, w=3, thresholdMethod="muan", alpha=0.1),
}
ALARMS = {
    "control1_old": {283, 284, 285, 287, 288, 289, 291, 292, 294, 295, 304},
    "control2_new": {283, 284, 285, 288, 294, 295},
    "control2_nbPlugin": {283, 284, 285, 288, 294},
    "control2_muan": {284, 285},
}


@pytest.mark.parametrize(
    ("dataset", "method"),
    [("Flu2009", "non_parametric_si"), ("Flu2009", "parametric_si_2.6_1.5"), ("SARS2003", "non_parametric_si")],
)
def test_reproduction_number_equals_epiestim(dataset: str, method: str) -> None:
    expected = grouped(table("acc_epiestim_expected.csv"), "dataset", "method")[dataset, method]
    cases = column(grouped(table("acc_epiestim_incidence.csv"), "dataset")[(dataset,)], "incidence")
    weights = column(grouped(table("acc_epiestim_si.csv"), "dataset")[(dataset,)], "w")
    si = weights if method == "non_parametric_si" else serial.discrete_si(2.6, 1.5)
    found = rt.estimate_rt(cases, si)
    assert found.t_start.tolist() == column(expected, "t_start").astype(int).tolist()
    for name, ours in (
        ("Mean_R_", found.mean), ("Std_R_", found.sd), ("Median_R_", found.quantile(0.5)),
        ("Quantile.0.025_R_", found.quantile(0.025)), ("Quantile.0.975_R_", found.quantile(0.975)),
    ):  # fmt: skip
        # The answers stand in the file with ten digits.
        np.testing.assert_allclose(ours[0], column(expected, name), rtol=1e-9, equal_nan=True, err_msg=name)


@pytest.mark.parametrize(("mean", "sd"), [(2.6, 1.5), (4.7, 2.9), (7.5, 3.4)])
def test_discrete_serial_interval_equals_epiestim(mean: float, sd: float) -> None:
    expected = column(grouped(table("acc_epiestim_si.csv"), "dataset")[(f"parametric_{mean}_{sd}",)], "w")
    np.testing.assert_allclose(serial.discrete_si(mean, sd, expected.size - 1), expected, atol=1e-12)


@pytest.mark.parametrize("control", CONTROLS)
def test_farrington_gives_the_alarms_of_surveillance(control: str) -> None:
    expected = grouped(table("acc_farrington_expected.csv"), "control")[(control,)]
    counts = column(table("acc_salmonella_agona_series.csv"), "observed")
    weeks = column(expected, "t").astype(np.int64) - 1
    policy = CONTROLS[control]
    found = farrington.detect(counts, policy, weeks)
    assert set((found.weeks[found.alarm[0]] + 1).tolist()) == ALARMS[control]
    np.testing.assert_array_equal(found.alarm[0], column(expected, "alarm") > 0)
    tight = 1e-6 if policy.thresholdMethod == "nbPlugin" else 1e-4
    np.testing.assert_allclose(found.expected[0], column(expected, "expected"), rtol=tight)
    np.testing.assert_allclose(found.upperbound[0], column(expected, "upperbound"), rtol=tight)


def test_interval_score_equals_the_worked_example() -> None:
    rows = table("acc_wis_scoringutils.csv")
    levels = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
    quantiles = np.stack([column(rows, f"q{level}") for level in levels], axis=1)
    found = skill.weighted_interval_score(column(rows, "observed"), quantiles, levels)
    np.testing.assert_allclose(found, column(rows, "wis_standard"), rtol=1e-12)
