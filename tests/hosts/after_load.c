/* SPDX-License-Identifier: Apache-2.0 */
/*
 * after_load WORD...: loads libraries through the loader, does to their memory what an
 * attacker or a debugger would, and asks what modseal says about it. One line for each
 * word; words that fail print CODE STAGE 'OBJECT' MESSAGE and go on.
 *
 *	search=DIR                       where needed names are found
 *	image=ID,PATH[,ID...]            approve a file with its closure
 *	load=ID,IMAGE[,FLAG...]          flags: keep, seal, export,
 *	                                 bindings
 *	call=ID,SYMBOL                   call it, an int function
 *	unload=ID
 *	change=ID,SYMBOL                 try to change the mapping of the symbol's page
 *	bindings[=ID]                    audit of all, or of one module
 *	react=ID                         unload it as soon as an audit finds something
 *	recheck[=ID]                     compare all code, or that of one module
 *	poke=ID,SYMBOL,HOW               change a byte of its code: by mem
 *		(/proc/self/mem), protect (mprotect, and back), tail (the last byte of the
 *		segment's last page), map (anonymous memory with the same bytes), unmap,
 *		writable (only made so), none (unreadable)
 *	divert=ID,SYMBOL,TO              write over the slot in which the module's image
 *		has SYMBOL bound; to: anonymous (executable memory), heap, null, data (the
 *		image's own), own=OTHER
 *	store=ID,VARIABLE,TO             the same for a variable of the module, or what
 *		lies at it
 *	lazy=NAME,TO                     the same for the resolver of an object
 *	patch=FILE,OFFSET,BYTE           write a byte to a file
 *	open=PATH                        the program's own dlopen, with RTLD_GLOBAL
 *	closed-memory                    process_vm_readv(2) is refused from here on
 *	no-mseal                         from here on the kernel refuses mseal(2)
 *	lines=TEXT                       how many mappings contain it
 */
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "modseal-process.h"
#include "tests/hosts/loader_words.h"
#include "verifier/loader/registry.h"

#define SYS_MSEAL 462

/* Code may not be code any more: no destructor may run at the end. */
static bool code_taken;

static void do_load(char **words, size_t count)
{
	static const struct {
		const char *name;
		uint32_t flag;
	} flags[] = {
		{"keep", MODSEAL_LOAD_NO_UNLOAD},
		{"export", MODSEAL_LOAD_EXPORT},
		{"seal", MODSEAL_LOAD_SEAL_MEMORY},
		{"bindings", MODSEAL_LOAD_CHECK_BINDINGS},
	};
	struct slot *to = slot(words[0]);
	uint32_t wanted = 0;

	for (size_t i = 2; i < count; i++)
		for (size_t f = 0; f < sizeof(flags) / sizeof(flags[0]); f++)
			if (strcmp(words[i], flags[f].name) == 0)
				wanted |= flags[f].flag;
	to->module = NULL;
	say("load", modseal_load(slot(words[1])->image, wanted, &to->module, &error));
	if (error.code && to->module)
		puts("load: wrote its output though it failed");
}

static void *find(char **words)
{
	void *address = NULL;

	if (modseal_symbol_anywhere(slot(words[0])->module, words[1], NULL, &address,
				    &error))
		say("symbol", error.code);
	return address;
}

static bool told(const char *call, bool failed)
{
	printf("%s: %s\n", call, !failed ? "done" : strerrorname_np(errno));
	fflush(stdout);
	return failed;
}

/* Each of these would let other code stand where verified code stood. */
static void do_change(char **words)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *address = find(words);
	void *page = (void *)((uintptr_t)address & ~(size - 1));

	if (!address)
		return;
	if (!told("mprotect", mprotect(page, size, PROT_READ | PROT_WRITE) != 0)) {
		code_taken = true;
		return; /* the rest would take it away from under us */
	}
	told("mmap", mmap(page, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
			  -1, 0) == MAP_FAILED);
	told("mremap", mremap(page, size, 2 * size, MREMAP_MAYMOVE) == MAP_FAILED);
	told("munmap", munmap(page, size) != 0);
}

static void refuse_call(unsigned number, unsigned errnum)
{
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | errnum),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {sizeof(steps) / sizeof(steps[0]), steps};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
		exit(3);
}

