#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# unsanitized: as run_names.sh
# E21 within a sandbox that refuses openat2(2): nothing differs.
confined=openat2
. tests/hostile/run_names.sh
