"""Signed QR passes: made with a key of this county, checked by anybody who holds the public one."""

from nanxi.passes.tokens import BadPass, Claims, issue, verify

__all__ = ["BadPass", "Claims", "issue", "verify"]
