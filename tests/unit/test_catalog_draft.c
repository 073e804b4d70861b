/* SPDX-License-Identifier: Apache-2.0 */
/* Catalogs in the making: what is listed, in which order, and what is refused. */
#include "tests/unit/signing.h"

#include "verifier/sign/catalog_draft.h"

#define SIGNING MODSEAL_STAGE_SIGN

TestSuite(catalog_draft, .init = signing_begin, .fini = signing_end);

static struct modseal_catalog_options good_options(void)
{
	return (struct modseal_catalog_options){
		.version = MODSEAL_CATALOG_OPTIONS_VERSION,
		.all = 1,
		.name = "base",
		.serial = 3,
		.issued = "2026-11-23T00:00:00Z",
	};
}

static struct modseal_catalog_draft *
new_draft(const struct modseal_catalog_options *options)
{
	struct modseal_catalog_draft *draft = NULL;

	cr_assert(zero(int, modseal_catalog_draft_new(options, &draft, &error)), "%s",
		  error.message);
	return draft;
}

/* A member of a package that comes in pieces of 1 to 7 bytes. */
struct pieces {
	const uint8_t *bytes;
	size_t size;
	size_t at;
	int fail; /* errno at the end, instead of an end */
};

static ssize_t read_pieces(void *argument, void *buffer, size_t size)
{
	struct pieces *pieces = argument;
	size_t length = pieces->at % 7 + 1;

	if (length > size)
		length = size;
	if (length > pieces->size - pieces->at)
		length = pieces->size - pieces->at;
	if (length == 0 && pieces->fail) {
		errno = pieces->fail;
		return -1;
	}
	memcpy(buffer, pieces->bytes + pieces->at, length);
	pieces->at += length;
	return (ssize_t)length;
}

static int offer(struct modseal_catalog_draft *draft, const char *listed,
		 const void *bytes, size_t size, int *ret_added)
{
	struct pieces pieces = {.bytes = bytes, .size = size};
	int code;

	memset(&error, 0, sizeof(error));
	*ret_added = 7;
	code = modseal_catalog_draft_add_stream(draft, listed, read_pieces, &pieces,
						ret_added, &error);
	cr_assert(eq(int, error.code, code), "%s", error.message);
	if (code)
		cr_assert(eq(int, *ret_added, 7), "output written");
	return code;
}

static void list(struct modseal_catalog_draft *draft, const char *listed,
		 const char *text)
{
	int added;

	cr_assert(zero(int, offer(draft, listed, text, strlen(text), &added)), "%s: %s",
		  listed, error.message);
	cr_assert(eq(int, added, 1), "%s", listed);
}

static int write_draft(struct modseal_catalog_draft *draft, const char *path,
		       struct modseal_signing_key *key)
{
	int code;

	memset(&error, 0, sizeof(error));
	code = modseal_catalog_draft_write(draft, path, key, &error);
	cr_assert(eq(int, error.code, code), "%s", error.message);
	return code;
}

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

Test(catalog_draft, lines_are_sorted_by_their_spelling_and_stand_once)
{
	static const char wanted[] = "modseal-catalog: 1\n"
				     "name: base\n"
				     "serial: 3\n"
				     "issued: 2026-11-23T00:00:00Z\n"
				     "/a-b 3 sha256:" ABC "\n"
				     "/a/b 3 sha256:" ABC "\n"
				     "/a0 0 sha256:" EMPTY "\n"
				     "/a\\x20b 0 sha256:" EMPTY "\n";
	struct modseal_catalog_options options = good_options();
	struct modseal_catalog_draft *draft = new_draft(&options);
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", in_place("base.cat"));
	list(draft, "/a0", "");
	list(draft, "/a/b", "abc");
	list(draft, "/a b", "");
	list(draft, "/a-b", "abc");
	list(draft, "/a/b", "abc");
	cr_assert(eq(sz, modseal_catalog_draft_count(draft), 5));
	cr_assert(zero(int, write_draft(draft, path, NULL)), "%s", error.message);
	cr_assert(eq(sz, modseal_catalog_draft_count(draft), 4));
	cr_assert(same_bytes(read_bytes(path), raw(wanted, strlen(wanted))), "%s",
		  (char *)read_bytes(path).bytes);
	/* more may be added afterwards */
	list(draft, "/0", "abc");
	cr_assert(zero(int, write_draft(draft, path, NULL)), "%s", error.message);
	cr_assert(strstr((char *)read_bytes(path).bytes,
			 "Z\n/0 3 sha256:" ABC "\n/a-b") != NULL);
	cr_assert(eq(sz, count_files(), 1));
	modseal_catalog_draft_free(&draft);
	cr_assert(draft == NULL);
	modseal_catalog_draft_free(&draft);
}

Test(catalog_draft, one_path_for_two_files_is_refused)
{
	struct modseal_catalog_options options = good_options();
	struct modseal_catalog_draft *draft = new_draft(&options);

	list(draft, "/a b", "abc");
	list(draft, "/a b", "abd");
	refuses(MODSEAL_E_ARGUMENT, SIGNING, write_draft(draft, in_place("x.cat"), NULL));
	cr_assert(eq(str, error.object, "/a b"));
	cr_assert(zero(sz, count_files()));
	modseal_catalog_draft_free(&draft);
}

