/* SPDX-License-Identifier: Apache-2.0 */
/* Opens PKCS#12 files by OpenSSL, and says exactly why one does not open. */
#include "keys/pkcs12.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <string.h>

bool modseal_pkcs12_is(struct modseal_span bytes)
{
	/* PFX ::= SEQUENCE { version INTEGER {v3(3)}, ... (RFC 7292 4) */
	static const uint8_t version_3[] = {0x02, 0x01, 0x03};
	size_t at = 2;

	if (bytes.size < 2 || bytes.data[0] != (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED))
		return false;
	if (bytes.data[1] & 0x80)
		at += bytes.data[1] & 0x7f;
	return at < bytes.size && bytes.size - at >= sizeof(version_3) &&
	       memcmp(bytes.data + at, version_3, sizeof(version_3)) == 0;
}

static int fail_damaged(const char *path, struct modseal_error *error)
{
	int code;

	if (ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE)
		return modseal_fail_crypto(error, MODSEAL_STAGE_KEY, path,
					   "the PKCS#12 file cannot be decoded");
	modseal_crypto_forget();
	code = modseal_fail(error, MODSEAL_E_KEY_INVALID, MODSEAL_STAGE_KEY, path,
			    "this PKCS#12 file is damaged");
	modseal_remedy(error, "look at it with `openssl pkcs12 -info -noout -in FILE`");
	return code;
}

/* RC2 and RC4, which old tools use by default, are only in the legacy provider. */
static int fail_parsing(const char *path, struct modseal_error *error)
{
	unsigned long code;
	bool unsupported = false;
	int result;

	while ((code = ERR_get_error()) != 0) {
		if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
			return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
		unsupported |= ERR_GET_REASON(code) == ERR_R_UNSUPPORTED;
	}
	if (!unsupported)
		return fail_damaged(path, error);
	result = modseal_fail(error, MODSEAL_E_UNSUPPORTED, MODSEAL_STAGE_KEY, path,
			      "this PKCS#12 file is encrypted with an outdated cipher");
	modseal_remedy(error, "write it anew: `openssl pkcs12 -legacy -in FILE -out PEM`,"
			      " then `openssl pkcs12 -export -in PEM -out FILE`");
	return result;
}

/* Both spellings of "no passphrase" are in use (RFC 7292 B.1 knows only the second). */
static bool opens_without(PKCS12 *file)
{
	return !PKCS12_mac_present(file) || PKCS12_verify_mac(file, NULL, 0) == 1 ||
	       PKCS12_verify_mac(file, "", 0) == 1;
}

static int ask_passphrase(PKCS12 *file, pem_password_cb *ask, void *argument,
			  const char *path, char passphrase[PEM_BUFSIZE + 1],
			  struct modseal_error *error)
{
	int length = ask(passphrase, PEM_BUFSIZE, 0, argument);
	int code;

	if (length < 0) {
		code = modseal_fail(error, MODSEAL_E_KEY_PASSPHRASE, MODSEAL_STAGE_KEY,
				    path,
				    "the key is encrypted and no passphrase was given");
		modseal_remedy(error,
			       "give the passphrase, with --passphrase-file for one");
		return code;
	}
	passphrase[length] = '\0';
	modseal_crypto_forget();
	if (PKCS12_verify_mac(file, passphrase, -1) == 1)
		return 0;
	/* a passphrase that is only wrong is no error of OpenSSL's */
	if (ERR_peek_error())
		return fail_parsing(path, error);
	return modseal_fail(error, MODSEAL_E_KEY_PASSPHRASE, MODSEAL_STAGE_KEY, path,
			    "the passphrase does not open this key");
}

static int take_out(PKCS12 *file, const char *passphrase, const char *path,
		    EVP_PKEY **ret_key, X509 **ret_certificate,
		    struct modseal_error *error)
{
	EVP_PKEY *key = NULL;
	X509 *certificate = NULL;

	modseal_crypto_forget();
	if (PKCS12_parse(file, passphrase, &key, &certificate, NULL) != 1)
		return fail_parsing(path, error);
	if (!key) {
		int code = modseal_fail(error, MODSEAL_E_KEY_INVALID, MODSEAL_STAGE_KEY,
					path, "this PKCS#12 file holds no private key");

		X509_free(certificate);
		modseal_remedy(error, "export it together with its key");
		return code;
	}
	*ret_key = key;
	*ret_certificate = certificate;
	return 0;
}

int modseal_pkcs12_open(const struct modseal_crypto *crypto, struct modseal_span bytes,
			pem_password_cb *ask, void *argument, const char *path,
			EVP_PKEY **ret_key, X509 **ret_certificate,
			struct modseal_error *error)
{
	const unsigned char *at = bytes.data;
	char passphrase[PEM_BUFSIZE + 1] = "";
	PKCS12 *file =
		PKCS12_init_ex(NID_pkcs7_data, modseal_crypto_library(crypto), NULL);
	int result = 0;

	if (!file || !d2i_PKCS12(&file, &at, (long)bytes.size) ||
	    at != bytes.data + bytes.size) {
		result = fail_damaged(path, error);
	} else {
		if (!opens_without(file))
			result = ask_passphrase(file, ask, argument, path, passphrase,
						error);
		if (result == 0)
			result = take_out(file, passphrase, path, ret_key,
					  ret_certificate, error);
	}
	OPENSSL_cleanse(passphrase, sizeof(passphrase));
	PKCS12_free(file);
	modseal_crypto_forget();
	return result;
}
