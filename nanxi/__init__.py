"""Nanxi: outbreak control for one county."""

__version__ = "0.1.0"
