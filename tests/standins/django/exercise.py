"""Uses Redis in the ways that Plane does, through the real Django, django-redis, redis-py and Celery."""

import json
import os

os.environ["DJANGO_SETTINGS_MODULE"] = "plane.settings.prefixed"

import django
import redis
from celery import Celery
from django.conf import settings
from django.core.cache import cache

django.setup()
from plane.settings.redis import redis_instance  # noqa: E402  (as Plane does: once the settings are there)

TOKEN = "plane_api_0123456789abcdef"


def keys(database):
    raw = redis.Redis.from_url(f"{settings.REDIS_URL.rsplit('/', 1)[0]}/{database}")
    return sorted(key.decode() for key in raw.keys("*"))


cache.set("instance", "cached answer", 60)
cache.set(f"api_key:{TOKEN}", [1.0, 2.0], 60)
client = redis_instance()
client.set("magic_1", "direct")
client.set("magic_2", "direct")
client.expire("magic_1", 60)
app = Celery("plane")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.send_task("plane.bgtasks.webhook_task.webhook_send_task")

seen = {
    "cached": cache.get("instance"),
    "throttle": cache.get(f"api_key:{TOKEN}"),
    "direct": client.get("magic_1").decode(),
    "cacheKeys": keys(8),
    "brokerKeys": keys(9),
    "existing": client.exists("magic_1", "magic_2", "magic_3"),
    "deleted": client.delete("magic_1", "magic_2"),
    "middleware": settings.MIDDLEWARE,
}
cache.clear()
seen["keysAfterClear"] = keys(8)
print(json.dumps(seen))
