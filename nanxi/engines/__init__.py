"""Calculation without Django or network: arrays and tables in, tables out."""
