/* SPDX-License-Identifier: Apache-2.0 */
/*
 * after_load WORD...: loads libraries through the loader, does to their memory what an
 * attacker or a debugger would, and asks what modseal says about it. One line for each
 * word; words that fail print CODE STAGE 'OBJECT' MESSAGE and go on.
 *
 *	search=DIR                       where needed names are found
 *	image=ID,PATH[,ID...]            approve a file with its closure
 *	load=ID,IMAGE[,FLAG...]          flags: keep, seal, export
 *	call=ID,SYMBOL                   call it, an int function
 *	unload=ID
 *	change=ID,SYMBOL                 try to change the mapping of the symbol's page
 *	no-mseal                         from here on the kernel refuses mseal(2)
 *	lines=TEXT                       how many mappings contain it
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>

#include "tests/hosts/loader_host.h"

#define SYS_MSEAL 462

struct slot {
	char id[16];
	struct modseal_image *image;
	struct modseal_module *module;
};

static struct stand_in stand_in;
static struct slot slots[MAX_WORDS];
static struct modseal_error error;

static struct slot *slot(const char *id)
{
	struct slot *found = slots;

	while (found->id[0] && strcmp(found->id, id) != 0)
		found++;
	snprintf(found->id, sizeof(found->id), "%s", id);
	return found;
}

static size_t split(char *text, char *words[MAX_WORDS])
{
	size_t count = 0;
	char *rest = text;

	while (count < MAX_WORDS && (words[count] = strsep(&rest, ",")))
		count++;
	return count;
}

static void say(const char *word, int code)
{
	if (code)
		printf("%s: %s %s '%s' %s (%s)\n", word, modseal_code_name(error.code),
		       modseal_stage_name(error.stage), error.object, error.message,
		       error.remedy);
	else
		printf("%s: OK\n", word);
	fflush(stdout);
}

static void do_image(char **words, size_t count)
{
	struct modseal_image *closure[MAX_WORDS];
	struct slot *to = slot(words[0]);

	for (size_t i = 2; i < count; i++)
		closure[i - 2] = slot(words[i])->image;
	to->image = make_image(&stand_in, words[1], closure, count - 2, &error);
	say("image", to->image ? 0 : error.code);
}

static void do_load(char **words, size_t count)
{
	static const struct {
		const char *name;
		uint32_t flag;
	} flags[] = {
		{"keep", MODSEAL_LOAD_NO_UNLOAD},
		{"export", MODSEAL_LOAD_EXPORT},
		{"seal", MODSEAL_LOAD_SEAL_MEMORY},
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
	if (!told("mprotect", mprotect(page, size, PROT_READ | PROT_WRITE) != 0))
		return; /* the rest would take it away from under us */
	told("mmap", mmap(page, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
			  -1, 0) == MAP_FAILED);
	told("mremap", mremap(page, size, 2 * size, MREMAP_MAYMOVE) == MAP_FAILED);
	told("munmap", munmap(page, size) != 0);
}

static void do_no_mseal(void)
{
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_MSEAL, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {sizeof(steps) / sizeof(steps[0]), steps};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
		exit(3);
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
	if (strcmp(verb, "search") == 0)
		stand_in.search[stand_in.search_count++] = words[0];
	else if (strcmp(verb, "image") == 0)
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
		do_no_mseal();
	else if (strcmp(verb, "lines") == 0)
		do_lines(words[0]);
}

int main(int argc, char **argv)
{
	stand_in_init(&stand_in);
	for (int i = 1; i < argc; i++)
		perform(argv[i]);
	return 0;
}
