/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_loader MODE [FILE]: a program inside `modseal run` that has the dynamic linker load
 * FILE, a library nobody approved whose `payload` gives 4711, or that makes the C library
 * load one (E01, E20).
 */
#include <dlfcn.h>
#include <iconv.h>
#include <pwd.h>
#include <sys/stat.h>
#include <time.h>

#include "run_hostile.h"

static _Noreturn void called(void *library)
{
	int (*payload)(void);
	void *symbol = dlsym(library, "payload");

	memcpy(&payload, &symbol, sizeof(payload));
	errno = 0;
	if (!payload || payload() != 4711)
		stopped("payload");
	worked(NULL);
}

static void load(char **file)
{
	void *library = dlopen(file[0], RTLD_NOW);

	if (!library) {
		fprintf(stderr, "%s\n", dlerror());
		errno = 0;
		stopped("dlopen");
	}
	called(library);
}

#ifdef __GLIBC__
int __nss_configure_lookup(const char *, const char *);

static void load_apart(char **file)
{
	void *library = dlmopen(LM_ID_NEWLM, file[0], RTLD_NOW);

	if (!library) {
		fprintf(stderr, "%s\n", dlerror());
		errno = 0;
		stopped("dlmopen");
	}
	called(library);
}

/* The constructor leaves a mark; nothing else is told. */
static void names(char **service)
{
	if (__nss_configure_lookup("passwd", service[0]))
		unable("nss");
	getpwnam("whoever");
}
#endif

static void converter(char **name)
{
	if (iconv_open("UTF-8", name[0]) != (iconv_t)-1)
		worked(NULL);
	errno = 0;
	stopped("iconv_open");
}

/* FILE is loaded, then the file GO is waited for: by then FILE is overwritten. `second`
 * lies on a page that nothing has touched until then. */
static void outlive(char **file)
{
	const struct timespec pause = {.tv_nsec = 10000000};
	void *library = dlopen(file[0], RTLD_NOW), *symbol;
	int (*second)(void);
	struct stat about;
	int turns;

	if (!library) {
		fprintf(stderr, "%s\n", dlerror());
		errno = 0;
		stopped("dlopen");
	}
	printf("loaded\n");
	fflush(stdout);
	for (turns = 0; turns < 1000 && stat(file[1], &about); turns++)
		nanosleep(&pause, NULL);
	symbol = dlsym(library, "second");
	memcpy(&second, &symbol, sizeof(second));
	printf("second: %d\n", second());
}

int main(int count, char **arguments)
{
	static const struct mode modes[] = {
		{"dlopen", load},
#ifdef __GLIBC__
		{"dlmopen", load_apart}, {"nss", names},
#endif
		{"iconv", converter},	 {"outlive", outlive}, {NULL, NULL},
	};

	(void)count;
	return run_mode(modes, arguments);
}
