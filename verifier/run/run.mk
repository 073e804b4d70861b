# SPDX-License-Identifier: Apache-2.0
# What `modseal run` adds to the command: the room verifier/run and libseccomp. A build that
# only verifies, or that finds no libseccomp or no statx, or is for a machine whose calls are
# others, has no `run`: packaging/probe.sh says so.
RUN := $(if $(filter 1,$(VERIFY_ONLY)),,$(PROBED_SECCOMP))
RUN_DEFINES := $(if $(RUN),-DMODSEAL_WITH_RUN)
RUN_SOURCES := $(if $(RUN),$(wildcard verifier/run/*.c))
RUN_LEFT_OUT := $(if $(RUN),,verifier/tool/cmd_run.c)
RUN_LIBS := $(if $(RUN),-lseccomp)
RUN_STATIC_LIBS := $(if $(RUN),$(PROBED_STATIC_SECCOMP))

# Its parts are in no library: their tests take them as objects.
RUN_OBJECTS := $(RUN_SOURCES:%.c=$(BUILD)/%.o)
RUN_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_run_*.c))
RUN_TESTS_LEFT_OUT := $(if $(RUN),,$(RUN_TESTS))
$(RUN_TESTS): $(RUN_OBJECTS)
$(RUN_TESTS): EXTRA_OBJECTS = $(RUN_OBJECTS) $(RUN_LIBS)
