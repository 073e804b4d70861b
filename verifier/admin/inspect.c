/* SPDX-License-Identifier: Apache-2.0 */
/* What a file carries, told fact by fact; decides nothing. */
#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys/keys.h"
#include "modseal-inspect.h"
#include "verifier/admin/kind.h"
#include "verifier/admin/optional.h"
#include "verifier/elf/elf.h"
#include "verifier/ima_values.h"
#include "verifier/signature/container.h"
#include "verifier/signature/evidence.h"
#include "verifier/signature/fsverity.h"
#include "verifier/verdict.h"

/* The caller's callback; a non-zero answer ends the listing. */
struct teller {
	modseal_fact *fact;
	void *argument;
	int result;
	struct modseal_error cause; /* of the result, where it is not the callback's */
};

static void give_up(struct teller *teller, const struct modseal_error *cause)
{
	if (teller->result != 0)
		return;
	teller->result = cause->code;
	teller->cause = *cause;
}

static void tell(struct teller *teller, const char *key, const char *value)
{
	if (teller->result == 0 && value)
		teller->result = teller->fact(teller->argument, key, value);
}

static void tell_number(struct teller *teller, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	tell(teller, key, text);
}

static void tell_finding(struct teller *teller, const char *key,
			 const struct modseal_error *finding)
{
	char text[sizeof(finding->message) + 64];

	/* says nothing about the file */
	if (finding->code == MODSEAL_E_RESOURCE || finding->code == MODSEAL_E_INTERNAL) {
		give_up(teller, finding);
		return;
	}
	snprintf(text, sizeof(text), "%s: %s", modseal_code_name(finding->code),
		 finding->message);
	tell(teller, key, text);
}

/* A broken part is a fact too: inspect goes on with the next part. */
static void tell_problem(struct teller *teller, const struct modseal_error *problem)
{
	tell_finding(teller, "problem", problem);
}

static void tell_note(struct teller *teller, const struct modseal_note *note)
{
	char key[96]; /* keys of metadata have at most 64 bytes */

	tell(teller, "module.name", note->name);
	tell_number(teller, "module.version", note->version);
	tell(teller, "module.abi", note->abi);
	for (size_t k = 0; k < note->metadata_count; k++) {
		snprintf(key, sizeof(key), "module.metadata.%s", note->metadata[k].key);
		tell(teller, key, note->metadata[k].value);
	}
}

/* What it could be loaded as, and what each policy would say about its inside: the rules
 * of `elf: standard` and `identity: bound`, for a file of this name. */
static void tell_fitness(struct teller *teller, const struct modseal_elf *elf,
			 struct modseal_span content, const char *path)
{
	enum modseal_kind kind = modseal_kind_of(elf);
	struct modseal_error problem;
	struct modseal_elf strict;

	/* an object file of a compiler is nothing that is loaded */
	if (elf->type == ET_REL && !elf->module_name)
		return;
	tell(teller, "kind", modseal_purpose_name((enum modseal_purpose)kind));
	if (!elf->native)
		tell(teller, "native", "no");
	if (modseal_elf_read(content, kind, MODSEAL_ELF_STANDARD, path, &strict,
			     &problem) < 0) {
		tell_finding(teller, "unsafe", &problem);
		return;
	}
	if (modseal_identity_check(&strict, kind, path, &problem) < 0)
		tell_finding(teller, "unbound", &problem);
	modseal_elf_clear(&strict);
}

/* What it opens itself while it runs, as the file has it. */
static void tell_optional(struct teller *teller, const struct modseal_optional *optional)
{
	struct modseal_error problem;

	for (size_t i = 0; i < optional->texts.count; i++)
		tell(teller, "dlopen-note", optional->texts.items[i]);
	if (optional->problem) {
		modseal_fail(&problem, MODSEAL_E_ELF_MALFORMED, MODSEAL_STAGE_IMAGE, NULL,
			     "%s", optional->problem);
		tell_problem(teller, &problem);
	}
	if (optional->texts.failed && teller->result == 0)
		teller->result = MODSEAL_E_RESOURCE;
}

