/* SPDX-License-Identifier: Apache-2.0 */
/* The list of mappings: its lines, its limits, and that it finds this process's own. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/unit/slowness.h"
#include "verifier/loader/maps.h"

#define LINE                                                                             \
	"7f0000000000-7f0000001000 r-xp 00002000 fe:01 77                         "      \
	"/lib/a.so\n"

static int parse(const char *text, struct modseal_maps *ret_maps,
		 struct modseal_error *error)
{
	char *copy = strdup(text);
	int result = modseal_maps_parse(copy, strlen(text), MODSEAL_STAGE_GATE, ret_maps,
					error);

	if (result)
		free(copy);
	return result;
}

Test(maps, reads_every_field)
{
	struct modseal_maps maps;
	const struct modseal_mapping *one;

	cr_assert(eq(int, parse(LINE, &maps, NULL), 0));
	cr_assert(eq(sz, maps.count, 1));
	one = &maps.items[0];
	cr_assert(eq(u64, one->start, 0x7f0000000000));
	cr_assert(eq(u64, one->end, 0x7f0000001000));
	cr_assert(eq(u64, one->offset, 0x2000));
	cr_assert(eq(u32, one->major, 0xfe));
	cr_assert(eq(u32, one->minor, 1));
	cr_assert(eq(u64, one->inode, 77));
	cr_assert(one->executable && !one->writable && one->file && !one->deleted);
	cr_assert(eq(str, (char *)one->name, "/lib/a.so"));
	modseal_maps_free(&maps);
	cr_assert(zero(sz, maps.count));
}

Test(maps, tells_kinds_of_memory_apart)
{
	static const struct {
		const char *line;
		bool file, deleted, kernel;
		enum modseal_backing backing;
	} rows[] = {
		{"1000-2000 r-xp 0 00:00 0 \n", false, false, false, 0},
		{"1000-2000 r-xp 0 00:00 0\n", false, false, false, 0},
		{"1000-2000 rwxp 0 00:00 0 [heap]\n", false, false, false, 0},
		{"1000-2000 r-xp 0 00:00 0 [vdso]\n", false, false, true, 0},
		{"1000-2000 rwxp 0 00:00 0 [vdso]\n", false, false, false, 0},
		{"ffffffffff600000-ffffffffff601000 --xp 0 00:00 0 [vsyscall]\n", false,
		 false, true, 0},
		/* a name given with prctl cannot pass for the kernel's */
		{"1000-2000 r-xp 0 00:00 0 [anon:[vdso]]\n", false, false, false, 0},
		{"1000-2000 r-xp 0 00:01 5 [vdso]\n", true, false, false, 0},
		{"1000-2000 r-xp 0 00:00 0 /odd\n", true, false, false, 0},
		{"1000-2000 r-xp 0 00:01 9 /memfd:x (deleted)\n", true, true, false,
		 MODSEAL_BACKING_MEMFD},
		{"1000-2000 r-xp 0 fe:01 9 /memfd:x\n", true, false, false, 0},
		{"1000-2000 r-xp 0 fe:01 9 /a/memfd:x (deleted)\n", true, true, false, 0},
		{"1000-2000 r-xs 0 00:01 9 /dev/zero (deleted)\n", true, true, false,
		 MODSEAL_BACKING_SHARED},
		{"1000-2000 r-xp 0 00:06 9 /dev/zero\n", true, false, false, 0},
		{"1000-2000 r-xp 0 00:0f 9 /anon_hugepage (deleted)\n", true, true, false,
		 MODSEAL_BACKING_SHARED},
		{"1000-2000 r-xs 0 00:01 9 /SYSV00000000 (deleted)\n", true, true, false,
		 MODSEAL_BACKING_SYSTEM_V},
		{"1000-2000 r-xs 0 00:16 9 /dev/shm/x\n", true, false, false,
		 MODSEAL_BACKING_POSIX_SHARED},
		{"1000-2000 r-xs 0 00:16 9 /dev/shm/x (deleted)\n", true, true, false,
		 MODSEAL_BACKING_POSIX_SHARED},
		{"1000-2000 r-xp 0 fe:01 9 /a (deleted)\n", true, true, false, 0},
		{"1000-2000 r-xp 0 00:00 0 anon_inode:[x]\n", true, false, false, 0},
		/* shorter than what is looked for, with a space of the line before it */
		{"1000-2000 r-xp 0 00:01 9 (deleted)\n", true, false, false, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_maps maps;
		const struct modseal_mapping *one;

		cr_assert(eq(int, parse(rows[i].line, &maps, NULL), 0), "row %zu", i);
		one = &maps.items[0];
		cr_assert(eq(int, one->file, rows[i].file), "row %zu", i);
		cr_assert(eq(int, one->deleted, rows[i].deleted), "row %zu", i);
		cr_assert(eq(int, modseal_mapping_is_kernel(one), rows[i].kernel),
			  "row %zu", i);
		cr_assert(eq(int, modseal_mapping_backing(one), rows[i].backing),
			  "row %zu", i);
		modseal_maps_free(&maps);
	}
}

