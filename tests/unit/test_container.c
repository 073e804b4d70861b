/* SPDX-License-Identifier: Apache-2.0 */
/* Properties of appended containers and content types. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>

#include "verifier/signature/container.h"

/* A SEQUENCE of one INTEGER stands for the CMS: the container does not look inside. */
static const uint8_t der[] = {0x30, 0x03, 0x02, 0x01, 0x07};

struct file {
	uint8_t bytes[512];
	size_t size;
};

static void add(struct file *file, const void *bytes, size_t size)
{
	memcpy(file->bytes + file->size, bytes, size);
	file->size += size;
}

static struct file make_file(const char *content, const void *cms, size_t cms_size)
{
	struct file file = {.size = 0};
	uint8_t trailer[MODSEAL_CONTAINER_TRAILER_SIZE];

	add(&file, content, strlen(content));
	add(&file, cms, cms_size);
	modseal_container_trailer(cms_size, trailer);
	add(&file, trailer, sizeof(trailer));
	return file;
}

static int split_bytes(const uint8_t *bytes, size_t size,
		       struct modseal_container *ret_container,
		       struct modseal_error *error)
{
	/* a copy of exactly that size, so that the sanitizers see every step outside */
	uint8_t *copy = malloc(size ? size : 1);
	int result;

	memcpy(copy, bytes, size);
	result = modseal_container_split(modseal_span_of(copy, size), size, "x.so",
					 ret_container, error);
	free(copy);
	return result;
}

static char last_message[sizeof(((struct modseal_error *)NULL)->message)];

static void expect_malformed(const struct file *file, const char *row)
{
	struct modseal_container container = {.content_size = 4711};
	struct modseal_error error;
	int result = split_bytes(file->bytes, file->size, &container, &error);

	cr_assert(eq(int, result, MODSEAL_E_SIGNATURE_MALFORMED), "%s", row);
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_CONTAINER), "%s", row);
	cr_assert(eq(u64, container.content_size, 4711), "%s: output written", row);
	cr_assert(error.message[0] && error.remedy[0], "%s", row);
	memcpy(last_message, error.message, sizeof(last_message));
}

Test(container, is_split_off)
{
	struct file file = make_file("\x7f"
				     "ELFxyz",
				     der, sizeof(der));
	struct modseal_container container;
	struct modseal_error error;

	cr_assert(eq(int,
		     modseal_container_split(modseal_span_of(file.bytes, file.size),
					     file.size, "x.so", &container, &error),
		     0));
	cr_assert(container.present);
	cr_assert(not(container.lost));
	cr_assert(eq(u64, container.content_size, 7));
	cr_assert(eq(sz, container.cms.size, sizeof(der)));
	cr_assert(eq(ptr, (void *)container.cms.data, file.bytes + 7));
}

Test(container, is_found_from_the_tail_of_a_large_file)
{
	struct file file = make_file("abc", der, sizeof(der));
	struct modseal_container container;

	cr_assert(
		eq(int,
		   modseal_container_split(modseal_span_of(file.bytes, file.size),
					   file.size + 1000000, "x.so", &container, NULL),
		   0));
	cr_assert(container.present);
	cr_assert(eq(u64, container.content_size, 1000003));
}

Test(container, bytes_without_one_are_not_an_error)
{
	struct modseal_container container;

	for (size_t size = 0; size < 80; size++) {
		uint8_t bytes[80] = {0};

		cr_assert(eq(int, split_bytes(bytes, size, &container, NULL), 0));
		cr_assert(not(container.present));
		cr_assert(not(container.lost));
		cr_assert(eq(u64, container.content_size, size));
	}
}

Test(container, R01_every_bad_length_is_refused)
{
	/* the file has 48 bytes, its signature 5 */
	const uint32_t lengths[] = {0,		1,	    4,		6,	   7,
				    8,		9,	    48,		52,	   65537,
				    0x7fffffff, 0x80000000, 0xffffffd8, 0xffffffff};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct file file = make_file("abc", der, sizeof(der));
		char row[64];

		snprintf(row, sizeof(row), "R01 length %u", lengths[i]);
		modseal_write_be32(file.bytes + file.size - 32, lengths[i]);
		expect_malformed(&file, row);
		if (lengths[i] == 0)
			cr_assert(strstr(last_message, "is empty") != NULL, "%s",
				  last_message);
	}
}

