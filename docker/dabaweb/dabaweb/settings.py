"""Django's settings. Whatever differs between deployments comes from the environment (see environment.py)."""

import os

from csp.constants import NONE, SELF

from . import environment
from .cache_client import Connection
from .limits import Limits
from .static_settings import *  # noqa: F403

ENVIRONMENT = environment.read(os.environ)

SECRET_KEY = ENVIRONMENT.secret_key
# Who signed in under the former key stays signed in.
SECRET_KEY_FALLBACKS = [key for key in [ENVIRONMENT.former_secret_key] if key]
ALLOWED_HOSTS = ENVIRONMENT.allowed_hosts
POD_NAME = ENVIRONMENT.pod_name
ROOT_URLCONF = "dabaweb.urls"
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Languages: the browser's, or the one that a visitor has chosen, which a cookie keeps.

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ru", "Русский"), ("zh-hans", "中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]  # noqa: F405
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 31_536_000

# --- Accounts: Django's own.

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "forms"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

MIDDLEWARE = [
    "dabaweb.middleware.requests.RequestMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "dabaweb.middleware.consistency.ConsistencyMiddleware",
    "dabaweb.middleware.availability.AvailabilityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "dabaweb.middleware.limits.LimitsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],  # noqa: F405
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dabaweb.context_processors.pod",
            ]
        },
    }
]

# --- Databases: the master takes writes, the slaves serve reads (see databases.py).


def _mysql(address):
    return {
        "ENGINE": "dabaweb.mysql",
        "HOST": address.host,
        "PORT": address.port,
        "NAME": ENVIRONMENT.mysql_database,
        "USER": ENVIRONMENT.mysql_user,
        "PASSWORD": ENVIRONMENT.mysql_password,
        # A kept connection stays with one slave; its end lets the Service choose again, and lets readers return to
        # the slaves after an outage.
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "charset": "utf8mb4",
            "connect_timeout": 2,
            "read_timeout": 5,
            "write_timeout": 5,
            # No server is talked to that cannot show that it is the Service's.
            "ssl_ca": ENVIRONMENT.mysql_ca,
            "ssl_verify_cert": True,
            "ssl_verify_identity": True,
        },
    }


DATABASES = {
    "default": _mysql(ENVIRONMENT.mysql_master),
    "slave": _mysql(ENVIRONMENT.mysql_slave) | {"FALLBACK": "default", "TEST": {"MIRROR": "default"}},
}
DATABASE_ROUTERS = ["dabaweb.databases.Router"]
# Who somebody is and what they may do: never read from a slave that may lag.
READ_FROM_MASTER = {"admin", "auth", "contenttypes", "sessions", "teams"}
# In the database, not in the cache, so that people stay signed in without Redis.
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# --- Cache: written on redis-master, read from redis-slave. Without Redis the site works, slower.


def _redis(address):
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"rediss://{host}:{address.port}/0"


CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": [_redis(ENVIRONMENT.redis_master), _redis(ENVIRONMENT.redis_slave)],
        "KEY_PREFIX": "dabaweb",
        "TIMEOUT": 300,
        "OPTIONS": {
            "CLIENT_CLASS": "dabaweb.cache_client.Client",
            "CONNECTION_POOL_KWARGS": {"connection_class": Connection, "ssl_ca_certs": ENVIRONMENT.redis_ca},
            "PASSWORD": ENVIRONMENT.redis_password,
            # A cache that takes longer than this costs more than it saves.
            "SOCKET_CONNECT_TIMEOUT": 0.5,
            "SOCKET_TIMEOUT": 0.5,
            "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
            "IGNORE_EXCEPTIONS": True,
        },
    }
}

# --- Uploaded files: on the volume that the web's pods share. nginx maps no address to it (see forms/uploads.py).

MEDIA_ROOT = "/usr/src/dabaweb/media"
STORAGES["default"]["OPTIONS"] = {"allow_overwrite": True, "file_permissions_mode": 0o640}  # noqa: F405

# --- Messages travel in a signed cookie.

MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

# --- Security. DJANGO_SECURE=1 is for sites that people reach by HTTPS (through a proxy that ends TLS and sets
# X-Forwarded-Proto); over the plain HTTP of a development NodePort, browsers would not send secure cookies back.

SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "dabaweb.views.csrf_failure"
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = ENVIRONMENT.secure
SECURE_SSL_REDIRECT = ENVIRONMENT.secure
if ENVIRONMENT.secure:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    # A proxy may pass another port on than people see.
    CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if host != "*"]
    # Other sites under the same domain may not have HTTPS, and preloading cannot be taken back.
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Limits, in numbers that nobody reaches by hand (see limits.py).

TRUSTED_PROXIES = ENVIRONMENT.trusted_proxies
LIMITS = Limits(sign_ins=ENVIRONMENT.sign_ins, anonymous_posts=ENVIRONMENT.anonymous_posts)
RATELIMIT_IP_META_KEY = "dabaweb.clients.address"
RATELIMIT_FAIL_OPEN = True
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
# As much as nginx takes.
BODY_LIMIT = 20 * 1024**2

# --- Logs: one JSON object a line, on standard error.

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "dabaweb.logs.JSONFormatter"}},
    "filters": {"now_and_then": {"()": "dabaweb.logs.NowAndThen", "seconds": 30}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # Client errors are in the access log already.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # Redis gone: each operation of each request fails, one report in a while says it all.
        "django_redis": {"filters": ["now_and_then"]},
    },
}
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True
DJANGO_REDIS_LOGGER = "django_redis"
