#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes test data (keys, chains, libraries, forged variants) in $BUILD/data: runs every tests/data/*.sh in
# the order of their names. Each writes only below $DATA/<its own name> and does nothing
# when its stamp is newer than itself.
set -eu
umask 022
cd "$(dirname "$0")/.."
BUILD=${BUILD:-build}
DATA=$BUILD/data
CC=${CC:-gcc}
export BUILD DATA CC
mkdir -p "$DATA"
for script in tests/data/*.sh; do
	[ -e "$script" ] || continue
	name=$(basename "$script" .sh)
	stamp=$DATA/$name/.stamp
	[ -z "$(find "$stamp" -newer "$script" 2>/dev/null)" ] || continue
	rm -rf "${DATA:?}/$name"
	mkdir -p "$DATA/$name"
	top=$PWD
	(cd "$DATA/$name" && TOP=$top sh -eu "$top/$script")
	touch "$stamp"
done
