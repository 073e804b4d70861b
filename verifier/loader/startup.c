/* SPDX-License-Identifier: Apache-2.0 */
/* Walks from the main program over needed names, as the dynamic linker did at start-up.
 */
#include "verifier/loader/startup.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "internal/limits.h"

#define EXE_LINK "/proc/self/exe"

struct walk {
	struct modseal_inquiry *inquiry;
	struct modseal_gate_object *seen; /* verified, in the order of their needs */
	size_t seen_count;
};

const char *modseal_path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void modseal_gate_object_clear(struct modseal_gate_object *object)
{
	if (object->descriptor >= 0)
		close(object->descriptor);
	free(object->path);
	free(object->soname);
	free(object->interpreter);
	for (size_t i = 0; i < object->needed_count; i++)
		free(object->needed[i]);
	free(object->needed);
	*object = (struct modseal_gate_object){.descriptor = -1};
}

int modseal_startup_ask(struct modseal_inquiry *inquiry, const char *path,
			enum modseal_kind kind, enum modseal_origin origin,
			const char *needed_as, struct modseal_gate_object *ret_seen,
			struct modseal_error *error)
{
	struct modseal_gate_object seen = {.descriptor = -1};
	struct modseal_object *object = NULL;
	int result =
		inquiry->gate->verify(inquiry->gate->argument, path, kind, &seen, error);

	if (result)
		return result;
	result = modseal_object_new(origin, seen.descriptor, seen.path, seen.soname,
				    MODSEAL_STAGE_GATE, &object, error);
	if (!result && needed_as) {
		object->needed_as = strdup(needed_as);
		if (!object->needed_as)
			result = modseal_fail_memory(error, MODSEAL_STAGE_GATE);
	}
	if (result) {
		modseal_object_free(object);
		modseal_gate_object_clear(&seen);
		return result;
	}
	memcpy(object->digest, seen.digest, sizeof(object->digest));
	object->digest_known = true;
	object->next = inquiry->fresh;
	inquiry->fresh = object;
	*ret_seen = seen;
	return 0;
}

/* Is a file mapped, gone from its place since, that was opened under this path or name?
 */
static bool was_replaced(const struct modseal_inquiry *inquiry, const char *path,
			 const char *name)
{
	for (size_t i = 0; i < inquiry->maps.count; i++) {
		const struct modseal_mapping *mapping = &inquiry->maps.items[i];
		const struct modseal_linked *linked;
		char *was;
		bool match;

		if (!mapping->executable || !mapping->deleted)
			continue;
		was = modseal_mapping_path(mapping);
		match = was && path && strcmp(was, path) == 0;
		linked = modseal_linker_at(&inquiry->linked, mapping->start);
		match = match || (linked && name &&
				  (strcmp(linked->name, name) == 0 ||
				   strcmp(modseal_path_name(linked->name), name) == 0));
		free(was);
		if (match)
			return true;
	}
	return false;
}

/* A file that is gone is a matter of its own, with another remedy than the search's. */
static int explain(const struct modseal_inquiry *inquiry, int code, const char *path,
		   const char *name, struct modseal_error *error)
{
	if (code != MODSEAL_E_NOT_FOUND || !was_replaced(inquiry, path, name))
		return code;
	return modseal_fail(error, MODSEAL_E_STALE_OBJECT, MODSEAL_STAGE_GATE,
			    path ? path : name,
			    "it is mapped in this process, but its file is gone");
}

/* What is not there to be judged stays a stranger in audit mode, and is told as one. */
static int let_pass(const struct modseal_inquiry *inquiry, int code, const char *name,
		    struct modseal_error *error)
{
	const struct modseal_gate *gate = inquiry->gate;

	if (code == MODSEAL_E_NOT_FOUND && gate->audits)
		code = modseal_fail(error, MODSEAL_E_PROCESS_UNVERIFIED,
				    MODSEAL_STAGE_GATE, name,
				    "the program needs it, and the policy's search does "
				    "not find it");
	return modseal_gate_tolerate(gate, code, error);
}

static int visit(struct walk *walk, const char *path, enum modseal_kind kind,
		 enum modseal_origin origin, const char *name,
		 struct modseal_error *error)
{
	struct modseal_gate_object seen = {.descriptor = -1};
	int result;

	if (walk->seen_count == MODSEAL_MAX_CLOSURE)
		return modseal_fail(error, MODSEAL_E_DEPENDENCY_LIMIT, MODSEAL_STAGE_GATE,
				    path, "the program needs more than %d objects",
				    MODSEAL_MAX_CLOSURE);
	result = modseal_startup_ask(walk->inquiry, path, kind, origin, name, &seen,
				     error);
	if (result && origin == MODSEAL_ORIGIN_PROGRAM && error) {
		size_t used = strlen(error->message);

		snprintf(error->message + used, sizeof(error->message) - used,
			 "; this is the program itself, which has to be approved first");
	}
	if (result) {
		result = explain(walk->inquiry, result, path, name, error);
		return let_pass(walk->inquiry, result, path, error);
	}
	walk->seen[walk->seen_count++] = seen;
	/* its page keeps the file from now on */
	close(seen.descriptor);
	walk->seen[walk->seen_count - 1].descriptor = -1;
	return 0;
}

static bool is_visited(const struct walk *walk, const char *path)
{
	for (size_t i = 0; i < walk->seen_count; i++)
		if (strcmp(walk->seen[i].path, path) == 0)
			return true;
	return false;
}

