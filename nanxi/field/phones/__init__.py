"""Phones that work without a network: what a worker takes along for the day, what comes back later, and what becomes of it."""
