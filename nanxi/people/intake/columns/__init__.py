"""Columns as objects: each says which headings it answers to, what it makes of a cell, and where the value goes."""

from nanxi.people.intake.columns.base import Column, Draft, Frame
from nanxi.people.intake.columns.catalogue import BY_KEY, COLUMNS, IGNORED, propose

__all__ = ["BY_KEY", "COLUMNS", "IGNORED", "Column", "Draft", "Frame", "propose"]
