"""Who was with whom: stays in, ranked contacts out. No Django, no network (research: trace notes)."""
