/* SPDX-License-Identifier: Apache-2.0 */
/* Signs files beside their places, and puts many in place at once. */
#include <stdio.h>
#include <stdlib.h>

#include "verifier/sign/placing.h"
#include "verifier/sign/sign.h"

#define DEFAULT_FILES 256u
#define DEFAULT_BYTES (64ull * 1024 * 1024)

struct entry {
	struct modseal_prepared prepared;
	char *path;   /* the target's object may point here */
	char *output; /* likewise */
	char **links;
	size_t link_count;
	void *tag;
};

struct modseal_batch {
	struct modseal_signing_key *key;
	struct modseal_batch_options options;
	struct entry *entries; /* options.max_files */
	size_t count;
	uint64_t bytes;
	/* of the file that is added next */
	bool expected;
	dev_t device;
	ino_t inode;
};

static int check_options(const struct modseal_batch_options *options,
			 struct modseal_error *error)
{
	uint64_t reserved = 0;

	if (!options || options->version != MODSEAL_BATCH_OPTIONS_VERSION ||
	    options->digests > 1)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, NULL,
				    "options of an unknown version");
	for (size_t i = 0; i < sizeof(options->reserved) / sizeof(options->reserved[0]);
	     i++)
		reserved |= options->reserved[i];
	if (reserved)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, NULL,
				    "a reserved option is not zero");
	return modseal_signing_flags_check(options->flags, NULL, error);
}

int modseal_batch_new(struct modseal_signing_key *key,
		      const struct modseal_batch_options *options,
		      struct modseal_batch **ret_batch, struct modseal_error *error)
{
	struct modseal_batch *batch;
	int result = check_options(options, error);

	if (result < 0)
		return result;
	if (!key)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, NULL,
				    "signing needs a key");
	batch = calloc(1, sizeof(*batch));
	if (!batch)
		return modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	batch->key = key;
	batch->options = *options;
	if (batch->options.max_files == 0)
		batch->options.max_files = DEFAULT_FILES;
	if (batch->options.max_bytes == 0)
		batch->options.max_bytes = DEFAULT_BYTES;
	batch->entries = calloc(batch->options.max_files, sizeof(*batch->entries));
	if (!batch->entries) {
		free(batch);
		return modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	}
	*ret_batch = batch;
	return 0;
}

static void clear(struct entry *entry)
{
	modseal_prepared_clear(&entry->prepared);
	for (size_t i = 0; i < entry->link_count; i++)
		free(entry->links[i]);
	free(entry->links);
	free(entry->output);
	free(entry->path);
	*entry = (struct entry){.path = NULL};
}

void modseal_batch_free(struct modseal_batch **batch)
{
	if (!batch || !*batch)
		return;
	for (size_t i = 0; i < (*batch)->count; i++)
		clear(&(*batch)->entries[i]);
	free((*batch)->entries);
	free(*batch);
	*batch = NULL;
}

/* Names live as long as the file waits, whatever the caller does with theirs. */
static int copy_names(struct entry *entry, const char *path, const char *const *links,
		      size_t link_count, const char *output, struct modseal_error *error)
{
	bool copied;

	entry->path = strdup(path);
	entry->output = output ? strdup(output) : NULL;
	entry->links = calloc(link_count + 1, sizeof(*entry->links));
	copied = entry->path && entry->links && (!output || entry->output);
	while (copied && entry->link_count < link_count) {
		entry->links[entry->link_count] = strdup(links[entry->link_count]);
		copied = entry->links[entry->link_count] != NULL;
		if (copied)
			entry->link_count++;
	}
	return copied ? 0 : modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
}

void modseal_batch_expect(struct modseal_batch *batch, uint64_t device, uint64_t inode)
{
	batch->expected = true;
	batch->device = (dev_t)device;
	batch->inode = (ino_t)inode;
}