/* Needed names are few, most of them needed many times. */
static bool is_known_name(const struct walk *walk, size_t at, size_t index)
{
	const char *name = walk->seen[at].needed[index];

	for (size_t i = 0; i <= at; i++)
		for (size_t n = 0; n < (i == at ? index : walk->seen[i].needed_count);
		     n++)
			if (strcmp(walk->seen[i].needed[n], name) == 0)
				return true;
	return false;
}

/* at: which of those seen needs it; the first is the program. */
static int visit_needed(struct walk *walk, size_t at, const char *name,
			struct modseal_error *error)
{
	const struct modseal_gate *gate = walk->inquiry->gate;
	char *path = NULL;
	int result;

	/* by the program's PT_INTERP, which was visited */
	if (walk->seen[0].interpreter && modseal_linker_provides(name))
		return 0;
	result = gate->find(gate->argument, walk->seen[at].path,
			    at ? MODSEAL_KIND_LIBRARY : MODSEAL_KIND_PROGRAM, name, &path,
			    error);
	if (result) {
		result = explain(walk->inquiry, result, NULL, name, error);
		return let_pass(walk->inquiry, result, name, error);
	}
	if (!is_visited(walk, path))
		result = visit(walk, path, MODSEAL_KIND_LIBRARY, MODSEAL_ORIGIN_STARTUP,
			       name, error);
	/* as in a closure: a link must not make one library another */
	for (size_t i = 0; !result && i < walk->seen_count; i++) {
		const char *soname = walk->seen[i].soname;

		if (strcmp(walk->seen[i].path, path) != 0 || strchr(name, '/') ||
		    (soname && strcmp(soname, name) == 0))
			continue;
		result =
			modseal_fail(error, MODSEAL_E_NAME_MISMATCH, MODSEAL_STAGE_GATE,
				     path, "it is needed as '%s', but its SONAME is '%s'",
				     name, soname ? soname : "(none)");
		result = modseal_gate_tolerate(gate, result, error);
	}
	free(path);
	return result;
}

static int visit_all(struct walk *walk, struct modseal_error *error)
{
	const char *interpreter = walk->seen[0].interpreter;
	int result = 0;

	/* only the program's own PT_INTERP was ever looked at */
	if (interpreter)
		result = visit(walk, interpreter, MODSEAL_KIND_LIBRARY,
			       MODSEAL_ORIGIN_STARTUP, interpreter, error);
	for (size_t at = 0; !result && at < walk->seen_count; at++)
		for (size_t i = 0; !result && i < walk->seen[at].needed_count; i++)
			if (!is_known_name(walk, at, i))
				result = visit_needed(walk, at, walk->seen[at].needed[i],
						      error);
	return result;
}

/* The path of the main program: of what its headers are mapped from, and that must be
 * what the kernel started. */
static int find_program(const struct modseal_inquiry *inquiry, char **ret_path,
			struct modseal_error *error)
{
	const void *headers = (const void *)getauxval(AT_PHDR);
	const struct modseal_mapping *mapping = modseal_maps_at(&inquiry->maps, headers);
	char started[PATH_MAX];
	ssize_t length = readlink(EXE_LINK, started, sizeof(started) - 1);
	size_t path_length;
	char *path;

	if (length < 0)
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_GATE,
					  errno, EXE_LINK,
					  "the program's path cannot be read");
	started[length] = '\0';
	if (!mapping || !mapping->file || !*mapping->name)
		return modseal_fail(error, MODSEAL_E_PROCESS_UNVERIFIED,
				    MODSEAL_STAGE_GATE, started,
				    "the program's headers are in no file's mapping");
	path = modseal_mapping_path(mapping);
	if (!path)
		return modseal_fail_memory(error, MODSEAL_STAGE_GATE);
	path_length = strlen(path);
	if (strncmp(started, path, path_length) != 0 ||
	    strcmp(started + path_length, mapping->deleted ? " (deleted)" : "") != 0) {
		int code = modseal_fail(error, MODSEAL_E_PROCESS_UNVERIFIED,
					MODSEAL_STAGE_GATE, path,
					"the program that runs is not the one the kernel "
					"started, %s",
					started);

		modseal_remedy(error,
			       "start the program by its own name, not through the "
			       "dynamic linker");
		code = modseal_gate_tolerate(inquiry->gate, code, error);
		if (code) {
			free(path);
			return code;
		}
	}
	*ret_path = path;
	return 0;
}

int modseal_startup_gather(struct modseal_inquiry *inquiry, struct modseal_error *error)
{
	struct walk walk = {.inquiry = inquiry};
	char *program = NULL;
	int result = find_program(inquiry, &program, error);

	if (result)
		return result;
	walk.seen = calloc(MODSEAL_MAX_CLOSURE, sizeof(*walk.seen));
	result = walk.seen ? visit(&walk, program, MODSEAL_KIND_PROGRAM,
				   MODSEAL_ORIGIN_PROGRAM, NULL, error)
			   : modseal_fail_memory(error, MODSEAL_STAGE_GATE);
	if (!result)
		result = visit_all(&walk, error);
	for (size_t i = 0; i < walk.seen_count; i++)
		modseal_gate_object_clear(&walk.seen[i]);
	free(walk.seen);
	free(program);
	return result;
}
