"""Date fields show a day in the form that a browser's date field takes, in both languages."""

from __future__ import annotations

from datetime import date

import pytest
from django import forms
from django.utils import translation


class Asked(forms.Form):
    day = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_day_that_is_known_stands_in_the_field(language: str) -> None:
    with translation.override(language):
        assert 'value="2020-01-25"' in str(Asked(initial={"day": date(2020, 1, 25)})["day"])


@pytest.mark.parametrize("text", ["2020-01-25", "2020/1/25", "2020.1.25", "2020年1月25日"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_day_is_read_as_the_county_writes_it(language: str, text: str) -> None:
    with translation.override(language):
        form = Asked({"day": text})
        assert form.is_valid(), form.errors
        assert form.cleaned_data["day"] == date(2020, 1, 25)
