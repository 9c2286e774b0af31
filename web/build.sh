#!/bin/sh
# Builds the page into web/dist, as far as it has to be: the packages when the lock file changed, the page when a source did.
# The server's build calls this (src/Switchboard.Server/Page.targets); two of them may do so at once, and one then waits for the other.
#
#   web/node_modules/.stamp   made after the packages were installed
#   web/dist/.stamp           made after the page was built
set -eu
cd "$(dirname "$0")"

# Is there a stamp at least as new as everything else that is named? A folder counts too: its time changes when a file is removed.
fresh() {
    stamp=$1
    shift
    [ -e "$stamp" ] && [ -z "$(find "$@" -newer "$stamp" -print -quit)" ]
}

sources() { printf '%s\n' src public index.html vite.config.ts tsconfig.json dev/compress.ts package.json; }

build() {
    if ! fresh node_modules/.stamp package-lock.json package.json .npmrc; then
        npm ci --no-progress --loglevel=error
        : > node_modules/.stamp
    fi
    # shellcheck disable=SC2046 # Our own names, without spaces.
    if ! fresh dist/.stamp node_modules/.stamp $(sources); then
        npm run --silent build -- --logLevel warn
    fi
    : > dist/.stamp
}

if command -v flock >/dev/null; then
    exec 9>.lock
    flock 9
fi
build
