/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For hosts that test the loader by itself: a gate that takes the place of a policy, and
 * images made by hand. What a file says about itself is read from it unverified.
 */
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "modseal.h"
#include "verifier/elf/elf.h"
#include "verifier/image/bytes.h"
#include "verifier/image/image.h"
#include "verifier/image/seal.h"
#include "verifier/loader/gate.h"
#include "verifier/process/bindings.h"

#define MAX_WORDS 64

struct stand_in {
	const char *search[MAX_WORDS];
	size_t search_count;
	char *preload[MAX_WORDS];
	const char *deny; /* files below it are refused */
	struct modseal_gate gate;
};

struct facts {
	struct modseal_elf elf;
	uint8_t digest[MODSEAL_SHA256_SIZE];
	uint64_t size;
};

static inline int read_facts(int descriptor, const char *path, struct facts *ret,
			     struct modseal_error *error)
{
	struct facts facts = {0};
	struct stat status;
	void *data;
	int result;

	if (fstat(descriptor, &status) || status.st_size == 0)
		return MODSEAL_E_SYSTEM;
	data = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
	if (data == MAP_FAILED)
		return MODSEAL_E_SYSTEM;
	facts.size = (uint64_t)status.st_size;
	EVP_Digest(data, (size_t)status.st_size, facts.digest, NULL, EVP_sha256(), NULL);
	result = modseal_elf_read(modseal_span_of(data, (size_t)status.st_size),
				  MODSEAL_KIND_BY_RULE, MODSEAL_ELF_INSPECT, path,
				  &facts.elf, error);
	munmap(data, (size_t)status.st_size);
	if (!result)
		*ret = facts;
	return result;
}

static inline int stand_in_verify(void *argument, const char *path,
				  enum modseal_kind kind,
				  struct modseal_gate_object *ret_object,
				  struct modseal_error *error)
{
	const struct stand_in *self = argument;
	struct modseal_located located;
	struct facts facts;
	int result;

	result = modseal_path_open(path, &located, error);
	if (result)
		return result;
	if (self->deny && strncmp(located.path, self->deny, strlen(self->deny)) == 0)
		result = modseal_fail(error, MODSEAL_E_PATH_NOT_ALLOWED,
				      MODSEAL_STAGE_RULE, path, NULL);
	else
		result = read_facts(located.descriptor, path, &facts, error);
	if (result) {
		modseal_located_close(&located);
		return result;
	}
	*ret_object = (struct modseal_gate_object){
		.descriptor = located.descriptor,
		.path = located.path,
		.soname = facts.elf.soname,
		.interpreter = facts.elf.interpreter,
		.needed = facts.elf.needed,
		.needed_count = facts.elf.needed_count,
	};
	memcpy(ret_object->digest, facts.digest, sizeof(facts.digest));
	located.descriptor = -1;
	located.path = NULL;
	modseal_located_close(&located);
	facts.elf.soname = facts.elf.interpreter = NULL;
	facts.elf.needed = NULL;
	facts.elf.needed_count = 0;
	modseal_elf_clear(&facts.elf);
	return 0;
}

static inline int stand_in_find(void *argument, const char *needer,
				enum modseal_kind kind, const char *name, char **ret_path,
				struct modseal_error *error)
{
	const struct stand_in *self = argument;
	char path[4096];

	for (size_t i = 0; i < self->search_count; i++) {
		snprintf(path, sizeof(path), "%s/%s", self->search[i], name);
		*ret_path = realpath(path, NULL);
		if (*ret_path)
			return 0;
	}
	return modseal_fail(error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_FIND, name, NULL);
}

static inline void stand_in_init(struct stand_in *self)
{
	*self = (struct stand_in){.gate = {
					  .argument = self,
					  .verify = stand_in_verify,
					  .find = stand_in_find,
					  .check_bindings = modseal_bindings_require,
					  .preload = self->preload,
					  .anonymous_executable_allowed = true,
				  }};
}

/* An image of a library, sealed, with the closure given; NULL and a message on failure.
 */
static inline struct modseal_image *make_image(struct stand_in *self, const char *path,
					       struct modseal_image **closure,
					       size_t count, struct modseal_error *error)
{
	struct modseal_located located;
	struct modseal_bytes bytes;
	struct facts facts;
	struct modseal_image image = {.descriptor = -1, .gate = &self->gate},
			     *made = NULL;

	if (modseal_path_open_any(path, &located, error) ||
	    modseal_bytes_copy(&located, 1 << 30, 0, NULL, &bytes, error) ||
	    modseal_bytes_seal(&bytes, bytes.file_size, NULL, path, error))
		return NULL;
	modseal_bytes_release(&bytes, &image.descriptor);
	if (read_facts(image.descriptor, path, &facts, error))
		return NULL;
	image.size = facts.size;
	image.path = realpath(path, NULL);
	image.soname = facts.elf.soname;
	image.needed = facts.elf.needed;
	image.needed_count = facts.elf.needed_count;
	memcpy(image.digest, facts.digest, sizeof(image.digest));
	facts.elf.soname = NULL;
	facts.elf.needed = NULL;
	facts.elf.needed_count = 0;
	modseal_elf_clear(&facts.elf);
	modseal_located_close(&located);
	image.closure = calloc(count + 1, sizeof(*image.closure));
	for (size_t i = 0; i < count; i++)
		image.closure[image.closure_count++] = modseal_image_ref(closure[i]);
	if (modseal_image_create(&image, &made, error))
		return NULL;
	return made;
}
