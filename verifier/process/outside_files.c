/* SPDX-License-Identifier: Apache-2.0 */
/* Judges files once in a run, and keeps hold of those that are approved. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "policy/rules.h"
#include "verifier/image/bytes_private.h"
#include "verifier/process/outside.h"
#include "verifier/verify.h"

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static struct modseal_outside_file **bucket_of(struct modseal_outside *run,
					       const char *path)
{
	uint32_t hash =
		2166136261u; /* FNV-1a; whoever makes it slow only slows himself */

	for (; *path; path++)
		hash = (hash ^ (unsigned char)*path) * 16777619u;
	return &run->files[hash % MODSEAL_OUTSIDE_BUCKETS];
}

static void free_file(struct modseal_outside_file *file)
{
	if (file->page)
		munmap((void *)file->page, page_size());
	modseal_verdict_free(&file->verdict);
	for (size_t i = 0; i < file->needed_count; i++)
		free(file->needed[i]);
	free(file->needed);
	free(file->interpreter);
	free(file->soname);
	free(file->shown_name);
	free(file->refusal);
	free(file->asked);
	free(file);
}

void modseal_outside_forget(struct modseal_outside *run)
{
	for (size_t i = 0; i < MODSEAL_OUTSIDE_BUCKETS; i++)
		while (run->files[i]) {
			struct modseal_outside_file *file = run->files[i];

			run->files[i] = file->next;
			free_file(file);
		}
	run->file_count = 0;
	run->unshown = false;
}

int modseal_outside_digest(struct modseal_outside *run, int descriptor, uint64_t size,
			   const char *object, uint8_t ret_digest[MODSEAL_SHA256_SIZE],
			   struct modseal_error *error)
{
	uint8_t *bytes = malloc(size + 1);
	size_t got = 0;
	int result;

	if (!bytes)
		return modseal_fail_memory(error, MODSEAL_STAGE_GATE);
	result = modseal_bytes_read_at(descriptor, bytes, size, 0, object, &got, error);
	if (!result && got != size)
		result = modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_GATE,
				      object, "it was shortened while it was read");
	if (!result)
		result = modseal_crypto_digest(run->context->crypto, MODSEAL_HASH_SHA256,
					       modseal_span_of(bytes, size), ret_digest,
					       error);
	free(bytes);
	return result;
}

static int take(struct modseal_outside *run, struct modseal_subject *s,
		struct modseal_outside_file *file, struct modseal_error *error)
{
	void *page;

	if (s->verdict->would_refuse) { /* audit mode: to be told, and not to be let in */
		int code = modseal_fail(
			error, s->verdict->would_refuse, s->verdict->would_stage,
			s->located.path, "%s",
			s->verdict->would_message
				? s->verdict->would_message
				: modseal_code_sentence(s->verdict->would_refuse));

		if (s->verdict->would_remedy)
			modseal_remedy(error, "%s", s->verdict->would_remedy);
		return code;
	}
	if (file->sealed && s->spared) {
		/* the catalog and fs-verity know it, and its bytes were not read; what a
		 * copy is compared with is the digest of the content */
		int result = modseal_outside_digest(run, s->located.descriptor,
						    s->content.size, s->located.path,
						    s->digest, error);

		if (result)
			return result;
	}
	if (!file->sealed) {
		page = mmap(NULL, page_size(), PROT_READ, MAP_PRIVATE,
			    s->located.descriptor, 0);
		if (page == MAP_FAILED)
			return modseal_fail_memory(error, MODSEAL_STAGE_GATE);
		file->page = page;
		run->unshown = true;
	}
	memcpy(file->digest, s->digest, sizeof(file->digest));
	file->device = s->located.status.st_dev;
	file->inode = s->located.status.st_ino;
	file->size = (uint64_t)s->located.status.st_size;
	file->content_size = s->content.size;
	file->verdict = s->verdict;
	file->soname = s->elf.soname;
	file->interpreter = s->elf.interpreter;
	file->needed = s->elf.needed;
	file->needed_count = s->elf.needed_count;
	s->verdict = NULL;
	s->elf.soname = NULL;
	s->elf.interpreter = NULL;
	s->elf.needed = NULL;
	s->elf.needed_count = 0;
	return 0;
}

