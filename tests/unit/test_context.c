/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of verifier/context.c: which options a context is opened with, and which never.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <dlfcn.h>
#include <string.h>
#include <sys/auxv.h>

#include "modseal.h"

#define KNOWN                                                                            \
	(uint32_t)(MODSEAL_OPEN_CHECK_ONLY | MODSEAL_OPEN_CALLER_OWNED |                 \
		   MODSEAL_OPEN_STRICT | MODSEAL_OPEN_KERNEL_ONLY)

static bool secure;

/* Comes before that of the C library: as if the program were set-user-ID. */
unsigned long getauxval(unsigned long type)
{
	unsigned long (*real)(unsigned long) =
		(unsigned long (*)(unsigned long))dlsym(RTLD_NEXT, "getauxval");

	return type == AT_SECURE && secure ? 1 : real(type);
}

static struct modseal_error error;

static const struct modseal_options good = {
	.version = MODSEAL_OPTIONS_VERSION,
	.flags = MODSEAL_OPEN_CHECK_ONLY | MODSEAL_OPEN_CALLER_OWNED,
	.policy_path = "/nowhere/policy.yaml",
	.anchor_paths = (const char *const[]){"/nowhere/anchor.pem"},
	.anchor_path_count = 1,
};

static void refused(const struct modseal_options *options, const char *said)
{
	struct modseal *handle = NULL;

	cr_assert(eq(int, modseal_open(options, &handle, &error), MODSEAL_E_ARGUMENT),
		  "row %s: %s", said, error.message);
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_CONTEXT), "row %s", said);
	cr_assert(strstr(error.message, said) != NULL, "row %s: %s", said, error.message);
	cr_assert(handle == NULL);
}

static void understood(const struct modseal_options *options)
{
	struct modseal *handle = NULL;

	cr_assert(eq(int, modseal_open(options, &handle, &error), MODSEAL_E_NOT_FOUND),
		  "%s", error.message);
}

Test(context, options_that_are_not_understood_are_refused)
{
	struct modseal_options options = good;

	understood(&good);
	refused(NULL, "no options, not even empty ones: .version has to be 1");
	options.version++;
	refused(&options, "unknown version");
	options.version = 0;
	refused(&options, "unknown version");
	for (unsigned bit = 0; bit < 32; bit++) {
		options = good;
		options.flags |= 1u << bit;
		if (options.flags & ~KNOWN)
			refused(&options, "unknown flags");
		else
			understood(&options);
	}
	for (size_t i = 0; i < sizeof(good.reserved) / sizeof(good.reserved[0]); i++) {
		options = good;
		options.reserved[i] = UINT64_C(1) << 63;
		refused(&options, "a reserved member is not zero");
	}
}

/* Whoever starts a set-user-ID program may not choose who is believed. */
Test(context, R79_policies_of_the_caller_are_refused_in_secure_execution)
{
	struct modseal_options options = good;

	secure = true;
	refused(&good, "refused in secure execution");
	options.flags &= ~(uint32_t)MODSEAL_OPEN_CALLER_OWNED;
	understood(&options);
}