Test(catalog_draft, only_what_can_be_loaded_is_listed_unless_all_is_asked_for)
{
	struct row {
		const char *listed;
		unsigned char type[2];
		unsigned char order; /* EI_DATA */
		int added;
	};
	static const struct row rows[] = {
		{"/a.so", {3, 0}, 1, 1},
		{"/a.so", {0, 3}, 2, 1},
		{"/program", {2, 0}, 1, 1},
		{"/a.ko", {1, 0}, 1, 1},
		{"/a.ko", {0, 1}, 2, 1},
		{"/a.o", {1, 0}, 1, 0},
		{"/core", {4, 0}, 1, 0},
		{"/a.so", {0, 3}, 1, 0},
		{"/a.so", {0, 0}, 1, 0},
		/* left out whatever its name is */
		{"not/absolute", {1, 0}, 1, 0},
	};
	struct modseal_catalog_options options = good_options();
	struct modseal_catalog_draft *draft;
	uint8_t elf[20] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
	int added;

	options.all = 0;
	draft = new_draft(&options);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t before = modseal_catalog_draft_count(draft);
		const char *file = in_place("file%zu", i);

		elf[5] = rows[i].order;
		memcpy(elf + 16, rows[i].type, 2);
		cr_assert(
			zero(int, offer(draft, rows[i].listed, elf, sizeof(elf), &added)),
			"row %zu: %s", i, error.message);
		cr_assert(eq(int, added, rows[i].added), "row %zu", i);
		cr_assert(eq(sz, modseal_catalog_draft_count(draft),
			     before + (size_t)rows[i].added));
		write_bytes(file, raw(elf, sizeof(elf)));
		cr_assert(zero(int, modseal_catalog_draft_add_file(draft, rows[i].listed,
								   file, &added, &error)),
			  "row %zu: %s", i, error.message);
		cr_assert(eq(int, added, rows[i].added), "row %zu as a file", i);
	}
	cr_assert(zero(int, offer(draft, "/short", elf, 17, &added)));
	cr_assert(zero(int, added));
	cr_assert(
		zero(int, offer(draft, "/script", "#!/bin/sh\n# a script", 21, &added)));
	cr_assert(zero(int, added));
	modseal_catalog_draft_free(&draft);
}

Test(catalog_draft, what_cannot_be_listed_is_refused)
{
	static const char *const paths[] = {"",	    "a",     "/",     "/a/",  "//a",
					    "/a/.", "/../a", "/a\nb", "/\x7f"};
	static const char broken[] = "content" MODSEAL_CONTAINER_MAGIC;
	struct modseal_catalog_options options = good_options();
	struct modseal_catalog_draft *draft;
	struct pieces pieces = {.bytes = (const uint8_t *)"abc", .size = 3, .fail = EIO};
	int added;

	options.max_size = 20;
	draft = new_draft(&options);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		refuses(MODSEAL_E_ARGUMENT, SIGNING,
			offer(draft, paths[i], "abc", 3, &added));
	refuses(MODSEAL_E_TOO_LARGE, MODSEAL_STAGE_BYTES,
		offer(draft, "/a", "123456789012345678901", 21, &added));
	cr_assert(zero(int, offer(draft, "/a", "12345678901234567890", 20, &added)));
	refuses(MODSEAL_E_SYSTEM, MODSEAL_STAGE_BYTES,
		modseal_catalog_draft_add_stream(draft, "/a", read_pieces, &pieces,
						 &added, &error));
	cr_assert(eq(int, error.system_errno, EIO));
	refuses(MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_OPEN,
		modseal_catalog_draft_add_file(draft, "/a", in_place("none"), &added,
					       &error));
	refuses(MODSEAL_E_NOT_REGULAR, MODSEAL_STAGE_OPEN,
		modseal_catalog_draft_add_file(draft, "/a", place, &added, &error));
	refuses(MODSEAL_E_ARGUMENT, SIGNING,
		modseal_catalog_draft_add_file(draft, NULL, "/dev/null", &added, &error));
	refuses(MODSEAL_E_ARGUMENT, SIGNING,
		modseal_catalog_draft_add_stream(draft, "/a", NULL, NULL, &added,
						 &error));
	cr_assert(eq(sz, modseal_catalog_draft_count(draft), 1));
	modseal_catalog_draft_free(&draft);
	options.max_size = 0;
	draft = new_draft(&options);
	refuses(MODSEAL_E_SIGNATURE_MALFORMED, MODSEAL_STAGE_CONTAINER,
		offer(draft, "/a", broken, sizeof(broken) - 1, &added));
	cr_assert(zero(sz, modseal_catalog_draft_count(draft)));
	modseal_catalog_draft_free(&draft);
}

