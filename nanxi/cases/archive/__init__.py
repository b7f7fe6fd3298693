"""The day parts of the county's sightings: made from acknowledged rows, sealed under day keys, read by the worker alone.

They hold numbers for people and digests for places; what the numbers stand for is in PostgreSQL (`mapping`), what the places are
called only in the rows. A row counts as put away after its part is on the disk, so a kill in between puts it there twice, which
changes no answer (the engine counts what is told twice once), and never loses it.
"""

from nanxi.cases.archive.parts import catch_up, fold, folder, rebuild, store, tidy

__all__ = ["catch_up", "fold", "folder", "rebuild", "store", "tidy"]
