"""Template words of the ground floor."""

from __future__ import annotations

from uuid import uuid4

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def once_key() -> SafeString:
    """A fresh idempotency key for a form: a second click sends the same one and changes nothing."""
    return format_html('<input type="hidden" name="_key" value="{}">', uuid4())
