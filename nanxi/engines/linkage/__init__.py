"""Who is who: rows of one or two lists in, pairs and clusters out. No Django, no network (research: identity notes)."""