static void tell_identity(struct teller *teller, const struct modseal_elf *elf)
{
	static const char *const types[] = {[ET_REL] = "relocatable",
					    [ET_EXEC] = "executable",
					    [ET_DYN] = "shared object"};

	tell(teller, "type",
	     elf->type < sizeof(types) / sizeof(types[0]) ? types[elf->type] : NULL);
	tell_number(teller, "machine", elf->machine);
	tell(teller, "class", elf->elf_class == ELFCLASS64 ? "64" : "32");
	tell(teller, "byte-order", elf->byte_order == ELFDATA2MSB ? "big" : "little");
	tell(teller, "soname", elf->soname);
	tell(teller, "interpreter", elf->interpreter);
	for (size_t i = 0; i < elf->needed_count; i++)
		tell(teller, elf->type == ET_REL ? "depends" : "needed", elf->needed[i]);
	tell(teller, "runpath", elf->runpath);
	tell(teller, "module-name", elf->module_name);
	tell(teller, "module-release", elf->module_release);
	tell(teller, "softdep", elf->module_softdeps);
	if (elf->note.name)
		tell_note(teller, &elf->note);
}

static void tell_elf(struct teller *teller, struct modseal_span content, const char *path)
{
	struct modseal_optional optional = {0};
	struct modseal_elf_source source = {
		.content = content, .note = modseal_optional_note, .argument = &optional};
	struct modseal_error problem;
	struct modseal_elf elf;

	if (modseal_content_type(content) != MODSEAL_CONTENT_ELF) {
		tell(teller, "type", "not ELF");
		return;
	}
	if (modseal_elf_read_from(&source, MODSEAL_KIND_BY_RULE, MODSEAL_ELF_INSPECT,
				  path, &elf, &problem) < 0) {
		tell_problem(teller, &problem);
	} else {
		tell_identity(teller, &elf);
		tell_optional(teller, &optional);
		tell_fitness(teller, &elf, content, path);
		modseal_elf_clear(&elf);
	}
	modseal_kept_free(&optional.texts);
}

static int tell_signature(struct teller *teller, const struct modseal_crypto *crypto,
			  const char *form, struct modseal_span cms)
{
	struct modseal_error problem;
	int result;

	tell(teller, "evidence", form);
	if (teller->result)
		return teller->result;
	tell_number(teller, "signature.bytes", cms.size);
	result = modseal_evidence_describe(crypto, cms, teller->fact, teller->argument,
					   &problem);
	if (result < 0 && problem.code == result)
		tell_problem(teller, &problem);
	else
		teller->result = result;
	return teller->result;
}

static void tell_sidecar(struct teller *teller, const struct modseal_crypto *crypto,
			 const char *path)
{
	struct modseal_bytes bytes = {.descriptor = -1};
	struct modseal_error problem;
	bool present = false;

	if (modseal_beside_read(NULL, path, ".p7s", MODSEAL_MAX_CMS_SIZE, &bytes,
				&present, &problem) < 0)
		tell_problem(teller, &problem);
	else if (present)
		tell_signature(teller, crypto, "detached", bytes.view);
	modseal_bytes_free(&bytes);
}

/* One after the other, each with the place it lies in. */
static void tell_ima(struct teller *teller, const struct modseal_located *located)
{
	struct modseal_ima_values values;
	struct modseal_error problem;

	if (modseal_ima_values_read(NULL, located, &values, &problem) < 0)
		tell_problem(teller, &problem);
	for (int place = 0; place < MODSEAL_IMA_PLACE_COUNT; place++) {
		int result;

		if (!values.source.present[place] || teller->result)
			continue;
		tell(teller, "evidence", "ima");
		tell(teller, "ima.place",
		     modseal_ima_place_name((enum modseal_ima_place)place));
		if (teller->result)
			break;
		result = modseal_ima_describe(values.source.values[place],
					      (enum modseal_ima_place)place, teller->fact,
					      teller->argument, &problem);
		if (result < 0 && problem.code == result)
			tell_problem(teller, &problem);
		else
			teller->result = result;
	}
	if (values.digest_only)
		tell(teller, "ima.digest-only", "yes");
	modseal_ima_values_clear(&values);
}

