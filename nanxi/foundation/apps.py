from __future__ import annotations

from django.apps import AppConfig


class FoundationConfig(AppConfig):
    name = "nanxi.foundation"
    label = "foundation"
    verbose_name = "foundation"

    def ready(self) -> None:
        from nanxi.foundation import jobs  # noqa: F401 - declares the jobs of the ground floor
