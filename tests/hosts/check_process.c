/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_process POLICY ANCHOR WORD...: a program whose process is judged again and again
 * by a real policy. One line of output for each word that answers:
 *
 *	only  open           a context that only checks; one that loads
 *	process              modseal_check_process
 *	load=PATH            verify and load
 *	call=SYMBOL          an int function of what was loaded last
 *	in=WAY,PATH          lets a stranger in, as tests/hosts/ways.h says
 *	iconv=CHARSET        what the C library opens by itself: gconv
 *	users=NAME           and NSS
 *	drop                 root's rights given up
 *	maps                 names of what is mapped executable, in their order
 *	files                names of all files that are mapped
 *	over=SYMBOL,PATH     maps the first page of a file over that of the symbol's code
 *
 * and, to be looked at from outside:
 *
 *	forge=NAME,SEALS,PATH
 *		a memfd of that name with the bytes of a file is mapped executable; SEALS:
 *		yes, no, or some, which lets it be written
 *	crowd=N              N memfds are mapped executable
 *	writable=PATH        a file is mapped writable and executable
 *	vdso                 the vDSO is written to
 *	name=TEXT            the name of the process
 *	memory               starts itself again from a memfd, for what follows
 *	wait                 until standard input ends
 *	leave                the same by a second thread: the first has ended
 *	restless             the same, and each thread soon gives way to another
 *	hide                 the same, its own code not executable any more
 */
#include <iconv.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "modseal-process.h"
#include "tests/hosts/ways.h"

static struct modseal_error error;
static struct modseal *context;
static struct modseal_module *module;

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

static void start(const char *policy, const char *anchor, uint32_t flags)
{
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED | flags,
		.policy_path = policy,
		.anchor_paths = &anchor,
		.anchor_path_count = 1,
	};

	modseal_free(&context);
	say("open", modseal_open(&options, &context, &error));
}

static void load(const char *path)
{
	struct modseal_image *image = NULL;
	int result = modseal_verify(context, path, &image, &error);

	if (!result)
		result = modseal_load(image, 0, &module, &error);
	modseal_image_free(&image);
	say("load", result);
}

static void call(const char *symbol)
{
	void *address = NULL;
	int result = modseal_symbol(module, symbol, NULL, &address, &error);

	if (result)
		say("call", result);
	else
		printf("call: %d\n", ((int (*)(void))address)());
}

static void map_over(char *word)
{
	const char *symbol = strsep(&word, ",");
	void *address = NULL, *page;

	if (modseal_symbol(module, symbol, NULL, &address, &error))
		exit(3);
	page = (void *)((uintptr_t)address & -(uintptr_t)WAY_PAGE);
	printf("over: %s\n",
	       mmap(page, WAY_PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED,
		    open(word, O_RDONLY | O_CLOEXEC), 0) == page
		       ? "OK"
		       : "no");
}

static void maps(bool files)
{
	FILE *list = fopen("/proc/self/maps", "re");
	char line[5000], *name;

	while (list && fgets(line, sizeof(line), list)) {
		name = strpbrk(line, files ? "/" : "/[");
		if (name && (files || strstr(line, "-xp ")))
			printf("mapped: %s", name);
	}
	if (list)
		fclose(list);
}

static void let_in(char *word)
{
	const char *way = strsep(&word, ",");

	printf("in %s: %s\n", way, come_in(way, word) ? "OK" : "failed");
	fflush(stdout);
}

static void forge(char *word)
{
	const char *name = strsep(&word, ","), *seals = strsep(&word, ",");
	int descriptor =
		way_copy(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING), word);
	int wanted = F_SEAL_SHRINK | F_SEAL_GROW;

	if (strcmp(seals, "yes") == 0)
		wanted |= F_SEAL_WRITE | F_SEAL_SEAL;
	if (strcmp(seals, "no") != 0)
		fcntl(descriptor, F_ADD_SEALS, wanted);
	printf("forge: %s\n", way_map(descriptor, MAP_PRIVATE) ? "OK" : "no");
}

static void crowd(const char *count)
{
	char name[32];
	int descriptor;

	for (int i = 0; i < atoi(count); i++) {
		snprintf(name, sizeof(name), "crowd%d", i);
		descriptor = memfd_create(name, MFD_CLOEXEC);
		if (ftruncate(descriptor, WAY_PAGE) || !way_map(descriptor, MAP_PRIVATE))
			puts("crowd: no");
		close(descriptor);
	}
}

static void map_writable(const char *path)
{
	void *page = mmap(NULL, WAY_PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE,
			  open(path, O_RDONLY | O_CLOEXEC), 0);

	printf("writable: %s\n", page != MAP_FAILED ? "OK" : "no");
}

static void map_end(const char *path)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	off_t last = (lseek(descriptor, 0, SEEK_END) - 1) & -(off_t)WAY_PAGE;
	void *page = mmap(NULL, WAY_PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, descriptor,
			  last);

	printf("end: %s\n", page != MAP_FAILED ? "OK" : "no");
}

