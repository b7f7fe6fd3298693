"""The simulated county, its truth, its clients and the score: a room of files and HTTP, without Django or a database."""
