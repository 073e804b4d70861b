/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linker PLAIN NEEDY OTHER FOREIGN: what the loader knows of musl's dynamic linker is so.
 * Built from verifier/loader/linker.c and loadname.c alone, without what checks. NEEDY
 * needs the SONAME of PLAIN, OTHER is of another content under that SONAME, FOREIGN was
 * built for glibc. Prints one line for each question.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verifier/loader/linker.h"
#include "verifier/loader/loadname.h"

static char why[512];

static int sealed(const char *path)
{
	int from = open(path, O_RDONLY | O_CLOEXEC),
	    to = memfd_create("", MFD_ALLOW_SEALING);
	char bytes[65536];
	ssize_t size;

	while ((size = read(from, bytes, sizeof(bytes))) > 0)
		if (write(to, bytes, (size_t)size) != size)
			exit(3);
	if (from < 0 || size < 0 ||
	    fcntl(to, F_ADD_SEALS,
		  F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL))
		exit(3);
	close(from);
	return to;
}

/* The name it was loaded under is the caller's to free. */
static void *load(const char *path, int number, uint32_t flags, char **ret_name)
{
	static uint64_t counter;
	int descriptor = sealed(path);
	void *handle;

	/* always the same number, to be taken again by the next */
	if (dup2(descriptor, number) != number ||
	    modseal_loadname_take(&(struct modseal_loadname_way){0}, counter++, number,
				  strlen(path), path, ret_name, NULL))
		exit(3);
	close(descriptor);
	handle = modseal_linker_open(*ret_name, flags, why, sizeof(why));
	close(number);
	return handle;
}

static int call(void *handle, const char *name)
{
	void *address = NULL;

	return modseal_linker_symbol(handle, name, NULL, &address)
		       ? ((int (*)(const char *))address)("four")
		       : -1;
}

static const char *name_of(void *handle, const char *symbol)
{
	void *address = NULL;
	Dl_info info;

	return modseal_linker_symbol(handle, symbol, NULL, &address) &&
			       dladdr(address, &info)
		       ? info.dli_fname
		       : "nothing";
}

int main(int count, char **paths)
{
	char *plain_name = NULL, *name = NULL;
	struct link_map *record = NULL;
	void *plain, *other, *found = NULL;

	if (count != 5)
		return 3;
	plain = load(paths[1], 100, 0, &plain_name);
	printf("plain: %d\n", plain ? call(plain, "plain") : -1);
	printf("listed: %d\n", modseal_linker_record(plain, &record));
	modseal_linker_rename(record, paths[1]);
	printf("named: %s\n", name_of(plain, "plain"));
	other = load(paths[3], 100, 0, &name);
	printf("other: %d\n", other ? call(other, "plain") : -1);
	printf("first again: %d\n", call(plain, "plain"));
	printf("reopened: %d\n",
	       modseal_linker_reopen(plain_name, modseal_linker_base(record), 0, why,
				     sizeof(why)) == plain);
	printf("exported later: %d %s\n",
	       modseal_linker_reopen(plain_name, modseal_linker_base(record),
				     MODSEAL_LOAD_EXPORT, why, sizeof(why)) != NULL,
	       why);
	printf("closed: %d\n", modseal_linker_close(plain, why, sizeof(why)));
	printf("still there: %d\n", call(plain, "plain"));
	printf("versions: %d\n", modseal_linker_has_versions());
	printf("a version: %d\n", modseal_linker_symbol(plain, "plain", "NONE", &found));
	printf("limit alone: %s\n", modseal_linker_limit(0, 0) ? "yes" : "none");
	printf("limit of a closure: %s\n", modseal_linker_limit(0, 1));
	printf("limit of deep: %s\n", modseal_linker_limit(MODSEAL_LOAD_DEEP_BIND, 0));
	printf("provides: %d %d %d\n", modseal_linker_provides("libc.so"),
	       modseal_linker_provides("libc.musl-x86_64.so.1"),
	       modseal_linker_provides("libc.so.6"));
	printf("needy: %s\n", load(paths[2], 101, 0, &name) ? "loaded" : why);
	printf("foreign: %s\n", load(paths[4], 102, 0, &name) ? "loaded" : why);
	return 0;
}
