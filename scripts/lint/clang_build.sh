#!/usr/bin/env bash
# Everything compiles under clang too, warnings being errors there as well.
set -eu
cd "$(dirname "$0")/../.."
scripts/variant clang
ninja -C build/clang
