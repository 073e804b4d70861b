#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# long
# R06, R74, R117: tests/hostile/loader_races.sh with 100,000 rounds of each.
ROUNDS=${ROUNDS:-100000}
export ROUNDS
exec sh tests/hostile/loader_races.sh
