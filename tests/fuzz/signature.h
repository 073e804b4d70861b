/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a CMS, appended or beside a file, as a whole file with a container at its
 * end, and as an IMA signature (R01-R24): judged or refused at its stage; never for a
 * content that the tests have signed nothing over; and not otherwise where files before
 * it have left something in memory.
 */
#ifndef MODSEAL_TESTS_FUZZ_SIGNATURE_H
#define MODSEAL_TESTS_FUZZ_SIGNATURE_H

#include "tests/fuzz/fuzz.h"
#include "verifier/signature/container.h"
#include "verifier/signature/evidence.h"
#include "verifier/signature/ima_evidence.h"

/* What tests/fuzz/seeds.sh signs, and what nobody has. */
#define SIGNED_CONTENT                                                                   \
	"\x7f"                                                                           \
	"ELF content"
#define OTHER_CONTENT                                                                    \
	"\x7f"                                                                           \
	"ELF contents"

#define SIGNERS 4

static inline struct modseal_signer *const *signature_signers(void)
{
	static struct modseal_signer *signers[SIGNERS];

	if (!signers[0]) {
		signers[3] = fuzz_signer("signature/ca.pem", MODSEAL_TRUST_CHAIN, 0);
		signers[2] = fuzz_signer("signature/p384.pem", MODSEAL_TRUST_PINNED, 0);
		signers[1] = fuzz_signer("signature/rsa.pem", MODSEAL_TRUST_PINNED, 0);
		signers[0] = fuzz_signer("signature/p256.pem", MODSEAL_TRUST_PINNED, 0);
	}
	return signers;
}

static inline struct modseal_evidence_request
signature_request(enum modseal_evidence form, struct modseal_span cms,
		  const char *content)
{
	return (struct modseal_evidence_request){
		.form = form,
		.cms = cms,
		.content = modseal_span_of(content, strlen(content)),
		.signers = signature_signers(),
		.signer_count = SIGNERS,
		.require = 1,
		.clock = {.now = time(NULL)},
		.object = "x.so",
	};
}

/* Returns true if it was accepted. */
static inline bool signature_judged(int result, const struct modseal_evidence_result *got,
				    const struct modseal_error *error)
{
	uint32_t met = 0;

	if (result != 0) {
		fuzz_refused(result, error);
		REQUIRE(error->stage == MODSEAL_STAGE_EVIDENCE);
		REQUIRE(got->met_count == UINT32_MAX); /* written on success alone */
		return false;
	}
	for (size_t i = 0; i < SIGNERS; i++)
		met += got->met[i];
	REQUIRE(met == got->met_count && met > 0);
	return true;
}

static inline bool try_cms(const struct modseal_evidence_request *request)
{
	static struct modseal_cms_memory memory;
	static unsigned remembered;
	static struct modseal_error error;
	struct modseal_evidence_request again = *request;
	struct modseal_evidence_result got, second;
	int result;

	memset(&got, 0xff, sizeof(got));
	memset(&second, 0xff, sizeof(second));
	modseal_error_clear(&error);
	result = modseal_evidence_judge(fuzz_crypto(), request, &got, &error);
	signature_judged(result, &got, &error);
	again.memory = &memory;
	REQUIRE(modseal_evidence_judge(fuzz_crypto(), &again, &second, NULL) == result);
	REQUIRE(second.met_count == got.met_count);
	if (++remembered % 1024 == 0)
		modseal_cms_memory_clear(&memory);
	return result == 0;
}

static inline unsigned try_forms(struct modseal_span cms)
{
	static const enum modseal_evidence forms[] = {MODSEAL_EVIDENCE_APPENDED,
						      MODSEAL_EVIDENCE_DETACHED};
	unsigned accepted = 0;

	for (size_t i = 0; i < 2; i++) {
		struct modseal_evidence_request request =
			signature_request(forms[i], cms, SIGNED_CONTENT);

		accepted += try_cms(&request);
		request = signature_request(forms[i], cms, OTHER_CONTENT);
		REQUIRE(!try_cms(&request));
	}
	return accepted;
}

/* Bytes as a whole file: what is split off lies inside. */
static inline unsigned try_container(struct modseal_span file)
{
	static struct modseal_error error;
	struct modseal_container container = {.content_size = UINT64_MAX};
	struct modseal_span content;
	int result;

	modseal_error_clear(&error);
	result = modseal_container_split(file, file.size, "x.so", &container, &error);
	if (result != 0) {
		fuzz_refused(result, &error);
		REQUIRE(result == MODSEAL_E_SIGNATURE_MALFORMED);
		REQUIRE(error.stage == MODSEAL_STAGE_CONTAINER);
		REQUIRE(container.content_size == UINT64_MAX);
		return 0;
	}
	if (!container.present) {
		REQUIRE(container.content_size == file.size);
		return 0;
	}
	REQUIRE(container.content_size > 0);
	REQUIRE(modseal_span_part(file, container.content_size, container.cms.size,
				  &content) &&
		content.data == container.cms.data);
	REQUIRE(container.content_size + container.cms.size +
			MODSEAL_CONTAINER_TRAILER_SIZE ==
		file.size);
	REQUIRE(!modseal_container_nested(
		modseal_span_of(file.data, container.content_size)));
	return try_forms(container.cms);
}

/* The same as a CMS with its content before it and the right trailer behind it. */
static inline void try_closed(struct modseal_span cms)
{
	const size_t before = strlen(SIGNED_CONTENT);
	size_t size = before + cms.size + MODSEAL_CONTAINER_TRAILER_SIZE;
	uint8_t *file = fuzz_copy(NULL, size);

	memcpy(file, SIGNED_CONTENT, before);
	if (cms.size)
		memcpy(file + before, cms.data, cms.size);
	modseal_container_trailer(cms.size, file + before + cms.size);
	try_container(modseal_span_of(file, size));
	free(file);
}

static inline unsigned try_ima(struct modseal_span value)
{
	static struct modseal_error error;
	struct modseal_ima_source source = {.present = {true}, .values = {value}};
	unsigned accepted = 0;

	for (int other = 0; other < 2; other++) {
		struct modseal_evidence_request request =
			signature_request(MODSEAL_EVIDENCE_IMA, value,
					  other ? OTHER_CONTENT : SIGNED_CONTENT);
		struct modseal_evidence_result got;
		bool good;

		memset(&got, 0xff, sizeof(got));
		modseal_error_clear(&error);
		good = signature_judged(
			modseal_ima_judge(fuzz_crypto(), &request, &source, &got, &error),
			&got, &error);
		REQUIRE(!(other && good));
		accepted += good;
	}
	return accepted;
}

static inline int signature_fact(void *argument, const char *key, const char *value)
{
	REQUIRE(key[0] != '\0' && value != NULL);
	(void)argument;
	return 0;
}

static inline unsigned try_signature(const uint8_t *bytes, size_t size)
{
	static struct modseal_error error;
	uint8_t *copy = fuzz_copy(bytes, size);
	struct modseal_span span = modseal_span_of(copy, size);
	double start = cpu_seconds();
	unsigned accepted = try_forms(span);
	int result;

	fuzz_fast(start, 0.1);
	accepted += try_ima(span);
	accepted += try_container(span);
	if (size <= 2 * MODSEAL_MAX_CMS_SIZE)
		try_closed(span);
	modseal_error_clear(&error);
	result = modseal_evidence_describe(fuzz_crypto(), span, signature_fact, NULL,
					   &error);
	if (result != 0)
		fuzz_refused(result, &error);
	free(copy);
	return accepted;
}

#endif
