# SPDX-License-Identifier: Apache-2.0
# modseal: see README.md. Variables:
#   BUILD     where everything is built                     (build)
#   CC        the compiler                                  (gcc)
#   CFLAGS    added to ours                                 (-O2 -g)
#   SANITIZE  address, undefined or thread                  (none)
BUILD ?= build
CC = gcc
CFLAGS ?= -O2 -g
override CFLAGS := -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wno-unused-parameter -fPIC -fvisibility=hidden -D_GNU_SOURCE -Iinclude -I. \
	$(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer) $(CFLAGS)
LIBS := -lcrypto -lelf -lyaml -lpthread
SOURCES := $(wildcard keys/*.c policy/*.c verifier/*.c verifier/image/*.c verifier/signature/*.c \
	verifier/sign/*.c verifier/elf/*.c verifier/loader/*.c)
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
TOOL_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard verifier/tool/*.c))
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test_*.c))

all: $(BUILD)/bin/modseal
$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/lib/libmodseal.a: $(OBJECTS)
	@mkdir -p $(@D)
	rm -f $@ && $(AR) rcs $@ $^
$(BUILD)/bin/modseal: $(TOOL_OBJECTS) $(BUILD)/lib/libmodseal.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $^ -ljansson $(LIBS)
# one Criterion program per test file
$(BUILD)/tests/unit/test_%: tests/unit/test_%.c $(BUILD)/lib/libmodseal.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -DBUILD_DIR='"$(abspath $(BUILD))"' -o $@ $< $(BUILD)/lib/libmodseal.a -lcriterion $(LIBS)
unit-%: $(BUILD)/tests/unit/test_%
	$<
check-unit: $(UNIT_TESTS)
	@for t in $^; do $$t --quiet || exit 1; done
testdata:
	BUILD=$(abspath $(BUILD)) CC=$(CC) tests/mkdata.sh
clean:
	rm -rf $(BUILD)
.PHONY: all clean check-unit testdata
-include $(OBJECTS:.o=.d) $(TOOL_OBJECTS:.o=.d)
