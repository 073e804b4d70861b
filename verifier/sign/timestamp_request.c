/* SPDX-License-Identifier: Apache-2.0 */
/* Asks an authority for time stamps: a TimeStampReq (RFC 3161 2.4.1) for each signature.
 */
#include <stdio.h>
#include <stdlib.h>

#include "verifier/sign/stamping.h"
#include "verifier/signature/profile.h"

/* INTEGER 1; SHA-2 with NULL, as `openssl ts -query` writes it, the length and the last
 * byte by hash; BOOLEAN TRUE */
static const uint8_t version_1[] = {0x02, 0x01, 0x01};
static const uint8_t sha2[] = {0x30, 0x0d, 0x06, 0x09, 0x60, 0x86,
			       0x48, 0x01, 0x65, 0x03, 0x04, 0x02};
static const uint8_t sha2_last[] = {0x01, 0x02, 0x03};
static const uint8_t null[] = {0x05, 0x00};
static const uint8_t yes[] = {0x01, 0x01, 0xff};

#define FIXED(bytes) modseal_span_of(bytes, sizeof(bytes))

/* version, imprint, and that the certificate shall come along. No policy: who is believed
 * says the certificate. */
static int make_request(const struct modseal_stamping *stamping,
			struct modseal_span signature, struct modseal_writer *writer,
			struct modseal_error *error)
{
	uint8_t digest[MODSEAL_MAX_DIGEST_SIZE];
	int result = modseal_crypto_digest(stamping->crypto, stamping->hash, signature,
					   digest, error);
	size_t imprint, value;

	if (result < 0)
		return result;
	modseal_writer_put(writer, FIXED(version_1));
	imprint = writer->size;
	modseal_writer_put(writer, FIXED(sha2));
	modseal_writer_put(writer, modseal_span_of(&sha2_last[stamping->hash], 1));
	modseal_writer_put(writer, FIXED(null));
	value = writer->size;
	modseal_writer_put(writer,
			   modseal_span_of(digest, modseal_hash_size(stamping->hash)));
	modseal_writer_wrap(writer, MODSEAL_TLV_OCTET_STRING, value);
	modseal_writer_wrap(writer, MODSEAL_TLV_SEQUENCE, imprint);
	modseal_writer_put(writer, FIXED(yes));
	modseal_writer_wrap(writer, MODSEAL_TLV_SEQUENCE, 0);
	return writer->failed ? modseal_fail_memory(error, MODSEAL_STAGE_SIGN) : 0;
}

/* What is replaced is an old request at most, never the file or what a link names. */
static int check_place(const struct modseal_stamped_file *file, const char *name,
		       const struct modseal_target *target, struct modseal_error *error)
{
	struct stat link;

	if (modseal_target_replaces(target, &file->source.located))
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, name,
				    "the output is the file that is stamped");
	if (lstat(name, &link) == 0 && S_ISLNK(link.st_mode))
		return modseal_fail(error, MODSEAL_E_NOT_REGULAR, MODSEAL_STAGE_SIGN,
				    name, "the request is a symbolic link already");
	return 0;
}

static int write_request(const struct modseal_stamped_file *file, const char *name,
			 struct modseal_span request, struct modseal_error *error)
{
	struct modseal_target target;
	int result = modseal_target_open(name, &target, error);

	if (result < 0)
		return result;
	result = check_place(file, name, &target, error);
	if (result == 0)
		result = modseal_target_write(&target, 0666, &request, 1, error);
	if (result == 0)
		result = modseal_target_commit(&target, error);
	modseal_target_close(&target);
	return result;
}

static int ask_for(const struct modseal_stamping *stamping,
		   const struct modseal_stamped_file *file, size_t index,
		   const char *output, modseal_stamp_visit *visit, void *argument,
		   struct modseal_error *error)
{
	struct modseal_writer request = {.size = 0};
	char *name = NULL;
	int result = modseal_stamped_name(file, index, ".tsq", &name, error);

	if (result < 0)
		return result;
	result = make_request(stamping, file->cms.layout.signers[index].signature,
			      &request, error);
	if (result == 0)
		result = write_request(file, output ? output : name,
				       modseal_writer_span(&request), error);
	if (result == 0)
		result = modseal_stamped_tell(file, index, output ? output : name, 0,
					      NULL, visit, argument);
	modseal_writer_clear(&request);
	free(name);
	return result;
}

int modseal_timestamp_request(const struct modseal_stamping *stamping, const char *path,
			      uint32_t flags, const char *output,
			      modseal_stamp_visit *visit, void *argument,
			      struct modseal_error *error)
{
	struct modseal_stamped_file file;
	size_t count = 0;
	int result = modseal_stamped_open(stamping, path, flags, &file, error);

	if (result < 0)
		return result;
	for (size_t i = 0; i < file.cms.layout.signer_count; i++) {
		if (!(flags & MODSEAL_STAMP_FORCE) &&
		    modseal_profile_token(&file.cms.layout.signers[i]).size > 0)
			file.chosen[i] = false;
		count += file.chosen[i];
	}
	if (count == 0) {
		result = modseal_fail(error, MODSEAL_E_ALREADY_SIGNED, MODSEAL_STAGE_SIGN,
				      path, "its signatures have time stamps already");
		modseal_remedy(error, "use --force to ask for another one");
	} else if (count > 1 && output) {
		result = modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, path,
				      "it has %zu signatures without a time stamp, for "
				      "one output",
				      count);
		modseal_remedy(error,
			       "name the signature meant with --certificate, or leave "
			       "--output out");
	}
	for (size_t i = 0; result == 0 && i < file.cms.layout.signer_count; i++)
		if (file.chosen[i])
			result = ask_for(stamping, &file, i, output, visit, argument,
					 error);
	modseal_stamped_close(&file);
	modseal_crypto_forget();
	return result;
}
