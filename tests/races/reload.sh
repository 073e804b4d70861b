#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# long
# R115: tests/hostile/reload.sh with a thousand policies replaced under threads.
RELOADS=1000
export RELOADS
exec sh tests/hostile/reload.sh
