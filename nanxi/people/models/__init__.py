"""What the people room keeps: the register (records, persons, links) and the intake (batches, rows)."""

from nanxi.people.models.intake import *  # noqa: F403
from nanxi.people.models.register import *  # noqa: F403
