#!/bin/bash
set -e
python manage.py wait_for_db
python manage.py wait_for_migrations

# The instance is recognised by its machine.
signature=$(printf '%s%s' "$HOSTNAME" "$(cat /sys/class/net/*/address 2>/dev/null)" | sha256sum | cut -d' ' -f1)
export MACHINE_SIGNATURE=$signature

python manage.py register_instance "$MACHINE_SIGNATURE"
python manage.py configure_instance
python manage.py create_bucket
python manage.py clear_cache
python manage.py collectstatic --noinput

exec gunicorn -w "${GUNICORN_WORKERS:-1}" -k uvicorn.workers.UvicornWorker plane.asgi:application \
  --bind 0.0.0.0:"${PORT:-8000}" --max-requests 1200 --max-requests-jitter 1000 --access-logfile -