/* Without the colon's left side, which the key says. */
static void tell_hex(struct teller *teller, const char *key,
		     const uint8_t digest[MODSEAL_SHA256_SIZE])
{
	char text[144];

	modseal_digest_text(digest, text, sizeof(text));
	tell(teller, key, text + strlen("sha256:"));
}

static void tell_digest(struct teller *teller, const struct modseal_crypto *crypto,
			const char *key, struct modseal_span bytes)
{
	uint8_t digest[MODSEAL_SHA256_SIZE];
	struct modseal_error problem;

	if (modseal_crypto_digest(crypto, MODSEAL_HASH_SHA256, bytes, digest, &problem) <
	    0)
		give_up(teller, &problem);
	else
		tell_hex(teller, key, digest);
}

/* What a file of these bytes has where fs-verity is enabled with its defaults. */
static void tell_fsverity(struct teller *teller, const struct modseal_crypto *crypto,
			  struct modseal_span file)
{
	uint8_t digest[MODSEAL_SHA256_SIZE];
	struct modseal_span none = modseal_span_of(NULL, 0);
	struct modseal_error problem;

	if (modseal_fsverity_digest(crypto, MODSEAL_HASH_SHA256, none, file, none, digest,
				    &problem) < 0)
		give_up(teller, &problem);
	else
		tell_hex(teller, "fsverity.sha256", digest);
}

static int tell_file(struct teller *teller, const struct modseal_crypto *crypto,
		     const struct modseal_located *located,
		     const struct modseal_bytes *bytes)
{
	const char *path = located->path;
	struct modseal_container container = {.content_size = bytes->view.size};
	struct modseal_span content = bytes->view;
	struct modseal_error problem;

	tell_number(teller, "size", bytes->view.size);
	if (modseal_container_split(bytes->tail, bytes->file_size, path, &container,
				    &problem) < 0) {
		tell_problem(teller, &problem);
		container = (struct modseal_container){.content_size = bytes->view.size};
	}
	if (!modseal_span_part(bytes->view, 0, container.content_size, &content))
		return MODSEAL_E_INTERNAL;
	tell_number(teller, "content-size", content.size);
	tell_digest(teller, crypto, "sha256", content);
	if (container.present)
		tell_digest(teller, crypto, "file.sha256", bytes->view);
	tell_fsverity(teller, crypto, bytes->view);
	tell_elf(teller, content, path);
	if (container.present)
		tell_signature(teller, crypto, "appended", container.cms);
	if (container.lost)
		tell(teller, "problem",
		     "SIGNATURE_MISSING: part of a signature is there");
	tell_sidecar(teller, crypto, path);
	tell_ima(teller, located);
	return teller->result;
}

int modseal_inspect(const char *path, modseal_fact *fact, void *argument,
		    struct modseal_error *error)
{
	struct teller teller = {.fact = fact, .argument = argument};
	struct modseal_crypto *crypto = NULL;
	struct modseal_located located;
	struct modseal_bytes bytes = {.descriptor = -1};
	int result;

	modseal_error_clear(error);
	if (!path || !fact)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_FIND, path,
				    NULL);
	result = modseal_path_open_any(path, &located, error);
	if (result < 0)
		return result;
	result = modseal_bytes_read(&located, MODSEAL_HIGHEST_MAX_SIZE, &bytes, error);
	if (result == 0)
		result = modseal_crypto_new(&crypto, error);
	if (result == 0)
		result = tell_file(&teller, crypto, &located, &bytes);
	if (result < 0 && error && teller.cause.code)
		*error = teller.cause;
	else if (result == MODSEAL_E_RESOURCE && error && error->code == MODSEAL_OK)
		result = modseal_fail_memory(error, MODSEAL_STAGE_NONE);
	modseal_crypto_free(&crypto);
	modseal_bytes_free(&bytes);
	modseal_located_close(&located);
	return result;
}
