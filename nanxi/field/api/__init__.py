"""JSON of the field: passages of posts and the phones' day by device; arrivals, visits, sweeps and mobilisation by token.

Errors as RFC 9457, every write carries an `Idempotency-Key`; what a program sees and may do is what its officer sees and may do.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja.errors import AuthenticationError

from nanxi.field.api import arrivals, mobilisation, passages, sweep
from nanxi.field.api.passages import advice
from nanxi.field.phones import api as phones
from nanxi.foundation import programs, terminals

__all__ = ["PREFIX", "addresses", "advice", "api"]

#: Where these addresses begin; the description names whole paths.
PREFIX = "/field/api/v1/"

api = terminals.new_api("Nanxi field", "api")
api.add_router("/phone", phones.router)
for part in (passages, arrivals, sweep, mobilisation):
    api.add_router("", part.router)


@api.exception_handler(AuthenticationError)
def not_admitted(request: HttpRequest, error: Exception) -> HttpResponse:
    """A revoked phone is told so; everybody else is asked to sign in or to bind the device."""
    match = request.resolver_match
    of_phones = match is not None and str(match.url_name).startswith("phone-")
    return (phones.not_admitted(request) if of_phones else None) or terminals.not_bound(request, error)


programs.answer_for_officers(api)


def addresses() -> list[Any]:
    return terminals.addresses(api, PREFIX)
