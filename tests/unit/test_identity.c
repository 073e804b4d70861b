/* SPDX-License-Identifier: Apache-2.0 */
/* The name inside a file against the name it was asked under (R31). */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "verifier/elf/elf.h"

struct name_row {
	const char *asked, *soname;
	bool fit;
};

/* R31: equal, or the same name with fewer or more version parts. */
Test(identity, names_fit_by_version_parts)
{
	const struct name_row rows[] = {
		{"libz.so", "libz.so", true},
		{"libz.so", "libz.so.1", true},
		{"libz.so.1", "libz.so.1.2.13", true},
		{"libz.so", "libz.so.1.2.13", true},
		{"libz.so.1.2", "libz.so.1", true},
		{"libz.so.0", "libz.so.0.9", true},
		{"libz.so", "libz.so.9az", true},
		{"libz.so", "libz.so.0AZ09", true},
		{"libnss3.so", "libnss3.so.1d", true},
		{"libbenchmark.so.1debian", "libbenchmark.so", true},
		{"foo.so", "foo.so.2", true},
		{"libpython3.11.so.1.0", "libpython3.11.so", true},
		{"libLLVM-14.so.1", "libLLVM-14.so", true},
		{"ld-linux-x86-64.so.2", "ld-linux-x86-64.so.2", true},
		{"plugin", "plugin", true}, /* equal, whatever it looks like */
		{"libz.so.evil", "libz.so.evil", true},
		{"12345", "123456", false},
		{"1234", "12345", false},
		{"libz.so", "libz.so.1@", false},
		{"libz.so", "libz.so.1[", false},
		{"libz.so", "libz.so.1`", false},
		{"libz.so", "libz.so.1{", false},
		{"libz.so", "libz.so.1/", false},
		{"libz.so", "libz.so.:1", false},
		{"libz.so.1", "libz.so.2", false},
		{"libz.so.1", "libz.so.10", false},
		{"libz.so.10", "libz.so.1", false},
		{"libz.so.1.2", "libz.so.1.3", false},
		{"libz.so.1", "libz.so.01", false},
		{"libz.so.1", "libz.so.1d", false},
		{"libz.so", "libz.so.evil", false},
		{"libz.so.evil", "libz.so", false},
		{"libz.so", "libz.so.", false},
		{"libz.so.1", "libz.so.1.", false},
		{"libz.so", "libz.so..1", false},
		{"libz.so", "libz.so.1..2", false},
		{"libz.so.1", "libz.so.1.so", false},
		{"libz.so.1", "libz.so.1.so.2", false},
		{"libz.so.1.so", "libz.so", false},
		{"libz.so", "libz.so.1-rc1", false},
		{"libz.so", "libz.so.1_2", false},
		{"libz.so", "libz.so.1 ", false},
		{"libz.so", "libz.so.1\n", false},
		{"libz.so", "libz.so.d1", false},
		{"libz.so", "libz.so1", false},
		{"libz.so", "libz-2.so", false},
		{"libfoo.so", "libfoo-2.0.so", false},
		{"libfoo-2.0.so", "libfoo.so.2.0", false},
		{"libfoo.so", "libfoo.1.so", false},
		{"libz.so.1", "libzz.so.1", false},
		{"libz.so.1", "LIBZ.so.1", false},
		{"libz.so", "z.so", false},
		{"libz", "libz.so", false},
		{"libz.1", "libz.1.2", false}, /* version parts only behind .so */
		{"plugin", "plugin.1", false},
		{".so", ".so.1", false},
		{"", "", false},
		{"", "libz.so", false},
		{"libz.so", "", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_assert(eq(int,
			     modseal_identity_names_fit(rows[i].asked, rows[i].soname),
			     rows[i].fit),
			  "R31 asked '%s', soname '%s'", rows[i].asked, rows[i].soname);
		cr_assert(eq(int,
			     modseal_identity_names_fit(rows[i].soname, rows[i].asked),
			     rows[i].fit),
			  "R31 asked '%s', soname '%s'", rows[i].soname, rows[i].asked);
	}
}

/* R31: the name in a module note, as a SONAME or without ".so" and what follows. */
Test(identity, names_of_notes_fit_by_stem_too)
{
	const struct name_row rows[] = {
		{"reverb.so", "reverb", true},
		{"reverb.so.2", "reverb", true},
		{"reverb.so.2.1b", "reverb", true},
		{"reverb.so", "reverb.so", true},
		{"reverb.so.2", "reverb.so", true},
		{"reverb.so", "reverb.so.2", true},
		{"reverb", "reverb", true}, /* equal, whatever it looks like */
		{"reverb.dll", "reverb.dll", true},
		{"py.cpython-311.so", "py.cpython-311", true},
		{"a b.so", "a b", true},
		{"reverb.so", "reverb.so.so", false},
		{"reverb.so.so", "reverb.so", false}, /* that is another file's name */
		{"reverb.so.1.so", "reverb.so.1", false},
		{"reverb.so.2", "reverb.so.1", false},
		{"reverb.so", "Reverb", false},
		{"reverb.so", "reverb.", false},
		{"reverb.so", "reverb.s", false},
		{"reverb.so", "rever", false},
		{"reverb.so", "reverb2", false},
		{"libreverb.so", "reverb", false}, /* reverb.so may lie beside it */
		{"reverb.so", "libreverb", false},
		{"reverb.dll", "reverb", false},
		{"reverb.so.evil", "reverb", false},
		{"reverb", "reverb.so", false},
		{".so", "", false},
		{"", "", false},
		{"", "reverb", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_assert(eq(int,
			     modseal_identity_note_fits(rows[i].asked, rows[i].soname),
			     rows[i].fit),
			  "R31 asked '%s', note '%s'", rows[i].asked, rows[i].soname);
}

static void expect(const struct modseal_elf *elf, enum modseal_kind kind,
		   const char *path, bool fit)
{
	struct modseal_error error = {0};
	int r = modseal_identity_check(elf, kind, path, &error);

	cr_assert(eq(int, r, fit ? 0 : MODSEAL_E_NAME_MISMATCH), "R31 %s: %s", path,
		  error.message);
	if (!fit) {
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_IMAGE), "R31 %s", path);
		cr_assert(eq(str, error.object, (char *)path), "R31");
		cr_assert(ne(chr, error.remedy[0], '\0'), "R31 %s", path);
	}
}

/* R31: the last component of the path is what it was asked under. */
Test(identity, libraries_fit_the_last_component)
{
	char soname[] = "libz.so.1";
	const struct modseal_elf elf = {.soname = soname};
	const struct modseal_elf nameless = {0};

	expect(&elf, MODSEAL_KIND_LIBRARY, "/usr/lib/libz.so.1.2.13", true);
	expect(&elf, MODSEAL_KIND_LIBRARY, "libz.so", true);
	expect(&elf, MODSEAL_KIND_LIBRARY, "/usr/lib/libz.so.2", false);
	expect(&elf, MODSEAL_KIND_LIBRARY, "/opt/libz.so.1/plugin.so", false);
	expect(&elf, MODSEAL_KIND_LIBRARY, "/usr/lib/libz.so.1/", false);
	expect(&elf, MODSEAL_KIND_LIBRARY, "", false);
	expect(&elf, MODSEAL_KIND_BY_RULE, "/usr/lib/other.so", false);
	expect(&nameless, MODSEAL_KIND_LIBRARY, "/usr/lib/plugin.so", false);
}

/* The message names both, so that the reader sees which one is wrong. */
Test(identity, names_both_sides)
{
	char soname[] = "libB.so.1";
	const struct modseal_elf elf = {.soname = soname};
	struct modseal_error error = {0};
	int r = modseal_identity_check(&elf, MODSEAL_KIND_LIBRARY, "/opt/libA.so",
				       &error);

	cr_assert(eq(int, r, MODSEAL_E_NAME_MISMATCH), "R31");
	cr_assert(ne(ptr, strstr(error.message, "libA.so"), NULL), "%s", error.message);
	cr_assert(ne(ptr, strstr(error.message, "libB.so.1"), NULL), "%s", error.message);
}

struct both_row {
	const char *soname, *note, *path; /* NULL: none */
	bool fit;
	bool program_fits;
};

/* R31: every name inside must fit; a library has one at least. */
Test(identity, wants_every_name_inside_to_fit)
{
	const struct both_row rows[] = {
		{NULL, "reverb", "/opt/reverb.so", true, true},
		{NULL, "reverb", "/opt/reverb.so.2", true, true},
		{NULL, "reverb", "/opt/chorus.so", false, false},
		{NULL, "reverb", "/opt/reverb/chorus.so", false, false},
		{NULL, "gatewayd", "/usr/bin/gatewayd", true, true},
		{NULL, "gatewayd", "/usr/bin/other", false, false},
		{NULL, NULL, "/opt/reverb.so", false, true},
		{"reverb.so", "reverb", "/opt/reverb.so", true, true},
		{"reverb.so", "chorus", "/opt/reverb.so", false, false},
		{"chorus.so", "reverb", "/opt/reverb.so", false, true},
		{"chorus.so", "reverb", "/opt/chorus.so", false, false},
		{"chorus.so", "chorus", "/opt/reverb.so", false, false},
		/* several files share one SONAME: the note tells them apart */
		{"libx.so", "libx.so.1", "/opt/libx.so.1", true, true},
		{"libx.so", "libx.so.1", "/opt/libx.so.2", false, false},
		{"libx.so", "libx.so.2", "/opt/libx.so.2", true, true},
		{"libx.so", NULL, "/opt/libx.so.2", true, true},
	};
	char soname[32], note[32];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct both_row *row = &rows[i];
		const struct modseal_elf elf = {
			.soname = row->soname ? soname : NULL,
			.note = {.name = row->note ? note : NULL},
		};

		snprintf(soname, sizeof(soname), "%s", row->soname ? row->soname : "");
		snprintf(note, sizeof(note), "%s", row->note ? row->note : "");
		expect(&elf, MODSEAL_KIND_LIBRARY, row->path, row->fit);
		expect(&elf, MODSEAL_KIND_PROGRAM, row->path, row->program_fits);
	}
}

