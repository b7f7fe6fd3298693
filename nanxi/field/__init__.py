"""In the field: the grid worker's phone page with its visits, and checkpoints with their passages."""
