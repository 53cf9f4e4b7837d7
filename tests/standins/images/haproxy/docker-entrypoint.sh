#!/bin/sh
# In the foreground with a master that passes signals on, as the official image starts it.
set -e
[ "$1" = haproxy ] || exec "$@"
shift
exec haproxy -W -db "$@"