Test(container, R01_a_signature_above_the_cap_is_refused)
{
	size_t content = 10, most = MODSEAL_MAX_CMS_SIZE + 1;
	uint8_t *bytes = calloc(1, content + most + MODSEAL_CONTAINER_TRAILER_SIZE);
	struct modseal_container container;
	struct modseal_error error;

	/* exactly at the cap: a header of 4 bytes before 65532 */
	memcpy(bytes + content, (uint8_t[]){0x30, 0x82, 0xff, 0xfc}, 4);
	modseal_container_trailer(most - 1, bytes + content + most - 1);
	cr_assert(eq(int, split_bytes(bytes, content + most - 1 + 40, &container, &error),
		     0));
	cr_assert(container.present);
	/* one above it */
	memcpy(bytes + content, (uint8_t[]){0x30, 0x82, 0xff, 0xfd}, 4);
	modseal_container_trailer(most, bytes + content + most);
	cr_assert(eq(int, split_bytes(bytes, content + most + 40, &container, &error),
		     MODSEAL_E_SIGNATURE_MALFORMED));
	cr_assert(strstr(error.message, "64 KiB") != NULL, "R01 %s", error.message);
	free(bytes);
}

Test(container, R02_each_other_header_byte_is_fixed)
{
	for (size_t i = 0; i < 8; i++) {
		for (int bit = 0; bit < 8; bit++) {
			struct file file = make_file("abc", der, sizeof(der));
			char row[64];

			snprintf(row, sizeof(row), "R02 byte %zu bit %d", i, bit);
			file.bytes[file.size - 40 + i] ^= 1 << bit;
			expect_malformed(&file, row);
		}
	}
}

Test(container, R03_the_magic_counts_only_at_the_very_end)
{
	struct file file = make_file("abc", der, sizeof(der));
	struct modseal_container container;

	for (size_t i = 0; i < MODSEAL_CONTAINER_MAGIC_SIZE; i++) {
		struct file other = file;

		other.bytes[other.size - 1 - i] ^= 1;
		cr_assert(eq(int, split_bytes(other.bytes, other.size, &container, NULL),
			     0));
		cr_assert(not(container.present), "R03 magic byte -%zu", i);
	}
	add(&file, "\n", 1);
	cr_assert(eq(int, split_bytes(file.bytes, file.size, &container, NULL), 0));
	cr_assert(not(container.present), "R03 one byte behind the magic");
	cr_assert(container.lost);
}

Test(container, R03_files_of_forty_bytes_or_less_are_refused)
{
	struct file whole = make_file("", der, 0);

	cr_assert(eq(sz, whole.size, 40));
	for (size_t size = MODSEAL_CONTAINER_MAGIC_SIZE; size <= 40; size++) {
		struct file file = {.size = 0};

		add(&file, whole.bytes + 40 - size, size);
		expect_malformed(&file, "R03 short file");
	}
}

Test(container, R03_a_container_in_the_content_is_refused)
{
	struct file inner = make_file("abc", der, sizeof(der)), file = {.size = 0};
	uint8_t trailer[MODSEAL_CONTAINER_TRAILER_SIZE];

	add(&file, inner.bytes, inner.size);
	add(&file, der, sizeof(der));
	modseal_container_trailer(sizeof(der), trailer);
	add(&file, trailer, sizeof(trailer));
	expect_malformed(&file, "R03 nested");
	cr_assert(modseal_container_nested(modseal_span_of(inner.bytes, inner.size)));
	cr_assert(not(
		modseal_container_nested(modseal_span_of(inner.bytes, inner.size - 1))));
}

Test(container, R04_the_length_must_be_that_of_the_der)
{
	const struct {
		const char *name;
		uint8_t bytes[8];
		size_t size;
	} rows[] = {
		{"R04 one byte too many", {0x30, 0x03, 0x02, 0x01, 0x07, 0x00}, 6},
		{"R04 one byte too few", {0x30, 0x03, 0x02, 0x01}, 4},
		{"R04 not a SEQUENCE", {0x31, 0x03, 0x02, 0x01, 0x07}, 5},
		{"R04 padded length", {0x30, 0x81, 0x03, 0x02, 0x01, 0x07}, 6},
		{"R04 indefinite length", {0x30, 0x80, 0x02, 0x01, 0x07, 0x00, 0x00}, 7},
		{"R04 two elements", {0x30, 0x00, 0x30, 0x00}, 4},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct file file = make_file("abc", rows[i].bytes, rows[i].size);

		expect_malformed(&file, rows[i].name);
	}
}

