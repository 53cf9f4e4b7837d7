"""Plane's production settings with every Redis key under one prefix (INFRA-03).

Mounted as plane/settings/prefixed.py into api, worker and migrator, and chosen by
DJANGO_SETTINGS_MODULE=plane.settings.prefixed. It has to live inside the plane package: importing
plane starts Celery, which reads the settings, so a top-level module would wait for itself.
"""

import os

from plane.settings import redis as plane_redis
from plane.settings.prefixed_redis import prefixed_client
from plane.settings.production import *  # noqa: F403
from plane.settings.production import CACHES, MIDDLEWARE

REDIS_KEY_PREFIX = os.environ.get("REDIS_KEY_PREFIX", "plane:")

# Django's cache: cached answers, sessions of magic links, rate limits.
CACHES["default"]["KEY_PREFIX"] = REDIS_KEY_PREFIX.rstrip(":")
CACHES["default"]["KEY_FUNCTION"] = "plane.settings.prefixed_redis.hashed_key"
CACHES["default"].setdefault("OPTIONS", {})["CLIENT_CLASS"] = "plane.settings.prefixed_redis.OwnKeysClient"

# Celery's broker: queues, bindings, unacknowledged messages, worker events.
CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": REDIS_KEY_PREFIX}
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"global_keyprefix": REDIS_KEY_PREFIX}

# Plane's direct clients: they import this function after the settings are loaded.
plane_redis.redis_instance = prefixed_client

# This middleware queues each API request's headers, token included, for a task that the worker does
# not know and therefore prints.
MIDDLEWARE = [name for name in MIDDLEWARE if name != "plane.middleware.logger.APITokenLogMiddleware"]
