/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the dynamic linker itself makes of a file: every changed library that is accepted
 * is loaded in a process of its own, and the names in its memory must be those that were
 * read.
 */
#include <dlfcn.h>
#include <link.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/unit/elf_rows.h"
#include "tests/unit/slowness.h"

enum answer { SAME, NOT_LOADED, OTHER_NAMES, UNSAFE_MEMORY, FAILED };

/* DT_STRTAB as the dynamic linker left it: it adds the load address where it can write.
 */
static const char *strings_of(const struct link_map *map)
{
	for (const ElfW(Dyn) *at = map->l_ld; at->d_tag != DT_NULL; at++)
		if (at->d_tag == DT_STRTAB)
			return (const char *)(at->d_un.d_ptr < map->l_addr
						      ? at->d_un.d_ptr + map->l_addr
						      : at->d_un.d_ptr);
	return NULL;
}

static enum answer compare_names(const struct link_map *map,
				 const struct modseal_elf *elf)
{
	const char *strings = strings_of(map);
	size_t needed = 0;
	bool soname = false;

	for (const ElfW(Dyn) *at = map->l_ld; at->d_tag != DT_NULL; at++) {
		const char *name = strings + at->d_un.d_val;

		if (at->d_tag == DT_SONAME) {
			if (!elf->soname || strcmp(elf->soname, name) != 0)
				return OTHER_NAMES;
			soname = true;
		} else if (at->d_tag == DT_NEEDED) {
			if (needed == elf->needed_count ||
			    strcmp(elf->needed[needed], name) != 0)
				return OTHER_NAMES;
			needed++;
		}
	}
	if (needed != elf->needed_count || soname != (elf->soname != NULL))
		return OTHER_NAMES;
	return SAME;
}

/* R41: neither the file nor the stack may be writable and executable. */
static enum answer check_memory(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512], mode[8];

	while (maps && fgets(line, sizeof(line), maps)) {
		bool stack = strstr(line, "[stack]") != NULL;

		if ((!stack && !strstr(line, "memfd:truth")) ||
		    sscanf(line, "%*s %7s", mode) != 1)
			continue;
		if (mode[2] == 'x' && (stack || mode[1] == 'w'))
			return UNSAFE_MEMORY;
	}
	return maps ? SAME : FAILED;
}

static enum answer load(const struct sample *s, const struct modseal_elf *elf)
{
	const struct rlimit no_core = {0, 0};
	int fd = memfd_create("truth", 8u); /* MFD_NOEXEC_SEAL, from Linux 6.3 on */
	struct link_map *map;
	enum answer answer;
	char path[64];

	if (fd < 0)
		fd = memfd_create("truth", 0);
	/* a changed library may crash all the same, which is no report of a sanitizer */
	setrlimit(RLIMIT_CORE, &no_core);
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	signal(SIGILL, SIG_DFL);
	signal(SIGFPE, SIG_DFL);
	signal(SIGABRT, SIG_DFL);
	alarm(5);
	if (fd < 0 || write(fd, s->bytes, s->size) != (ssize_t)s->size ||
	    !freopen("/dev/null", "w", stderr))
		return FAILED;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	map = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!map)
		return NOT_LOADED;
	answer = compare_names(map, elf);
	return answer == SAME ? check_memory() : answer;
}

static unsigned compared;

static bool is_start(const struct sample *s, size_t at)
{
	size_t start = dynamic_at(s, DT_INIT, 0);

	return at > start && at < start + 2 * sample_word(s);
}

/* Loads s in a child if it is accepted. */
static void try(const struct sample *s, const char *what, size_t at, uint64_t value)
{
	struct modseal_elf elf = {0};
	int status = 0;
	pid_t child;

	if (sample_read(s, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_STANDARD, &elf, NULL) != 0)
		return;
	if (elf.native) {
		child = fork();
		if (child == 0)
			_exit(load(s, &elf));
		cr_assert(gt(int, child, 0));
		cr_assert(eq(int, waitpid(child, &status, 0), child));
	}
	modseal_elf_clear(&elf);
	/* where in the code it begins, nobody but its linker knows */
	if (WIFSIGNALED(status) && is_start(s, at))
		return;
	cr_assert(eq(int, WIFEXITED(status), 1),
		  "R36 R39 signal %d with %s at %zu set to %llx", WTERMSIG(status), what,
		  at, (unsigned long long)value);
	cr_assert(le(int, WEXITSTATUS(status), NOT_LOADED),
		  "R36 R37 answer %d with %s at %zu set to %llx", WEXITSTATUS(status),
		  what, at, (unsigned long long)value);
	compared += WEXITSTATUS(status) == SAME;
}

/* Sets every field of width bytes to other values, one at a time. */
static void change_fields(struct sample *s, const char *what, size_t start, size_t length,
			  size_t width)
{
	const uint64_t values[] = {0,	       1,	   8,	      PT_NOTE,
				   DT_SONAME,  DT_RUNPATH, 0x1000,    0x2000,
				   0x7fffffff, 1ull << 32, UINT64_MAX};
	const size_t count = sizeof(values) / sizeof(values[0]);

	/* every other of them, each field others, where a process takes ten times as long
	 */
	const size_t stride = is_sanitized() ? 2 : 1;

	for (size_t at = start; at < start + length; at += width) {
		uint64_t old = sample_get(s, at, width);

		for (size_t i = at / width % stride; i < count + 5; i += stride) {
			const uint64_t near[] = {old + width, old - width,
						 old + 2 * width, old - 2 * width,
						 old + 0x1000};
			uint64_t value = i < count ? values[i] : near[i - count];

			sample_put(s, at, width, value);
			if (sample_get(s, at, width) != old)
				try(s, what, at, value);
		}
		sample_put(s, at, width, old);
	}
}

static struct sample load_needs(void)
{
	const char *const names[] = {"dep.so", "dep2.so"};
	char path[1024];

	/* then what it needs is in the process, and nothing is searched */
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/data/elf/%s", BUILD_DIR, names[i]);
		cr_assert(ne(ptr, dlopen(path, RTLD_NOW), NULL), "%s", dlerror());
	}
	return sample_load("data/elf/needs.so");
}

Test(elf_truth, changed_program_headers_mean_the_same_to_the_dynamic_linker)
{
	struct sample s = load_needs();
	size_t count = (size_t)sample_get(&s, at_ehsize(&s) + 4, 2);
	size_t start = (size_t)sample_get(&s, at_phoff(&s), sample_word(&s));

	for (size_t width = 4; width <= sample_word(&s); width += 4)
		change_fields(&s, "program headers", start,
			      count * (sample_wide(&s) ? 56 : 32), width);
	printf("%u compared\n", compared);
	cr_assert(gt(uint, compared, 50), "R37");
	free(s.bytes);
}

Test(elf_truth, changed_dynamic_entries_mean_the_same_to_the_dynamic_linker)
{
	struct sample s = load_needs();
	size_t start = (size_t)segment_get(&s, PT_DYNAMIC, 0, P_OFFSET);
	size_t word = sample_word(&s);

	change_fields(&s, "PT_DYNAMIC", start,
		      dynamic_at(&s, DT_NULL, 0) + 2 * word - start, word);
	printf("%u compared\n", compared);
	cr_assert(gt(uint, compared, 50), "R36");
	free(s.bytes);
}
