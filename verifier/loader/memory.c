/* SPDX-License-Identifier: Apache-2.0 */
/* Judges executable memory by its kind: of no file, or writable. */
#include "verifier/loader/memory.h"

#include "verifier/loader/registry.h"

static int fail_anonymous(const struct modseal_mapping *mapping,
			  struct modseal_error *error)
{
	int code = modseal_fail(error, MODSEAL_E_PROCESS_UNVERIFIED, MODSEAL_STAGE_GATE,
				*mapping->name ? mapping->name : "anonymous memory",
				"memory that belongs to no file is executable");

	modseal_remedy(error, "start the program without what generates code, or set "
			      "process.anonymous-executable in the policy");
	return code;
}

/* process.anonymous-executable: log. Once in a check: there may be much of it. */
static void tell_anonymous(struct modseal_inquiry *inquiry,
			   const struct modseal_mapping *mapping)
{
	const struct modseal_gate *gate = inquiry->gate;
	struct modseal_error told;

	if (inquiry->anonymous_told || !gate->anonymous_executable_told || !gate->tell)
		return;
	fail_anonymous(mapping, &told);
	gate->tell(gate->argument, false, &told);
	inquiry->anonymous_told = true;
}

/* Memory by its kind alone: the files behind it are judged elsewhere. */
static int find_memory(struct modseal_inquiry *inquiry, struct modseal_error *error)
{
	for (size_t i = 0; i < inquiry->maps.count; i++) {
		const struct modseal_mapping *mapping = &inquiry->maps.items[i];

		if (!mapping->executable || modseal_mapping_is_kernel(mapping))
			continue;
		if (mapping->file && mapping->writable)
			return modseal_fail(
				error, MODSEAL_E_PROCESS_UNVERIFIED, MODSEAL_STAGE_GATE,
				mapping->name,
				"it is mapped writable and executable at once");
		if (mapping->file)
			continue;
		if (!inquiry->gate->anonymous_executable_allowed)
			return fail_anonymous(mapping, error);
		tell_anonymous(inquiry, mapping);
	}
	return 0;
}

int modseal_memory_judge(struct modseal_inquiry *inquiry, struct modseal_error *error)
{
	int code = inquiry->memory_told ? 0 : find_memory(inquiry, error);
	int result = modseal_gate_tolerate(inquiry->gate, code, error);

	inquiry->memory_told = inquiry->memory_told || (code && !result);
	modseal_registry()->memory_let_through = inquiry->memory_told;
	return result;
}
