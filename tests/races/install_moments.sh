#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# long
# R33: tests/hostile/install.sh with an installation killed at 500 random moments.
MOMENTS=500
export MOMENTS
exec sh tests/hostile/install.sh