/* What a program may do first where something was found: unload. */
static const char *reaction;

static int show_binding(void *argument, const struct modseal_binding *binding)
{
	printf("foreign: %s +0x%llx %s %s -> %s +0x%llx\n", binding->image,
	       (unsigned long long)binding->slot, binding->relocation, binding->symbol,
	       binding->target, (unsigned long long)binding->target_offset);
	if (reaction)
		printf("react: %s\n",
		       modseal_code_name(modseal_unload(&slot(reaction)->module, NULL)));
	return 0;
}

static void do_bindings(const char *id)
{
	struct modseal_bindings count = {0};
	int result = modseal_check_bindings(*id ? slot(id)->module : NULL, show_binding,
					    NULL, &count, &error);

	printf("counts: images %llu slots %llu writable %llu foreign %llu unseen %llu\n",
	       (unsigned long long)count.images, (unsigned long long)count.slots,
	       (unsigned long long)count.writable, (unsigned long long)count.foreign,
	       (unsigned long long)count.unseen);
	say("bindings", result);
}

/* The value to be written. */
static uintptr_t value_of(const char *id, char *to)
{
	char *words[] = {(char *)id, strchr(to, '=')};
	static int own_data;

	if (words[1])
		words[1]++;
	if (strcmp(to, "anonymous") == 0)
		return (uintptr_t)mmap(NULL, 4096, PROT_READ | PROT_EXEC,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (strcmp(to, "heap") == 0)
		return (uintptr_t)malloc(16);
	if (strcmp(to, "data") == 0)
		return (uintptr_t)&own_data;
	if (strcmp(to, "number") == 0)
		return 12345;
	return words[1] ? (uintptr_t)find(words) : 0;
}

static void overwrite(uintptr_t *place, uintptr_t value)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	void *page = (void *)((uintptr_t)place & ~(size - 1));

	if (mprotect(page, size, PROT_READ | PROT_WRITE))
		exit(3);
	*place = value;
}

struct wanted {
	uintptr_t address; /* of something in the image */
	const char *symbol;
	uintptr_t *place;
};

/* By the tables in memory, which nobody has changed here. */
static int find_place(struct dl_phdr_info *info, size_t size, void *argument)
{
	struct wanted *wanted = argument;
	const ElfW(Dyn) *entry = NULL;
	const ElfW(Sym) *symbols = NULL;
	const char *strings = NULL;
	uintptr_t tables[2] = {0}, sizes[2] = {0};
	bool here = false;

	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + header->p_vaddr;

		here |= header->p_type == PT_LOAD &&
			wanted->address - start < header->p_memsz;
		if (header->p_type == PT_DYNAMIC)
			entry = (const void *)start;
	}
	for (; here && entry->d_tag != DT_NULL; entry++) {
		uintptr_t value = entry->d_un.d_ptr;

		if (entry->d_tag == DT_SYMTAB)
			symbols = (const void *)value;
		if (entry->d_tag == DT_STRTAB)
			strings = (const void *)value;
		if (entry->d_tag == DT_RELA || entry->d_tag == DT_JMPREL)
			tables[entry->d_tag == DT_JMPREL] = value;
		if (entry->d_tag == DT_RELASZ || entry->d_tag == DT_PLTRELSZ)
			sizes[entry->d_tag == DT_PLTRELSZ] = value;
	}
	for (size_t t = 0; here && t < 2; t++) {
		const ElfW(Rela) *row = (const void *)tables[t];

		for (size_t i = 0; i < sizes[t] / sizeof(*row); i++)
			if (strcmp(strings + symbols[ELF64_R_SYM(row[i].r_info)].st_name,
				   wanted->symbol) == 0)
				wanted->place =
					(void *)(info->dlpi_addr + row[i].r_offset);
	}
	return here;
}

static void do_divert(char **words)
{
	struct modseal_module *module = slot(words[0])->module;
	struct wanted wanted = {.symbol = words[1]};

	wanted.address = module->objects[module->object_count - 1]->segments[0].start;
	dl_iterate_phdr(find_place, &wanted);
	if (wanted.place)
		overwrite(wanted.place, value_of(words[0], words[2]));
	printf("divert: %s\n", wanted.place ? "OK" : "no such slot");
}

