"""Which weights hold: those that the county adopted last, or the shipped ones."""

from __future__ import annotations

from nanxi.foundation import statements
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


_NEWEST = "SELECT version FROM people_linkweights WHERE adopted_at IS NOT NULL ORDER BY adopted_at DESC, id DESC LIMIT 1"


def _adopted_version() -> str | None:
    return next((version.decode() for (version,) in statements.ask(_NEWEST, []) if version), None)
