/* SPDX-License-Identifier: Apache-2.0 */
/*
 * paths names: what it can walk. paths DIRECTORY PATH...: walks hot paths over the fixed
 * inputs that tests/counts/inputs.sh has made there. Under `valgrind --tool=callgrind
 * --instr-atstart=no` each is counted alone, from its beginning to its end, and dumped
 * under its name; by itself it only shows that they can be walked.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <valgrind/callgrind.h>

#include "modseal-inspect.h"
#include "modseal-sign.h"
#include "policy/rules.h"
#include "verifier/image/path.h"
#include "verifier/signature/container.h"

#define DECISIONS 1000
#define WALKS	  100
#define SPLITS	  100
#define LOADS	  100
#define SYMBOLS	  100

static struct modseal_error error;
static const char *counted; /* the name of the path that is walked */

/* A macro: what the requests do themselves is counted, and is to be the same everywhere.
 */
#define BEGIN() CALLGRIND_START_INSTRUMENTATION
#define END(name)                                                                        \
	do {                                                                             \
		CALLGRIND_STOP_INSTRUMENTATION;                                          \
		CALLGRIND_DUMP_STATS_AT(name);                                           \
	} while (0)

/* Ends the program where a result is not 0: a path that fails has no count. */
static void must(int result)
{
	if (!result)
		return;
	fprintf(stderr, "paths: %s: %s '%s': %s\n", counted,
		modseal_code_name(error.code), error.object, error.message);
	exit(1);
}

static char *read_file(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "r");
	char *bytes = malloc(MODSEAL_MAX_POLICY_SIZE);

	if (!file || !bytes) {
		fprintf(stderr, "paths: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	*ret_size = fread(bytes, 1, MODSEAL_MAX_POLICY_SIZE, file);
	fclose(file);
	return bytes;
}

static struct modseal *open_policy(const char *policy, uint32_t flags)
{
	char *real = realpath(policy, NULL), *anchor = realpath("policy.pem", NULL);
	const char *anchors[] = {anchor};
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED | flags,
		.policy_path = real,
		.anchor_paths = anchors,
		.anchor_path_count = 1,
	};
	struct modseal *context = NULL;

	must(modseal_open(&options, &context, &error));
	free(real);
	free(anchor);
	return context;
}

/* ---- signatures without a policy, and what they are made of ------------------------ */

/* The second file: what the first pays for once is paid. */
static void check_appended(const char *certificate, const char *file)
{
	struct modseal_trust_options options = {.version = MODSEAL_TRUST_OPTIONS_VERSION,
						.certificate_path = certificate};
	struct modseal_trust *trust;
	struct modseal_verdict *verdict;

	must(modseal_trust_open(&options, &trust, &error));
	must(modseal_trust_check(trust, file, &verdict, &error));
	modseal_verdict_free(&verdict);
	BEGIN();
	must(modseal_trust_check(trust, file, &verdict, &error));
	modseal_verdict_free(&verdict);
	END(counted);
	modseal_trust_free(&trust);
}

static void check_rsa(void)
{
	check_appended("rsa.pem", "rsa.ko");
}

static void check_ecdsa(void)
{
	check_appended("release.pem", "ecdsa.ko");
}

static void sign_one(void)
{
	struct modseal_sign_options options = {.version = MODSEAL_SIGN_OPTIONS_VERSION,
					       .key_path = "release.key",
					       .certificate_path = "release.pem"};
	struct modseal_signing_key *key;

	must(modseal_signing_key_open(&options, &key, &error));
	must(modseal_sign_file(key, "unsigned.ko", 0, "signed-1.ko", &error));
	BEGIN();
	must(modseal_sign_file(key, "unsigned.ko", 0, "signed-2.ko", &error));
	END(counted);
	modseal_signing_key_free(&key);
}

static void split(void)
{
	size_t size;
	char *bytes = read_file("ecdsa.ko", &size);
	struct modseal_container container;

	BEGIN();
	for (int i = 0; i < SPLITS; i++)
		must(modseal_container_split(modseal_span_of(bytes, size), size,
					     "ecdsa.ko", &container, &error));
	END(counted);
	if (!container.present)
		must(MODSEAL_E_SIGNATURE_MISSING);
	free(bytes);
}

static void walk(void)
{
	struct modseal_located located;
	char *path = realpath("walked/by/its/components/to/file.so", NULL);

	BEGIN();
	for (int i = 0; path && i < WALKS; i++) {
		must(modseal_path_open(path, &located, &error));
		modseal_located_close(&located);
	}
	END(counted);
	if (!path)
		must(MODSEAL_E_NOT_FOUND);
	free(path);
}

/* ---- policies ---------------------------------------------------------------------- */

static void open_counted(const char *policy)
{
	struct modseal *context = open_policy(policy, MODSEAL_OPEN_CHECK_ONLY);

	modseal_free(&context);
	BEGIN();
	context = open_policy(policy, MODSEAL_OPEN_CHECK_ONLY);
	modseal_free(&context);
	END(counted);
}

static void open_small(void)
{
	open_counted("rules-10.yaml");
}

static void open_large(void)
{
	open_counted("rules-10000.yaml");
}

static void open_catalog(void)
{
	open_counted("catalog.yaml");
}