/* The place of the resolver of functions that are not bound yet, in the object whose name
 * contains the symbol. */
static int find_resolver(struct dl_phdr_info *info, size_t size, void *argument)
{
	struct wanted *wanted = argument;

	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		const ElfW(Dyn) *entry =
			(const void *)(info->dlpi_addr + header->p_vaddr);

		if (header->p_type != PT_DYNAMIC ||
		    !strstr(info->dlpi_name, wanted->symbol))
			continue;
		for (; entry->d_tag != DT_NULL; entry++)
			if (entry->d_tag == DT_PLTGOT)
				wanted->place = (uintptr_t *)entry->d_un.d_ptr + 2;
	}
	return wanted->place != NULL;
}

static void do_lazy(char **words)
{
	struct wanted wanted = {.symbol = words[0]};

	dl_iterate_phdr(find_resolver, &wanted);
	printf("lazy: %s\n", wanted.place && *wanted.place ? "OK" : "bound at once");
	if (wanted.place)
		overwrite(wanted.place, value_of(words[0], words[1]));
}

static void do_recheck(const char *id)
{
	uint64_t bytes = 0;
	int result = modseal_recheck(*id ? slot(id)->module : NULL, &bytes, &error);

	printf("compared: %llu\n", (unsigned long long)bytes);
	say("recheck", result);
}

static void poke_mem(uint8_t *byte)
{
	int descriptor = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	uint8_t changed = *byte ^ 1;

	if (pwrite(descriptor, &changed, 1, (off_t)(uintptr_t)byte) != 1)
		exit(3);
	close(descriptor);
}

static void do_poke(char **words)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *byte = find(words);
	uint8_t *page = (uint8_t *)((uintptr_t)byte & ~(size - 1));
	static uint8_t copy[65536];

	if (!byte)
		return;
	if (strcmp(words[2], "tail") == 0)
		byte = page + size - 1;
	memcpy(copy, page, size);
	if (strcmp(words[2], "mem") == 0 || strcmp(words[2], "tail") == 0)
		poke_mem(byte);
	else if (strcmp(words[2], "none") == 0)
		mprotect(page, size, PROT_NONE);
	else if (strcmp(words[2], "unmap") == 0)
		munmap(page, size);
	else if (strcmp(words[2], "map") == 0)
		mmap(page, size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	else
		mprotect(page, size, PROT_READ | PROT_WRITE);
	if (strcmp(words[2], "map") == 0)
		memcpy(page, copy, size);
	if (strcmp(words[2], "protect") == 0)
		*byte ^= 1;
	if (strcmp(words[2], "map") == 0 || strcmp(words[2], "protect") == 0)
		mprotect(page, size, PROT_READ | PROT_EXEC);
}

static int hide_tables(struct dl_phdr_info *info, size_t size, void *argument)
{
	struct wanted *wanted = argument;

	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		ElfW(Dyn) *entry = (void *)(info->dlpi_addr + header->p_vaddr);

		if (header->p_type != PT_DYNAMIC || info->dlpi_addr != wanted->address)
			continue;
		for (; entry->d_tag != DT_NULL; entry++)
			if (entry->d_tag == DT_RELASZ || entry->d_tag == DT_PLTRELSZ)
				overwrite((uintptr_t *)&entry->d_un.d_val, 0);
	}
	return 0;
}

static void do_hide(const char *id)
{
	struct modseal_module *module = slot(id)->module;
	struct wanted wanted = {.address =
					module->objects[module->object_count - 1]->base};

	dl_iterate_phdr(hide_tables, &wanted);
}

static void do_store(char **words)
{
	uintptr_t *place = find(words);

	if (place)
		overwrite(place, value_of(words[0], words[2]));
}

static int let_through(void *argument, int result, struct modseal_error *refused)
{
	modseal_error_clear(refused);
	return 0;
}

static void do_zero(const char *path)
{
	static const char zeros[4096];
	int descriptor = open(path, O_WRONLY | O_CLOEXEC);
	struct stat status;

	if (descriptor < 0 || fstat(descriptor, &status))
		exit(3);
	for (off_t at = 0; at < status.st_size; at += (off_t)sizeof(zeros)) {
		size_t left = (size_t)(status.st_size - at);

		if (pwrite(descriptor, zeros, left < sizeof(zeros) ? left : sizeof(zeros),
			   at) < 0)
			exit(3);
	}
	close(descriptor);
}

