/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader_host WORD...: a program that loads libraries through the loader, word by word,
 *and prints one line for each. Words that fail print CODE STAGE 'OBJECT' MESSAGE and go
 *on.
 *
 *	search=DIR  preload=PATH  deny=PREFIX  deleted  noanon    what the gate allows
 *	unlist  policy=NUMBER            forget preload; from here on by another policy
 *	gate                             judge the process
 *	image=ID,PATH[,ID...]            approve a file with its closure
 *	forge=ID,KIND                    give the image another descriptor or lesser seals
 *	load=ID,IMAGE[,FLAG...]          flags: export, keep, deep
 *	call=ID,SYMBOL[,VERSION]         call it (an int function) by modseal_symbol
 *	symbol= anywhere= value=         look up only; anywhere; an int variable
 *	where=ID,SYMBOL                  what dladdr says about it
 *	unload=ID  drop=IMAGE
 *	open=PATH  memfd=PATH            the program's own dlopen, from a memfd
 *	code  mapwx=PATH                 executable memory, writable executable file
 *mapping move=FROM,TO  remove=PATH  wait  files on disk; wait for a line on standard
 *input code-lines=TEXT                  how many executable mappings contain it
 *	user=NUMBER                      give up root's rights and become that user
 *	nocode                           no file may be mapped executable any more
 *	descriptors                      how many are open
 *	global=SYMBOL                    whether the whole process sees it
 *	nest                             libmsnest.so.1 loads and unloads image a by
 *itself repeat=COUNT,PATH,SYMBOL,VALUE,...  load, call, unload each PATH in turn
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/hosts/loader_words.h"
#include "tests/unit/deny.h"

/* R67, R68: other descriptors with the same bytes. */
static void do_forge(char **words)
{
	static const struct {
		const char *kind;
		int seals;
	} kinds[] = {
		{"WRITE", F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL},
		{"GROW", F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_SEAL},
		{"SHRINK", F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SEAL},
		{"SEAL", F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK},
		{"none", 0},
	};
	struct modseal_image *image = slot(words[0])->image;
	char *data = malloc(image->size);
	char name[] = "/dev/shm/modseal-forge.XXXXXX";
	int descriptor = -1, ends[2];
	bool exec_sealed;

	if (pread(image->descriptor, data, image->size, 0) != (ssize_t)image->size)
		exit(3);
	if (strcmp(words[1], "tmpfs") == 0) {
		descriptor = mkstemp(name);
	} else if (strcmp(words[1], "file") == 0) {
		descriptor = open(getenv("WORK"), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	} else if (strcmp(words[1], "fifo") == 0) {
		descriptor = pipe(ends) ? -1 : ends[0];
	} else if (modseal_memfd_new(&descriptor, &exec_sealed, "forged", &error)) {
		exit(3);
	}
	if (strcmp(words[1], "fifo") != 0 &&
	    write(descriptor, data, image->size) != (ssize_t)image->size)
		exit(3);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(words[1], kinds[i].kind) == 0 &&
		    fcntl(descriptor, F_ADD_SEALS, kinds[i].seals))
			exit(3);
	if (strcmp(words[1], "tmpfs") == 0)
		unlink(name);
	image->descriptor = descriptor;
	free(data);
}

static void do_load(char **words, size_t count)
{
	struct slot *to = slot(words[0]);
	uint32_t flags = 0;

	for (size_t i = 2; i < count; i++)
		flags |= strcmp(words[i], "export") == 0 ? MODSEAL_LOAD_EXPORT
			 : strcmp(words[i], "keep") == 0 ? MODSEAL_LOAD_NO_UNLOAD
			 : strcmp(words[i], "deep") == 0 ? MODSEAL_LOAD_DEEP_BIND
							 : 0x80000000u;
	to->module = NULL;
	say("load", modseal_load(slot(words[1])->image, flags, &to->module, &error));
	if (error.code && to->module)
		puts("load: wrote its output though it failed");
}

static void do_symbol(const char *verb, char **words, size_t count)
{
	const char *version = count > 2 ? words[2] : NULL;
	struct modseal_module *module = slot(words[0])->module;
	void *address = NULL;
	Dl_info info;
	int code = strcmp(verb, "anywhere") == 0
			   ? modseal_symbol_anywhere(module, words[1], version, &address,
						     &error)
			   : modseal_symbol(module, words[1], version, &address, &error);

	if (code || strcmp(verb, "symbol") == 0 || strcmp(verb, "anywhere") == 0)
		say(verb, code);
	else if (strcmp(verb, "call") == 0)
		printf("call: %d\n", ((int (*)(void))address)());
	else if (strcmp(verb, "value") == 0)
		printf("value: %d\n", *(int *)address);
	else if (dladdr(address, &info))
		printf("where: %s %s\n", info.dli_fname, info.dli_sname);
	fflush(stdout);
}

static void do_code_lines(const char *text)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[5000];
	int count = 0;

	while (fgets(line, sizeof(line), maps))
		count += strstr(line, "-xp ") && strstr(line, text);
	fclose(maps);
	printf("code-lines %s: %d\n", text, count);
}

static void do_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = -3; /* itself and . .. */

	while (readdir(directory))
		count++;
	closedir(directory);
	printf("descriptors: %d\n", count);
}

static void do_memfd(const char *path)
{
	int from = open(path, O_RDONLY | O_CLOEXEC),
	    to = memfd_create("stranger", MFD_CLOEXEC);
	char buffer[65536], name[32];
	ssize_t got;

	while ((got = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, (size_t)got) != got)
			exit(3);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", to);
	if (!dlopen(name, RTLD_NOW))
		printf("memfd: %s\n", dlerror());
}

