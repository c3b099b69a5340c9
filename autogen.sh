#!/bin/sh
# Makes ./configure in a fresh clone.
set -e
cd "$(dirname "$0")"
autoreconf --install --force
