"""How well a desk found the right people, all of them, and who left: its exported results against the truth of the files.

Handles of the desk are tied to true persons by file, sheet and row number of the lists we wrote, nothing else: a person's
register row says which handle is that person's. A pure function of two values; the desk's own figures play no part in it.
"""

from nanxi.rehearsal.score.held import Score, score
from nanxi.rehearsal.score.results import Results, parse_results, read_results
from nanxi.rehearsal.score.told import as_json, as_text
from nanxi.rehearsal.score.truth import Truth, read_truth

__all__ = ["Results", "Score", "Truth", "as_json", "as_text", "parse_results", "read_results", "read_truth", "score"]
