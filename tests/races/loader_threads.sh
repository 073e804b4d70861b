#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# long
# R115: tests/hostile/loader_many.sh with 10,000 rounds of the 50 modules.
ROUNDS=${ROUNDS:-10000}
export ROUNDS
exec sh tests/hostile/loader_many.sh
