/* SPDX-License-Identifier: Apache-2.0 */
/* What can be seen of a kernel in trees like /proc and /sys. */
#include "tests/unit/place.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/keyctl.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "verifier/admin/running.h"

/* A file of the tree, with the directories above it. */
static void put(const char *path, const char *text)
{
	char *copy = strdup(in_place("%s", path));
	FILE *file;

	for (char *at = copy + strlen(place) + 1; (at = strchr(at, '/')); at++) {
		*at = '\0';
		mkdir(copy, 0755);
		*at = '/';
	}
	file = fopen(copy, "w");
	cr_assert(file != NULL);
	fputs(text, file);
	fclose(file);
	free(copy);
}

static struct modseal_running observed(void)
{
	struct modseal_running running;
	size_t before = count_descriptors();

	modseal_running_observe(place, &running);
	cr_assert(eq(sz, count_descriptors(), before));
	return running;
}

Test(running, knows_nothing_without_proc_and_sys, .init = place_begin, .fini = place_end)
{
	struct modseal_running running = observed();
	struct utsname name;

	cr_assert(zero(int, uname(&name)));
	cr_assert(eq(str, running.release, name.release));
	cr_assert(eq(int, running.modules, MODSEAL_SEEN_UNKNOWN));
	cr_assert(eq(int, running.disabled, MODSEAL_SEEN_UNKNOWN));
	cr_assert(eq(int, running.reads_signatures, MODSEAL_SEEN_UNKNOWN));
	cr_assert(eq(int, running.enforces, MODSEAL_SEEN_UNKNOWN));
	cr_assert(eq(int, running.locked_down, MODSEAL_SEEN_UNKNOWN));
	cr_assert(zero(i32, running.keyrings.builtin));
	cr_assert(eq(int, modseal_running_key(&running, "00"), MODSEAL_KEY_UNSEEN));
}

Test(running, tells_a_kernel_without_modules_or_signatures, .init = place_begin,
     .fini = place_end)
{
	struct modseal_running running;

	put("proc/sys/kernel/ostype", "Linux\n");
	put("sys/module/any/refcnt", "0\n");
	put("sys/kernel/security/lsm", "capability\n");
	running = observed();
	cr_assert(eq(int, running.modules, MODSEAL_SEEN_NO));
	cr_assert(eq(int, running.disabled, MODSEAL_SEEN_NO));
	cr_assert(eq(int, running.reads_signatures, MODSEAL_SEEN_NO));
	cr_assert(eq(int, running.enforces, MODSEAL_SEEN_NO));
	cr_assert(eq(int, running.locked_down, MODSEAL_SEEN_NO));
}

Test(running, reads_what_is_switched_on, .init = place_begin, .fini = place_end)
{
	static const char *const levels[] = {"[none] integrity confidentiality\n",
					     "none [integrity] confidentiality\n",
					     "none integrity [confidentiality]\n"};
	struct modseal_running running;

	put("proc/modules", "");
	put("proc/sys/kernel/ostype", "Linux\n");
	put("proc/sys/kernel/modules_disabled", "1\n");
	put("sys/module/module/parameters/sig_enforce", "Y\n");
	for (size_t i = 0; i < 3; i++) {
		put("sys/kernel/security/lockdown", levels[i]);
		running = observed();
		cr_assert(eq(int, running.locked_down,
			     i ? MODSEAL_SEEN_YES : MODSEAL_SEEN_NO));
	}
	cr_assert(eq(int, running.modules, MODSEAL_SEEN_YES));
	cr_assert(eq(int, running.disabled, MODSEAL_SEEN_YES));
	cr_assert(eq(int, running.reads_signatures, MODSEAL_SEEN_YES));
	cr_assert(eq(int, running.enforces, MODSEAL_SEEN_YES));
	put("proc/sys/kernel/modules_disabled", "0\n");
	put("sys/module/module/parameters/sig_enforce", "N\n");
	running = observed();
	cr_assert(eq(int, running.disabled, MODSEAL_SEEN_NO));
	cr_assert(eq(int, running.enforces, MODSEAL_SEEN_NO));
	/* a file without a word says nothing */
	put("sys/module/module/parameters/sig_enforce", "");
	running = observed();
	cr_assert(eq(int, running.enforces, MODSEAL_SEEN_UNKNOWN));
}

/* In a container root has a capability that is worth nothing outside of it. */
Test(running, believes_no_capability_of_another_user_namespace, .init = place_begin,
     .fini = place_end)
{
	static const char *const maps[] = {"         0     100000      65536\n",
					   "         0          0      65536\n",
					   "      1000          0 4294967295\n", "", "x"};

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		put("proc/self/uid_map", maps[i]);
		cr_assert(eq(int, observed().capable, MODSEAL_SEEN_NO), "%s", maps[i]);
	}
}

