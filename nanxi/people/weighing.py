"""Which weights hold: those that the county adopted last, or the shipped ones."""

from __future__ import annotations

from nanxi.people.models import LinkWeights
from nanxi.people.scoring import Weights, shipped

_adopted: dict[str, Weights] = {}


def current_weights() -> Weights:
    """One look at a small table; a model is read from its JSON once per process."""
    version = _adopted_version()
    if version is None:
        return shipped()
    if version not in _adopted:
        kept = LinkWeights.objects.get(version=version)
        _adopted.clear()
        _adopted[version] = Weights.of(version, kept.model)
    return _adopted[version]


def current_version() -> str:
    return _adopted_version() or shipped().version


def _adopted_version() -> str | None:
    return LinkWeights.objects.exclude(adopted_at=None).order_by("-adopted_at", "-id").values_list("version", flat=True).first()
