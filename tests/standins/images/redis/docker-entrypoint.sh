#!/bin/sh
# Behaves as the official image's entry point: options or a configuration file alone mean redis-server, and
# root steps down to redis. Any other command runs as it is.
set -e

if [ "${1#-}" != "$1" ] || [ "${1%.conf}" != "$1" ]; then set -- redis-server "$@"; fi
if [ "$1" = redis-server ]; then
  if [ "$(id -u)" = 0 ]; then
    find . \! -user redis -exec chown redis '{}' +
    exec setpriv --reuid=redis --regid=redis --init-groups "$0" "$@"
  fi
  if [ "$(umask)" = 0022 ]; then umask 0077; fi
  # The official build answers other containers without a password too; Debian's does not by default.
  set -- "$@" --protected-mode no
fi
exec "$@"
