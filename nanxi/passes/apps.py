from __future__ import annotations

import contextlib

from django.apps import AppConfig


class PassesConfig(AppConfig):
    name = "nanxi.passes"
    label = "passes"
    verbose_name = "passes"

    def ready(self) -> None:
        from django.conf import settings

        from nanxi.foundation.keyring import KeyLost, Keyring
        from nanxi.passes.keys import SECRET

        # Made at the first start: later a missing file is a loss, told when a pass is wanted.
        with contextlib.suppress(KeyLost):
            Keyring(settings.NANXI_KEYS).secret(SECRET)
