"""Isolation orders: on what evidence, until when, where, and whether the person stays."""
