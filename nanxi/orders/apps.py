from __future__ import annotations

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "nanxi.orders"
    label = "orders"
    verbose_name = "orders"

    def ready(self) -> None:
        from nanxi.orders import followers, wiring  # noqa: F401 - declares this room's followers

        wiring.register()
