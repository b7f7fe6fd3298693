"""The web process."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nanxi.settings")
os.environ.setdefault("NANXI_POOL", "1")
application = get_asgi_application()
