/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is to become executable (E02, E05), by lines of /proc/PID/maps. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "verifier/run/memory.h"

static const char *flaw(const char *line, uint64_t protection, bool strict)
{
	struct run_mapping mapping;
	char copy[512];

	snprintf(copy, sizeof(copy), "%s\n", line);
	cr_assert(run_mapping_read(copy, &mapping), "%s", line);
	return run_mapping_flaw(&mapping, protection, strict);
}

Test(run_memory, a_line_is_read)
{
	char line[] =
		"7f00a000-7f00c000 r-xp 00001000 fe:00 1487280    /usr/lib/a b.so\n";
	struct run_mapping mapping;

	cr_assert(run_mapping_read(line, &mapping));
	cr_assert(eq(u64, mapping.start, 0x7f00a000));
	cr_assert(eq(u64, mapping.end, 0x7f00c000));
	cr_assert(eq(str, mapping.permissions, "r-xp"));
	cr_assert(eq(u64, mapping.inode, 1487280));
	cr_assert(eq(str, (char *)mapping.path, "/usr/lib/a b.so"));
}

Test(run_memory, what_is_no_line_is_refused)
{
	static const char *const rows[] = {
		"",
		"\n",
		"7f00a000 7f00c000 r-xp 0 fe:00 1 /a\n",
		"7f00a000-7f00c000\n",
		"7f00a000-7f00c000 r-x 0 fe:00 1 /a\n",
		"7f00a000-7f00c000 r-xp\n",
		"7f00a000-7f00c000 r-xp 00001000\n",
		"zz-7f00c000 r-xp 00001000 fe:00 1 /a\n",
		"11111111111111111-2 r-xp 00001000 fe:00 1 /a\n",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct run_mapping mapping;
		char line[128];

		snprintf(line, sizeof(line), "%s", rows[i]);
		cr_assert(not(run_mapping_read(line, &mapping)), "row %zu", i);
	}
}

Test(run_memory, memory_of_no_file_may_unless_strict)
{
	static const char *const rows[] = {
		"1000-2000 rw-p 00000000 00:00 0",
		"1000-2000 rw-p 00000000 00:00 0          [heap]",
		"1000-2000 rw-p 00000000 00:00 0          [stack]",
		"1000-2000 rw-p 00000000 00:00 0          [anon:jit]",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_assert(eq(ptr, (void *)flaw(rows[i], PROT_READ | PROT_EXEC, false),
			     NULL));
		cr_assert(ne(ptr, (void *)flaw(rows[i], PROT_READ | PROT_EXEC, true),
			     NULL));
	}
}