static void decide_times(size_t times)
{
	static char paths[DECISIONS][128];
	FILE *list = fopen("asked", "r");
	size_t size, count = 0, decided = 0;
	char *text = read_file("rules-10000.yaml", &size);
	struct modseal_policy *policy;

	while (list && count < DECISIONS && fgets(paths[count], sizeof(*paths), list))
		paths[count][strcspn(paths[count], "\n")] = '\0', count++;
	if (!list || count != DECISIONS)
		must(MODSEAL_E_NOT_FOUND);
	fclose(list);
	must(modseal_policy_parse(modseal_span_of(text, size), "rules", &policy, &error));
	BEGIN();
	for (size_t i = 0; i < times; i++)
		decided += modseal_policy_decide(policy, paths[i % count],
						 MODSEAL_KIND_LIBRARY) != NULL;
	END(counted);
	if (decided != times)
		must(MODSEAL_E_PATH_NOT_ALLOWED);
	modseal_policy_free(&policy);
	free(text);
}

static void decide(void)
{
	decide_times(DECISIONS);
}

/* A mutant, which the comparison must refuse: 2 percent more of the same work. */
static void decide_more(void)
{
	decide_times(DECISIONS + DECISIONS / 50);
}

/* ---- files by a policy ------------------------------------------------------------- */

static void check_counted(struct modseal *context, const char *name)
{
	struct modseal_verdict *verdict;
	char *path = realpath(name, NULL);

	BEGIN();
	must(modseal_check(context, path, MODSEAL_KIND_LIBRARY, &verdict, &error));
	modseal_verdict_free(&verdict);
	END(counted);
	free(path);
}

/* What a process does before its first verdict: nothing of OpenSSL is there yet. */
static void first_verdict(void)
{
	struct modseal *context;
	struct modseal_verdict *verdict;
	char *path = realpath("lib/liba.so", NULL);

	BEGIN();
	context = open_policy("policy.yaml", MODSEAL_OPEN_CHECK_ONLY);
	must(modseal_check(context, path, MODSEAL_KIND_LIBRARY, &verdict, &error));
	END(counted);
	modseal_verdict_free(&verdict);
	modseal_free(&context);
	free(path);
}

static void check_first(void)
{
	struct modseal *context = open_policy("policy.yaml", MODSEAL_OPEN_CHECK_ONLY);

	check_counted(context, "lib/liba.so");
	counted = "check-second";
	check_counted(context, "lib/libb.so");
	modseal_free(&context);
}

static void check_listed(void)
{
	struct modseal *context = open_policy("catalog.yaml", MODSEAL_OPEN_CHECK_ONLY);

	check_counted(context, "listed/libone.so");
	modseal_free(&context);
}

static void check_closure(void)
{
	struct modseal *context = open_policy("policy.yaml", MODSEAL_OPEN_CHECK_ONLY);

	check_counted(context, "lib/libtop.so");
	modseal_free(&context);
}

/*
 * Valgrind's own code in the process is a stranger to the gate, so the policy is in audit
 * mode: the gate looks at everything, and lets it through.
 */
static void load(void)
{
	struct modseal *context = open_policy("audit.yaml", 0);
	struct modseal_image *image;
	struct modseal_module *first, *again;
	char *path = realpath("lib/liba.so", NULL);
	void *address;

	must(modseal_verify(context, path, &image, &error));
	must(modseal_load(image, 0, &first, &error));
	BEGIN();
	for (int i = 0; i < LOADS; i++) {
		must(modseal_load(image, 0, &again, &error));
		must(modseal_unload(&again, &error));
	}
	END(counted);
	must(modseal_symbol(first, "value_a", NULL, &address, &error));
	counted = "symbol";
	BEGIN();
	for (int i = 0; i < SYMBOLS; i++)
		must(modseal_symbol(first, "value_a", NULL, &address, &error));
	END(counted);
	must(modseal_unload(&first, &error));
	modseal_image_free(&image);
	modseal_free(&context);
	free(path);
}

static const struct {
	const char *name;
	void (*walk)(void);
} paths[] = {
	{"first-verdict", first_verdict}, /* the first of all */
	{"check-rsa4096", check_rsa},
	{"check-ecdsa", check_ecdsa},
	{"sign-ecdsa", sign_one},
	{"container-split", split},
	{"path-walk", walk},
	{"open-10-rules", open_small},
	{"open-10000-rules", open_large},
	{"open-catalog", open_catalog},
	{"decide", decide},
	{"decide-more", decide_more},
	{"check-first", check_first}, /* and check-second */
	{"check-listed", check_listed},
	{"check-closure", check_closure},
	{"load-again", load}, /* and symbol */
};

int main(int argc, char **argv)
{
	size_t count = sizeof(paths) / sizeof(*paths);

	for (size_t i = 0; argc == 2 && i < count; i++)
		puts(paths[i].name);
	if (argc == 2)
		return 0;
	if (argc < 3 || chdir(argv[1]) != 0)
		return 2;
	for (int i = 2; i < argc; i++) {
		size_t at = 0;

		while (at < count && strcmp(paths[at].name, argv[i]) != 0)
			at++;
		if (at == count)
			return 2;
		counted = paths[at].name;
		paths[at].walk();
	}
	return 0;
}
