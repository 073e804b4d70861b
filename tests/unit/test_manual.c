/* SPDX-License-Identifier: Apache-2.0 */
/* Every example in modseal-policy(5) is accepted or refused as the page says, and the
 * policies that are shipped are valid. Run from the top of the sources, as make does. */
#include "policy_text.h"
#include "verifier/signature/catalog.h"

#define PAGE	   "packaging/man/modseal-policy.5"
#define PEM_INLINE "\"-----BEGIN CERTIFICATE-----\\nA\\n\""

/* An example, and where in the page it stands. */
struct example {
	char section[32]; /* "Top level", "A rule", ... */
	char key[32];
	char text[512];
	bool good;
};

/* Undoes what roff needs: \(dq is a quotation mark, \e a backslash. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		if (strncmp(from, "\\(dq", 4) == 0) {
			*to = '"';
			from += 4;
		} else if (strncmp(from, "\\e", 2) == 0) {
			*to = '\\';
			from += 2;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

static bool mentions(const struct example *example, const char *what)
{
	return strstr(example->text, what) != NULL;
}

/* A line of the top level, unless the example is about its key. */
static void put(char *policy, size_t size, const struct example *example, const char *key,
		const char *line)
{
	size_t used = strlen(policy);

	snprintf(policy + used, size - used, "%s\n",
		 strcmp(example->section, "Top level") == 0 &&
				 strcmp(example->key, key) == 0
			 ? example->text
			 : line);
}

/* False: the example is of another section. */
static bool put_policy_signers(char *policy, size_t size, const struct example *example)
{
	bool all = strcmp(example->section, "policy-signers") == 0;
	bool one = strcmp(example->section, "A policy-signer") == 0;
	size_t used = strlen(policy);

	if (all)
		snprintf(policy + used, size - used, "policy-signers: {%s%s}\n",
			 example->text,
			 mentions(example, "certificates: ")
				 ? ""
				 : ", certificates: [{certificate: " PEM_INLINE "}]");
	if (one)
		snprintf(policy + used, size - used,
			 "policy-signers: {certificates: [{%s}]}\n", example->text);
	return all || one;
}

/* A whole policy around the example. */
static void build(const struct example *example, char *policy, size_t size)
{
	char signers[1536], catalogs[1024], rules[1200];
	bool signer = strcmp(example->section, "A signer") == 0;
	bool catalog = strcmp(example->section, "A catalog or supplement") == 0;
	bool rule = strcmp(example->section, "A rule") == 0;
	bool stamp = strcmp(example->section, "timestamp") == 0;
	size_t used;

	snprintf(signers, sizeof(signers),
		 "signers: {acme: {%s%s%s%s}, beta: {trust: chain, "
		 "certificate: " PEM_INLINE "}, cats: {trust: pinned, purposes: "
		 "[catalog], certificate: " PEM_INLINE "}, vendors: {trust: "
		 "pinned, purposes: [supplement], certificate: " PEM_INLINE "}, "
		 "tsa: {trust: chain, purposes: [timestamp], certificate: " PEM_INLINE
		 "}}",
		 signer ? example->text : "purposes: [library, program]",
		 signer && mentions(example, "trust:") ? "" : ", trust: chain",
		 signer && mentions(example, "certificate") &&
				 !mentions(example, "intermediates")
			 ? ""
			 : ", certificate: ",
		 signer && mentions(example, "certificate") &&
				 !mentions(example, "intermediates")
			 ? ""
			 : PEM_INLINE);
	snprintf(catalogs, sizeof(catalogs), "catalogs: [{%s%s%s%s}]",
		 catalog ? example->text : "x-a: 1",
		 catalog && mentions(example, "name: ") ? "" : ", name: base",
		 catalog && mentions(example, "file: ") ? "" : ", file: base.cat",
		 catalog && mentions(example, "signers: ") ? "" : ", signers: [cats]");
	snprintf(rules, sizeof(rules), "rules: [{%s%s%s%s%s%s}]",
		 rule ? example->text : "x-a: 1", stamp ? ", timestamp: {" : "",
		 stamp ? example->text : "",
		 !stamp				  ? ""
		 : mentions(example, "signers: ") ? "}"
						  : ", signers: [tsa]}",
		 rule && mentions(example, "path: ") ? "" : ", path: /opt/a.so",
		 rule && (mentions(example, "signers: ") ||
			  mentions(example, "[catalog]") ||
			  mentions(example, "delegate: "))
			 ? ""
			 : ", signers: [acme]");
	policy[0] = '\0';
	put(policy, size, example, "modseal-policy", "modseal-policy: 1");
	put(policy, size, example, "name", "name: a");
	put(policy, size, example, "serial", "serial: 1");
	put(policy, size, example, "issued", "issued: 2026-11-23T00:00:00Z");
	put(policy, size, example, "signers", signers);
	put(policy, size, example, "catalogs",
	    catalog || mentions(example, "catalog: ") ? catalogs : "");
	put(policy, size, example, "supplements",
	    mentions(example, "delegate: ")
		    ? "supplements: [{name: vendor, file: v, signers: [vendors]}]"
		    : "");
	put(policy, size, example, "rules", rules);
	if (strcmp(example->key, "on-expiry") == 0)
		put(policy, size, example, "expires", "expires: 2027-11-23T00:00:00Z");
	if (put_policy_signers(policy, size, example))
		return;
	used = strlen(policy);
	if (signer || catalog || rule || stamp)
		return;
	if (strcmp(example->section, "Top level") != 0)
		snprintf(policy + used, size - used, "%s: {%s}\n", example->section,
			 example->text);
	else if (!strstr(policy, example->text))
		snprintf(policy + used, size - used, "%s\n", example->text);
}

