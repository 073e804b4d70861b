/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in tests: keys of the test data, small files in a folder of the test's own. */
#ifndef MODSEAL_TEST_SIGNING_H
#define MODSEAL_TEST_SIGNING_H

#include "modseal-sign.h"
#include "tests/unit/place.h"

#include "tests/unit/judging.h"
#include "verifier/image/bytes.h"
#include "verifier/signature/container.h"

static inline void signing_begin(void)
{
	judging_begin();
	place_begin();
}

static inline void signing_end(void)
{
	place_end();
	judging_end();
}

static inline int open_key(struct modseal_sign_options *options, const char *key,
			   const char *certificate, struct modseal_signing_key **ret_key)
{
	char key_path[512], certificate_path[512];

	snprintf(key_path, sizeof(key_path), "%s/data/signature/%s.key", BUILD_DIR, key);
	snprintf(certificate_path, sizeof(certificate_path), "%s/data/signature/%s.pem",
		 BUILD_DIR, certificate);
	options->version = MODSEAL_SIGN_OPTIONS_VERSION;
	options->key_path = key_path;
	options->certificate_path = certificate_path;
	memset(&error, 0, sizeof(error));
	return modseal_signing_key_open(options, ret_key, &error);
}

static inline struct modseal_signing_key *signing_key(const char *name)
{
	struct modseal_sign_options options = {0};
	struct modseal_signing_key *key = NULL;

	cr_assert(zero(int, open_key(&options, name, name, &key)), "%s: %s", name,
		  error.message);
	return key;
}

static inline void write_bytes(const char *path, struct der bytes)
{
	FILE *file = fopen(path, "w");

	cr_assert(file != NULL, "%s", path);
	cr_assert(eq(sz, fwrite(bytes.bytes, 1, bytes.size, file), bytes.size));
	fclose(file);
}

static inline struct der read_bytes(const char *path)
{
	struct der bytes = {.size = 0};
	FILE *file = fopen(path, "r");

	cr_assert(file != NULL, "%s", path);
	bytes.size = fread(bytes.bytes, 1, sizeof(bytes.bytes), file);
	fclose(file);
	return bytes;
}

static inline bool same_bytes(struct der a, struct der b)
{
	return a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0;
}

/* A file that begins like an ELF file, by its name in the place. */
static inline const char *elf_file(const char *name)
{
	const char *path = in_place("%s", name);

	write_bytes(path, elf_content());
	return path;
}

/* sign(...), with the refusal's code returned and recorded at the stage it names */
static inline int sign(struct modseal_signing_key *key, const char *path, uint32_t flags,
		       const char *output)
{
	int code;

	memset(&error, 0, sizeof(error));
	code = modseal_sign_file(key, path, flags, output, &error);
	cr_assert(eq(int, error.code, code), "%s", error.message);
	return code;
}

static inline int strip(const char *path, const char *output)
{
	int code;

	memset(&error, 0, sizeof(error));
	code = modseal_strip_file(path, output, &error);
	cr_assert(eq(int, error.code, code), "%s", error.message);
	return code;
}

/* The pipeline's view of the bytes of a file: container, type, evidence. */
static inline int verify_file_bytes(const struct asked *asked, const uint8_t *bytes,
				    size_t size)
{
	struct modseal_span view = modseal_span_of(bytes, size), content;
	struct modseal_container container;
	int code;

	memset(&error, 0, sizeof(error));
	code = modseal_container_split(view, size, "x.so", &container, &error);
	if (code < 0)
		return code;
	if (!container.present)
		return MODSEAL_E_SIGNATURE_MISSING;
	cr_assert(modseal_span_part(view, 0, container.content_size, &content));
	if (modseal_container_nested(content))
		return MODSEAL_E_SIGNATURE_MALFORMED;
	code = modseal_content_want(content, MODSEAL_CONTENT_ELF, "x.so", &error);
	return code < 0 ? code : judge_bytes(asked, container.cms, content);
}

static inline int verify_file(const struct asked *asked, const char *path)
{
	struct der bytes = read_bytes(path);

	return verify_file_bytes(asked, bytes.bytes, bytes.size);
}

static inline int verify_detached(const struct asked *asked, const char *path,
				  const char *sidecar)
{
	struct asked with = *asked;

	with.form = MODSEAL_EVIDENCE_DETACHED;
	return judge(&with, read_bytes(sidecar), read_bytes(path));
}

/* How many entries the place has: nothing may be left over. */
static inline size_t count_files(void)
{
	DIR *directory = opendir(place);
	size_t count = 0;

	while (readdir(directory))
		count++;
	closedir(directory);
	return count - 2;
}

#define refuses(wanted, wanted_stage, got)                                               \
	do {                                                                             \
		int got_ = (got);                                                        \
		cr_assert(eq(int, got_, (wanted)), "%s", error.message);                 \
		cr_assert(eq(int, error.stage, (wanted_stage)), "%s", error.message);    \
	} while (0)

#endif
