"""On the board: the desk home that changes live, the map of towns, and the daily brief told from the ledger alone."""
