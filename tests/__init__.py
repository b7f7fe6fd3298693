"""Tests that belong to the whole house; a room's own tests stand beside its code."""
