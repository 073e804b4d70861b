/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of verifier/use.c: what an enforcer is told of the policy's places. What it is
 * told of files tests/hostile/guard.sh asks. */
#include "policy_text.h"

#include "modseal-guard.h"
#include "verifier/handle.h"

#define SUPPLEMENTS                                                                      \
	"supplements:\n"                                                                 \
	"  - {name: vendor, file: vendor.yaml, signers: [s]}\n"
#define SIGNER                                                                           \
	"signers:\n"                                                                     \
	"  s: {trust: pinned, certificate-file: s, certificate-sha256: " DIGEST          \
	", purposes: [supplement, library, program, kernel-module]}\n"

static struct modseal_error error;
static struct modseal_context context;
static struct modseal *handle;

static void begin(const char *mode, const char *rules)
{
	char text[4096];

	snprintf(text, sizeof(text), "%s%s%s%srules:\n%s", HEAD, mode, SIGNER,
		 SUPPLEMENTS, rules);
	context.base.policy = accepted(text);
	/* one for each call that fails to give its own back, and is not freed */
	atomic_init(&context.references, 9);
	handle = modseal_handle_of(&context);
	cr_assert(handle != NULL);
}

static void end(void)
{
	cr_assert(eq(u32, atomic_load(&context.references), 9));
	modseal_free(&handle);
	modseal_policy_free(&context.base.policy);
}

struct told {
	char text[1024];
	int result;
};

static int tell(void *argument, const char *directory)
{
	struct told *told = argument;
	size_t length = strlen(told->text);

	snprintf(told->text + length, sizeof(told->text) - length, "%s:", directory);
	return told->result;
}

static const char rules[] =
	"  - {path: /usr/lib/**, kind: library, signers: [s], identity: unbound}\n"
	"  - {path: /usr/lib/*.so, signers: [s]}\n"
	"  - {path: /opt/acme/lib/p*.so, signers: [s]}\n"
	"  - {path: /opt/acme/*/bin/x, kind: program, signers: [s]}\n"
	"  - {path: /usr/bin/tool, kind: program, signers: [s]}\n"
	"  - {path: /lib/modules/**, kind: kernel-module, signers: [s]}\n"
	"  - {path: /srv/vendor/**, delegate: vendor}\n"
	"  - {path: /tool, kind: program, signers: [s]}\n"
	"  - {path: /**, kind: program, signers: [s]}\n";

Test(use, places_are_the_directories_of_rules_for_programs_and_libraries)
{
	struct told told = {.text = ""};

	begin("", rules);
	cr_assert(zero(int, modseal_guard_places(handle, tell, &told, &error)), "%s",
		  error.message);
	cr_assert(eq(str, told.text,
		     "/usr/lib:/opt/acme/lib:/opt/acme:/usr/bin:/srv/vendor:/:"));
	end();
}

Test(use, a_policy_that_only_reports_may_be_everywhere)
{
	struct told told = {.text = ""};

	begin("mode: audit\n", rules);
	cr_assert(zero(int, modseal_guard_places(handle, tell, &told, &error)));
	cr_assert(eq(str, told.text, "/:"));
	end();
}

Test(use, the_visitor_ends_the_places)
{
	struct told told = {.text = "", .result = 77};

	begin("", rules);
	cr_assert(eq(int, modseal_guard_places(handle, tell, &told, &error), 77));
	cr_assert(eq(str, told.text, "/usr/lib:"));
	end();
}

Test(use, places_want_a_context_and_somebody_to_tell)
{
	struct told told = {.text = ""};

	begin("", rules);
	cr_assert(eq(int, modseal_guard_places(handle, NULL, &told, &error),
		     MODSEAL_E_ARGUMENT));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_RULE));
	cr_assert(eq(int, modseal_guard_places(NULL, tell, &told, NULL),
		     MODSEAL_E_ARGUMENT));
	cr_assert(eq(str, told.text, ""));
	end();
}