Test(container, R08_an_empty_content_is_refused)
{
	struct file file = make_file("", der, sizeof(der));

	expect_malformed(&file, "R08");
}

Test(container, a_half_lost_one_is_remarked)
{
	struct file file = make_file("abc", der, sizeof(der));
	struct modseal_container container;

	for (size_t cut = 1; cut < MODSEAL_CONTAINER_MAGIC_SIZE; cut++) {
		cr_assert(eq(int,
			     split_bytes(file.bytes, file.size - cut, &container, NULL),
			     0));
		cr_assert(not(container.present), "cut %zu", cut);
		cr_assert(eq(int, container.lost, cut <= 20), "cut %zu", cut);
	}
}

Test(container, bytes_that_do_not_fit_the_file_are_our_own_mistake)
{
	struct file file = make_file("abc", der, sizeof(der));
	struct modseal_span all = modseal_span_of(file.bytes, file.size), cut;
	struct modseal_container container;

	cr_assert(eq(int,
		     modseal_container_split(all, file.size - 1, "x", &container, NULL),
		     MODSEAL_E_INTERNAL));
	/* a tail cut too short to hold the signature */
	cr_assert(modseal_span_part(all, 6, file.size - 6, &cut));
	cr_assert(eq(int, modseal_container_split(cut, file.size, "x", &container, NULL),
		     MODSEAL_E_INTERNAL));
}

Test(content, R13_the_first_bytes_fix_the_type)
{
	const struct {
		const char *bytes;
		size_t size;
		enum modseal_content_type type;
	} rows[] = {
		{"\x7f"
		 "ELF\2\1",
		 6, MODSEAL_CONTENT_ELF},
		{"modseal-policy: 1\nname: x", 25, MODSEAL_CONTENT_POLICY},
		{"modseal-policy: 2\n", 18, MODSEAL_CONTENT_OTHER},
		{"modseal-policy: 1\r\n", 19, MODSEAL_CONTENT_OTHER},
		{"modseal-policy: 1", 17, MODSEAL_CONTENT_OTHER},
		{"\nmodseal-policy: 1\n", 19, MODSEAL_CONTENT_OTHER},
		{"modseal-supplement: 1\n", 22, MODSEAL_CONTENT_SUPPLEMENT},
		{"modseal-catalog: 1\n", 19, MODSEAL_CONTENT_CATALOG},
		{"\x31\x0c", 2, MODSEAL_CONTENT_OTHER},
		{"\x7f"
		 "EL",
		 3, MODSEAL_CONTENT_OTHER},
		{"", 0, MODSEAL_CONTENT_OTHER},
		{"#!/bin/sh\n", 10, MODSEAL_CONTENT_OTHER},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_span content =
			modseal_span_of(rows[i].bytes, rows[i].size);

		cr_assert(eq(int, modseal_content_type(content), rows[i].type),
			  "R13 row %zu", i);
		for (int wanted = MODSEAL_CONTENT_ELF; wanted <= MODSEAL_CONTENT_CATALOG;
		     wanted++) {
			struct modseal_error error = {0};
			int result = modseal_content_want(content, wanted, "x", &error);
			bool same = (int)rows[i].type == wanted;

			cr_assert(eq(int, result, same ? 0 : MODSEAL_E_TYPE_MISMATCH),
				  "R13 row %zu wanted %d", i, wanted);
			cr_assert(
				eq(int, error.stage, same ? 0 : MODSEAL_STAGE_CONTAINER));
		}
	}
}

Test(content, R09_compressed_files_are_named_with_their_remedy)
{
	const struct {
		const char *bytes;
		size_t size;
		const char *name;
	} rows[] = {
		{"\x1f\x8b\x08\x00", 4, "gzip"},
		{"\xfd"
		 "7zXZ\0\0",
		 7, "xz"},
		{"\x28\xb5\x2f\xfd\x04", 5, "zstd"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_error error;
		char command[128];

		cr_assert(eq(
			int,
			modseal_content_want(modseal_span_of(rows[i].bytes, rows[i].size),
					     MODSEAL_CONTENT_ELF, "a.ko", &error),
			MODSEAL_E_TYPE_MISMATCH));
		cr_assert(strstr(error.message, rows[i].name) != NULL, "R09 %s",
			  error.message);
		snprintf(command, sizeof(command),
			 "`%s -dc FILE | modseal verify --certificate CERT -`",
			 rows[i].name);
		cr_assert(strstr(error.remedy, command) != NULL, "R09 %s", error.remedy);
	}
}
