#!/bin/sh
# Installs what the tests need beyond Python. Without the right to do so it says the command; those tests are then
# skipped, or failed where REQUIRE_ALL=1.
set -eu
packages=""
command -v mariadbd >/dev/null 2>&1 || [ -x /usr/sbin/mariadbd ] || packages="$packages mariadb-server"
command -v curl >/dev/null 2>&1 || packages="$packages curl"
command -v chromium >/dev/null 2>&1 || packages="$packages chromium fonts-dejavu-core"
command -v npm >/dev/null 2>&1 || packages="$packages nodejs npm"
[ -z "$packages" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends $packages >/dev/null
else
    echo "Some tests need packages that are missing. Install them with: apt-get install -y$packages" >&2
fi
