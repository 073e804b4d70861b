/* SPDX-License-Identifier: Apache-2.0 */
/* Lists what the dynamic linker has loaded, and opens, closes and searches objects. */
#include "verifier/loader/linker.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One object; false: out of memory. The linker keeps it from going away meanwhile. */
static bool copy_object(const struct dl_phdr_info *info, struct modseal_linked *ret)
{
	struct modseal_linked linked = {.base = info->dlpi_addr};

	linked.name = strdup(info->dlpi_name ? info->dlpi_name : "");
	linked.segments = calloc((size_t)info->dlpi_phnum + 1, sizeof(*linked.segments));
	if (!linked.name || !linked.segments) {
		free(linked.name);
		free(linked.segments);
		return false;
	}
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + header->p_vaddr;

		if (header->p_type != PT_LOAD || header->p_memsz == 0)
			continue;
		linked.segments[linked.segment_count++] = (struct modseal_segment){
			start, start + header->p_filesz, start + header->p_memsz,
			(header->p_flags & PF_X) != 0};
	}
	*ret = linked;
	return true;
}

static int add_object(struct dl_phdr_info *info, size_t size, void *argument)
{
	struct modseal_linked_list *list = argument;
	struct modseal_linked *larger;

	larger = realloc(list->items, (list->count + 1) * sizeof(*larger));
	if (!larger)
		return 1;
	list->items = larger;
	if (!copy_object(info, &list->items[list->count]))
		return 1;
	list->count++;
	return 0;
}

int modseal_linker_list(enum modseal_stage stage, struct modseal_linked_list *ret_list,
			struct modseal_error *error)
{
	struct modseal_linked_list list = {0};

	if (dl_iterate_phdr(add_object, &list)) {
		modseal_linker_list_free(&list);
		return modseal_fail_memory(error, stage);
	}
	*ret_list = list;
	return 0;
}

void modseal_linker_list_free(struct modseal_linked_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].name);
		free(list->items[i].segments);
	}
	free(list->items);
	*list = (struct modseal_linked_list){0};
}

bool modseal_linker_knows(uintptr_t address, uintptr_t *ret_base)
{
#ifdef __GLIBC__
	struct link_map *record = NULL;
	Dl_info info;

	if (!dladdr1((const void *)address, &info, (void **)&record, RTLD_DL_LINKMAP) ||
	    !record)
		return false;
	*ret_base = record->l_addr;
	return true;
#else
	return false;
#endif
}

bool modseal_segments_hold(const struct modseal_segment *segments, size_t count,
			   uintptr_t address)
{
	for (size_t i = 0; i < count; i++)
		if (address >= segments[i].start && address < segments[i].end)
			return true;
	return false;
}

const struct modseal_linked *modseal_linker_at(const struct modseal_linked_list *list,
					       uintptr_t address)
{
	for (size_t i = 0; i < list->count; i++)
		if (modseal_segments_hold(list->items[i].segments,
					  list->items[i].segment_count, address))
			return &list->items[i];
	return NULL;
}

/* The linker's last message, without the object's name in front of it. */
static void take_message(const char *name, char *text, size_t text_size)
{
	const char *message = dlerror();
	size_t length = name ? strlen(name) : 0;

	if (!message)
		message = "it gives no reason";
	if (length && strncmp(message, name, length) == 0 &&
	    strncmp(message + length, ": ", 2) == 0)
		message += length + 2;
	snprintf(text, text_size, "%s", message);
}

static int mode_of(uint32_t flags)
{
	int mode = RTLD_NOW | (flags & MODSEAL_LOAD_EXPORT ? RTLD_GLOBAL : RTLD_LOCAL);

	if (flags & MODSEAL_LOAD_NO_UNLOAD)
		mode |= RTLD_NODELETE;
#ifdef RTLD_DEEPBIND
	if (flags & MODSEAL_LOAD_DEEP_BIND)
		mode |= RTLD_DEEPBIND;
#endif
	return mode;
}

