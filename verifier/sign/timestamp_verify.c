/* SPDX-License-Identifier: Apache-2.0 */
/* Says when the signatures of a file existed, by the word of one authority. */
#include "verifier/sign/stamping.h"
#include "verifier/signature/profile.h"

static int verify_one(const struct modseal_stamping *stamping,
		      const struct modseal_stamped_file *file, size_t index,
		      modseal_stamp_visit *visit, void *argument,
		      struct modseal_error *error)
{
	const struct modseal_layout_signer *signer = &file->cms.layout.signers[index];
	struct modseal_span token = modseal_profile_token(signer);
	char authority[256], name[320];
	int64_t time;
	int result;

	if (token.size == 0) {
		modseal_cms_signer_text(
			sk_CMS_SignerInfo_value(file->cms.signers, (int)index), name,
			sizeof(name));
		return modseal_fail(error, MODSEAL_E_TIMESTAMP_MISSING,
				    MODSEAL_STAGE_EVIDENCE, file->source.path,
				    "the signature by %s bears no time stamp", name);
	}
	result = modseal_stamping_check(stamping, token, signer->signature,
					file->source.path, &time, authority, error);
	return result < 0 ? result
			  : modseal_stamped_tell(file, index, NULL, time, authority,
						 visit, argument);
}

int modseal_timestamp_verify(const struct modseal_stamping *stamping, const char *path,
			     uint32_t flags, modseal_stamp_visit *visit, void *argument,
			     struct modseal_error *error)
{
	struct modseal_stamped_file file;
	int result;

	if (!stamping || !stamping->authority)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, path,
				    "an authority whose word counts");
	result = modseal_stamped_open(stamping, path, flags, &file, error);
	if (result < 0)
		return result;
	for (size_t i = 0; result == 0 && i < file.cms.layout.signer_count; i++)
		if (file.chosen[i])
			result = verify_one(stamping, &file, i, visit, argument, error);
	modseal_stamped_close(&file);
	modseal_crypto_forget();
	return result;
}
