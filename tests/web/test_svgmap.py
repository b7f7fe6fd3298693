"""The map shades, labels and links; it never hides a town and never passes a guessed line for a border."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanxi.web.bars import waterfall_svg
from nanxi.web.parts import Bar
from nanxi.web.svgmap import Shape, Words, choropleth, level_of, levels, thinned

WORDS = Words(title="Open alerts by town", unit="open alerts", approximate="approximate boundary 示意边界", none="none")
SQUARE = {"type": "Polygon", "coordinates": [[[120.5, 28.1], [120.6, 28.1], [120.6, 28.2], [120.5, 28.2], [120.5, 28.1]]]}


def town(**facts: object) -> Shape:
    return Shape(**{"code": "330324101000", "name": "瓯北", "boundary": SQUARE, "seat": (120.55, 28.15), "value": 3, **facts})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "bounds"),
    [
        ([], []),
        ([0, 0], []),
        ([1], [1]),
        ([2, 4], [1, 2, 3, 4]),
        ([6], [2, 4, 6]),
        ([47], [10, 20, 30, 40, 50]),
        ([100], [20, 40, 60, 80, 100]),
    ],
)
def test_shades_end_at_round_figures(values: list[int], bounds: list[int]) -> None:
    assert levels(values) == bounds


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=40))
def test_more_is_never_lighter(values: list[int]) -> None:
    bounds = levels(values)
    shades = [level_of(value, bounds) for value in sorted(values)]
    assert shades == sorted(shades)
    assert all((value > 0) == (shade > 0) for value, shade in zip(sorted(values), shades, strict=True))
    assert max(shades) <= 5


def test_a_map_is_well_formed_says_its_figures_and_links() -> None:
    text = choropleth([town(link="/desk/?area=330324101000&x=1"), town(name="<上塘>", value=0, boundary=None)], WORDS)
    figure = ElementTree.fromstring(text)
    assert figure.find(".//title").text == WORDS.title  # type: ignore[union-attr]
    assert "瓯北 3" in figure.find(".//desc").text  # type: ignore[union-attr,operator]
    link = figure.find(".//a")
    assert link is not None
    assert link.get("href") == "/desk/?area=330324101000&x=1"
    assert link.get("aria-label") == "瓯北: 3 open alerts"
    assert "style=" not in text
    assert "<script" not in text


def test_approximate_shapes_say_so_and_exact_ones_do_not() -> None:
    assert "示意边界" in choropleth([town(approximate=True)], WORDS)
    assert "示意边界" not in choropleth([town()], WORDS)


def test_nothing_to_draw_draws_nothing() -> None:
    assert choropleth([town(boundary=None, seat=None)], WORDS) == ""


def test_holes_and_several_parts_are_drawn() -> None:
    triangle = [[[120.7, 28.1], [120.8, 28.1], [120.8, 28.2], [120.7, 28.1]]]
    two = {"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"], triangle]}
    path = ElementTree.fromstring(choropleth([town(boundary=two)], WORDS)).find(".//path")
    assert path is not None
    assert path.get("d", "").count("M") == 2


def test_a_waterfall_ends_at_the_sum() -> None:
    bars = [Bar("name & given name", 6.5), Bar("phone", -2.25)]
    drawing = ElementTree.fromstring(waterfall_svg(bars, title="why", total="together"))
    assert "together +4.2" in drawing.find("desc").text  # type: ignore[union-attr,operator]
    assert len(drawing.findall("rect")) == 3


def test_a_fine_outline_is_thinned_and_a_coarse_one_kept() -> None:
    fine = [[120.5 + n / 10_000, 28.1 + (n % 2) / 10_000] for n in range(1000)]
    shape = thinned({"type": "Polygon", "coordinates": [[*fine, fine[0]]]}, 0.004)
    assert shape is not None
    [[ring]] = shape["coordinates"]
    assert 20 < len(ring) < 60
    assert ring[0] == fine[0]
    assert thinned(SQUARE, 0.004) == {"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"]]}
    assert thinned(None, 0.004) is None


def test_a_figure_that_must_not_be_told_is_replaced_and_not_shaded() -> None:
    drawn = choropleth([town(value=0, shown="*", link="/x")], WORDS)
    assert 'aria-label="瓯北: * open alerts"' in drawn
    assert 'class="nx-level-0"' in drawn
    assert ">*</text>" in drawn
