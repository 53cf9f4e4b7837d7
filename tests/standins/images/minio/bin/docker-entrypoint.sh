#!/bin/sh
# As the official image does: arguments without a program name are arguments of minio.
set -e
if [ "${1}" != minio ] && ! command -v "${1}" >/dev/null 2>&1; then set -- minio "$@"; fi
exec "$@"