Test(catalog_draft, a_stream_that_is_not_listed_is_not_read_to_its_end)
{
	struct modseal_catalog_options options = good_options();
	struct modseal_catalog_draft *draft;
	char text[100000] = "#!/bin/sh\n";
	struct pieces pieces = {.bytes = (const uint8_t *)text, .size = sizeof(text)};
	int added = 7;

	options.all = 0;
	options.max_size = 50000;
	draft = new_draft(&options);
	cr_assert(zero(int, modseal_catalog_draft_add_stream(draft, "/a", read_pieces,
							     &pieces, &added, &error)));
	cr_assert(zero(int, added));
	cr_assert(lt(sz, pieces.at, 100));
	modseal_catalog_draft_free(&draft);
}

/* A reader that says it has read more than there is room for. */
static ssize_t read_too_much(void *argument, void *buffer, size_t size)
{
	return (ssize_t)size + 1;
}

Test(catalog_draft, a_reader_that_lies_is_refused)
{
	struct modseal_catalog_options options = good_options();
	struct modseal_catalog_draft *draft = new_draft(&options);
	int added;

	refuses(MODSEAL_E_ARGUMENT, SIGNING,
		modseal_catalog_draft_add_stream(draft, "/a", read_too_much, NULL, &added,
						 &error));
	modseal_catalog_draft_free(&draft);
}

Test(catalog_draft, options_are_checked)
{
	static const char *const twice[] = {"sha256", "sha256"};
	static const char *const unknown[] = {"md5"};
	struct modseal_catalog_options options[11];
	struct modseal_catalog_draft *draft = NULL;

	for (size_t i = 0; i < 11; i++)
		options[i] = good_options();
	options[0].version = 0;
	options[1].all = 2;
	options[2].name = "a b";
	options[3].name = NULL;
	options[4].serial = 1ull << 53;
	options[5].issued = NULL;
	options[6].issued = "now";
	options[7].digests = twice;
	options[7].digest_count = 2;
	options[8].digests = unknown;
	options[8].digest_count = 1;
	options[9].max_size = 2047ull * 1024 * 1024 + 1;
	options[10].reserved[7] = 1;
	for (size_t i = 0; i < 11; i++) {
		memset(&error, 0, sizeof(error));
		cr_assert(eq(int, modseal_catalog_draft_new(&options[i], &draft, &error),
			     MODSEAL_E_ARGUMENT),
			  "row %zu", i);
		cr_assert(eq(int, error.stage, SIGNING));
		cr_assert(draft == NULL);
	}
	cr_assert(eq(int, modseal_catalog_draft_new(NULL, &draft, &error),
		     MODSEAL_E_ARGUMENT));
}

Test(catalog_draft, it_is_signed_at_once_and_only_a_catalog_is_replaced)
{
	struct modseal_signing_key *key = signing_key("p256"),
				   *other = signing_key("p384");
	struct asked asked = {.signers = {{"p256"}}};
	struct asked others = {.signers = {{"p384"}}};
	struct modseal_catalog_options options = good_options();
	struct modseal_catalog_draft *draft = new_draft(&options);
	char path[PATH_MAX], sidecar[PATH_MAX + 8];

	snprintf(path, sizeof(path), "%s", in_place("base.cat"));
	snprintf(sidecar, sizeof(sidecar), "%s.p7s", path);
	list(draft, "/a", "abc");
	cr_assert(zero(int, write_draft(draft, path, key)), "%s", error.message);
	expect(0, verify_detached(&asked, path, sidecar), "%s", error.message);
	/* the signature is replaced with the catalog, whoever made the old one */
	list(draft, "/b", "abc");
	cr_assert(zero(int, write_draft(draft, path, other)), "%s", error.message);
	expect(0, verify_detached(&others, path, sidecar), "%s", error.message);
	refuses(MODSEAL_E_ALREADY_SIGNED, SIGNING,
		modseal_sign_catalog(key, path, 0, &error));
	cr_assert(
		zero(int, modseal_sign_catalog(key, path, MODSEAL_SIGN_APPEND, &error)));
	expect(0, verify_detached(&asked, path, sidecar), "%s", error.message);
	refuses(MODSEAL_E_ARGUMENT, SIGNING,
		modseal_sign_catalog(key, path, MODSEAL_SIGN_DETACHED, &error));
	refuses(MODSEAL_E_ARGUMENT, SIGNING, modseal_sign_catalog(NULL, path, 0, &error));
	write_bytes(path, raw("modseal-catalog: 2\n", 19));
	refuses(MODSEAL_E_EXISTS, SIGNING, write_draft(draft, path, NULL));
	refuses(MODSEAL_E_TYPE_MISMATCH, SIGNING,
		modseal_sign_catalog(key, path, MODSEAL_SIGN_FORCE, &error));
	write_bytes(path, raw("modseal-catalog: 1\n", 19));
	refuses(MODSEAL_E_CATALOG_INVALID, SIGNING,
		modseal_sign_catalog(key, path, MODSEAL_SIGN_FORCE, &error));
	cr_assert(zero(int, write_draft(draft, path, NULL)), "%s", error.message);
	refuses(MODSEAL_E_ARGUMENT, SIGNING, write_draft(draft, NULL, NULL));
	cr_assert(eq(sz, count_files(), 2));
	modseal_catalog_draft_free(&draft);
	modseal_signing_key_free(&key);
	modseal_signing_key_free(&other);
}
