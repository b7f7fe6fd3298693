"""The household sweep: every home of an area is visited once in a round, and what is still missing is told honestly."""