/* words: the file, where, and the byte */
static void do_patch(char **words)
{
	uint8_t byte = (uint8_t)strtoul(words[2], NULL, 0);
	int descriptor = open(words[0], O_WRONLY | O_CLOEXEC);

	if (pwrite(descriptor, &byte, 1, strtol(words[1], NULL, 0)) != 1)
		exit(3);
	close(descriptor);
}

static void do_files(const char *verb, char **words)
{
	if (strcmp(verb, "patch") == 0)
		do_patch(words);
	if (strcmp(verb, "cut") == 0 && truncate(words[0], 0))
		exit(3);
	if (strcmp(verb, "zero") == 0)
		do_zero(words[0]);
	if (strcmp(verb, "move") == 0 && rename(words[0], words[1]))
		exit(3);
	if (strcmp(verb, "remove") == 0 && unlink(words[0]))
		exit(3);
	if (strcmp(verb, "quit") == 0)
		_exit(0);
}

static void do_settings(const char *verb, char **words)
{
	if (strcmp(verb, "search") == 0)
		stand_in.search[stand_in.search_count++] = words[0];
	if (strcmp(verb, "deleted") == 0)
		stand_in.gate.deleted_allowed = true;
	if (strcmp(verb, "audit") == 0) {
		stand_in.gate.audits_any = stand_in.gate.audits = true;
		stand_in.gate.tolerate = let_through;
	}
}

static void do_forget(const char *id)
{
	struct modseal_module *module = slot(id)->module;

	if (modseal_unload(&module, &error))
		say("forget", error.code);
}

static void do_lines(const char *text)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[5000];
	int count = 0;

	while (fgets(line, sizeof(line), maps))
		count += strstr(line, text) != NULL;
	fclose(maps);
	printf("lines %s: %d\n", text, count);
}

static void perform(char *word)
{
	char *words[MAX_WORDS] = {""}, *verb = strsep(&word, "=");
	size_t count = word ? split(word, words) : 0;

	memset(&error, 0, sizeof(error));
	do_settings(verb, words);
	do_files(verb, words);
	if (strcmp(verb, "image") == 0)
		do_image(words, count);
	else if (strcmp(verb, "load") == 0)
		do_load(words, count);
	else if (strcmp(verb, "call") == 0)
		printf("call: %d\n", ((int (*)(void))find(words))());
	else if (strcmp(verb, "unload") == 0)
		say("unload", modseal_unload(&slot(words[0])->module, &error));
	else if (strcmp(verb, "change") == 0)
		do_change(words);
	else if (strcmp(verb, "no-mseal") == 0)
		refuse_call(SYS_MSEAL, ENOSYS);
	else if (strcmp(verb, "closed-memory") == 0)
		refuse_call(SYS_process_vm_readv, EPERM);
	else if (strcmp(verb, "bindings") == 0)
		do_bindings(words[0]);
	else if (strcmp(verb, "react") == 0)
		reaction = words[0];
	else if (strcmp(verb, "recheck") == 0)
		do_recheck(words[0]);
	else if (strcmp(verb, "poke") == 0)
		do_poke(words);
	else if (strcmp(verb, "hide") == 0)
		do_hide(words[0]);
	else if (strcmp(verb, "forget") == 0)
		do_forget(words[0]);
	else if (strcmp(verb, "divert") == 0)
		do_divert(words);
	else if (strcmp(verb, "lazy") == 0)
		do_lazy(words);
	else if (strcmp(verb, "store") == 0)
		do_store(words);
	else if (strcmp(verb, "open") == 0 && !dlopen(words[0], RTLD_NOW | RTLD_GLOBAL))
		printf("open: %s\n", dlerror());
	else if (strcmp(verb, "lines") == 0)
		do_lines(words[0]);
}

int main(int argc, char **argv)
{
	stand_in_init(&stand_in);
	for (int i = 1; i < argc; i++)
		perform(argv[i]);
	fflush(stdout);
	if (code_taken)
		_exit(0);
	return 0;
}
