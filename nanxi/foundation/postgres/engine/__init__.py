"""Django's PostgreSQL engine with cheaper transactions; `base` is where Django looks for it."""
