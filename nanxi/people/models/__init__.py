"""What the people room keeps: the register (records, persons, links), who stands to whom, and the intake (batches, rows)."""

from nanxi.people.models.circle import *  # noqa: F403
from nanxi.people.models.intake import *  # noqa: F403
from nanxi.people.models.register import *  # noqa: F403
