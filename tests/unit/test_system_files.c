/* SPDX-License-Identifier: Apache-2.0 */
/* The libraries and programs of this machine: all are read, as readelf reads them. */
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#include "tests/unit/elf_rows.h"

/* What one walk over a folder found. nftw has no argument for its callback. */
static struct {
	enum modseal_kind kind;
	enum modseal_elf_level level;
	unsigned files, unsafe, malformed;
} walk;

static bool read_file(const char *path, enum modseal_kind kind,
		      enum modseal_elf_level level, struct modseal_elf *ret_elf,
		      struct modseal_error *error, int *ret_result)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *map = MAP_FAILED;
	bool is_elf;

	if (fd < 0)
		return false;
	if (fstat(fd, &status) == 0 && status.st_size > 64)
		map = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return false;
	is_elf = memcmp(map, ELFMAG, SELFMAG) == 0;
	if (is_elf)
		*ret_result =
			modseal_elf_read(modseal_span_of(map, (size_t)status.st_size),
					 kind, level, path, ret_elf, error);
	munmap(map, (size_t)status.st_size);
	return is_elf;
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *at)
{
	const char *name = path + at->base;
	struct modseal_error error = {0};
	struct modseal_elf elf = {0};
	int r = 0;

	if (type == FTW_D && strcmp(path, "/usr/lib/debug") == 0)
		return FTW_SKIP_SUBTREE;
	if (type != FTW_F || !S_ISREG(status->st_mode))
		return FTW_CONTINUE;
	if (walk.kind == MODSEAL_KIND_LIBRARY && !strstr(name, ".so"))
		return FTW_CONTINUE;
	if (!read_file(path, walk.kind, walk.level, &elf, &error, &r))
		return FTW_CONTINUE;
	walk.files++;
	walk.unsafe += r == MODSEAL_E_ELF_UNSAFE;
	walk.malformed += r != 0 && r != MODSEAL_E_ELF_UNSAFE;
	if (r != 0)
		printf("%s: %s: %s (%s)\n", path, modseal_code_name(r), error.message,
		       error.remedy);
	modseal_elf_clear(&elf);
	return FTW_CONTINUE;
}

static void walk_folder(const char *folder, enum modseal_kind kind,
			enum modseal_elf_level level)
{
	memset(&walk, 0, sizeof(walk));
	walk.kind = kind;
	walk.level = level;
	cr_assert(eq(int, nftw(folder, visit, 32, FTW_PHYS | FTW_ACTIONRETVAL), 0), "%s",
		  folder);
	printf("%s: %u files, %u unsafe, %u malformed\n", folder, walk.files, walk.unsafe,
	       walk.malformed);
}

/* R50: those refused are printed with their reason; it is a hazard of R41, R42 or R44. */
Test(system_files, standard_accepts_the_libraries_of_this_machine)
{
	walk_folder("/usr/lib", MODSEAL_KIND_LIBRARY, MODSEAL_ELF_STANDARD);
	cr_assert(gt(uint, walk.files, 20), "R50");
	cr_assert(zero(uint, walk.malformed), "R50 see above");
	cr_assert(le(uint, walk.unsafe, walk.files / 50),
		  "R50 too many refused, see above");
}

/* R45: PIE and ET_EXEC, static or not. */
Test(system_files, standard_accepts_the_programs_of_this_machine)
{
	walk_folder("/usr/bin", MODSEAL_KIND_PROGRAM, MODSEAL_ELF_STANDARD);
	cr_assert(gt(uint, walk.files, 20), "R45");
	cr_assert(zero(uint, walk.malformed), "R45 see above");
	cr_assert(le(uint, walk.unsafe, walk.files / 50),
		  "R45 too many refused, see above");
}

/* "... (NEEDED) ... [libc.so.6]" -> "libc.so.6"; NULL: another line. */
static char *bracketed(char *line, const char *tag)
{
	char *start = strstr(line, tag) ? strchr(line, '[') : NULL;
	char *end = start ? strrchr(start, ']') : NULL;

	if (!end)
		return NULL;
	*end = '\0';
	return start + 1;
}

struct told {
	char path[8192];
	bool is_elf;
	struct modseal_elf elf;
	size_t needed; /* names compared so far */
	bool soname;
	unsigned files;
};

static void finish_file(struct told *told)
{
	if (told->is_elf) {
		cr_assert(eq(sz, told->needed, told->elf.needed_count), "R36 %s",
			  told->path);
		cr_assert(eq(int, told->soname, told->elf.soname != NULL), "R36 %s",
			  told->path);
		modseal_elf_clear(&told->elf);
		told->files++;
	}
	told->is_elf = false;
}

static void begin_file(struct told *told, const char *path)
{
	struct modseal_error error = {0};
	int r = -1;

	finish_file(told);
	told->needed = 0;
	told->soname = false;
	snprintf(told->path, sizeof(told->path), "%s", path);
	told->is_elf = read_file(path, MODSEAL_KIND_LIBRARY, MODSEAL_ELF_INSPECT,
				 &told->elf, &error, &r);
	if (told->is_elf)
		cr_assert(eq(int, r, 0), "%s: %s", path, error.message);
}

/* R36: readelf -d, a reader of its own, says the same names in the same order. */
Test(system_files, names_are_those_readelf_tells)
{
	static struct told told;
	char line[8192], *name;
	FILE *lines;

	if (access("/usr/bin/readelf", X_OK) != 0)
		cr_skip_test("readelf is not installed");
	lines = popen("find /usr/lib -path /usr/lib/debug -prune -o -type f -name "
		      "'*.so*' -print0 |"
		      " LC_ALL=C xargs -0 -n 200 readelf -dW /dev/null 2>/dev/null",
		      "r");
	cr_assert(ne(ptr, lines, NULL));
	while (fgets(line, sizeof(line), lines)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "File: ", 6) == 0) {
			begin_file(&told, line + 6);
		} else if (told.is_elf && (name = bracketed(line, "(NEEDED)"))) {
			cr_assert(lt(sz, told.needed, told.elf.needed_count), "%s",
				  told.path);
			cr_assert(eq(str, told.elf.needed[told.needed], name), "R36 %s",
				  told.path);
			told.needed++;
		} else if (told.is_elf && (name = bracketed(line, "(SONAME)"))) {
			cr_assert(ne(ptr, told.elf.soname, NULL), "R36 %s", told.path);
			cr_assert(eq(str, told.elf.soname, name), "R36 %s", told.path);
			told.soname = true;
		}
	}
	finish_file(&told);
	pclose(lines);
	printf("%u libraries compared\n", told.files);
	cr_assert(gt(uint, told.files, 20), "R36");
}
