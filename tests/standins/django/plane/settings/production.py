"""The part of Plane's production settings that the Redis overlay changes, under the same names."""

import os

SECRET_KEY = "of a test"
USE_TZ = True
INSTALLED_APPS = []
REDIS_URL = os.environ["REDIS_URL"]
REDIS_SSL = False
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"CLIENT_CLASS": "django_redis.client.DefaultClient"},
    }
}
CELERY_BROKER_URL = os.environ["AMQP_URL"]
MIDDLEWARE = [
    "django.middleware.common.CommonMiddleware",
    "plane.middleware.logger.APITokenLogMiddleware",
]