Test(maps, refuses_what_is_no_such_list)
{
	static const char *const texts[] = {
		"",
		"\n",
		"x\n",
		"1000-2000 r-xp 0 00:00 0", /* no newline */
		"1000-1000 r-xp 0 00:00 0\n",
		"2000-1000 r-xp 0 00:00 0\n",
		"1000-2000 rxxp 0 00:00 0\n",
		"1000-2000 r-xq 0 00:00 0\n",
		"1000-2000 r-xp 0 00:00\n",
		"1000-2000 r-xp 0 00:00 \n",
		"1000-2000 r-xp 0 00:00 0x\n",
		"1000-2000 r-xp 0 00-00 0\n",
		"1000-2000 r-xp 0 100000000:00 0\n",
		"1000-2000 r-x",
		"1000-2000 r-xpx0 00:00 0\n",
		"1000-2000 r-xp 0 00:100000000 0\n",
		"-2000 r-xp 0 00:00 0\n",
		"1000-11111111111111111 r-xp 0 00:00 0\n",
		"1000-2000 r-xp 0 00:00 99999999999999999999\n",
		"1000-3000 r-xp 0 00:00 0\n2000-4000 r-xp 0 00:00 0\n", /* overlap */
		"3000-4000 r-xp 0 00:00 0\n1000-2000 r-xp 0 00:00 0\n", /* order */
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct modseal_maps maps = {0};
		struct modseal_error error = {0};

		cr_assert(eq(int, parse(texts[i], &maps, &error), MODSEAL_E_SYSTEM),
			  "row %zu", i);
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_GATE), "row %zu", i);
		cr_assert(zero(ptr, maps.items), "row %zu", i);
	}
}

Test(maps, refuses_a_list_with_a_zero_in_it)
{
	char *copy = strdup("1000-2000 r-xp 0 00:01 9 /a\n2000-3000 r-xp 0 00:01 9 /b\n");
	size_t size = strlen(copy);
	struct modseal_maps maps = {0};

	copy[strcspn(copy, "/") + 1] = '\0';
	cr_assert(eq(int, modseal_maps_parse(copy, size, MODSEAL_STAGE_GATE, &maps, NULL),
		     MODSEAL_E_SYSTEM));
	free(copy);
}

/* Whatever an object is known by must be the same; memory of no file is nobody's. */
Test(maps, tells_files_apart)
{
	static const char *const lines[] = {
		"1000-2000 r-xp 0 fe:01 77 /lib/a.so\n",
		"1000-2000 r-xp 0 fd:01 77 /lib/a.so\n",
		"1000-2000 r-xp 0 fe:02 77 /lib/a.so\n",
		"1000-2000 r-xp 0 fe:01 78 /lib/a.so\n",
		"1000-2000 r-xp 0 fe:01 77 /lib/b.so\n",
		"1000-2000 r-xp 0 00:00 0\n",
	};
	const size_t count = sizeof(lines) / sizeof(lines[0]);

	for (size_t a = 0; a < count; a++)
		for (size_t b = 0; b < count; b++) {
			struct modseal_maps one, other;

			cr_assert(zero(int, parse(lines[a], &one, NULL)));
			cr_assert(zero(int, parse(lines[b], &other, NULL)));
			cr_assert(eq(int, modseal_mapping_same(one.items, other.items),
				     a == b && a < count - 1),
				  "%zu and %zu", a, b);
			modseal_maps_free(&one);
			modseal_maps_free(&other);
		}
}

