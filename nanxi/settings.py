"""One settings file, driven by the environment; nothing secret stands here.

NANXI_HOME holds everything one county owns outside the database: keys, secrets, files, the embedded cluster.
"""

from __future__ import annotations

import os
from pathlib import Path

from csp.constants import NONE, SELF

from nanxi.foundation.keyring import Keyring
from nanxi.foundation.postgres.roles import connection_settings

BASE = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("NANXI_HOME", BASE / "var" / "county")).resolve()
DEBUG = False


def flag(name: str) -> bool:
    return os.environ.get(name, "").lower() in {"1", "yes", "true"}


#: Set by the supervisor when the home is marked 演练: banner on every page, "enter as" buttons, loopback only.
NANXI_REHEARSAL = flag("NANXI_REHEARSAL")
NANXI_KEYS = HOME / "keys"
SECRET_KEY = Keyring(NANXI_KEYS).text_secret("django")
ALLOWED_HOSTS = os.environ.get("NANXI_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("NANXI_ORIGINS", "").split(",") if o]

ROOMS = [
    f"nanxi.{room}"
    for room in os.environ.get("NANXI_ROOMS", "web people passes desk cases orders field trust board").split()
    if (BASE / "nanxi" / room / "apps.py").exists()
]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "nanxi.foundation",
    *ROOMS,
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Last: it runs the view inside one transaction in the caller's scope.
    "nanxi.foundation.gate.Gate",
]
ROOT_URLCONF = "nanxi.urls"
ASGI_APPLICATION = "nanxi.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "nanxi.foundation.gate.page_context",
                *(["nanxi.web.menu.context"] if (BASE / "nanxi/web/menu.py").exists() else []),
            ],
        },
    }
]

DB_ROLE = os.environ.get("NANXI_DB_ROLE", "nanxi_web")
DATABASES = {
    "default": {
        "ENGINE": "nanxi.foundation.postgres.engine",
        **connection_settings(DB_ROLE, HOME),
        "CONN_HEALTH_CHECKS": True,
        # A pool per process: sign-on by SCRAM costs more than most of our queries.
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 12, "timeout": 10}} if flag("NANXI_POOL") else {},
        "CONN_MAX_AGE": 0 if flag("NANXI_POOL") else 60,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "foundation.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "nanxi.foundation.accounts.Adapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ADAPTER = "nanxi.foundation.sign_in.Factors"
SESSION_COOKIE_AGE = 12 * 3600  # one shift
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = flag("NANXI_TLS")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if flag("NANXI_TLS") else None
SECURE_HSTS_SECONDS = 31_536_000 if flag("NANXI_TLS") else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "nanxi_language"
FORMAT_MODULE_PATH = "nanxi.web.formats"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# The embedded server serves straight from the packages; behind nginx `collectstatic` fills STATIC_ROOT.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
PROCRASTINATE_IMPORT_PATHS: list[str] = []

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"codes": {"()": "nanxi.foundation.quiet_log.WithoutCodes"}},
    "handlers": {"err": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["codes"]}},
    "root": {"handlers": ["err"], "level": os.environ.get("NANXI_LOG", "WARNING")},
}