/* The names of the kernel's keyrings, and nobody else's key that bears one. */
Test(running, finds_the_keyrings_of_the_kernel)
{
	struct modseal_keyrings keyrings;

	modseal_keyrings_read(
		"0c3de937 I------     1 perm 1f0b0000     0     0 keyring   "
		".builtin_trusted_keys: 2\n"
		"14099c9b I------     1 perm 0f0b0000     0     0 keyring   "
		".blacklist: empty\n"
		"1a0f3c01 I--Q---     1 perm 3f010000  1000  1000 user      .platform: "
		"4\n"
		"2b0f3c02 I--Q---     1 perm 3f010000  1000  1000 asymmetri "
		".secondary_trusted_keys: X509.rsa 00 []\n"
		"2e44856e I--Q---     2 perm 1f3f0000     0 65534 keyring   _uid.0: "
		"empty\n"
		"3c44856e I--Q---     2 perm 1f3f0000     0 65534 keyring   "
		".platform_not: empty\n",
		&keyrings);
	cr_assert(eq(i32, keyrings.builtin, 0x0c3de937));
	cr_assert(eq(i32, keyrings.revoked, 0x14099c9b));
	cr_assert(zero(i32, keyrings.secondary));
	cr_assert(zero(i32, keyrings.platform));
	modseal_keyrings_read(
		"\n\nnonsense\n"
		"0c3de938 I------     1 perm 1f0b0000     0     0 keyring   "
		".secondary_trusted_keys: 1\n"
		"0c3de939 I------     1 perm 1f0b0000     0     0 keyring   .platform: 1",
		&keyrings);
	cr_assert(zero(i32, keyrings.builtin));
	cr_assert(eq(i32, keyrings.secondary, 0x0c3de938));
	cr_assert(eq(i32, keyrings.platform, 0x0c3de939));
}

/* ---- keyrings that are played ----------------------------------------------------- */

/* What a search in one of them answers. */
static const struct played {
	int32_t keyring;
	const char *wanted;
	int errnum; /* 0: found */
} played[] = {
	/* as root sees it: the keys of the build are there, and given to nobody */
	{1, "ex:b1", EACCES},	    {2, "ex:b1", EACCES},   /* .builtin_trusted_keys is
							       linked into it */
	{2, "ex:5ec0", 0},	    {2, "ex:30c0", EACCES}, /* in .machine, which is
							       linked into it */
	{3, "ex:9147", 0},	    {4, "ex:b1ac", EACCES}, {2, "ex:01d", EKEYEXPIRED},
	{2, "ex:90e", EKEYREVOKED}, {2, "ex:5ec0b1ac", 0},  {4, "ex:5ec0b1ac", 0},
};
#define CLOSED 5 /* a keyring that may not be searched */

typedef long system_call(long number, ...);

long syscall(long number, ...)
{
	long argument[6];
	va_list arguments;

	va_start(arguments, number);
	for (size_t i = 0; i < 6; i++)
		argument[i] = va_arg(arguments, long);
	va_end(arguments);
	if (number != SYS_keyctl || argument[0] != KEYCTL_SEARCH) {
		system_call *real = (system_call *)dlsym(RTLD_NEXT, "syscall");

		return real(number, argument[0], argument[1], argument[2], argument[3],
			    argument[4], argument[5]);
	}
	cr_assert(eq(str, (char *)argument[2], "asymmetric"));
	errno = argument[1] == CLOSED ? EACCES : ENOKEY;
	for (size_t i = 0; i < sizeof(played) / sizeof(played[0]); i++)
		if (played[i].keyring == argument[1] &&
		    strcmp(played[i].wanted, (char *)argument[3]) == 0)
			errno = played[i].errnum;
	return errno ? -1 : 77;
}

/* certs/system_keyring.c: modules are asked about in .secondary_trusted_keys, and with it
 * in what is linked into it; where a kernel has none, in .builtin_trusted_keys. */
Test(running, asks_the_keyrings_that_the_kernel_asks)
{
	static const struct {
		struct modseal_keyrings keyrings;
		const char *identifier;
		enum modseal_key_place place;
		bool revoked;
	} rows[] = {
		{{1, 2, 3, 4}, "b1", MODSEAL_KEY_TRUSTED, false},
		{{1, 0, 0, 0}, "b1", MODSEAL_KEY_TRUSTED, false},
		{{1, 2, 3, 4}, "5ec0", MODSEAL_KEY_TRUSTED, false},
		{{1, 0, 3, 4}, "5ec0", MODSEAL_KEY_ABSENT, false},
		{{1, 2, 3, 4}, "30c0", MODSEAL_KEY_TRUSTED, false},
		{{1, 2, 3, 4}, "9147", MODSEAL_KEY_PLATFORM, false},
		{{1, 2, 0, 4}, "9147", MODSEAL_KEY_ABSENT, false},
		{{1, 2, 3, 4}, "b1ac", MODSEAL_KEY_ABSENT, true},
		{{1, 2, 3, 0}, "b1ac", MODSEAL_KEY_ABSENT, false},
		{{1, 2, 3, 4}, "5ec0b1ac", MODSEAL_KEY_TRUSTED, true},
		{{1, 2, 3, 4}, "01d", MODSEAL_KEY_ABSENT, false},
		{{1, 2, 3, 4}, "90e", MODSEAL_KEY_ABSENT, false},
		{{1, 2, 3, 4}, "00", MODSEAL_KEY_ABSENT, false},
		/* EACCES for every key says nothing about one */
		{{CLOSED, CLOSED, CLOSED, CLOSED}, "b1", MODSEAL_KEY_UNSEEN, false},
		{{1, CLOSED, 3, 4}, "00", MODSEAL_KEY_UNSEEN, false},
		{{0, 0, 0, 0}, "b1", MODSEAL_KEY_UNSEEN, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_running running = {.keyrings = rows[i].keyrings};

		cr_assert(eq(int, modseal_running_key(&running, rows[i].identifier),
			     rows[i].place),
			  "row %zu", i);
		cr_assert(eq(int, modseal_running_revoked(&running, rows[i].identifier),
			     rows[i].revoked),
			  "row %zu", i);
	}
}