/* Each length and each byte changed: an answer, never a read outside (under the
 * sanitizers). */
Test(maps, survives_every_cut_and_flip)
{
	static const char text[] = LINE "7f0000001000-7f0000002000 r--p 0 00:00 0 \n";

	for (size_t size = 0; size < sizeof(text); size++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			char *copy = malloc(sizeof(text));
			struct modseal_maps maps = {0};

			memcpy(copy, text, sizeof(text));
			copy[size ? size - 1 : 0] ^= (char)(1u << bit);
			if (modseal_maps_parse(copy, size, MODSEAL_STAGE_GATE, &maps,
					       NULL))
				free(copy);
			else
				modseal_maps_free(&maps);
		}
	}
}

Test(maps, undoes_what_the_kernel_writes_into_names)
{
	static const struct {
		const char *line, *path;
	} rows[] = {
		{"1000-2000 r-xp 0 fe:01 9 /a b/c.so\n", "/a b/c.so"},
		{"1000-2000 r-xp 0 fe:01 9 /a\\012b (deleted)\n", "/a\nb"},
		{"1000-2000 r-xp 0 fe:01 9 /\\012\\012\\01\n", "/\n\n\\01"},
		{"1000-2000 r-xp 0 fe:01 9 /x (deleted) (deleted)\n", "/x (deleted)"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_maps maps;
		char *path;

		cr_assert(eq(int, parse(rows[i].line, &maps, NULL), 0), "row %zu", i);
		path = modseal_mapping_path(&maps.items[0]);
		cr_assert(eq(str, path, (char *)rows[i].path), "row %zu", i);
		free(path);
		modseal_maps_free(&maps);
	}
}

Test(maps, R55_a_file_is_known_by_device_inode_and_name)
{
	static const struct {
		const char *line;
		bool same;
	} rows[] = {
		{"1000-2000 rw-p 5000 fe:01 77 /lib/a.so\n", true},
		{"1000-2000 r-xp 2000 fe:02 77 /lib/a.so\n", false},
		{"1000-2000 r-xp 2000 fd:01 77 /lib/a.so\n", false},
		{"1000-2000 r-xp 2000 fe:01 78 /lib/a.so\n", false},
		/* two subvolumes of a btrfs can show the same numbers */
		{"1000-2000 r-xp 2000 fe:01 77 /srv/x/a.so\n", false},
		{"1000-2000 r-xp 2000 fe:01 77 /lib/a.so (deleted)\n", false},
		{"1000-2000 r-xp 0 00:00 0 \n", false},
	};
	struct modseal_maps known;

	cr_assert(eq(int, parse(LINE, &known, NULL), 0));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_maps maps;

		cr_assert(eq(int, parse(rows[i].line, &maps, NULL), 0), "row %zu", i);
		cr_assert(eq(int, modseal_mapping_same(&known.items[0], &maps.items[0]),
			     rows[i].same),
			  "row %zu", i);
		modseal_maps_free(&maps);
	}
	modseal_maps_free(&known);
}

Test(maps, finds_addresses_of_this_process)
{
	struct modseal_maps maps;
	const struct modseal_mapping *code, *page;
	char *memory = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (is_emulated())
		cr_skip_test("no mapping is executable where code is translated");
	cr_assert(eq(int, modseal_maps_read(MODSEAL_STAGE_LOAD, &maps, NULL), 0));
	code = modseal_maps_at(&maps, (const void *)(uintptr_t)modseal_maps_read);
	cr_assert(code && code->executable && code->file);
	page = modseal_maps_at(&maps, memory + 8191);
	cr_assert(page && !page->executable && !page->file);
	cr_assert(zero(ptr, (void *)modseal_maps_at(&maps, NULL)));
	modseal_maps_free(&maps);
	munmap(memory, 8192);
}
