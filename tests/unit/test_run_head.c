/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a program (E10, E11, E12): who runs it, as the kernel will see it. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "verifier/run/head.h"

static int read_bytes(const void *bytes, size_t size, struct run_head *head)
{
	int file = memfd_create("head", 0), result;

	cr_assert(eq(int, (int)write(file, bytes, size), (int)size));
	result = run_head_read(file, head);
	close(file);
	return result;
}

Test(run_head, E10_the_interpreter_of_a_script)
{
	static const struct {
		const char *line, *want;
	} rows[] = {
		{"#!/bin/sh\necho", "/bin/sh"},
		{"#! \t/bin/sh -e\n", "/bin/sh"},
		{"#!/bin/sh\t-e", "/bin/sh"},
		{"#!/bin/sh", "/bin/sh"},
		{"#!relative/sh\n", "relative/sh"},
		{"#!\n/bin/sh", NULL},
		{"#!", NULL},
		{"#!   ", NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct run_head head;
		int result = read_bytes(rows[i].line, strlen(rows[i].line), &head);

		cr_assert(eq(int, result, rows[i].want ? 0 : ENOEXEC), "row %zu", i);
		cr_assert(eq(int, (int)head.kind, RUN_HEAD_SCRIPT), "row %zu", i);
		if (rows[i].want)
			cr_assert(eq(str, head.interpreter, (char *)rows[i].want),
				  "row %zu", i);
	}
}

Test(run_head, E10_an_interpreter_that_is_cut_off_is_none)
{
	char line[RUN_HEAD_SIZE + 64];
	struct run_head head;

	memset(line, 'a', sizeof(line));
	memcpy(line, "#!/", 3);
	cr_assert(eq(int, read_bytes(line, sizeof(line), &head), ENOEXEC));
	line[RUN_HEAD_SIZE - 1] = '\n';
	cr_assert(eq(int, read_bytes(line, sizeof(line), &head), 0));
}

Test(run_head, E11_the_interpreter_of_a_program)
{
	struct run_head head;
	int file = open("/proc/self/exe", O_RDONLY);

	cr_assert(eq(int, run_head_read(file, &head), 0));
	cr_assert(eq(int, (int)head.kind, RUN_HEAD_ELF));
	cr_assert(eq(chr, head.interpreter[0], '/'));
	close(file);
}

struct small {
	ElfW(Ehdr) head;
	ElfW(Phdr) parts[2];
	char text[16];
};

static struct small make(void)
{
	struct small small;
	int file = open("/proc/self/exe", O_RDONLY);

	cr_assert(eq(int, (int)read(file, &small.head, sizeof(small.head)),
		     (int)sizeof(small.head)));
	close(file);
	memset(small.parts, 0, sizeof(small.parts));
	memset(small.text, 0, sizeof(small.text));
	small.head.e_phoff = offsetof(struct small, parts);
	small.head.e_phnum = 2;
	small.parts[1].p_type = PT_INTERP;
	small.parts[1].p_offset = offsetof(struct small, text);
	small.parts[1].p_filesz = 8;
	memcpy(small.text, "/bin/ld", 8);
	return small;
}

Test(run_head, E11_a_head_that_the_kernel_would_not_take_is_none)
{
	struct small good = make(), bad;
	struct run_head head;

	cr_assert(eq(int, read_bytes(&good, sizeof(good), &head), 0));
	cr_assert(eq(str, head.interpreter, "/bin/ld"));
	bad = good;
	bad.head.e_phentsize = 1;
	cr_assert(eq(int, read_bytes(&bad, sizeof(bad), &head), ENOEXEC));
	bad = good;
	bad.head.e_phnum = UINT16_MAX;
	cr_assert(eq(int, read_bytes(&bad, sizeof(bad), &head), ENOEXEC));
	bad = good;
	bad.head.e_phoff = INT64_MAX;
	cr_assert(eq(int, read_bytes(&bad, sizeof(bad), &head), ENOEXEC));
	bad = good;
	bad.parts[1].p_filesz = 7; /* no NUL at the end */
	cr_assert(eq(int, read_bytes(&bad, sizeof(bad), &head), ENOEXEC));
	bad = good;
	bad.parts[1].p_filesz = PATH_MAX + 1;
	cr_assert(eq(int, read_bytes(&bad, sizeof(bad), &head), ENOEXEC));
	bad = good;
	bad.parts[1].p_offset = UINT64_MAX;
	cr_assert(eq(int, read_bytes(&bad, sizeof(bad), &head), ENOEXEC));
	cr_assert(eq(int, read_bytes(&good, sizeof(good.head), &head), ENOEXEC));
	for (int back = 1; back <= 2; back++) {
		bad = good;
		bad.head.e_phoff = UINT64_MAX - (uint64_t)back * sizeof(bad.parts[0]) + 1;
		cr_assert(eq(int, read_bytes(&bad, sizeof(bad), &head), ENOEXEC));
	}
	bad = good;
	bad.head.e_phnum = 0;
	cr_assert(eq(int, read_bytes(&bad, sizeof(bad), &head), ENOEXEC));
	bad = good;
	bad.parts[1].p_filesz = 2;
	memset(bad.text, 0, 2);
	cr_assert(eq(int, read_bytes(&bad, sizeof(bad), &head), ENOEXEC));
}

Test(run_head, E11_an_interpreter_longer_than_a_path_is_none)
{
	char bytes[sizeof(struct small) + 2 * PATH_MAX] = "";
	struct small small = make();
	struct run_head head;

	small.parts[1].p_offset = sizeof(small);
	small.parts[1].p_filesz = 2 * PATH_MAX;
	memcpy(bytes, &small, sizeof(small));
	memset(bytes + sizeof(small), 'x', 2 * PATH_MAX - 1);
	cr_assert(eq(int, read_bytes(bytes, sizeof(bytes), &head), ENOEXEC));
}

Test(run_head, E10_a_name_longer_than_a_path_is_none)
{
	char line[PATH_MAX + 16] = "#!", interpreter[PATH_MAX];

	memset(line + 2, 'x', sizeof(line) - 3);
	line[sizeof(line) - 1] = '\n';
	cr_assert(eq(int, run_head_script(line, sizeof(line), interpreter), ENOEXEC));
}

/* As for the kernel, whatever is behind it. */
Test(run_head, E10_a_zero_ends_a_name)
{
	char line[RUN_HEAD_SIZE] = "#!/bin/sh";
	struct run_head head;

	memset(line + 10, 'x', sizeof(line) - 10);
	cr_assert(eq(int, read_bytes(line, sizeof(line), &head), 0));
	cr_assert(eq(str, head.interpreter, "/bin/sh"));
}

Test(run_head, E23_what_cannot_be_read_is_told)
{
	struct run_head head;
	int folder = open("/", O_RDONLY | O_CLOEXEC);

	cr_assert(eq(int, run_head_read(folder, &head), EISDIR));
	close(folder);
}

Test(run_head, E11_of_two_interpreters_the_first_counts_as_for_the_kernel)
{
	struct small two = make();
	struct run_head head;

	two.parts[0] = two.parts[1];
	two.parts[0].p_offset += 8;
	memcpy(two.text + 8, "/own/ld", 8);
	cr_assert(eq(int, read_bytes(&two, sizeof(two), &head), 0));
	cr_assert(eq(str, head.interpreter, "/own/ld"));
}

Test(run_head, E12_another_machine_is_told_apart)
{
	struct small other = make();
	struct run_head head;

	other.head.e_machine = EM_386;
	other.head.e_ident[EI_CLASS] = ELFCLASS32;
	cr_assert(eq(int, read_bytes(&other, sizeof(other), &head), 0));
	cr_assert(eq(int, (int)head.kind, RUN_HEAD_FOREIGN));
	/* as that of x32 */
	other = make();
	other.head.e_ident[EI_CLASS] = ELFCLASS32;
	cr_assert(eq(int, read_bytes(&other, sizeof(other), &head), 0));
	cr_assert(eq(int, (int)head.kind, RUN_HEAD_FOREIGN));
	other = make();
	other.head.e_machine = EM_SPARCV9;
	cr_assert(eq(int, read_bytes(&other, sizeof(other), &head), 0));
	cr_assert(eq(int, (int)head.kind, RUN_HEAD_FOREIGN));
	other = make();
	cr_assert(eq(int, read_bytes(&other, sizeof(other), &head), 0));
	cr_assert(eq(int, (int)head.kind, RUN_HEAD_ELF));
	/* cut off, and what was read before lies there still */
	cr_assert(eq(int, read_bytes(&other, EI_NIDENT + 1, &head), 0));
	cr_assert(eq(int, (int)head.kind, RUN_HEAD_FOREIGN));
	other.head.e_ident[EI_MAG0] = 0;
	cr_assert(eq(int, read_bytes(&other, sizeof(other), &head), 0));
	cr_assert(eq(int, (int)head.kind, RUN_HEAD_OTHER));
	cr_assert(eq(int, read_bytes("text", 4, &head), 0));
	cr_assert(eq(int, (int)head.kind, RUN_HEAD_OTHER));
	cr_assert(eq(int, read_bytes("", 0, &head), 0));
	cr_assert(eq(int, (int)head.kind, RUN_HEAD_OTHER));
}