/* Each version in its turn, in whatever descriptor is free. */
static void do_repeat(char **words, size_t count)
{
	int rounds = atoi(words[0]), wrong = 0;

	for (int i = 0; i < rounds; i++) {
		size_t pair = 1 + 3 * ((size_t)i % ((count - 1) / 3));
		struct modseal_image *image =
			make_image(&stand_in, words[pair], NULL, 0, &error);
		struct modseal_module *module = NULL;
		void *address = NULL;

		if (!image || modseal_load(image, 0, &module, &error) ||
		    modseal_symbol(module, words[pair + 1], NULL, &address, &error)) {
			say("repeat", error.code);
			return;
		}
		wrong += ((int (*)(void))address)() != atoi(words[pair + 2]);
		modseal_image_free(&image);
		if (modseal_unload(&module, &error))
			say("repeat", error.code);
	}
	printf("repeat: %d wrong\n", wrong);
}

/* What libmsnest.so.1 calls, where the environment says so. */
static struct modseal_module *nested;

static void nested_up(void)
{
	say("nested", modseal_load(slot("a")->image, 0, &nested, &error));
}

static void nested_down(void)
{
	say("nested", modseal_unload(&nested, &error));
}

static void do_nest(void)
{
	char text[32];

	snprintf(text, sizeof(text), "%p", (void *)nested_up);
	setenv("NESTED_UP", text, 1);
	snprintf(text, sizeof(text), "%p", (void *)nested_down);
	setenv("NESTED_DOWN", text, 1);
}

static void do_files(const char *verb, char **words)
{
	char line[16];

	if (strcmp(verb, "move") == 0 && rename(words[0], words[1]))
		perror("move");
	if (strcmp(verb, "remove") == 0 && unlink(words[0]))
		perror("remove");
	if (strcmp(verb, "wait") == 0) {
		puts("waiting");
		fflush(stdout);
		if (!fgets(line, sizeof(line), stdin))
			exit(3);
	}
	if (strcmp(verb, "mapwx") == 0) {
		int descriptor = open(words[0], O_RDONLY | O_CLOEXEC);

		mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE,
		     descriptor, 0);
	}
	if (strcmp(verb, "code") == 0)
		mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		     0);
}

static void settings(const char *verb, char **words)
{
	if (strcmp(verb, "search") == 0)
		stand_in.search[stand_in.search_count++] = words[0];
	if (strcmp(verb, "preload") == 0)
		stand_in.preload[stand_in.gate.preload_count++] = words[0];
	if (strcmp(verb, "deny") == 0)
		stand_in.deny = words[0];
	if (strcmp(verb, "deleted") == 0)
		stand_in.gate.deleted_allowed = true;
	if (strcmp(verb, "policy") == 0)
		stand_in.gate.policy_digest[0] = (uint8_t)atoi(words[0]);
	if (strcmp(verb, "unlist") == 0)
		stand_in.gate.preload_count = 0;
	if (strcmp(verb, "user") == 0 &&
	    (setgroups(0, NULL) || setgid((gid_t)atoi(words[0])) ||
	     setuid((uid_t)atoi(words[0]))))
		printf("user: %s\n", strerror(errno));
	if (strcmp(verb, "nocode") == 0 && !deny_bits(__NR_mmap, 2, PROT_EXEC, EACCES))
		printf("nocode: no seccomp filters here\n");
	if (strcmp(verb, "nest") == 0)
		do_nest();
	if (strcmp(verb, "noanon") == 0)
		stand_in.gate.anonymous_executable_allowed = false;
}

static void perform(char *word)
{
	char *words[MAX_WORDS] = {""}, *verb = strsep(&word, "=");
	size_t count = word ? split(word, words) : 0;

	memset(&error, 0, sizeof(error));
	settings(verb, words);
	do_files(verb, words);
	if (strcmp(verb, "gate") == 0)
		say("gate", modseal_gate_check(&stand_in.gate, &error));
	else if (strcmp(verb, "image") == 0)
		do_image(words, count);
	else if (strcmp(verb, "forge") == 0)
		do_forge(words);
	else if (strcmp(verb, "load") == 0)
		do_load(words, count);
	else if (strcmp(verb, "unload") == 0)
		say("unload", modseal_unload(&slot(words[0])->module, &error));
	else if (strcmp(verb, "drop") == 0)
		modseal_image_free(&slot(words[0])->image);
	else if (strcmp(verb, "open") == 0 && !dlopen(words[0], RTLD_NOW))
		printf("open: %s\n", dlerror());
	else if (strcmp(verb, "memfd") == 0)
		do_memfd(words[0]);
	else if (strcmp(verb, "code-lines") == 0)
		do_code_lines(words[0]);
	else if (strcmp(verb, "descriptors") == 0)
		do_descriptors();
	else if (strcmp(verb, "global") == 0)
		printf("global: %s\n", dlsym(RTLD_DEFAULT, words[0]) ? "yes" : "no");
	else if (strcmp(verb, "repeat") == 0)
		do_repeat(words, count);
	else if (strstr("call symbol anywhere value where", verb))
		do_symbol(verb, words, count);
}

int main(int argc, char **argv)
{
	stand_in_init(&stand_in);
	for (int i = 1; i < argc; i++)
		perform(argv[i]);
	return 0;
}
