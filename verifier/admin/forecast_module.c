/* SPDX-License-Identifier: Apache-2.0 */
/* What approved modules carry that the running kernel will look at. Their bytes were
 * authenticated, so they may be read. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "verifier/admin/forecast.h"
#include "verifier/elf/elf.h"
#include "verifier/image/image.h"
#include "verifier/signature/container.h"
#include "verifier/signature/layout.h"

/* Twice the longest name of an issuer that the kernel would search for, and its NUL. */
#define MAX_IDENTIFIER 4000

static bool add_hex(char *text, struct modseal_span bytes)
{
	size_t used = strlen(text);

	if (used + 2 * bytes.size >= MAX_IDENTIFIER)
		return false;
	for (size_t i = 0; i < bytes.size; i++)
		snprintf(text + used + 2 * i, 3, "%02x", bytes.data[i]);
	return true;
}

/* As the kernel joins them: serial number and issuer, each without its head, or the
 * subject key identifier (crypto/asymmetric_keys/pkcs7_parser.c). */
static bool identify(const struct modseal_layout_signer *signer, char *text)
{
	struct modseal_span rest = signer->identifier;
	struct modseal_tlv item, issuer, serial;

	text[0] = '\0';
	if (!modseal_tlv_next(&rest, &item))
		return false;
	if (signer->by_key_identifier)
		return add_hex(text, item.value);
	rest = item.value;
	return modseal_tlv_take(&rest, MODSEAL_TLV_SEQUENCE, &issuer) &&
	       modseal_tlv_take(&rest, MODSEAL_TLV_INTEGER, &serial) &&
	       add_hex(text, serial.value) && add_hex(text, issuer.value);
}

/* One signer whom the kernel trusts is enough for it. */
static void find_key(const struct modseal_running *running, struct modseal_span cms,
		     struct modseal_module_facts *facts)
{
	char identifier[MAX_IDENTIFIER];
	struct modseal_layout layout;

	facts->key = MODSEAL_KEY_UNSEEN;
	/* it need not be the evidence that decided: a catalog may have */
	if (modseal_layout_read(cms, facts->path, &layout, NULL) < 0)
		return;
	facts->has_certificates = layout.certificate_count > 0;
	for (size_t i = 0; i < layout.signer_count; i++) {
		enum modseal_key_place place = MODSEAL_KEY_UNSEEN;

		if (identify(&layout.signers[i], identifier)) {
			place = modseal_running_key(running, identifier);
			facts->revoked = facts->revoked ||
					 modseal_running_revoked(running, identifier);
		}
		if (i == 0 || place < facts->key)
			facts->key = place;
	}
}

static int foretell(struct modseal_foretelling *f, const struct modseal_image *image,
		    bool is_dependency, struct modseal_span bytes,
		    struct modseal_error *error)
{
	struct modseal_module_facts facts = {.path = image->path,
					     .is_dependency = is_dependency};
	struct modseal_container container;
	struct modseal_span content;
	struct modseal_elf elf;
	int result = modseal_container_split(bytes, bytes.size, image->path, &container,
					     error);

	if (result == 0 && !modseal_span_part(bytes, 0, container.content_size, &content))
		result = modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_IMAGE,
				      image->path, NULL);
	if (result == 0)
		result = modseal_elf_read(content, MODSEAL_KIND_KERNEL_MODULE,
					  MODSEAL_ELF_INSPECT, image->path, &elf, error);
	if (result < 0)
		return result;
	facts.release = elf.module_release;
	facts.vermagic = elf.module_vermagic;
	facts.in_tree = elf.module_in_tree;
	facts.free = elf.module_free;
	facts.has_signature = container.present;
	if (container.present)
		find_key(f->running, container.cms, &facts);
	if (!is_dependency)
		result = modseal_kernel_state(image->soname, &facts.state, error);
	if (result == 0)
		modseal_foretell_module(f, &facts);
	modseal_elf_clear(&elf);
	return result;
}

static int foretell_image(struct modseal_foretelling *f,
			  const struct modseal_image *image, bool is_dependency,
			  struct modseal_error *error)
{
	size_t size = (size_t)image->size;
	void *bytes;
	int result = modseal_image_require(image, error);

	if (result < 0)
		return result;
	bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, image->descriptor, 0);
	if (bytes == MAP_FAILED)
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_BYTES,
					  errno, image->path, "it cannot be mapped");
	result = foretell(f, image, is_dependency, modseal_span_of(bytes, size), error);
	munmap(bytes, size);
	return result;
}

int modseal_forecast_kernel_module(struct modseal_image *image,
				   modseal_forecast_visit *visit, void *argument,
				   struct modseal_error *error)
{
	struct modseal_running running;
	struct modseal_foretelling f = {
		.running = &running, .visit = visit, .argument = argument};
	int result = 0;

	modseal_error_clear(error);
	if (!image || image->kind != MODSEAL_KIND_KERNEL_MODULE || !visit)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_LOAD,
				    image ? image->path : NULL, "no kernel module");
	modseal_running_observe("", &running);
	modseal_foretell_system(&f);
	for (size_t i = 0; result == 0 && i < image->closure_count; i++)
		result = foretell_image(&f, image->closure[i], true, error);
	if (result == 0)
		result = foretell_image(&f, image, false, error);
	return result < 0 ? result : f.result;
}
