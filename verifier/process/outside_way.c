/* SPDX-License-Identifier: Apache-2.0 */
/* How something came into another process, in words: by the traces that its owner left.
 */
#include <stdlib.h>
#include <string.h>

#include "verifier/loader/entry.h"
#include "verifier/process/outside.h"

static const char by_preload[] = "it came in by LD_PRELOAD";
static const char by_preload_file[] = "it came in by /etc/ld.so.preload";
static const char by_audit[] = "it came in by LD_AUDIT";
static const char ask_inside[] = "ask inside of the container, by a policy for it";

static bool lists(const struct modseal_sight *sight, const char *variable,
		  const char *path)
{
	const char *list = modseal_environment_get(&sight->environment, variable);

	return list && modseal_environment_lists(list, path, NULL);
}

const char *modseal_outside_way(const struct modseal_sight *sight, const char *path)
{
	char preload_file[MODSEAL_ENTRY_PRELOAD_SIZE];
	const char *search =
		modseal_environment_get(&sight->environment, "LD_LIBRARY_PATH");

	if (lists(sight, "LD_PRELOAD", path))
		return by_preload;
	modseal_entry_preload_file(preload_file);
	if (modseal_environment_lists(preload_file, path, NULL))
		return by_preload_file;
	if (lists(sight, "LD_AUDIT", path))
		return by_audit;
	if (search && modseal_environment_searches(search, path))
		return "it lies where LD_LIBRARY_PATH makes the dynamic linker look";
	return "the program needs it, or opened or mapped it";
}

bool modseal_outside_is_preloaded(const char *way)
{
	return way == by_preload || way == by_preload_file || way == by_audit;
}

int modseal_outside_refuse(struct modseal_outside_image *image,
			   const struct modseal_error *why, struct modseal_error *error)
{
	if (image->refusal)
		return 0;
	image->refusal = malloc(sizeof(*why));
	if (!image->refusal)
		return modseal_fail_memory(error, MODSEAL_STAGE_GATE);
	*image->refusal = *why;
	return 0;
}

void modseal_outside_fail_replaced(const struct modseal_sight *sight,
				   const struct modseal_outside_image *image,
				   const struct modseal_mapping *mapping,
				   struct modseal_error *why)
{
	if (mapping->deleted) {
		modseal_fail(
			why, MODSEAL_E_STALE_OBJECT, MODSEAL_STAGE_GATE, image->path,
			image->file->code
				? "it is mapped in this process, but its file is gone"
				: "this process runs a file that is gone, not the "
				  "one that lies there now");
		return;
	}
	modseal_fail(why, MODSEAL_E_PROCESS_UNVERIFIED, MODSEAL_STAGE_GATE, image->path,
		     sight->foreign
			     ? "it is not the file that lies there for this command: the "
			       "process is in another mount namespace (a container)"
			     : "it is not the file that lies there: another was put or "
			       "mounted over it");
	if (sight->foreign)
		modseal_remedy(why, "%s", ask_inside);
}

/* Why the policy refuses it, and how it came in. */
void modseal_outside_fail_by_policy(const struct modseal_sight *sight,
				    const struct modseal_outside_image *image,
				    struct modseal_error *why)
{
	const struct modseal_error *refusal = image->file->refusal;
	const char *way = strcmp(image->origin, "program") == 0
				  ? "the kernel started it"
				  : modseal_outside_way(sight, image->path);

	if (refusal->code == MODSEAL_E_NOT_FOUND) {
		/* not undecided: it is there, and nothing can vouch for it */
		modseal_fail(why, MODSEAL_E_PROCESS_UNVERIFIED, MODSEAL_STAGE_GATE,
			     image->path, "there is no such file here%s",
			     sight->foreign ? ": the process is in another mount "
					      "namespace (a container)"
					    : "");
		if (sight->foreign)
			modseal_remedy(why, "%s", ask_inside);
		return;
	}
	*why = *refusal;
	modseal_fail(why, refusal->code, (enum modseal_stage)refusal->stage,
		     refusal->object, "%s (%s%s%s)", refusal->message,
		     image->mapping->deleted ? "its file was deleted, and " : "", way,
		     sight->foreign ? "; the process is in another mount namespace" : "");
	why->rule_line = refusal->rule_line;
	memcpy(why->digest, refusal->digest, sizeof(why->digest));
	memcpy(why->supplement, refusal->supplement, sizeof(why->supplement));
	modseal_remedy(why, "%s", refusal->remedy);
}