static void *open_as(const char *name, int mode, char *text, size_t text_size)
{
	void *handle = dlopen(name, mode);

	if (!handle)
		take_message(name, text, text_size);
	return handle;
}

void *modseal_linker_open(const char *name, uint32_t flags, char *text, size_t text_size)
{
	return open_as(name, mode_of(flags), text, text_size);
}

#ifdef __GLIBC__
bool modseal_linker_provides(const char *needed)
{
	return false;
}

const char *modseal_linker_limit(uint32_t flags, size_t dependencies)
{
	return NULL;
}

void *modseal_linker_reopen(const char *name, uintptr_t base, uint32_t flags, char *text,
			    size_t text_size)
{
	return open_as(name, mode_of(flags) | RTLD_NOLOAD, text, text_size);
}

bool modseal_linker_has_versions(void)
{
	return true;
}
#else
/* Of the names that musl reserves, those that are its own files: by `libc.so.6` it would
 * take a library of glibc's for one of its own. */
bool modseal_linker_provides(const char *needed)
{
	static const char *const names[] = {"libc.so",	 "libpthread.so", "librt.so",
					    "libm.so",	 "libdl.so",	  "libutil.so",
					    "libxnet.so"};
	static const char distribution[] = "libc.musl-"; /* libc.musl-x86_64.so.1 */

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(needed, names[i]) == 0)
			return true;
	return strncmp(needed, distribution, sizeof(distribution) - 1) == 0;
}

const char *modseal_linker_limit(uint32_t flags, size_t dependencies)
{
	if (dependencies > 0)
		return "musl's dynamic linker satisfies no needed name from a library "
		       "that was loaded by descriptor, and would search paths";
	if (flags & MODSEAL_LOAD_DEEP_BIND)
		return "musl's dynamic linker has no deep binding";
	return NULL;
}

/* Opened by any name it would be the object of whatever file is there now. A handle is
 * the record itself, and is good for ever; but nothing becomes global by it. */
void *modseal_linker_reopen(const char *name, uintptr_t base, uint32_t flags, char *text,
			    size_t text_size)
{
	struct link_map *record = NULL;
	void *program = dlopen(NULL, RTLD_NOW);

	if (flags & MODSEAL_LOAD_EXPORT) {
		snprintf(text, text_size, "it cannot export what is loaded already");
		return NULL;
	}
	if (!program || !modseal_linker_record(program, &record))
		record = NULL;
	while (record && record->l_addr != base)
		record = record->l_next;
	if (!record)
		snprintf(text, text_size, "it has no object there");
	return record;
}

bool modseal_linker_has_versions(void)
{
	return false;
}
#endif

bool modseal_linker_close(void *handle, char *text, size_t text_size)
{
	if (dlclose(handle) == 0)
		return true;
	take_message(NULL, text, text_size);
	return false;
}

bool modseal_linker_record(void *handle, struct link_map **ret_record)
{
	struct link_map *record = NULL;

	if (dlinfo(handle, RTLD_DI_LINKMAP, &record) || !record)
		return false;
	*ret_record = record;
	return true;
}

uintptr_t modseal_linker_base(const struct link_map *record)
{
	return record->l_addr;
}

bool modseal_linker_symbol(void *handle, const char *name, const char *version,
			   void **ret_address)
{
	void *address;

	dlerror();
	if (version) {
#ifdef __GLIBC__
		address = dlvsym(handle, name, version);
#else
		return false;
#endif
	} else {
		address = dlsym(handle, name);
	}
	/* a symbol may have the value NULL: only the message tells */
	if (!address && dlerror())
		return false;
	*ret_address = address;
	return true;
}

void modseal_linker_rename(struct link_map *record, const char *path)
{
	size_t length = strlen(path);

	/* in place and never longer, so the linker's own free of it stays right */
	if (record->l_name && length <= strlen(record->l_name))
		memcpy(record->l_name, path, length + 1);
}
