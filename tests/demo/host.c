/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The demo's program: loads libxml2 through modseal and reads a document with it.
 *
 *	host POLICY ANCHOR LIBRARY
 *
 * Prints the verdicts, the times, and what xmlReadMemory made of the document. Ends with
 *0, or with the exit value of the code that refused, whose name is the first word it
 *prints.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "modseal.h"

static const char document[] = "<greeting>Hello from verified memory</greeting>";

static double milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int refused(const struct modseal_error *error)
{
	printf("%s at stage %s\n", modseal_code_name(error->code),
	       modseal_stage_name(error->stage));
	printf("    '%s': %s\n    (%s)\n", error->object, error->message, error->remedy);
	return modseal_code_exit(error->code);
}

static void print_verdict(const struct modseal_verdict *verdict, const char *told)
{
	const char *signer = modseal_verdict_signer(verdict, 0);
	const char *name = strrchr(modseal_verdict_path(verdict), '/');
	const char *remark;

	printf("    %-22s %-14s %-10s rule in line %-4u %.23s...\n",
	       name ? name + 1 : modseal_verdict_path(verdict),
	       modseal_verdict_evidence(verdict), signer ? signer : "-",
	       modseal_verdict_rule_line(verdict), modseal_verdict_digest(verdict));
	for (size_t i = 0; (remark = modseal_verdict_remark(verdict, i)); i++)
		if (!told || strcmp(remark, told) != 0)
			printf("        remark: %s\n", remark);
}

/* What is remarked of each of them is about the policy, and told once. */
static const char *common_remark(const struct modseal_verdict *verdict)
{
	const struct modseal_verdict *needed;
	const char *remark = modseal_verdict_remark(verdict, 0);
	const char *other;

	for (size_t i = 0; remark && (needed = modseal_verdict_dependency(verdict, i));
	     i++) {
		other = modseal_verdict_remark(needed, 0);
		if (!other || strcmp(remark, other) != 0)
			remark = NULL;
	}
	return remark;
}

/* What would be decided, about the library and all it needs, without mapping anything. */
static int decide(struct modseal *context, const char *path, struct modseal_error *error)
{
	const struct modseal_verdict *needed;
	struct modseal_verdict *verdict = NULL;
	const char *common;
	double before = milliseconds();
	int result = modseal_check(context, path, MODSEAL_KIND_LIBRARY, &verdict, error);

	if (result)
		return result;
	printf("  checked, with everything it needs, in %.1f ms\n",
	       milliseconds() - before);
	common = common_remark(verdict);
	for (size_t i = 0; (needed = modseal_verdict_dependency(verdict, i)); i++)
		print_verdict(needed, common);
	print_verdict(verdict, common);
	if (common)
		printf("    remark on all of them: %s\n", common);
	modseal_verdict_free(&verdict);
	return 0;
}

/* The few calls of libxml2 that are used, in its own types as pointers. */
struct xml {
	void *(*read_memory)(const char *, int, const char *, const char *, int);
	void *(*root)(void *);
	char *(*content)(void *);
	void (*free_document)(void *);
	void (**free)(void *); /* a variable of libxml2 */
};

static int find(struct modseal_module *module, const char *name, void *ret_pointer,
		struct modseal_error *error)
{
	void *address = NULL;
	int result = modseal_symbol(module, name, NULL, &address, error);

	if (result)
		return result;
	memcpy(ret_pointer, &address, sizeof(address));
	return 0;
}

static int read_document(struct modseal_module *module, struct modseal_error *error)
{
	struct xml xml;
	int result = -1;
	void *parsed;
	char *text;

	if ((result = find(module, "xmlReadMemory", &xml.read_memory, error)) ||
	    (result = find(module, "xmlDocGetRootElement", &xml.root, error)) ||
	    (result = find(module, "xmlNodeGetContent", &xml.content, error)) ||
	    (result = find(module, "xmlFreeDoc", &xml.free_document, error)) ||
	    (result = find(module, "xmlFree", &xml.free, error)))
		return result;
	parsed = xml.read_memory(document, (int)strlen(document), "demo.xml", NULL, 0);
	text = parsed ? xml.content(xml.root(parsed)) : NULL;
	printf("  xmlReadMemory read %s\n  and says: %s\n", document,
	       text ? text : "nothing");
	if (text)
		(*xml.free)(text);
	if (parsed)
		xml.free_document(parsed);
	return 0;
}

static int load(struct modseal *context, const char *path, struct modseal_error *error)
{
	struct modseal_image *image = NULL;
	struct modseal_module *module = NULL;
	double before, verified, loaded;
	int result = decide(context, path, error);

	if (result)
		return result;
	before = milliseconds();
	result = modseal_verify(context, path, &image, error);
	if (result)
		return result;
	verified = milliseconds();
	result = modseal_load(image, 0, &module, error);
	loaded = milliseconds();
	if (!result) {
		printf("  verified into sealed memory in %.1f ms, loaded in %.1f ms\n",
		       verified - before, loaded - verified);
		result = read_document(module, error);
	}
	modseal_image_free(&image);
	if (module && modseal_unload(&module, error) && !result)
		result = error->code;
	return result;
}

int main(int count, char **arguments)
{
	struct modseal_options options = {.version = MODSEAL_OPTIONS_VERSION};
	struct modseal_error error = {0};
	struct modseal *context = NULL;
	const char *anchor;
	double before = milliseconds();
	int result;

	if (count != 4) {
		fprintf(stderr, "usage: host POLICY ANCHOR LIBRARY\n");
		return 2;
	}
	anchor = arguments[2];
	options.flags = MODSEAL_OPEN_CALLER_OWNED;
	options.policy_path = arguments[1];
	options.policy_name = "demo";
	options.anchor_paths = &anchor;
	options.anchor_path_count = 1;
	result = modseal_open(&options, &context, &error);
	if (result)
		return refused(&error);
	printf("  policy and process checked in %.1f ms\n", milliseconds() - before);
	result = load(context, arguments[3], &error);
	modseal_free(&context);
	return result ? refused(&error) : 0;
}
