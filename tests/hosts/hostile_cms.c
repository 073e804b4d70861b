/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile_cms FOLDER LIBRARY [GROUP]: makes every signature of the tables in
 * tests/hostile/cms, puts it on a copy of the library, and lets a policy decide through
 * the public library. Prints one line for each: how it was made and what came of it; and
 * what came of the same signature on a policy. The folder is its own, and empty.
 */
#include <errno.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "modseal.h"
#include "tests/hostile/cms/cases_file.h"
#include "tests/hostile/cms/cases_people.h"
#include "tests/hostile/cms/cases_shape.h"
#include "tests/hostile/cms/cases_signed.h"

#define LEAF "who=leaf;certs=a0($cert)"
static const struct group groups[] = {
	GROUP("R11 outer type", outer_types, ""),
	GROUP("R14 R16 content", contents, ""),
	GROUP("versions", versions, ""),
	GROUP("R10 digest algorithms", digest_sets, ""),
	GROUP("R17 R18 SignerInfos", signer_sets, ""),
	GROUP("R23 encoding", encodings, ""),
	GROUP("R12 R14 R28 attributes", attributes, ""),
	GROUP("R24 unsigned attributes, CRLs", unsigned_attributes, ""),
	GROUP("R22 algorithms", algorithms, ""),
	GROUP("R15 signature", signature_values, ""),
	GROUP("R20 names", names, ""),
	GROUP("R19 R29 trust", trust, ""),
	GROUP("R21 R25 R28 leaf", leaves, "who=made;certs=a0($cert)"),
	GROUP("R25 path", paths, "who=made;certs=a0($cert)"),
	GROUP("R22 keys", weak_keys, ""),
	GROUP("R18 count", counts, ""),
	GROUP("R01 R02 R03 container", trailers, ""),
	GROUP("sidecar", sidecars, ""),
	GROUP("R13 R30 exchanged", exchanged, ""),
};

static const struct {
	const char *name;
	bool detached;
	const char *defaults; /* behind those of the row and the group */
	const char *rule;
} rules[] = {
	{"a", false, "who=p256", "signers: [p256, p384, p521, rsa]"},
	{"d", true, "who=p256", "signers: [p256, p384, p521, rsa]"},
	{"ac", false, LEAF, "signers: [ca]"},
	{"dc", true, LEAF, "signers: [ca]"},
	{"a2", false, "who=p256;signers=31<$signer:p256 $signer:p384>",
	 "signers: [p256, p384, rsa], require: 2"},
	{"d2", true, "who=p256;signers=31<$signer:p256 $signer:p384>",
	 "signers: [p256, p384, rsa], require: 2"},
};
#define RULES (sizeof(rules) / sizeof(rules[0]))

/* No case may take longer, in time of the processor; a sanitizer may take its own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MOST_MILLISECONDS 1000.0
#else
#define MOST_MILLISECONDS 100.0
#endif

static struct modseal_error error;
static struct bytes library;
static const char *folder;
static unsigned cases, right, twins, policies;
static double slowest;

/* ---- files ----------------------------------------------------------------------------
 */

