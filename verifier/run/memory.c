/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the mappings of a process of the target. */
#include "verifier/run/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool read_number(char **text, char end, int base, uint64_t *ret_number)
{
	char *behind;

	errno = 0;
	*ret_number = strtoull(*text, &behind, base);
	if (behind == *text || errno || *behind != end)
		return false;
	*text = behind + 1;
	return true;
}

/* A number that is not needed. */
static bool skip_word(char **text)
{
	*text += strcspn(*text, " \n");
	if (**text != ' ')
		return false;
	*text += 1;
	return true;
}

bool run_mapping_read(char *line, struct run_mapping *ret_mapping)
{
	char *at = line;

	if (!read_number(&at, '-', 16, &ret_mapping->start) ||
	    !read_number(&at, ' ', 16, &ret_mapping->end) || strlen(at) < 5 ||
	    at[4] != ' ')
		return false;
	memcpy(ret_mapping->permissions, at, 4);
	ret_mapping->permissions[4] = '\0';
	at += 5;
	/* offset, device */
	if (!skip_word(&at) || !skip_word(&at))
		return false;
	errno = 0;
	ret_mapping->inode = strtoull(at, &at, 10);
	if (errno)
		return false;
	at += strspn(at, " ");
	at[strcspn(at, "\n")] = '\0';
	ret_mapping->path = at;
	return true;
}

const char *run_mapping_flaw(const struct run_mapping *mapping, uint64_t protection,
			     bool strict)
{
	if (mapping->inode == 0 && (mapping->path[0] == '\0' || mapping->path[0] == '['))
		return strict ? "memory of no file may not be executable here" : NULL;
	if (protection & PROT_WRITE)
		return "memory of a file may not be writable and executable";
	if (mapping->permissions[2] != 'x')
		return "a mapping of a file is executable from the start, or never";
	if (mapping->permissions[1] == 'w' || mapping->permissions[3] != 'p')
		return "it could have been changed in memory";
	return NULL;
}

static FILE *open_maps(pid_t thread)
{
	char name[48];

	snprintf(name, sizeof(name), "/proc/%d/maps", (int)thread);
	return fopen(name, "re");
}

int run_memory_grows(pid_t thread, uint64_t address, char what[PATH_MAX])
{
	FILE *maps = open_maps(thread);
	struct run_mapping mapping;
	int result = EFAULT;
	char *line = NULL;
	size_t size = 0;

	what[0] = '\0';
	if (!maps)
		return errno;
	while (result == EFAULT && getline(&line, &size, maps) > 0) {
		if (!run_mapping_read(line, &mapping))
			result = EIO;
		else if (mapping.start <= address && address < mapping.end)
			result = mapping.inode != 0 && mapping.permissions[2] == 'x'
					 ? EACCES
					 : 0;
	}
	if (result == EACCES)
		snprintf(what, PATH_MAX, "%s", mapping.path);
	if (result == EFAULT && ferror(maps))
		result = EIO;
	free(line);
	fclose(maps);
	return result;
}

int run_memory_judge(pid_t thread, uint64_t address, uint64_t length, uint64_t protection,
		     bool strict, char what[PATH_MAX], const char **ret_why)
{
	char *line = NULL;
	uint64_t end = address + length, covered = address;
	size_t size = 0;
	int result = 0;
	FILE *maps;

	/* as the kernel says */
	if (address & ((uint64_t)sysconf(_SC_PAGESIZE) - 1))
		return EINVAL;
	if (end < address)
		return ENOMEM;
	maps = open_maps(thread);
	if (!maps)
		return errno;
	while (result == 0 && getline(&line, &size, maps) > 0) {
		struct run_mapping mapping;

		if (!run_mapping_read(line, &mapping)) {
			result = EIO;
			break;
		}
		if (mapping.start >= end)
			break;
		if (mapping.end <= address)
			continue;
		/* What is not listed was not judged. The kernel may know it all the same,
		 * by an address with a tag (aarch64, LAM). */
		if (mapping.start > covered)
			break;
		covered = mapping.end;
		*ret_why = run_mapping_flaw(&mapping, protection, strict);
		if (!*ret_why)
			continue;
		snprintf(what, PATH_MAX, "%s",
			 mapping.path[0] == '/' ? mapping.path : "anonymous memory");
		result = EACCES;
	}
	if (result == 0 && ferror(maps))
		result = EIO;
	if (result == 0 && covered < end)
		result = ENOMEM;
	free(line);
	fclose(maps);
	return result;
}
