/* SPDX-License-Identifier: Apache-2.0 */
/* What is foretold of what was seen: one row for each way that a kernel can answer. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

#include "verifier/admin/forecast.h"

#define NO	MODSEAL_SEEN_NO
#define YES	MODSEAL_SEEN_YES
#define UNKNOWN MODSEAL_SEEN_UNKNOWN

/* What was told about the topic that is looked at. */
struct told {
	const char *topic;
	unsigned count;
	enum modseal_outlook outlook;
	char text[400];
};

static int hear(void *argument, const struct modseal_forecast *forecast)
{
	struct told *told = argument;

	cr_assert(ge(int, (int)forecast->outlook, MODSEAL_OUTLOOK_FINE));
	cr_assert(ne(str, (char *)forecast->text, ""));
	if (strcmp(forecast->topic, told->topic) != 0)
		return 0;
	told->count++;
	told->outlook = (enum modseal_outlook)forecast->outlook;
	strncat(told->text, forecast->text, sizeof(told->text) - 1 - strlen(told->text));
	return 0;
}

static void foretold(const char *topic, const struct modseal_running *running,
		     const struct modseal_module_facts *facts, unsigned count,
		     enum modseal_outlook outlook, const char *text)
{
	struct told told = {.topic = topic};
	struct modseal_foretelling f = {
		.running = running, .visit = hear, .argument = &told};

	if (facts)
		modseal_foretell_module(&f, facts);
	else
		modseal_foretell_system(&f);
	cr_assert(zero(int, f.result));
	cr_assert(eq(uint, told.count, count), "%s: %s", topic, text);
	cr_assert(eq(int, (int)told.outlook, (int)outlook), "%s: %s", text, told.text);
	cr_assert(strstr(told.text, text) != NULL, "%s: %s", text, told.text);
}

