"""The only writes of the people room."""
