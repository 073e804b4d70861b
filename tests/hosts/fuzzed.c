/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzzed TARGET SEEDS ROUNDS: takes the files of a folder to the reader of this name
 * (tests/fuzz), and then as many times one of them that was changed; always the same
 * ones. Prints how many were accepted as they are, and changed. What must not be ends it.
 *
 * fuzzed elf-samples FOLDER: makes a small library of each class and byte order there.
 */
#include <dirent.h>
#include <stdlib.h>

#include "tests/fuzz/catalog.h"
#include "tests/fuzz/elf.h"
#include "tests/fuzz/lists.h"
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/policy.h"
#include "tests/fuzz/signature.h"
#include "tests/fuzz/state.h"
#include "tests/fuzz/timestamp.h"
#include "tests/unit/elf_sample.h"

#define MOST_SEEDS 2000

static const struct {
	const char *name;
	unsigned (*try)(const uint8_t *bytes, size_t size);
} targets[] = {
	{"catalog", try_catalog},     {"elf", try_elf},	    {"lists", try_lists},
	{"policy", try_policy},	      {"state", try_state}, {"signature", try_signature},
	{"timestamp", try_timestamp},
};

static struct fuzz_text *seeds[MOST_SEEDS];
static size_t seed_count;

/* A file longer than a text has room for is one that cannot be mixed. */
static void read_seed(const char *folder, const char *name)
{
	struct fuzz_text *seed = malloc(sizeof(*seed));
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "rb");
	REQUIRE(seed != NULL && file != NULL && seed_count < MOST_SEEDS);
	seed->size = fread(seed->bytes, 1, sizeof(seed->bytes), file);
	fclose(file);
	if (seed->size < sizeof(seed->bytes))
		seeds[seed_count++] = seed;
	else
		free(seed);
}

static void read_seeds(const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		if (entries[i]->d_name[0] != '.')
			read_seed(folder, entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	REQUIRE(seed_count > 0);
}

static void write_samples(const char *folder)
{
	for (uint8_t form = 0; form < 4; form++) {
		struct sample sample = sample_make(form & 1 ? ELFCLASS64 : ELFCLASS32,
						   form & 2 ? ELFDATA2MSB : ELFDATA2LSB);
		char path[4096];
		FILE *file;

		snprintf(path, sizeof(path), "%s/sample-%d", folder, form);
		file = fopen(path, "wb");
		REQUIRE(file &&
			fwrite(sample.bytes, 1, sample.size, file) == sample.size);
		REQUIRE(fclose(file) == 0);
		free(sample.bytes);
	}
}

int main(int argc, char **argv)
{
	static struct fuzz_text text;
	unsigned long rounds, whole = 0, changed = 0;
	unsigned (*try)(const uint8_t *, size_t) = NULL;

	if (argc == 3 && strcmp(argv[1], "elf-samples") == 0) {
		write_samples(argv[2]);
		return 0;
	}
	if (argc != 4)
		return 2;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		if (strcmp(targets[i].name, argv[1]) == 0)
			try = targets[i].try;
	rounds = strtoul(argv[3], NULL, 10);
	if (!try)
		return 2;
	read_seeds(argv[2]);
	for (size_t i = 0; i < seed_count; i++)
		whole += try(seeds[i]->bytes, seeds[i]->size) > 0;
	for (unsigned long i = 0; i < rounds; i++) {
		memcpy(&text, seeds[fuzz_below(seed_count)], sizeof(text));
		for (size_t n = fuzz_below(4) + 1; n > 0; n--)
			fuzz_mutate(&text, seeds[fuzz_below(seed_count)], argv[1]);
		changed += try(text.bytes, text.size) > 0;
	}
	printf("%s: %zu seeds, %lu accepted; %lu changed, %lu accepted\n", argv[1],
	       seed_count, whole, rounds, changed);
	for (size_t i = 0; i < seed_count; i++)
		free(seeds[i]);
	return 0;
}