Test(forecast, about_the_process_and_the_kernel)
{
	const struct row {
		enum modseal_seen capable, modules, disabled;
		const char *topic;
		enum modseal_outlook outlook;
		const char *text;
	} rows[] = {
		{YES, YES, NO, "process", MODSEAL_OUTLOOK_FINE, "may load modules"},
		{NO, YES, NO, "process", MODSEAL_OUTLOOK_REFUSED, "no CAP_SYS_MODULE"},
		{UNKNOWN, YES, NO, "process", MODSEAL_OUTLOOK_UNKNOWN, "cannot be seen"},
		{YES, YES, NO, "kernel", MODSEAL_OUTLOOK_FINE, "loads modules"},
		{YES, NO, NO, "kernel", MODSEAL_OUTLOOK_REFUSED, "no loadable modules"},
		{YES, YES, YES, "kernel", MODSEAL_OUTLOOK_REFUSED, "modules_disabled"},
		{YES, UNKNOWN, NO, "kernel", MODSEAL_OUTLOOK_UNKNOWN, "cannot be seen"},
		{YES, YES, UNKNOWN, "kernel", MODSEAL_OUTLOOK_UNKNOWN, "cannot be seen"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_running running = {.capable = rows[i].capable,
						  .modules = rows[i].modules,
						  .disabled = rows[i].disabled};

		foretold(rows[i].topic, &running, NULL, 1, rows[i].outlook, rows[i].text);
	}
}

static const struct modseal_module_facts plain = {.path = "/a.ko",
						  .release = "6.1",
						  .vermagic = "6.1 SMP mod_unload ",
						  .in_tree = true,
						  .free = true,
						  .has_signature = true,
						  .key = MODSEAL_KEY_TRUSTED};

Test(forecast, about_signatures)
{
	const struct row {
		enum modseal_seen reads, enforces, locked;
		bool present, certificates;
		enum modseal_key_place key;
		enum modseal_outlook outlook;
		const char *text;
	} rows[] = {
		{YES, YES, NO, true, false, MODSEAL_KEY_TRUSTED, MODSEAL_OUTLOOK_FINE,
		 "the kernel has the key"},
		{YES, YES, NO, true, false, MODSEAL_KEY_ABSENT, MODSEAL_OUTLOOK_REFUSED,
		 "none of the kernel's keys made its signature, and signatures are "
		 "enforced (module.sig_enforce)"},
		{YES, NO, YES, true, false, MODSEAL_KEY_ABSENT, MODSEAL_OUTLOOK_REFUSED,
		 "enforced (lockdown)"},
		{YES, UNKNOWN, YES, true, false, MODSEAL_KEY_ABSENT,
		 MODSEAL_OUTLOOK_REFUSED, "enforced (lockdown)"},
		{YES, YES, NO, false, false, MODSEAL_KEY_TRUSTED, MODSEAL_OUTLOOK_REFUSED,
		 "no signature is appended to it, and signatures are enforced"},
		/* its certificates may lead to a key that the kernel has */
		{YES, YES, NO, true, true, MODSEAL_KEY_ABSENT, MODSEAL_OUTLOOK_UNKNOWN,
		 "may know who certified it, and signatures are enforced"},
		{YES, YES, NO, true, false, MODSEAL_KEY_PLATFORM, MODSEAL_OUTLOOK_UNKNOWN,
		 ".platform, which the kernels of Debian, Fedora and SUSE ask"},
		{YES, YES, NO, true, false, MODSEAL_KEY_UNSEEN, MODSEAL_OUTLOOK_UNKNOWN,
		 "cannot be seen, and signatures are enforced"},
		{YES, NO, NO, true, false, MODSEAL_KEY_ABSENT, MODSEAL_OUTLOOK_NOTE,
		 "taints the kernel (E)"},
		{YES, NO, NO, false, false, MODSEAL_KEY_TRUSTED, MODSEAL_OUTLOOK_NOTE,
		 "no signature is appended"},
		{YES, NO, NO, true, false, MODSEAL_KEY_UNSEEN, MODSEAL_OUTLOOK_UNKNOWN,
		 "taints the kernel (E)"},
		{YES, UNKNOWN, NO, true, false, MODSEAL_KEY_ABSENT,
		 MODSEAL_OUTLOOK_UNKNOWN, "whether signatures are enforced"},
		{YES, NO, UNKNOWN, true, false, MODSEAL_KEY_ABSENT,
		 MODSEAL_OUTLOOK_UNKNOWN, "whether signatures are enforced"},
		{NO, NO, YES, false, false, MODSEAL_KEY_ABSENT, MODSEAL_OUTLOOK_FINE,
		 "looks at no signatures"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_running running = {.release = "6.1",
						  .reads_signatures = rows[i].reads,
						  .enforces = rows[i].enforces,
						  .locked_down = rows[i].locked};
		struct modseal_module_facts facts = plain;

		facts.has_signature = rows[i].present;
		facts.has_certificates = rows[i].certificates;
		facts.key = rows[i].key;
		foretold("signature", &running, &facts, 1, rows[i].outlook, rows[i].text);
	}
}

/* Newer kernels refuse it though the key is trusted, and though nothing is enforced. */
Test(forecast, about_revoked_keys)
{
	const struct {
		enum modseal_seen enforces;
		enum modseal_key_place key;
		enum modseal_outlook outlook;
		const char *text;
	} rows[] = {
		{YES, MODSEAL_KEY_TRUSTED, MODSEAL_OUTLOOK_UNKNOWN,
		 "its key is revoked (keyring .blacklist)"},
		{NO, MODSEAL_KEY_TRUSTED, MODSEAL_OUTLOOK_UNKNOWN, "its key is revoked"},
		{NO, MODSEAL_KEY_ABSENT, MODSEAL_OUTLOOK_UNKNOWN, "its key is revoked"},
		{YES, MODSEAL_KEY_PLATFORM, MODSEAL_OUTLOOK_UNKNOWN,
		 "its key is revoked"},
		/* which it is refused for by every kernel */
		{YES, MODSEAL_KEY_ABSENT, MODSEAL_OUTLOOK_REFUSED,
		 "none of the kernel's keys made its signature"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_running running = {.release = "6.1",
						  .reads_signatures = YES,
						  .enforces = rows[i].enforces,
						  .locked_down = NO};
		struct modseal_module_facts facts = plain;

		facts.revoked = true;
		facts.key = rows[i].key;
		foretold("signature", &running, &facts, 1, rows[i].outlook, rows[i].text);
	}
}

Test(forecast, about_the_release)
{
	struct modseal_running running = {.release = "6.1"};
	struct modseal_module_facts facts = plain;

	foretold("vermagic", &running, &facts, 1, MODSEAL_OUTLOOK_FINE,
		 "this kernel, 6.1");
	strcpy(running.release, "6.10");
	foretold("vermagic", &running, &facts, 1, MODSEAL_OUTLOOK_REFUSED,
		 "built for 6.1, and this kernel is 6.10");
	facts.vermagic = "6.1 SMP mod_unload modversions ";
	foretold("vermagic", &running, &facts, 1, MODSEAL_OUTLOOK_UNKNOWN,
		 "only if the versions of all its symbols agree");
}

Test(forecast, about_what_is_loaded_already)
{
	struct modseal_running running = {.release = "6.1"};
	struct modseal_module_facts facts = plain;

	foretold("loaded", &running, &facts, 1, MODSEAL_OUTLOOK_FINE,
		 "no module of this");
	facts.state = MODSEAL_KERNEL_LOADED;
	foretold("loaded", &running, &facts, 1, MODSEAL_OUTLOOK_REFUSED,
		 "loaded already");
	facts.state = MODSEAL_KERNEL_BUILT_IN;
	foretold("loaded", &running, &facts, 1, MODSEAL_OUTLOOK_REFUSED, "part of this");
	facts.is_dependency = true;
	foretold("loaded", &running, &facts, 0, MODSEAL_OUTLOOK_FINE, "");
}

Test(forecast, about_what_taints)
{
	struct modseal_running running = {.release = "6.1"};
	struct modseal_module_facts facts = plain;

	foretold("taint", &running, &facts, 0, MODSEAL_OUTLOOK_FINE, "");
	facts.in_tree = false;
	foretold("taint", &running, &facts, 1, MODSEAL_OUTLOOK_NOTE, "taints it (O)");
	facts.free = false;
	foretold("taint", &running, &facts, 2, MODSEAL_OUTLOOK_NOTE, "taints it (P)");
}

static int stop(void *argument, const struct modseal_forecast *forecast)
{
	++*(int *)argument;
	return 7;
}

Test(forecast, ends_where_the_visitor_says)
{
	struct modseal_running running = {.release = "6.1"};
	int visits = 0;
	struct modseal_foretelling f = {
		.running = &running, .visit = stop, .argument = &visits};

	modseal_foretell_system(&f);
	modseal_foretell_module(&f, &plain);
	cr_assert(eq(int, visits, 1));
	cr_assert(eq(int, f.result, 7));
}

Test(forecast, names_its_outlooks)
{
	cr_assert(eq(str, (char *)modseal_outlook_name(MODSEAL_OUTLOOK_FINE), "fine"));
	cr_assert(eq(str, (char *)modseal_outlook_name(MODSEAL_OUTLOOK_NOTE), "note"));
	cr_assert(eq(str, (char *)modseal_outlook_name(MODSEAL_OUTLOOK_UNKNOWN),
		     "unknown"));
	cr_assert(eq(str, (char *)modseal_outlook_name(MODSEAL_OUTLOOK_REFUSED),
		     "refused"));
	cr_assert(eq(str, (char *)modseal_outlook_name(4), "INTERNAL"));
	cr_assert(eq(str, (char *)modseal_outlook_name(-1), "INTERNAL"));
}
