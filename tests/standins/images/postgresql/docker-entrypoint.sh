#!/bin/bash
# Behaves as the official image's entry point does, as far as a container without capabilities needs it:
# first start makes the cluster, sets the superuser's password and runs the scripts of
# /docker-entrypoint-initdb.d; later starts only start. Runs as root (and steps down) or as uid 999.
set -euo pipefail

fail() {
  printf 'Error: %s\n' "$@" >&2
  exit 1
}

# POSTGRES_PASSWORD may come from a file named by POSTGRES_PASSWORD_FILE.
from_file() {
  local name=$1 file_name="${1}_FILE"
  if [ -n "${!name:-}" ] && [ -n "${!file_name:-}" ]; then fail "both $name and $file_name are set (but are exclusive)"; fi
  if [ -n "${!file_name:-}" ]; then
    export "$name=$(<"${!file_name}")"
    unset "$file_name"
  fi
}

prepare_directories() {
  mkdir -p "$PGDATA"
  chmod 0700 "$PGDATA" 2>/dev/null || true
  mkdir -p /var/run/postgresql
  chmod 3777 /var/run/postgresql 2>/dev/null || true
  if [ "$(id -u)" = 0 ]; then
    find "$PGDATA" /var/run/postgresql ! -user postgres -exec chown postgres '{}' +
  fi
}

init_cluster() {
  if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
    fail 'Database is uninitialized and superuser password is not specified.' \
      'You must specify POSTGRES_PASSWORD to a non-empty value for the superuser.'
  fi
  # The words of POSTGRES_INITDB_ARGS are separate arguments, quotes included: hence eval.
  eval 'initdb --username="$POSTGRES_USER" --pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD") '"${POSTGRES_INITDB_ARGS:-}"
  printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
}

# A server that only the local socket reaches, while the first database and the user's scripts are made.
first_steps() {
  export PGPASSWORD="${PGPASSWORD:-$POSTGRES_PASSWORD}"
  pg_ctl -D "$PGDATA" -o "-c listen_addresses='' -p 5432" -w start
  local sql=(psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --no-password)
  if [ "$POSTGRES_DB" != postgres ]; then
    printf 'CREATE DATABASE :"db";\n' | "${sql[@]}" --dbname postgres -v db="$POSTGRES_DB"
  fi
  local script
  for script in /docker-entrypoint-initdb.d/*; do
    case "$script" in
      *.sh) if [ -x "$script" ]; then "$script"; else . "$script"; fi ;;
      *.sql) "${sql[@]}" --dbname "$POSTGRES_DB" -f "$script" ;;
      *.sql.gz) gunzip -c "$script" | "${sql[@]}" --dbname "$POSTGRES_DB" ;;
    esac
  done
  pg_ctl -D "$PGDATA" -m fast -w stop
  unset PGPASSWORD
  echo
  echo 'PostgreSQL init process complete; ready for start up.'
  echo
}

if [ "${1:0:1}" = - ]; then set -- postgres "$@"; fi
if [ "$1" = postgres ]; then
  from_file POSTGRES_PASSWORD
  export POSTGRES_USER="${POSTGRES_USER:-postgres}"
  export POSTGRES_DB="${POSTGRES_DB:-$POSTGRES_USER}"
  prepare_directories
  if [ "$(id -u)" = 0 ]; then
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$BASH_SOURCE" "$@"
  fi
  if [ -s "$PGDATA/PG_VERSION" ]; then
    echo
    echo 'PostgreSQL Database directory appears to contain a database; Skipping initialization'
    echo
  else
    init_cluster
    first_steps
  fi
fi
exec "$@"