Test(run_memory, E02_E05_memory_of_a_file_may_only_stay_executable)
{
	static const struct {
		const char *line;
		uint64_t protection;
		bool allowed;
	} rows[] = {
		{"1000-2000 r-xp 00000000 fe:00 7 /usr/lib/a.so", PROT_READ | PROT_EXEC,
		 true},
		{"1000-2000 r--p 00000000 fe:00 7 /usr/lib/a.so", PROT_READ | PROT_EXEC,
		 false},
		{"1000-2000 rw-p 00000000 fe:00 7 /usr/lib/a.so", PROT_READ | PROT_EXEC,
		 false},
		{"1000-2000 ---p 00000000 fe:00 7 /usr/lib/a.so", PROT_EXEC, false},
		{"1000-2000 r-xp 00000000 fe:00 7 /usr/lib/a.so",
		 PROT_READ | PROT_WRITE | PROT_EXEC, false},
		{"1000-2000 rwxp 00000000 fe:00 7 /usr/lib/a.so", PROT_READ | PROT_EXEC,
		 false},
		{"1000-2000 r-xs 00000000 fe:00 7 /usr/lib/a.so", PROT_READ | PROT_EXEC,
		 false},
		/* memory that has an inode, and so may be mapped elsewhere, too */
		{"1000-2000 rw-s 00000000 00:01 7 /memfd:x (deleted)",
		 PROT_READ | PROT_EXEC, false},
		{"1000-2000 rw-s 00000000 00:01 7 /dev/zero (deleted)",
		 PROT_READ | PROT_EXEC, false},
		/* a file system may give its files no number */
		{"1000-2000 r--p 00000000 00:30 0 /mnt/a.so", PROT_READ | PROT_EXEC,
		 false},
		/* a name that a user has chosen */
		{"1000-2000 rw-p 00000000 fe:00 7 [heap]", PROT_READ | PROT_EXEC, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_assert(eq(int, !flaw(rows[i].line, rows[i].protection, false),
			     rows[i].allowed),
			  "row %zu", i);
}

Test(run_memory, what_is_executable_of_a_file_may_not_grow)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int file = open("/proc/self/exe", O_RDONLY);
	char *code = mmap(NULL, page, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
	char *data = mmap(NULL, page, PROT_READ, MAP_PRIVATE, file, 0);
	char *memory = mmap(NULL, page, PROT_READ | PROT_EXEC,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char what[PATH_MAX] = "";

	cr_assert(eq(int, run_memory_grows(getpid(), (uintptr_t)code, what), EACCES));
	cr_assert(ne(ptr, strstr(what, "test_run_memory"), NULL));
	cr_assert(eq(int, run_memory_grows(getpid(), (uintptr_t)code + 1, what), EACCES));
	cr_assert(eq(int, run_memory_grows(getpid(), (uintptr_t)data, what), 0));
	cr_assert(eq(int, run_memory_grows(getpid(), (uintptr_t)memory, what), 0));
	/* an address with a tag is the kernel's to understand */
	cr_assert(
		eq(int,
		   run_memory_grows(getpid(), (uintptr_t)code | UINT64_C(1) << 58, what),
		   EFAULT));
	cr_assert(eq(str, what, ""));
	munmap(code, page);
	cr_assert(ne(int, run_memory_grows(getpid(), (uintptr_t)code, what), EACCES));
	cr_assert(eq(int, run_memory_grows(1 << 23, (uintptr_t)data, what), ENOENT));
	close(file);
}

Test(run_memory, the_mappings_of_a_process_are_looked_at)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int file = open("/proc/self/exe", O_RDONLY);
	char *anonymous =
		mmap(NULL, 2 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *mapped =
		mmap(anonymous + page, page, PROT_READ, MAP_PRIVATE | MAP_FIXED, file, 0);
	char *holed = mmap(NULL, 3 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char what[PATH_MAX] = "";
	const char *why = NULL;

	cr_assert(eq(int,
		     run_memory_judge(getpid(), (uintptr_t)anonymous, page,
				      PROT_READ | PROT_EXEC, false, what, &why),
		     0));
	cr_assert(eq(int,
		     run_memory_judge(getpid(), (uintptr_t)anonymous, 2 * page,
				      PROT_READ | PROT_EXEC, false, what, &why),
		     EACCES));
	cr_assert(ne(ptr, strstr(what, "test_run_memory"), NULL));
	cr_assert(eq(int,
		     run_memory_judge(getpid(), (uintptr_t)mapped, UINT64_MAX,
				      PROT_READ | PROT_EXEC, false, what, &why),
		     ENOMEM));
	/* one byte of a page is the page */
	cr_assert(eq(int,
		     run_memory_judge(getpid(), (uintptr_t)anonymous, page + 1,
				      PROT_READ | PROT_EXEC, false, what, &why),
		     EACCES));
	cr_assert(
		ne(int, run_memory_judge(-1, 0, page, PROT_EXEC, false, what, &why), 0));
	/* refused by the kernel, too, whatever lies there */
	cr_assert(eq(int,
		     run_memory_judge(getpid(), (uintptr_t)anonymous + 1, page,
				      PROT_READ | PROT_EXEC, false, what, &why),
		     EINVAL));
	/* what is not mapped, or is so under another address only (tags) */
	cr_assert(eq(int,
		     run_memory_judge(getpid(), (uintptr_t)anonymous | UINT64_C(1) << 57,
				      page, PROT_READ | PROT_EXEC, false, what, &why),
		     ENOMEM));
	munmap(mapped, page);
	cr_assert(eq(int,
		     run_memory_judge(getpid(), (uintptr_t)anonymous, 2 * page,
				      PROT_READ | PROT_EXEC, false, what, &why),
		     ENOMEM));
	/* nor what lies between two that are */
	munmap(holed + page, page);
	cr_assert(eq(int,
		     run_memory_judge(getpid(), (uintptr_t)holed, 3 * page,
				      PROT_READ | PROT_EXEC, false, what, &why),
		     ENOMEM));
	close(file);
}
