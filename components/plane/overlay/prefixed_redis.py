"""Redis clients that stay inside Plane's prefix; see prefixed.py."""

import hashlib

import redis
from django_redis.client import DefaultClient

TOKEN_KEY = "api_key:"


def hashed_key(key, key_prefix, version):
    """Cache key `<prefix>:<version>:<key>`; an API token in a rate limit's key becomes its hash."""
    key = str(key)
    if key.startswith(TOKEN_KEY):
        key = TOKEN_KEY + hashlib.sha256(key[len(TOKEN_KEY) :].encode()).hexdigest()
    return f"{key_prefix}:{version}:{key}"


class OwnKeysClient(DefaultClient):
    """django-redis clears a cache with FLUSHDB, and Plane clears its cache at every start."""

    def clear(self, client=None):
        return self.delete_pattern("*", client=client)


# Commands without a key, and commands whose arguments are all keys. All others take one key, first.
KEYLESS = {"AUTH", "CLIENT", "HELLO", "INFO", "PING", "SELECT"}
ALL_KEYS = {"DEL", "EXISTS", "MGET", "TOUCH", "UNLINK"}


class PrefixedClient(redis.Redis):
    """A plain client that puts the prefix before every key."""

    prefix = "plane:"

    def execute_command(self, *args, **options):
        name, *rest = args
        command = str(name).upper()
        if command not in KEYLESS:
            keys = len(rest) if command in ALL_KEYS else min(1, len(rest))
            rest[:keys] = [self._prefixed(key) for key in rest[:keys]]
        return super().execute_command(name, *rest, **options)

    def _prefixed(self, key):
        return self.prefix + (key.decode() if isinstance(key, bytes) else str(key))


def prefixed_client():
    """Takes the place of plane.settings.redis.redis_instance."""
    from django.conf import settings

    options = {"ssl_cert_reqs": None} if settings.REDIS_SSL else {}
    client = PrefixedClient.from_url(settings.REDIS_URL, **options)
    client.prefix = settings.REDIS_KEY_PREFIX
    return client
