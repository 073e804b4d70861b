# SPDX-License-Identifier: Apache-2.0
#
# modseal: `make` builds, `make demo` shows it at work, `make check` tests it, `make help`
# lists the rest. Everything is made below $(BUILD).
#
# Variables, given on the command line (`make CC=clang BUILD=build-clang`):
#   BUILD         where everything is built                              build
#   CC            the compiler                                           gcc
#   CROSS_COMPILE prefix of the tools for another machine (aarch64-linux-gnu-); the tests
#                 then run under EMULATOR                                qemu-ARCH-static
#   CFLAGS        flags of your own, put behind ours    -O2 -g (VERIFY_ONLY: for size;
#                 SANITIZE: -O1)
#   LDFLAGS       the same for linking
#   WERROR        1: warnings are errors
#   SANITIZE      address, undefined, address,undefined or thread
#   VERIFY_ONLY   1: without making keys and signatures, and without `run`; what inspects
#                 and installs is in the command alone
#   STATIC_DEPS   1: OpenSSL, libelf, libyaml, jansson are linked in statically and hidden
#                 as far as their archives can be (Debian 13's often cannot: see README)
#   ANCHOR        certificate compiled in as the only policy signer
#   POLICY_NAME   the `name` of the policy expected beside ANCHOR
#   POLICY_SERIAL the least `serial` that policy may have                0
#   RECOVERY      certificate compiled in of a key that can take policies back from a thief
#   PREFIX        where `make install` puts things                       /usr/local
#   LIBDIR        ... and the library                                    $(PREFIX)/lib
#   BASHDIR       ... and the completion for bash         $(PREFIX)/share/bash-completion/completions
#   ZSHDIR        ... and for zsh                         $(PREFIX)/share/zsh/site-functions
#   TMPFILESDIR   ... and what systemd-tmpfiles(8) reads                 $(PREFIX)/lib/tmpfiles.d
#   DESTDIR       put before PREFIX, for packages
#   V             1: show the commands
#   ROWS          what `make bench` measures (a b c d e f g h)           all
#   BENCH_FILE    what it writes                                         $(BUILD)/bench.json
#   UNITS         what check-* runs of tests/unit (names without test_)  all
BUILD ?= build
ifeq ($(origin CC),default)
CC := $(CROSS_COMPILE)gcc
endif
ifeq ($(origin AR),default)
AR := $(CROSS_COMPILE)ar
endif
EMULATOR ?= $(if $(CROSS_COMPILE),qemu-$(firstword $(subst -, ,$(CROSS_COMPILE)))-static)
# A build that only verifies is for small devices.
SMALL := -Os -fno-optimize-sibling-calls -fomit-frame-pointer
CFLAGS ?= $(if $(filter 1,$(VERIFY_ONLY)),$(SMALL),$(if $(SANITIZE),-O1,-O2)) $(if $(SANITIZE),-g1,-g)
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
VERSION := 0.1.0
SOVERSION := 0

SHELL := /bin/sh
# What runs is told in one word; `make V=1` shows the commands.
Q := $(if $(V),,@)
say = $(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),,@echo '  $1  $(patsubst $(BUILD)/%,%,$2)')
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

HELP := help clean dist format install-integrations deb rpm check-packages
# These goals install what is missing first, so they work where there is nothing but make.
SETUP_GOALS := demo check check-asan check-ubsan check-tsan check-interop check-races \
	check-vm check-outside check-counts counts-accept check-all lint bench bench-plot bench-accept
SETUP_PARTS := $(if $(filter $(SETUP_GOALS),$(MAKECMDGOALS)),build check) \
	$(if $(filter check-interop check-outside check-counts counts-accept check-all bench,$(MAKECMDGOALS)),interop libraries) \
	$(if $(filter check-vm check-outside check-all,$(MAKECMDGOALS)),vm) \
	$(if $(filter bench bench-plot bench-accept,$(MAKECMDGOALS)),bench)

# What this compiler can do is found out once per compiler and kept. An included file is
# made before anything else, which is what runs the setup before the first compilation.
PROBED := $(BUILD)/probed-$(subst /,_,$(firstword $(CC))).mk
ifneq ($(filter-out $(HELP),$(or $(MAKECMDGOALS),all)),)
include $(PROBED)
endif
setup:
	@packaging/setup.sh $(or $(SETUP_PARTS),build)
$(PROBED): packaging/probe.sh Makefile | $(if $(MAKE_RESTARTS),,$(if $(SETUP_PARTS),setup))
	@mkdir -p $(@D)
	@packaging/probe.sh '$(CC)' >$@

