#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Looks, with libFuzzer, for bytes that crash a reader, leak, take it too long, or are taken for
# what they are not (make fuzz). What it finds lies in BUILD, with what it tried in BUILD/corpus-TARGET.
# Usage: tests/fuzz/run.sh BUILD SECONDS TARGET...; the environment gives DATA, of `make testdata`
set -eu
cd "$(dirname "$0")/../.."
build=$1 seconds=$2
shift 2
: "${DATA:?the test data}"
found=
for target in "$@"; do
	program=$build/try-$target
	clang -std=gnu11 -O1 -g -D_GNU_SOURCE -Iinclude -I. -DBUILD_DIR="\"${DATA%/data}\"" \
		-include "tests/fuzz/$target.h" -DTRY="try_$target" -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -o "$program" tests/fuzz/entry.c "$build/lib/libmodseal.a" -lcrypto -lelf -lyaml -lpthread -ldl
	tests/fuzz/seeds.sh "$target" "$build/seeds-$target"
	mkdir -p "$build/corpus-$target"
	echo "== $target"
	"$program" -max_total_time="$seconds" -max_len=65536 -timeout=10 -print_final_stats=1 \
		-artifact_prefix="$build/found-$target-" "$build/corpus-$target" "$build/seeds-$target" || found="$found $target"
done
[ -z "$found" ] || { echo "fuzz: found something:$found" >&2; exit 1; }