/* For tests/cli/schema.sh: the policies around the examples, where it asks for them. */
static void keep(const struct example *example, const char *text)
{
	const char *directory = getenv("MODSEAL_EXAMPLES");
	char name[512];
	FILE *file;

	if (!directory)
		return;
	snprintf(name, sizeof(name), "%s/%s, %s, %s.yaml", directory,
		 example->good ? "accepted" : "refused", example->section, example->key);
	file = fopen(name, "wx");
	cr_assert(file != NULL, "%s", name);
	fputs(text, file);
	fclose(file);
}

static void judge(const struct example *example)
{
	char text[4096];

	build(example, text, sizeof(text));
	keep(example, text);
	if (example->good) {
		struct modseal_policy *policy = accepted(text);

		modseal_policy_free(&policy);
	} else {
		refused_span(span(text), 0, 0, "", text);
	}
}

Test(manual, R85_R86_examples_are_as_the_page_says)
{
	FILE *page = fopen(PAGE, "r");
	struct example example = {0};
	char line[1024];
	bool expected = false;
	int count = 0;

	cr_assert(page != NULL, PAGE);
	while (fgets(line, sizeof(line), page)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, ".Ss ", 4) == 0) {
			snprintf(example.section, sizeof(example.section), "%.31s",
				 line + 4);
		} else if (strncmp(line, ".It Ic ", 7) == 0) {
			snprintf(example.key, sizeof(example.key), "%.31s", line + 7);
		} else if (strncmp(line, "Accepted", 8) == 0 ||
			   strncmp(line, "Refused", 7) == 0) {
			expected = line[strlen(line) - 1] == ':';
			example.good = line[0] == 'A';
		} else if (expected && strncmp(line, ".Dl \"", 5) == 0) {
			line[strlen(line) - 1] = '\0';
			snprintf(example.text, sizeof(example.text), "%.511s", line + 5);
			unescape(example.text);
			judge(&example);
			expected = false;
			count++;
		}
	}
	fclose(page);
	cr_assert(ge(int, count, 60), "only %d examples were found", count);
}

Test(manual, the_example_of_a_catalog_is_valid)
{
	FILE *page = fopen("packaging/man/modseal-catalog.5", "r");
	struct modseal_catalog_text catalog;
	struct modseal_catalog_entry entry;
	struct modseal_error error;
	char line[1024], text[8192] = "";
	size_t used = 0;
	bool inside = false;

	cr_assert(page != NULL);
	while (fgets(line, sizeof(line), page)) {
		if (strcmp(line, ".Ed\n") == 0)
			inside = false;
		if (inside) {
			unescape(line);
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s",
						 line);
		}
		if (strcmp(line, ".Bd -literal\n") == 0)
			inside = true;
	}
	fclose(page);
	cr_assert(zero(int, modseal_catalog_parse(modseal_span_of(text, used), "base.cat",
						  &catalog, &error)),
		  "%s", error.message);
	cr_assert(eq(sz, catalog.count, 2));
	cr_assert(modseal_catalog_find(&catalog, "/opt/two words/libtwo.so", &entry));
}

Test(manual, the_policies_that_are_shipped_are_valid)
{
	static const struct {
		const char *file, *name;
		size_t rules;
	} rows[] = {
		{"policy/default.yaml", "my-system", 6},
		{"policy/examples/embedded-image.yaml", "gateway-image", 5},
		{"policy/examples/kernel-modules.yaml", "kernel-modules", 2},
		{"policy/examples/plugin-host.yaml", "plugin-host", 4},
		{"policy/examples/rhel-ima.yaml", "rhel", 4},
		{"policy/examples/server-fleet.yaml", "fleet", 6},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		FILE *file = fopen(rows[i].file, "r");
		char text[16384];
		size_t size;
		struct modseal_policy *policy;

		cr_assert(file != NULL, "%s", rows[i].file);
		size = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
		text[size] = '\0';
		cr_assert(strstr(text, "CHANGE") != NULL, "%s", rows[i].file);
		policy = accepted(text);
		cr_assert(eq(str, policy->name, (char *)rows[i].name));
		cr_assert(eq(sz, policy->rule_count, rows[i].rules), "%s", rows[i].file);
		modseal_policy_free(&policy);
	}
}