/* A program without a note has no name inside. */
Test(identity, programs_are_bound_by_their_path_alone)
{
	const struct modseal_elf elf = {0};

	expect(&elf, MODSEAL_KIND_PROGRAM, "/usr/bin/anything", true);
}

struct module_row {
	const char *name, *path;
	bool fit;
};

/* R31: file stem, '-' as '_'; release as the directory below /lib/modules. */
Test(identity, modules_fit_stem_and_release)
{
	char release[] = "6.1.0-9-amd64";
	const struct module_row rows[] = {
		{"snd_hda", "/lib/modules/6.1.0-9-amd64/kernel/sound/snd-hda.ko", true},
		{"snd_hda", "/usr/lib/modules/6.1.0-9-amd64/snd_hda.ko", true},
		{"snd_hda", "/tmp/snd-hda.ko", true},
		{"snd_hda", "snd-hda.ko", true},
		{"snd-hda", "snd_hda.ko", true},
		{"snd_hda", "/tmp/snd-hda.so", false},
		{"", "/tmp/.ko", false},
		{"", "/tmp/ko", false},
		{"snd_hda", "/tmp/snd-hdb.ko", false},
		{"snd_hda", "/tmp/snd-hda.ko.xz", false},
		{"snd_hda", "/tmp/snd-hda", false},
		{"snd_hda", "/tmp/snd-hda1.ko", false},
		{"snd_hda", "/tmp/snd-hd.ko", false},
		{"snd_hda", "/tmp/.ko", false},
		{"snd_hda", "/lib/modules/6.1.0-8-amd64/kernel/snd-hda.ko", false},
		{"snd_hda", "/lib/modules/6.1.0-9-amd64x/kernel/snd-hda.ko", false},
		{"snd_hda", "/lib/modules/6.1.0-9-amd6/kernel/snd-hda.ko", false},
		{"snd_hda", "/usr/lib/modules/other/snd-hda.ko", false},
		{"snd_hda", "/lib/modules/snd-hda.ko", false},
		{"snd_hda", "/lib/modules//6.1.0-9-amd64/snd-hda.ko", false},
		{"snd_hda", "/lib/modules/./6.1.0-9-amd64/snd-hda.ko", false},
	};
	const struct modseal_elf nameless = {.module_release = release};
	char x[] = "x", x_ko[] = "x.ko";
	const struct modseal_elf odd = {.module_name = x, .module_release = x_ko};
	const struct modseal_elf unbound = {.module_name = x};
	char name[16];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct modseal_elf elf = {.module_name = name,
						.module_release = release};

		snprintf(name, sizeof(name), "%s", rows[i].name);
		expect(&elf, MODSEAL_KIND_KERNEL_MODULE, rows[i].path, rows[i].fit);
	}
	expect(&nameless, MODSEAL_KIND_KERNEL_MODULE, "/tmp/x.ko", false);
	expect(&odd, MODSEAL_KIND_KERNEL_MODULE, "/tmp/x.ko", true);
	expect(&odd, MODSEAL_KIND_KERNEL_MODULE, "/lib/modules/x.ko/x.ko", true);
	expect(&odd, MODSEAL_KIND_KERNEL_MODULE, "/lib/modules/x.ko", false);
	expect(&unbound, MODSEAL_KIND_KERNEL_MODULE, "/tmp/x.ko", false);
}