/* Past its protection, which the kernel may have sealed. */
static void write_vdso(void)
{
	uintptr_t vdso = getauxval(AT_SYSINFO_EHDR);
	int memory = open("/proc/self/mem", O_WRONLY | O_CLOEXEC);

	printf("vdso: %s\n", vdso && pwrite(memory, "", 1, (off_t)vdso + 8) == 1
				     ? "OK"
				     : "no"); /* padding of e_ident */
	close(memory);
}

static void wait_for_end(void)
{
	char byte;

	puts("waiting");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
}

/* The next instruction faults, and the C library's pause takes the signal. */
static void hide(void)
{
	extern const char __executable_start, __etext;
	uintptr_t start = (uintptr_t)&__executable_start & -(uintptr_t)WAY_PAGE;

	signal(SIGSEGV, (void (*)(int))(uintptr_t)pause);
	puts("waiting");
	fflush(stdout);
	mprotect((void *)start, (uintptr_t)&__etext - start, PROT_READ);
}

static int visit(void *argument, const struct modseal_running *process)
{
	const char *const *files = argument;

	printf("running: %s %s of %zu\n",
	       process->error ? modseal_code_name(process->error->code) : "OK",
	       process->done ? "last" : "first", process->total);
	if (process->error)
		printf("running: %s %s\n", process->error->object,
		       process->error->message);
	return process->done == 0 && rename(files[0], files[1]) ? 99 : 0;
}

static void look_at_two(char *word)
{
	pid_t pids[2] = {atoi(strsep(&word, ","))};
	struct modseal_running_count count;
	const char *files[2];
	int result;

	pids[1] = atoi(strsep(&word, ","));
	files[0] = strsep(&word, ",");
	files[1] = word;
	result = modseal_check_running(context, pids, 2, 0, visit, files, &count, &error);
	printf("running: %s, %d approved\n", modseal_code_name(result),
	       (int)count.approved);
}

static void *wait_alone(void *first)
{
	pthread_join(*(pthread_t *)first, NULL);
	wait_for_end();
	return NULL;
}

static void *give_way(void *unused)
{
	pthread_t next;

	pthread_detach(pthread_self());
	usleep(20);
	while (pthread_create(&next, NULL, give_way, NULL))
		;
	return NULL;
}

static void leave(void *(*other)(void *))
{
	static pthread_t first;
	pthread_t second;

	first = pthread_self();
	if (other == give_way)
		puts("waiting");
	fflush(stdout);
	if (pthread_create(&second, NULL, other, &first))
		exit(3);
	syscall(SYS_exit, 0);
}

static void perform(const char *policy, const char *anchor, char *word)
{
	char *verb = strsep(&word, "=");

	if (strcmp(verb, "open") == 0)
		start(policy, anchor, 0);
	else if (strcmp(verb, "only") == 0)
		start(policy, anchor, MODSEAL_OPEN_CHECK_ONLY);
	else if (strcmp(verb, "process") == 0)
		say("process", modseal_check_process(context, &error));
	else if (strcmp(verb, "load") == 0)
		load(word);
	else if (strcmp(verb, "call") == 0)
		call(word);
	else if (strcmp(verb, "in") == 0)
		let_in(word);
	else if (strcmp(verb, "over") == 0)
		map_over(word);
	else if (strcmp(verb, "iconv") == 0)
		printf("iconv: %s\n",
		       iconv_open(word, "UTF-8") == (iconv_t)-1 ? "no" : "OK");
	else if (strcmp(verb, "users") == 0)
		printf("users: %s\n", getpwnam(word) ? "OK" : "no");
	else if (strcmp(verb, "drop") == 0)
		printf("drop: %s\n", setresuid(65533, 65533, 65533) ? "no" : "OK");
	else if (strcmp(verb, "forge") == 0)
		forge(word);
	else if (strcmp(verb, "running") == 0)
		look_at_two(word);
	else if (strcmp(verb, "crowd") == 0)
		crowd(word);
	else if (strcmp(verb, "writable") == 0)
		map_writable(word);
	else if (strcmp(verb, "end") == 0)
		map_end(word);
	else if (strcmp(verb, "vdso") == 0)
		write_vdso();
	else if (strcmp(verb, "name") == 0)
		prctl(PR_SET_NAME, word);
	else if (strcmp(verb, "wait") == 0)
		wait_for_end();
	else if (strcmp(verb, "leave") == 0)
		leave(wait_alone);
	else if (strcmp(verb, "restless") == 0)
		leave(give_way);
	else if (strcmp(verb, "hide") == 0)
		hide();
	else if (strcmp(verb, "maps") == 0 || strcmp(verb, "files") == 0)
		maps(verb[0] == 'f');
}

static void run_from_memory(char **argv)
{
	fexecve(way_copy(memfd_create("host", MFD_CLOEXEC), "/proc/self/exe"), argv,
		environ);
	puts("memory: no");
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	for (int i = 3; i < argc; i++) {
		if (strcmp(argv[i], "memory") == 0) {
			argv[i] = argv[2];
			argv[i - 1] = argv[1];
			argv[i - 2] = argv[0];
			run_from_memory(argv + i - 2);
		}
		perform(argv[1], argv[2], argv[i]);
	}
	modseal_free(&context);
	return 0;
}
