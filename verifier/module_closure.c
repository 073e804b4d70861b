/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Depth first over .modinfo depends=. The kernel knows one module of a name, so each name
 * stands for one file, and one met again on the way down is a cycle.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/closure.h"
#include "verifier/kernel/kernel_find.h"
#include "verifier/kernel/kernel_state.h"
#include "verifier/module_closure.h"

/* The modules from the root down to the one whose dependencies are looked at. */
struct chain {
	const struct chain *above;
	const struct modseal_subject *subject;
};

struct collecting {
	struct modseal_subject *root;
	struct modseal_closure closure;
};

static const char *name_of(const struct chain *link)
{
	return link->subject->elf.module_name;
}

/* ".modinfo" may spell its own name with '-'; what depends on it does not. */
static bool is_named(const struct modseal_subject *subject, const char *name)
{
	const char *own = subject->elf.module_name;

	for (; *own && (*own == '-' ? '_' : *own) == *name; own++)
		name++;
	return !*own && !*name;
}

/* Each depends on the one behind it, and the last on the first, which stands there twice.
 */
static int fail_cycle(const struct chain *chain, const char *name,
		      struct modseal_error *error)
{
	const char *members[MODSEAL_MAX_CLOSURE_DEPTH + 1];
	char route[700] = "";
	size_t count = 0, used = 0;
	int result;

	for (const struct chain *link = chain; link; link = link->above) {
		members[count++] = name_of(link);
		if (is_named(link->subject, name))
			break;
	}
	for (size_t i = count; i > 0 && used < sizeof(route); i--)
		used += (size_t)snprintf(route + used, sizeof(route) - used, "%s -> ",
					 members[i - 1]);
	result = modseal_fail(error, MODSEAL_E_DEPENDENCY_CYCLE, MODSEAL_STAGE_CLOSURE,
			      chain->subject->located.path,
			      "a circle of %zu kernel modules: %s%s%s", count, route,
			      used < sizeof(route) ? "" : " ... ", name);
	modseal_remedy(error, "build them without the circle: the kernel could load none "
			      "of them first");
	return result;
}

static int judge(const struct chain *chain, const char *name,
		 struct modseal_subject *subject, struct modseal_error *error)
{
	const struct modseal_subject *needer = chain->subject;
	char *path = NULL;
	int result = modseal_kernel_find(needer->located.path, needer->elf.module_release,
					 name, &path, error);

	if (result < 0)
		return result;
	*subject = (struct modseal_subject){.context = needer->context,
					    .asked = path,
					    .to_load = needer->to_load,
					    .kind = MODSEAL_KIND_KERNEL_MODULE};
	result = modseal_subject_judge(subject, error);
	/* with `identity: unbound`, too: the kernel would not find what it looks for */
	if (result == 0 && !is_named(subject, name))
		result = modseal_fail(error, MODSEAL_E_NAME_MISMATCH, MODSEAL_STAGE_IMAGE,
				      path, "it is the kernel module '%s', not '%s'",
				      subject->elf.module_name, name);
	subject->asked = subject->located.path;
	free(path);
	return result;
}

static int collect(struct collecting *collecting, const struct chain *chain, size_t depth,
		   struct modseal_error *error);

static int add(struct collecting *collecting, const struct chain *chain, size_t depth,
	       const char *name, struct modseal_error *error)
{
	struct modseal_subject *subject = calloc(1, sizeof(*subject));
	struct chain link = {.above = chain, .subject = subject};
	int result;

	if (!subject)
		return modseal_fail_memory(error, MODSEAL_STAGE_CLOSURE);
	subject->located.descriptor = subject->bytes.descriptor = -1;
	result = judge(chain, name, subject, error);
	if (result < 0)
		modseal_closure_tell_needed_by(name_of(chain), error);
	if (result == 0)
		result = collect(collecting, &link, depth + 1, error);
	if (result == 0)
		result = modseal_closure_append(&collecting->closure, subject,
						"kernel modules", error);
	if (result < 0) {
		modseal_subject_clear(subject);
		free(subject);
	}
	return result;
}

/* Is it loaded, or met before? Then nothing more has to be done for it: 1. */
static int is_there(struct collecting *collecting, const struct chain *chain,
		    const char *name, struct modseal_error *error)
{
	const struct modseal_closure *closure = &collecting->closure;
	enum modseal_kernel_state state;
	int result;

	for (size_t i = 0; i < closure->count; i++)
		if (is_named(closure->members[i], name))
			return 1;
	result = modseal_kernel_state(name, &state, error);
	if (result < 0 || state == MODSEAL_KERNEL_ABSENT)
		return result;
	modseal_verdict_remark_add(
		collecting->root->verdict, "%s, which %s depends on, is %s already", name,
		name_of(chain),
		state == MODSEAL_KERNEL_LOADED ? "loaded" : "a part of the kernel");
	return 1;
}

static int collect(struct collecting *collecting, const struct chain *chain, size_t depth,
		   struct modseal_error *error)
{
	const struct modseal_elf *elf = &chain->subject->elf;
	int result = 0;

	if (depth > MODSEAL_MAX_CLOSURE_DEPTH)
		return modseal_fail(error, MODSEAL_E_DEPENDENCY_LIMIT,
				    MODSEAL_STAGE_CLOSURE, chain->subject->located.path,
				    "modules depend on each other more than %d deep",
				    MODSEAL_MAX_CLOSURE_DEPTH);
	if (elf->module_softdeps)
		modseal_verdict_remark_add(collecting->root->verdict,
					   "%s names modules that modprobe would load "
					   "with it, which is not done here: %s",
					   elf->module_name, elf->module_softdeps);
	for (size_t i = 0; result == 0 && i < elf->needed_count; i++) {
		const char *name = elf->needed[i];

		for (const struct chain *link = chain; link; link = link->above)
			if (is_named(link->subject, name))
				return fail_cycle(chain, name, error);
		result = is_there(collecting, chain, name, error);
		if (result == 0)
			result = add(collecting, chain, depth, name, error);
		else if (result > 0)
			result = 0;
	}
	return result;
}

int modseal_module_closure_collect(struct modseal_subject *root,
				   struct modseal_closure *ret_closure,
				   struct modseal_error *error)
{
	struct collecting collecting = {.root = root};
	struct chain chain = {.subject = root};
	int result = collect(&collecting, &chain, 0, error);

	if (result < 0) {
		modseal_closure_clear(&collecting.closure);
		return result;
	}
	*ret_closure = collecting.closure;
	return 0;
}