# ---- flags ---------------------------------------------------------------------------

include verifier/run/run.mk
HARDENING := -fstack-protector-strong $(PROBED_HARDENING) \
	$(if $(SANITIZE)$(filter -O0,$(CFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$(PROBED_FORTIFY))
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 \
	-Wundef -Wpointer-arith -Wno-unused-parameter $(if $(filter 1,$(WERROR)),-Werror)
STRICT := -Wconversion -Wno-sign-conversion -Wwrite-strings -Wdeclaration-after-statement \
	$(PROBED_WARNINGS)
# Beside AddressSanitizer the other one's reports go to no file: there it traps, and
# AddressSanitizer reports that.
SANITIZER := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all \
	-fno-omit-frame-pointer) $(if $(findstring address,$(SANITIZE)),$(if \
	$(findstring undefined,$(SANITIZE)),-fsanitize-undefined-trap-on-error))
DEFINES := -D_GNU_SOURCE -DMODSEAL_VERSION_TEXT='"$(VERSION)"' \
	$(if $(PROBED_MULTIARCH),-DMODSEAL_MULTIARCH='"$(PROBED_MULTIARCH)"') \
	$(if $(filter 1,$(VERIFY_ONLY)),-DMODSEAL_VERIFY_ONLY) $(RUN_DEFINES)
override CFLAGS := -std=gnu11 $(WARNINGS) $(HARDENING) $(SANITIZER) -fPIC -fvisibility=hidden \
	$(DEFINES) -Iinclude -I. $(CFLAGS)
override LDFLAGS := $(SANITIZER) -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code \
	-Wl,--as-needed $(LDFLAGS)

# Packages are read by libarchive. Linked as usual it brings fifteen libraries with it into
# every start of the command, so its archive is taken where there is one.
ARCHIVE_LIBS := $(if $(filter 1,$(VERIFY_ONLY)),,$(PROBED_ARCHIVE_LIBS))

# The C library's own parts come last; they are never linked statically.
ifeq ($(STATIC_DEPS),1)
LIBS := $(PROBED_STATIC_LIBS)
COMMAND_LIBS := $(PROBED_STATIC_TOOL_LIBS) $(ARCHIVE_LIBS) $(RUN_STATIC_LIBS) $(LIBS)
SHARED_LIBS := $(PROBED_STATIC_SHARED_LIBS)
else
LIBS := -lcrypto -lelf -lyaml # most symbols first; and last, behind archives that need them
COMMAND_LIBS := $(LIBS) -ljansson $(ARCHIVE_LIBS) $(RUN_LIBS) $(LIBS)
SHARED_LIBS := $(LIBS)
endif
BASE_LIBS := -lpthread -ldl $(PROBED_FTS)

# ---- what is built -------------------------------------------------------------------

SIGNING := $(wildcard verifier/sign/*.c) keys/keygen.c keys/generate.c keys/keyfile.c keys/pkcs12.c keys/private.c
SIGNING_COMMANDS := $(addprefix verifier/tool/cmd_,keygen.c sign.c strip.c digest.c attach.c policy_sign.c \
	catalog_create.c catalog_sign.c learn.c vouch.c timestamp_request.c timestamp_attach.c \
	timestamp_verify.c) $(addprefix verifier/tool/,stamping.c new_file.c request.c keygen_request.c \
	package.c package_reader.c installed.c issued.c vouch_tree.c) $(wildcard verifier/tool/learn_*.c)
# What people ask and change. Where the library only verifies, the command has it alone.
ADMIN := $(wildcard verifier/admin/*.c) verifier/signature/describe.c policy/state_write.c \
	policy/patterns.c policy/cases.c policy/state_change.c policy/places.c \
	keys/signer_facts.c $(wildcard verifier/process/outside*.c) \
	verifier/image/stream.c
left_out = $(if $(filter 1,$(VERIFY_ONLY)),$(filter-out $(SIGNING) $(SIGNING_COMMANDS) $2,$1),$1)

# Stands in for a part of libelf's archive, where that is linked in and does not do.
STAND_INS := verifier/elf/libelf_errors.c
SOURCES := $(filter-out $(STAND_INS),$(call left_out,$(wildcard keys/*.c policy/*.c verifier/*.c \
	verifier/image/*.c verifier/kernel/*.c verifier/record/*.c verifier/signature/*.c verifier/sign/*.c \
	verifier/elf/*.c verifier/loader/*.c verifier/process/*.c verifier/admin/*.c),$(ADMIN)))
TOOL_SOURCES := $(filter-out $(RUN_LEFT_OUT),$(call left_out,$(wildcard verifier/tool/*.c))) $(RUN_SOURCES) \
	$(if $(filter 1,$(VERIFY_ONLY)),$(ADMIN))
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o) $(BUILD)/anchor.o
STATIC_ADDED := $(PROBED_STATIC_SHARED_SOURCES:%.c=$(BUILD)/%.o)
SHARED_OBJECTS := $(OBJECTS) $(if $(filter 1,$(STATIC_DEPS)),$(STATIC_ADDED))
TOOL_OBJECTS := $(TOOL_SOURCES:%.c=$(BUILD)/%.o)
STATIC_LIBRARY := $(BUILD)/lib/libmodseal.a
SHARED_LIBRARY := $(BUILD)/lib/libmodseal.so
COMMAND := $(BUILD)/bin/modseal
ALL_UNIT_TESTS := $(filter-out $(RUN_TESTS_LEFT_OUT),$(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c)))
UNIT_TESTS := $(if $(UNITS),$(UNITS:%=$(BUILD)/tests/unit/test_%),$(ALL_UNIT_TESTS))
# Under ThreadSanitizer only the scripts that say "# threads" run, and what they start.
THREADED := $(if $(filter thread,$(SANITIZE)),$(shell grep -ho 'tests/hosts/[a-z][a-z_]*' \
	tests/hostile/loader.inc $$(grep -l '^\# threads$$' tests/cli/*.sh tests/hostile/*.sh)))
HOSTS := $(addprefix $(BUILD)/,$(or $(sort $(THREADED)),$(patsubst %.c,%,$(wildcard tests/hosts/*.c))))
BENCH := $(BUILD)/tests/bench/bench
COUNTS := $(BUILD)/tests/counts/paths
INTEROP := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/interop/*.c))

all: $(COMMAND) $(SHARED_LIBRARY) $(STATIC_LIBRARY) $(BUILD)/lib/pkgconfig/modseal.pc

# Rewritten only when what is in them differs from that of the last build.
COMPILED_WITH := $(CC) $(CFLAGS) $(STRICT)
LINKED_WITH := $(LDFLAGS) $(COMMAND_LIBS) $(SHARED_LIBS)
ANCHORED_BY := $(ANCHOR) $(POLICY_NAME) $(POLICY_SERIAL) $(RECOVERY)
remember = @mkdir -p $(@D) && printf '%s\n' '$(subst ','\'',$1)' | cmp -s - $@ || \
	printf '%s\n' '$(subst ','\'',$1)' >$@
$(BUILD)/flags: FORCE
	$(call remember,$(COMPILED_WITH))
$(BUILD)/link-flags: FORCE
	$(call remember,$(LINKED_WITH))
$(BUILD)/anchor-flags: FORCE
	$(call remember,$(ANCHORED_BY))
.PHONY: FORCE
FORCE:

# Only what signs knows tokens.
$(BUILD)/verifier/sign/%.o: override CFLAGS += $(PROBED_PKCS11)
$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(STRICT) -MMD -MP -c -o $@ $<

# The compiled-in anchor: the bytes of the certificate as they are, or none.
$(BUILD)/anchor.c: $(ANCHOR) $(RECOVERY) packaging/anchor.sh $(BUILD)/anchor-flags
	@packaging/anchor.sh '$(ANCHOR)' '$(POLICY_NAME)' '$(POLICY_SERIAL)' '$(RECOVERY)' >$@
$(BUILD)/anchor.o: $(BUILD)/anchor.c include/internal/builtin.h $(BUILD)/flags
	$(Q)$(CC) $(CFLAGS) -c -o $@ $<

$(STATIC_LIBRARY): $(OBJECTS)
	@mkdir -p $(@D)
	$(call say,AR,$@)
	@rm -f $@
	$(Q)$(AR) rcsD $@ $^
	$(if $(filter 1,$(VERIFY_ONLY)),@packaging/size.sh $(CROSS_COMPILE)size $@)
# From the objects, not the archive: --exclude-libs hides whatever comes from archives.
link_shared = $(Q)$(CC) $(CFLAGS) -shared -Wl,-soname,libmodseal.so.$(SOVERSION) \
	-Wl,--version-script=packaging/libmodseal.map $(PROBED_UNDEFINED_VERSION) \
	-Wl,--exclude-libs,ALL $(if $(SANITIZE),,-Wl,-z,defs) $(LDFLAGS) -o $@ $(filter %.o,$^) $1 $(BASE_LIBS)
$(SHARED_LIBRARY): $(SHARED_OBJECTS) packaging/libmodseal.map $(BUILD)/link-flags
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(call link_shared,$(SHARED_LIBS))
	@ln -sf libmodseal.so $@.$(SOVERSION)
# What STATIC_DEPS=1 makes of the same objects, for check-interop.
STATIC_SHARED := $(BUILD)/tests/static/libmodseal.so
$(STATIC_SHARED): $(OBJECTS) $(STATIC_ADDED) packaging/libmodseal.map $(BUILD)/link-flags
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(call link_shared,$(PROBED_STATIC_SHARED_LIBS))
$(COMMAND): $(TOOL_OBJECTS) $(STATIC_LIBRARY) $(BUILD)/link-flags
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $(TOOL_OBJECTS) $(STATIC_LIBRARY) $(COMMAND_LIBS) $(BASE_LIBS)
$(BUILD)/lib/pkgconfig/modseal.pc: packaging/modseal.pc.in $(BUILD)/flags
	@mkdir -p $(@D)
	@sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@VERSION@|$(VERSION)|' $< >$@

# Test programs: Criterion's macros do not pass the strict warnings.
TEST_CFLAGS = $(CFLAGS) -DBUILD_DIR='"$(abspath $(BUILD))"' -DTOP_DIR='"$(CURDIR)"' -MMD -MP
# They are many and run once, and what sanitizers look at is the library: the tests are compiled
# once, for the build that UNIT_OBJECTS names.
UNIT_OBJECTS ?= $(BUILD)
UNIT_CFLAGS = $(filter-out $(SANITIZER),$(TEST_CFLAGS)) -U_FORTIFY_SOURCE -O0 -g1
ifeq ($(UNIT_OBJECTS),$(BUILD))
$(ALL_UNIT_TESTS:%=%.o): $(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(UNIT_CFLAGS) -MT $@ -MF $(@:.o=.d) -c -o $@ $<
endif
$(ALL_UNIT_TESTS): $(BUILD)/%: $(UNIT_OBJECTS)/%.o $(STATIC_LIBRARY) $(BUILD)/link-flags
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) -pie -o $@ $< $(EXTRA_OBJECTS) $(STATIC_LIBRARY) -lcriterion \
		-lcrypto -lelf -lyaml $(BASE_LIBS)
# Hosts carry their own dependencies where static ones are installed: then what they load
# is not in the process already.
HOST_LIBS := $(PROBED_STATIC_LIBS)
$(HOSTS): $(BUILD)/%: %.c $(STATIC_LIBRARY) $(BUILD)/flags $(BUILD)/link-flags
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(TEST_CFLAGS) -MF $@.d $(LDFLAGS) -pie -o $@ $< $(STATIC_LIBRARY) \
		$(HOST_LIBS) $(BASE_LIBS)
$(BENCH): $(wildcard tests/bench/*.c tests/bench/*.h) $(STATIC_LIBRARY) $(BUILD)/flags \
		$(BUILD)/link-flags
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -pie -o $@ $(filter %.c,$^) $(STATIC_LIBRARY) $(HOST_LIBS) $(BASE_LIBS)
# Libraries stay apart: what is counted as modseal's is in the program.
$(COUNTS): tests/counts/paths.c $(STATIC_LIBRARY) $(BUILD)/flags $(BUILD)/link-flags
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(TEST_CFLAGS) -MF $@.d $(LDFLAGS) -pie -o $@ $< $(STATIC_LIBRARY) \
		-lcrypto -lelf -lyaml $(BASE_LIBS)
# Every call out of the library can be made to fail; the wrappers are x86-64 assembly.
FAULT := $(if $(findstring x86_64,$(PROBED_MULTIARCH)),$(BUILD)/tests/fault/fault)
$(BUILD)/tests/fault/fault: tests/fault/fault.c tests/fault/wrap.sh $(STATIC_LIBRARY) $(BUILD)/link-flags
	@mkdir -p $(@D)
	$(call say,LD,$@)
	@tests/fault/wrap.sh $(STATIC_LIBRARY) $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -I$(@D) @$(@D)/ldflags -pie -static-libgcc \
		-o $@ tests/fault/fault.c \
		$(@D)/wrap.S $(STATIC_LIBRARY) $(LIBS) $(BASE_LIBS)
# Small tools of the interop tests: OpenSSL, nothing of ours.
$(INTEROP): $(BUILD)/%: %.c $(BUILD)/flags $(BUILD)/link-flags
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -pie -o $@ $< -lcrypto
hosts: $(HOSTS)
unit-%: $(BUILD)/tests/unit/test_%
	$<
testdata:
	@BUILD='$(abspath $(BUILD))' CC='$(CC)' tests/mkdata.sh

# ---- tests ---------------------------------------------------------------------------

# The last line of each is "N passed, N failed, N skipped".
RUN := BUILD='$(abspath $(BUILD))' CC='$(CC)' SANITIZE='$(SANITIZE)' UNITS='$(UNITS)' \
	STATIC_DEPS='$(STATIC_DEPS)' EMULATOR='$(EMULATOR)' VERSION='$(VERSION)' tests/run.sh
READY := $(COMMAND) $(SHARED_LIBRARY) $(BUILD)/lib/pkgconfig/modseal.pc hosts testdata

# libFuzzer (clang) looks for bytes that crash a reader, leak, take it too long, or are taken
# for what they are not, each reader FUZZ_SECONDS long; what it finds lies in $(BUILD)/fuzz.
FUZZ_SECONDS ?= 60
FUZZ_TARGETS ?= catalog elf lists policy signature state timestamp
fuzz: testdata $(BUILD)/tests/hosts/fuzzed
	@command -v clang >/dev/null || { echo 'fuzz: clang is missing: packaging/setup.sh ci' >&2; exit 1; }
	@+$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzz CC=clang SANITIZE=address,undefined \
		CFLAGS='-O1 -g -fsanitize=fuzzer-no-link' $(BUILD)/fuzz/lib/libmodseal.a
	@DATA='$(abspath $(BUILD))/data' tests/fuzz/run.sh $(BUILD)/fuzz $(FUZZ_SECONDS) $(FUZZ_TARGETS)

.PHONY: check check-unit check-interop check-races check-vm check-outside check-all check-counts \
	counts-accept fuzz hosts testdata
check: $(READY) $(UNIT_TESTS) $(FAULT) $(BENCH)
	@$(RUN) unit cli hostile
check-unit: testdata $(UNIT_TESTS)
	@$(RUN) unit
check-interop: $(READY) $(INTEROP) $(STATIC_SHARED)
	@$(RUN) interop
check-races: $(READY)
	@$(RUN) races
check-vm: $(READY) $(BUILD)/tests/interop/carve_certificate
	@$(RUN) vm
# Both at once: the virtual machine has one processor.
check-outside: $(READY) $(INTEROP) $(STATIC_SHARED) $(COUNTS)
	@$(RUN) vm interop counts
# Instructions that hot paths take, beside what tests/counts says.
check-counts: $(COMMAND) $(COUNTS)
	@$(RUN) counts
counts-accept: $(COMMAND) $(COUNTS)
	@BUILD='$(abspath $(BUILD))' CC='$(CC)' tests/counts/accept
# Another configuration is another build: the same Makefile with other variables.
# What the tests read is the same for all of them, and takes its time to be made.
SHARE_DATA = @mkdir -p $1 && ln -sfn $(abspath $(BUILD))/data $1/data
.PHONY: check-asan check-ubsan check-tsan check-sanitized check-aarch64 check-emulated check-musl \
	check-trixie check-packages
check-asan: testdata $(UNIT_TESTS:%=%.o)
	$(call SHARE_DATA,$(BUILD)/asan)
	@+$(MAKE) --no-print-directory BUILD=$(BUILD)/asan UNIT_OBJECTS=$(BUILD) SANITIZE=address,undefined check-sanitized
check-ubsan: testdata $(UNIT_TESTS:%=%.o)
	$(call SHARE_DATA,$(BUILD)/ubsan)
	@+$(MAKE) --no-print-directory BUILD=$(BUILD)/ubsan UNIT_OBJECTS=$(BUILD) SANITIZE=undefined check-sanitized
check-tsan: testdata
	$(call SHARE_DATA,$(BUILD)/tsan)
	@+$(MAKE) --no-print-directory BUILD=$(BUILD)/tsan SANITIZE=thread check-sanitized
# For aarch64, under an emulator.
check-aarch64:
	@+tests/aarch64/check.sh '$(MAKE)' '$(BUILD)/aarch64'
# With musl, beside the build for glibc.
check-musl: $(COMMAND) testdata
	$(call SHARE_DATA,$(BUILD)/musl)
	@+tests/musl/check.sh '$(MAKE)' '$(BUILD)/musl' '$(COMMAND)'
check-emulated: $(COMMAND) $(SHARED_LIBRARY) testdata $(UNIT_TESTS)
	@$(RUN) unit emulated
check-sanitized: $(READY) $(if $(filter thread,$(SANITIZE)),,$(UNIT_TESTS)) \
		$(if $(findstring address,$(SANITIZE)),$(FAULT))
	@$(RUN) $(if $(filter thread,$(SANITIZE)),threads,unit cli hostile)
# On Debian 13, in a chroot: OpenSSL 3.5 with its FIPS provider.
check-trixie:
	@+tests/trixie/check.sh '$(MAKE)'
# modseal's own packages, built, installed, used, removed, in systems of their own.
check-packages:
	@+tests/packages/check.sh
check-all:
	@+THOROUGH=1 FAULT_STRIDE=1 AT_MOST=14400 tests/run.sh all '$(MAKE)' check lint check-asan check-tsan check-outside \
		check-races check-trixie check-musl check-packages

.PHONY: lint format bench bench-static bench-plot bench-accept demo
lint: all
	@BUILD='$(abspath $(BUILD))' CC='$(CC)' tests/run.sh lint
format:
	@git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i
# With dependencies linked in: no library measured is in the process; the usual command beside.
BENCH_FILE ?= $(BUILD)/bench.json
bench: $(COMMAND) $(INTEROP)
	@+$(MAKE) --no-print-directory BUILD=$(BUILD)/static STATIC_DEPS=1 bench-static
	@CC='$(CC)' python3 -B tests/bench/bench.py --build '$(BUILD)/static' --dynamic '$(BUILD)' \
		--output '$(BENCH_FILE)' --rows '$(ROWS)'
# The ratios of $(BENCH_FILE) as a picture; and, once it is good, as the figures of README.md.
bench-plot bench-accept: $(filter bench,$(MAKECMDGOALS))
bench-plot:
	@python3 -B tests/bench/plot.py '$(BENCH_FILE)' '$(BENCH_FILE:.json=.svg)'
bench-accept:
	@python3 -B tests/bench/accept.py '$(BENCH_FILE)'
bench-static: $(COMMAND) $(BENCH)

# ---- the demo ------------------------------------------------------------------------

# Both programs carry their own OpenSSL, libelf and libz where static ones are installed:
# then all libraries that libxml2 needs come out of the verified images.
DEMO := $(BUILD)/demo
$(DEMO)/host: tests/demo/host.c $(STATIC_LIBRARY)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(STRICT) -pie $(LDFLAGS) -o $@ $^ $(HOST_LIBS) $(BASE_LIBS)
$(DEMO)/modseal: $(TOOL_OBJECTS) $(STATIC_LIBRARY)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $^ $(PROBED_STATIC_TOOL_LIBS) \
		$(ARCHIVE_LIBS) $(RUN_STATIC_LIBS) $(HOST_LIBS) $(BASE_LIBS)
demo: $(DEMO)/host $(DEMO)/modseal
	@CC='$(CC)' tests/demo/demo.sh '$(abspath $(DEMO))'

# ---- installing ----------------------------------------------------------------------

HEADERS := $(wildcard include/*.h include/*.hpp)
MAN_PAGES := $(filter-out $(if $(filter 1,$(VERIFY_ONLY)),packaging/man/modseal-sign.1 packaging/man/modseal-run.1),$(wildcard packaging/man/*.[1-8]))
SHARED := $(DESTDIR)$(PREFIX)/share/modseal
# policies to start from, and the schema that editors use
POLICIES := $(wildcard policy/*.yaml policy/examples/*.yaml policy/*.schema.json)
# Hooks of package managers and recipes: nothing calls them where they are.
HOOKS := $(if $(filter 1,$(VERIFY_ONLY)),,$(addprefix packaging/,apt/check-packages \
	rpm/check-packages catalog-package/build sign-built meson/sign kernel/sign-modules kernel/sign-file))
# What build systems find where they look for it.
CMAKE_FILES := modsealConfig.cmake modsealConfigVersion.cmake \
	$(if $(filter 1,$(VERIFY_ONLY)),,modsealSign.cmake modsealInstall.cmake)
CMAKE_DIR := $(DESTDIR)$(LIBDIR)/cmake/modseal
PERL_DIR := $(DESTDIR)$(PREFIX)/share/perl5/Debian/Debhelper/Sequence
RPM_MACROS := $(DESTDIR)$(PREFIX)/lib/rpm/macros.d
# to be copied into a project and adapted
SAMPLES := $(if $(HOOKS),$(addprefix packaging/,apt/80modseal ci/github.yml ci/gitlab.yml yocto/modseal.bbclass) $(wildcard packaging/systemd/*))
# packages are built with what signs
INTEGRATED := $(if $(HOOKS),$(DESTDIR)$(PREFIX)/bin/dh_modseal $(PERL_DIR)/modseal.pm $(RPM_MACROS)/macros.modseal)
# texts name our own files where they are by default
PLACED = sed 's|/usr/local/|$(PREFIX)/|g'
FILLED = sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@VERSION@|$(VERSION)|' \
	-e 's|@SOVERSION@|$(SOVERSION)|; s|/usr/local/share/|$(PREFIX)/share/|' \
	-e "s|@PREFIX_FROM_LIBDIR@|$$(realpath -m --relative-to='$(LIBDIR)' '$(PREFIX)')|" \
	-e "s|@SHARE_FROM_CMAKE@|$$(realpath -m --relative-to='$(LIBDIR)/cmake/modseal' '$(PREFIX)/share/modseal')|"
man_path = $(DESTDIR)$(PREFIX)/share/man/man$(patsubst .%,%,$(suffix $1))/$(notdir $1)
.PHONY: install install-integrations uninstall uninstall-integrations
install: all install-integrations
	$(call say,INSTALL,$(DESTDIR)$(PREFIX))
	$(Q)install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/include $(DESTDIR)$(LIBDIR)/pkgconfig
	$(Q)install -m 755 $(COMMAND) $(DESTDIR)$(PREFIX)/bin/modseal
	$(Q)install -m 644 $(HEADERS) $(DESTDIR)$(PREFIX)/include
	$(Q)install -m 644 $(STATIC_LIBRARY) $(DESTDIR)$(LIBDIR)/libmodseal.a
	$(Q)install -m 755 $(SHARED_LIBRARY) $(DESTDIR)$(LIBDIR)/libmodseal.so.$(VERSION)
	$(Q)ln -sf libmodseal.so.$(VERSION) $(DESTDIR)$(LIBDIR)/libmodseal.so.$(SOVERSION)
	$(Q)ln -sf libmodseal.so.$(SOVERSION) $(DESTDIR)$(LIBDIR)/libmodseal.so
	$(Q)$(foreach p,$(POLICIES),install -D -m 644 $p $(p:policy/%=$(SHARED)/%) &&) true
	$(Q)$(foreach m,$(MAN_PAGES),$(PLACED) $m | install -D -m 644 /dev/stdin $(call man_path,$m) &&) true
	$(Q)install -D -m 644 packaging/completion/modseal.bash $(DESTDIR)$(BASHDIR)/modseal
	$(Q)install -D -m 644 packaging/completion/_modseal $(DESTDIR)$(ZSHDIR)/_modseal
	$(Q)install -D -m 644 packaging/tmpfiles.conf $(DESTDIR)$(TMPFILESDIR)/modseal.conf
	$(if $(DESTDIR),,@ldconfig 2>/dev/null || echo 'install: root has to run ldconfig before programs find the library')
# Nothing of it is compiled.
install-integrations:
	$(Q)$(FILLED) packaging/modseal.pc.in | install -D -m 644 /dev/stdin $(DESTDIR)$(LIBDIR)/pkgconfig/modseal.pc
	$(Q)$(foreach f,$(CMAKE_FILES),$(FILLED) $(wildcard packaging/cmake/$f packaging/cmake/$f.in) | \
		install -D -m 644 /dev/stdin $(CMAKE_DIR)/$f &&) true
	$(Q)$(foreach h,$(HOOKS),install -D -m 755 $h $(h:packaging/%=$(SHARED)/%) &&) true
	$(Q)$(foreach s,$(SAMPLES),$(PLACED) $s | install -D -m 644 /dev/stdin $(s:packaging/%=$(SHARED)/%) &&) true
ifneq ($(INTEGRATED),)
	$(Q)install -D -m 755 packaging/debhelper/dh_modseal $(DESTDIR)$(PREFIX)/bin/dh_modseal
	$(Q)install -D -m 644 packaging/debhelper/modseal.pm $(PERL_DIR)/modseal.pm
	$(Q)$(FILLED) packaging/rpm/macros.modseal | install -D -m 644 /dev/stdin $(RPM_MACROS)/macros.modseal
endif
uninstall-integrations:
	$(Q)rm -f $(INTEGRATED) $(SAMPLES:packaging/%=$(SHARED)/%) $(CMAKE_FILES:%=$(CMAKE_DIR)/%) $(DESTDIR)$(LIBDIR)/pkgconfig/modseal.pc
	$(Q)rmdir -p --ignore-fail-on-non-empty $(CMAKE_DIR) $(sort $(dir $(SAMPLES:packaging/%=$(SHARED)/%))) $(if $(INTEGRATED),$(PERL_DIR) $(RPM_MACROS)) 2>/dev/null || true
uninstall: uninstall-integrations
	$(Q)rm -f $(DESTDIR)$(PREFIX)/bin/modseal $(HEADERS:include/%=$(DESTDIR)$(PREFIX)/include/%) \
		$(DESTDIR)$(LIBDIR)/libmodseal.a \
		$(addprefix $(DESTDIR)$(LIBDIR)/libmodseal.so,.$(VERSION) .$(SOVERSION)) \
		$(DESTDIR)$(LIBDIR)/libmodseal.so $(POLICIES:policy/%=$(SHARED)/%) $(HOOKS:packaging/%=$(SHARED)/%) \
		$(foreach m,$(MAN_PAGES),$(call man_path,$m)) $(DESTDIR)$(BASHDIR)/modseal \
		$(DESTDIR)$(ZSHDIR)/_modseal $(DESTDIR)$(TMPFILESDIR)/modseal.conf
	$(Q)rmdir --ignore-fail-on-non-empty $(sort $(dir $(HOOKS:packaging/%=$(SHARED)/%) \
		$(POLICIES:policy/%=$(SHARED)/%))) $(SHARED) 2>/dev/null || true

# ---- the rest ------------------------------------------------------------------------

# From the working tree, as their own systems want it.
deb:
	packaging/build-deb $(BUILD)/packages
rpm:
	packaging/build-rpm $(BUILD)/packages
.PHONY: all setup deb rpm dist clean help
# What is committed, and nothing else.
dist:
	@mkdir -p $(BUILD)
	git archive --format=tar.gz --prefix=modseal-$(VERSION)/ \
		-o $(BUILD)/modseal-$(VERSION).tar.gz HEAD
clean:
	rm -rf $(BUILD)
help:
	@echo 'make                the command and the libraries, below $(BUILD)'
	@echo 'make demo           libxml2, signed, verified, loaded; and what is refused'
	@echo 'make check          all tests that need nothing special (5 minutes at most)'
	@echo 'make check-unit     only the unit tests; make unit-NAME: one of them'
	@echo 'make check-asan     the tests under AddressSanitizer and UndefinedBehaviorSanitizer'
	@echo 'make check-ubsan    the second alone; check-tsan: what starts threads'
	@echo 'make check-interop  foreign tools and foreign files'
	@echo 'make check-aarch64  tests of the cross build, under qemu-user'
	@echo 'make check-musl     with musl: verdicts, and what its dynamic linker can load'
	@echo 'make check-races    the long races, a whole system learned, the libraries of 200 packages'
	@echo 'make check-trixie   make check on Debian 13 (root; debootstrap, once)'
	@echo 'make check-packages the packages of modseal, their whole life (root; debootstrap, once)'
	@echo 'make check-vm       in a virtual machine: what needs a kernel with fs-verity'
	@echo 'make check-counts   instructions of hot paths; counts-accept: from now on as many as now'
	@echo 'make check-outside  check-interop, check-vm and check-counts at once'
	@echo 'make check-all      all of these and lint'
	@echo 'make fuzz           libFuzzer on what reads bytes from outside (FUZZ_SECONDS, FUZZ_TARGETS)'
	@echo 'make bench          times and memory beside the floor of the machine (ROWS="b c")'
	@echo 'make bench-plot     ... as a picture; bench-accept: as the figures of README.md'
	@echo 'make lint, format   the rules of the sources; clang-format'
	@echo 'make install        PREFIX=$(PREFIX) DESTDIR=$(DESTDIR); uninstall undoes it'
	@echo 'make deb, rpm       packages, below $(BUILD)/packages'
	@echo 'make dist, clean    source archive; remove $(BUILD)'
	@sed -n '/^# Variables/,/^[^#]/s/^# \{0,1\}//p' Makefile

-include $(wildcard $(addsuffix .d,$(OBJECTS:.o=) $(STATIC_ADDED:.o=) $(TOOL_OBJECTS:.o=) $(UNIT_TESTS) $(HOSTS) $(COUNTS)))