int modseal_batch_add(struct modseal_batch *batch, const char *path,
		      const char *const *links, size_t link_count, const char *output,
		      void *tag, struct modseal_error *error)
{
	struct entry *entry;
	bool expected = batch && batch->expected;
	int result;

	modseal_error_clear(error);
	if (batch)
		batch->expected = false; /* for this one, whatever comes of it */
	if (!batch || !path || (link_count && !links))
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, path,
				    "a batch and a path");
	if (batch->count == batch->options.max_files)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, path,
				    "the batch is full, and must be committed first");
	entry = &batch->entries[batch->count];
	result = copy_names(entry, path, links, link_count, output, error);
	entry->tag = tag;
	entry->prepared.link_count = link_count;
	entry->prepared.digests.wanted = batch->options.digests;
	entry->prepared.expected = expected;
	entry->prepared.device = batch->device;
	entry->prepared.inode = batch->inode;
	if (result == 0)
		result = modseal_prepare_file(batch->key, entry->path,
					      batch->options.flags | MODSEAL_SIGN_SKIP,
					      entry->output, &entry->prepared, error);
	if (result < 0) {
		clear(entry);
		return result;
	}
	batch->bytes += entry->prepared.target.size;
	batch->count++;
	return 0;
}

size_t modseal_batch_count(const struct modseal_batch *batch, int *ret_full)
{
	if (ret_full)
		*ret_full = batch->count >= batch->options.max_files ||
			    batch->bytes >= batch->options.max_bytes;
	return batch->count;
}

/* ---- commit ------------------------------------------------------------------------ */

static void put_digest(const struct entry *entry, const uint8_t *digest, char *ret_text)
{
	static const char prefix[] = "sha256:";

	if (!entry->prepared.digests.wanted)
		return;
	memcpy(ret_text, prefix, sizeof(prefix) - 1);
	for (size_t i = 0; i < MODSEAL_SHA256_SIZE; i++)
		snprintf(ret_text + sizeof(prefix) - 1 + 2 * i, 3, "%02x", digest[i]);
}

static void tell(const struct modseal_batch *batch, const struct entry *entry,
		 const struct modseal_placement *placement, modseal_batch_done *done,
		 void *argument)
{
	const struct modseal_prepared *prepared = &entry->prepared;
	struct modseal_outcome outcome = {
		.code = placement->code,
		.already = prepared->already,
		.tag = entry->tag,
		.written = prepared->name ? prepared->target.path : entry->output,
		.size_before = prepared->size_before,
		.size_after = prepared->size_after,
	};
	struct modseal_error no_memory;

	outcome.error = placement->error;
	if (placement->code < 0 && !placement->error) {
		modseal_fail_memory(&no_memory, MODSEAL_STAGE_SIGN);
		outcome.error = &no_memory;
	}
	put_digest(entry, prepared->digests.content, outcome.content);
	put_digest(entry, prepared->digests.before, outcome.before);
	put_digest(entry, prepared->digests.after, outcome.after);
	if (batch->options.flags & MODSEAL_SIGN_DETACHED)
		put_digest(entry, prepared->digests.signature, outcome.signature);
	if (done)
		done(argument, &outcome);
}

void modseal_batch_commit(struct modseal_batch *batch, modseal_batch_done *done,
			  void *argument)
{
	struct modseal_placement *placements;
	size_t placed = 0;

	if (!batch || batch->count == 0)
		return;
	placements = calloc(batch->count, sizeof(*placements));
	for (size_t i = 0; placements && i < batch->count; i++) {
		struct entry *entry = &batch->entries[i];

		if (entry->prepared.already || !entry->prepared.open)
			continue;
		placements[placed++] = (struct modseal_placement){
			.target = &entry->prepared.target,
			.links = (const char *const *)entry->links,
			.link_count = entry->link_count,
		};
	}
	if (placements)
		modseal_targets_place(placements, placed);
	placed = 0;
	for (size_t i = 0; i < batch->count; i++) {
		struct entry *entry = &batch->entries[i];
		struct modseal_placement one = {.code = 0};

		if (!placements)
			one.code = MODSEAL_E_RESOURCE;
		else if (!entry->prepared.already && entry->prepared.open)
			one = placements[placed++];
		tell(batch, entry, &one, done, argument);
		free(one.error);
		clear(entry);
	}
	free(placements);
	batch->count = 0;
	batch->bytes = 0;
}