static bool lists(const struct modseal_gate *gate, const char *path)
{
	for (size_t i = 0; i < gate->preload_count; i++)
		if (strcmp(gate->preload[i], path) == 0)
			return true;
	return false;
}

static int judge(struct modseal_outside *run, struct modseal_outside_file *file,
		 struct modseal_error *error)
{
	struct modseal_subject s = {
		.context = run->context,
		.asked = file->asked,
		.kind = file->kind,
		.in_place = !file->sealed,
		.outside = true,
		.is_preload = lists(&run->context->gate, file->asked),
	};
	int result;

	if (s.is_preload)
		s.kind = MODSEAL_KIND_BY_RULE;
	/* Names are chosen by others. What no rule is for is not opened: it may lie on a
	 * file system that never answers. */
	if (!modseal_policy_decide(run->context->base.policy, file->asked, s.kind))
		return modseal_fail(error, MODSEAL_E_PATH_NOT_ALLOWED, MODSEAL_STAGE_RULE,
				    file->asked, NULL);
	result = modseal_subject_judge(&s, error);
	if (result)
		return result;
	result = take(run, &s, file, error);
	modseal_subject_clear(&s);
	return result;
}

static struct modseal_outside_file *find(struct modseal_outside_file *file,
					 const char *path, enum modseal_kind kind,
					 bool sealed)
{
	while (file && (file->kind != kind || file->sealed != sealed ||
			strcmp(file->asked, path) != 0))
		file = file->next;
	return file;
}

int modseal_outside_ask(struct modseal_outside *run, const char *path,
			enum modseal_kind kind, bool sealed, bool fresh,
			struct modseal_outside_file **ret_file,
			struct modseal_error *error)
{
	struct modseal_outside_file **bucket = bucket_of(run, path);
	struct modseal_outside_file *file = find(*bucket, path, kind, sealed);
	struct modseal_error refusal = {0};

	if (file && (!fresh || file->round == run->round)) {
		*ret_file = file;
		return 0;
	}
	file = calloc(1, sizeof(*file));
	if (file)
		file->asked = strdup(path);
	if (!file || !file->asked) {
		free(file);
		return modseal_fail_memory(error, MODSEAL_STAGE_GATE);
	}
	file->kind = kind;
	file->sealed = sealed;
	file->round = run->round;
	file->code = judge(run, file, &refusal);
	if (file->code) {
		file->refusal = malloc(sizeof(refusal));
		if (!file->refusal) {
			free_file(file);
			return modseal_fail_memory(error, MODSEAL_STAGE_GATE);
		}
		*file->refusal = refusal;
	}
	file->next = *bucket;
	*bucket = file;
	run->file_count++;
	*ret_file = file;
	return 0;
}

int modseal_outside_look_up(struct modseal_outside *run, struct modseal_error *error)
{
	struct modseal_maps maps = {0};
	int result;

	if (!run->unshown)
		return 0;
	result = modseal_maps_read(MODSEAL_STAGE_GATE, &maps, error);
	for (size_t i = 0; !result && i < MODSEAL_OUTSIDE_BUCKETS; i++)
		for (struct modseal_outside_file *file = run->files[i]; file && !result;
		     file = file->next) {
			const struct modseal_mapping *shown;

			if (!file->page || file->shown_name)
				continue;
			shown = modseal_maps_at(&maps, file->page);
			if (!shown || !shown->file) {
				result = modseal_fail(
					error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_GATE,
					file->asked,
					"the kernel's list of mappings does not show our "
					"own mapping of it");
				break;
			}
			file->shown = *shown;
			file->shown_name = strdup(shown->name);
			file->shown.name = file->shown_name;
			if (!file->shown_name)
				result = modseal_fail_memory(error, MODSEAL_STAGE_GATE);
		}
	modseal_maps_free(&maps);
	if (!result)
		run->unshown = false;
	return result;
}