static const char *path_of(const char *name)
{
	static char buffers[4][4200];
	static unsigned next;
	char *path = buffers[next++ % 4];

	snprintf(path, sizeof(buffers[0]), "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, struct bytes bytes)
{
	FILE *file = fopen(path_of(name), "w");

	if (!file || fwrite(bytes.data, 1, bytes.size, file) != bytes.size ||
	    fclose(file) != 0)
		die("%s: %s", name, strerror(errno));
}

static void read_library(const char *path)
{
	FILE *file = fopen(path, "r");

	library = bytes_new(1 << 20);
	library.size = file ? fread(library.data, 1, library.size, file) : 0;
	if (!file || library.size == 0)
		die("%s: %s", path, strerror(errno));
	fclose(file);
}

/* ---- policies
 * -------------------------------------------------------------------------- */

static void hex(char *text, struct bytes bytes)
{
	for (size_t i = 0; i < bytes.size; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes.data[i]);
}

static void put_signer(FILE *file, const char *name, const char *model)
{
	struct scope scope = {.cms = find_person(name)->certificate};
	struct bytes pem = armour(&scope, "CERTIFICATE");

	fprintf(file, "  %s:\n    trust: %s\n    certificate: |\n      ", name, model);
	for (size_t i = 0; i + 1 < pem.size; i++)
		fprintf(file, pem.data[i] == '\n' ? "\n      " : "%c", pem.data[i]);
	fputc('\n', file);
}

#define POLICY_HEAD                                                                      \
	"modseal-policy: 1\nname: hostile\nserial: 1\nissued: 2026-01-01T00:00:00Z\n"    \
	"mode: enforce\nsigners:\n"

static struct bytes policy_text(void)
{
	static char text[100000];
	char key[65], certificate[65], mid[65];
	FILE *file = fmemopen(text, sizeof(text), "w");

	fputs(POLICY_HEAD, file);
	put_signer(file, "p256", "pinned");
	put_signer(file, "p384", "pinned");
	put_signer(file, "p521", "pinned");
	put_signer(file, "rsa", "pinned");
	put_signer(file, "ca", "chain");
	fputs("rules:\n", file);
	for (size_t i = 0; i < RULES; i++)
		fprintf(file,
			"  - {path: %s/%s/*, evidence: [%s], %s, owners: [caller], "
			"identity: unbound}\n",
			folder, rules[i].name,
			rules[i].detached ? "detached" : "appended", rules[i].rule);
	hex(key, digest_of("SHA256", public_key(find_person("revokedkey")->key)));
	hex(certificate, digest_of("SHA256", find_person("revokedcert")->certificate));
	hex(mid, digest_of("SHA256", find_person("midgone")->certificate));
	fprintf(file, "revoked:\n  keys: [\"%s\"]\n  certificates: [\"%s\", \"%s\"]\n",
		key, certificate, mid);
	fclose(file);
	return bytes_of(text, strlen(text));
}

static struct bytes forge(const char *how, const char *common, const char *defaults,
			  bool detached, struct bytes content, struct scope *scope)
{
	char *texts[2];

	/* one text of the row's, the group's and the rule's own: the first decides */
	if (asprintf(&texts[0], "%s;%s;%s", how, common, defaults) < 0)
		die("out of memory");
	texts[1] = (char *)bytes_of(texts[0], strlen(texts[0]) + 1).data;
	free(texts[0]);
	*scope = (struct scope){
		.texts = {texts[1], cms_defaults, ""},
		.detached = detached,
		.content = content,
	};
	scope->who = find_person(word(scope, "who", "p256"));
	scope->key = scope->who;
	scope->hash = word(scope, "hash", "SHA256");
	scope->content = template_of(scope, "$content");
	scope->cms = template_of(scope, "$cms");
	return scope->cms;
}

static int open_policy(const char *name, const char *anchor, struct modseal **ret_context)
{
	struct bytes certificate = find_person(anchor)->certificate;
	struct modseal_buffer buffer = {certificate.data, certificate.size};
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CHECK_ONLY | MODSEAL_OPEN_CALLER_OWNED,
		.policy_path = path_of(name),
		.anchors = &buffer,
		.anchor_count = 1,
	};

	memset(&error, 0, sizeof(error));
	return modseal_open(&options, ret_context, &error);
}

/* ---- cases
 * ----------------------------------------------------------------------------- */

static double milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static bool stage_fits(int code, int stage)
{
	if (code == MODSEAL_OK)
		return true;
	if (code == MODSEAL_E_POLICY_SIGNATURE)
		return stage == MODSEAL_STAGE_POLICY;
	if (code == MODSEAL_E_TOO_LARGE)
		return stage == MODSEAL_STAGE_BYTES || stage == MODSEAL_STAGE_POLICY;
	return stage == MODSEAL_STAGE_EVIDENCE || stage == MODSEAL_STAGE_CONTAINER;
}

static void tell(const char *rule, const struct group *group, const struct row *row,
		 int wanted, int got, double took)
{
	bool good =
		got == wanted && stage_fits(got, error.stage) && took < MOST_MILLISECONDS;

	cases++;
	right += good;
	twins += wanted == MODSEAL_OK;
	slowest = took > slowest ? took : slowest;
	printf("%s %-3s %s: %s [%s%s%s]: %s", good ? "ok" : "not ok", rule, group->name,
	       row->name, row->how, row->leaf ? " leaf: " : "",
	       row->leaf ? row->leaf : "", modseal_code_name(got));
	if (!good)
		printf(", wanted %s; stage %s, %.1f ms: %s", modseal_code_name(wanted),
		       modseal_stage_name(error.stage), took, error.message);
	putchar('\n');
}

static void run_file(struct modseal *context, size_t rule, const struct group *group,
		     const struct row *row)
{
	struct modseal_verdict *verdict = NULL;
	struct scope scope;
	size_t length;
	char name[32];
	double started;
	bool whole;
	int got;

	forge(row->how, group->common, rules[rule].defaults, rules[rule].detached,
	      library, &scope);
	snprintf(name, sizeof(name), "%s/x.so.p7s", rules[rule].name);
	if (rules[rule].detached)
		write_file(name, template_of(&scope, "$sidecar"));
	name[strlen(name) - strlen(".p7s")] = '\0';
	whole = !rules[rule].detached || find_definition(row->how, "file", &length);
	write_file(name, whole ? template_of(&scope, "$file") : scope.content);
	memset(&error, 0, sizeof(error));
	started = milliseconds();
	got = modseal_check(context, path_of(name), MODSEAL_KIND_BY_RULE, &verdict,
			    &error);
	tell(rules[rule].name, group, row, row->code, got, milliseconds() - started);
	if (got != MODSEAL_OK && verdict)
		die("a verdict beside a refusal");
	modseal_verdict_free(&verdict);
}

/* The same signature on a policy, with p256 as its anchor. */
static void run_policy(const struct group *group, const struct row *row)
{
	struct bytes text = bytes_of(library.data, 0);
	struct modseal *context = NULL;
	struct scope scope;
	static char policy[20000];
	FILE *file;
	int wanted = MODSEAL_E_POLICY_SIGNATURE, got;
	double started;

	if (!policy[0]) {
		file = fmemopen(policy, sizeof(policy), "w");
		fputs(POLICY_HEAD, file);
		put_signer(file, "anchored", "pinned");
		fprintf(file, "rules:\n  - {path: %s/a/*, signers: [anchored]}\n",
			folder);
		fclose(file);
		write_file("anchored.yaml", bytes_of(policy, strlen(policy)));
	}
	text = bytes_of(policy, strlen(policy));
	forge(row->how, group->common, "who=p256", true, text, &scope);
	write_file("anchored.yaml.p7s", template_of(&scope, "$sidecar"));
	started = milliseconds();
	got = open_policy("anchored.yaml", "p256", &context);
	policies++;
	if (row->code == MODSEAL_OK && scope.key->key == find_person("p256")->key)
		wanted = MODSEAL_OK;
	else if (row->code == MODSEAL_E_TOO_LARGE)
		wanted = row->code;
	tell("P", group, row, wanted, got, milliseconds() - started);
	modseal_free(&context);
}

static struct person *made(void)
{
	struct person *person = &people[PEOPLE - 1];

	if (person->key && !person->borrowed)
		EVP_PKEY_free(person->key);
	memset(person, 0, sizeof(*person));
	person->name = "made";
	person->number = PEOPLE;
	return person;
}

static void run_row(struct modseal *context, const struct group *group,
		    const struct row *row)
{
	size_t used = pool_used;

	if (row->leaf) {
		struct person *person = made();
		char *definitions;

		if (asprintf(&definitions, "%s;issuer=ca", row->leaf) < 0)
			die("out of memory");
		person->definitions = definitions;
		make_person(person);
		free(definitions);
		person->definitions = NULL;
	}
	for (const char *at = row->rules; *at; at += strspn(at, " ")) {
		size_t length = strcspn(at, " "), rule = 0;

		while (rule < RULES && (strlen(rules[rule].name) != length ||
					strncmp(rules[rule].name, at, length) != 0))
			rule++;
		if (rule == RULES)
			die("no rule '%s'", at);
		run_file(context, rule, group, row);
		if (strcmp(rules[rule].name, "d") == 0 && !strstr(row->how, "content=") &&
		    !strstr(row->how, "file="))
			run_policy(group, row);
		at += length;
	}
	pool_used = used;
}

/* Each form that a group refuses something in, it accepts something in. */
static unsigned without_twin(const struct group *group)
{
	unsigned missing = 0;

	for (size_t rule = 0; rule < RULES; rule++) {
		bool refused = false, accepted = false;
		char word_of[8];

		snprintf(word_of, sizeof(word_of), " %s ", rules[rule].name);
		for (size_t i = 0; i < group->count; i++) {
			char list[32];

			snprintf(list, sizeof(list), " %s ", group->rows[i].rules);
			if (!strstr(list, word_of))
				continue;
			refused = refused || group->rows[i].code != OK;
			accepted = accepted || group->rows[i].code == OK;
		}
		if (refused && !accepted) {
			printf("not ok %s: nothing is accepted in form %s\n", group->name,
			       rules[rule].name);
			missing++;
		}
	}
	return missing;
}

static struct modseal *begin(void)
{
	struct modseal *context = NULL;
	struct scope scope;
	struct bytes text;

	for (size_t i = 0; i + 1 < PEOPLE; i++) {
		people[i].number = (uint8_t)i;
		make_person(&people[i]);
	}
	for (size_t i = 0; i < RULES; i++)
		if (mkdir(path_of(rules[i].name), 0755))
			die("%s: %s", rules[i].name, strerror(errno));
	text = policy_text();
	write_file("policy.yaml", text);
	write_file("policy.yaml.p7s", forge("", "", "who=policy", true, text, &scope));
	if (open_policy("policy.yaml", "policy", &context) != MODSEAL_OK)
		die("the policy: %s", error.message);
	return context;
}

int main(int argc, char **argv)
{
	struct modseal *context;
	unsigned missing = 0;

	if (argc < 3)
		return 2;
	umask(022);
	folder = argv[1];
	read_library(argv[2]);
	context = begin();
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (argc > 3 && !strstr(groups[i].name, argv[3]))
			continue;
		missing += without_twin(&groups[i]);
		for (size_t j = 0; j < groups[i].count; j++)
			run_row(context, &groups[i], &groups[i].rows[j]);
	}
	modseal_free(&context);
	made();
	for (size_t i = 0; i + 1 < PEOPLE; i++)
		if (!people[i].borrowed)
			EVP_PKEY_free(people[i].key);
	free(pool);
	printf("%u of %u as expected: %u on files, %u on policies; %u to be refused, %u "
	       "valid twins; slowest %.1f ms\n",
	       right, cases, cases - policies, policies, cases - twins, twins, slowest);
	return right != cases || missing;
}
