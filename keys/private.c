/* SPDX-License-Identifier: Apache-2.0 */
/* Reads private keys for signing, and proves that a certificate fits. */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>

#include "keys/key.h"
#include "keys/keyfile.h"
#include "keys/pkcs12.h"
#include "keys/private.h"
#include "keys/pure.h"

/* What the caller is asked, and what came of it. */
struct asking {
	modseal_passphrase *passphrase;
	void *argument;
	bool asked;
	bool answered;
};

static int answer(char *buffer, int size, int writing, void *argument)
{
	struct asking *asking = argument;
	int length;

	asking->asked = true;
	if (!asking->passphrase)
		return -1;
	length = asking->passphrase(asking->argument, buffer, (size_t)size);
	if (length < 0 || length > size)
		return -1;
	asking->answered = true;
	return length;
}

static int fail_decoding(const char *path, const struct asking *asking,
			 struct modseal_error *error)
{
	int result = MODSEAL_E_KEY_INVALID;

	if (ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE)
		return modseal_fail_crypto(error, MODSEAL_STAGE_KEY, path,
					   "the private key cannot be decoded");
	modseal_crypto_forget();
	if (asking->answered)
		return modseal_fail(error, MODSEAL_E_KEY_PASSPHRASE, MODSEAL_STAGE_KEY,
				    path, "the passphrase does not open this key");
	if (asking->asked) {
		result = modseal_fail(error, MODSEAL_E_KEY_PASSPHRASE, MODSEAL_STAGE_KEY,
				      path,
				      "the key is encrypted and no passphrase was given");
		modseal_remedy(error,
			       "give the passphrase, with --passphrase-file for one");
		return result;
	}
	modseal_fail(error, result, MODSEAL_STAGE_KEY, path,
		     "there is no private key in this file");
	modseal_remedy(error, "give a PEM file with `-----BEGIN PRIVATE KEY-----`, a "
			      "PKCS#12 file, or PKCS#8 in DER");
	return result;
}

/* What is missing is not the key's fault. */
static int fail_lack(const char *path, const struct modseal_pure *pure, const char *lack,
		     struct modseal_error *error)
{
	modseal_crypto_forget();
	modseal_fail(error, MODSEAL_E_UNSUPPORTED, MODSEAL_STAGE_KEY, path,
		     "signing with %s %s", pure->type, lack);
	return MODSEAL_E_UNSUPPORTED;
}

static int fail_type(const char *path, const char *type, struct modseal_error *error)
{
	modseal_crypto_forget();
	return modseal_fail(error, MODSEAL_E_KEY_INVALID, MODSEAL_STAGE_KEY, path,
			    "keys of type %s do not sign here", type);
}

static int from_pkcs8(const struct modseal_crypto *crypto, PKCS8_PRIV_KEY_INFO *info,
		      const char *path, EVP_PKEY **ret_key, struct modseal_error *error)
{
	const struct modseal_pure *pure = NULL;
	const ASN1_OBJECT *type = NULL;
	const char *lack = NULL;
	char name[80] = "unknown";
	EVP_PKEY *key = EVP_PKCS82PKEY_ex(info, modseal_crypto_library(crypto), NULL);
	int nid = NID_undef;

	if (key) {
		*ret_key = key;
		return 0;
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE)
		return modseal_fail_crypto(error, MODSEAL_STAGE_KEY, path,
					   "the private key cannot be decoded");
	if (PKCS8_pkey_get0(&type, NULL, NULL, NULL, info) == 1) {
		nid = OBJ_obj2nid(type);
		pure = modseal_pure_of_object(type);
		OBJ_obj2txt(name, sizeof(name), type, nid == NID_undef);
	}
	if (pure)
		lack = modseal_pure_lack(crypto, pure);
	if (lack)
		return fail_lack(path, pure, lack, error);
	if (!pure && nid != NID_rsaEncryption && nid != NID_X9_62_id_ecPublicKey)
		return fail_type(path, name, error);
	modseal_crypto_forget();
	return modseal_fail(error, MODSEAL_E_KEY_INVALID, MODSEAL_STAGE_KEY, path,
			    "the private key is damaged");
}

/* RFC 5958 3. Decrypting and reading are told apart: a passphrase that opened the key is
 * not called wrong because of what was inside. */
static int from_encrypted(const struct modseal_crypto *crypto, struct modseal_span der,
			  struct asking *asking, const char *path, EVP_PKEY **ret_key,
			  struct modseal_error *error)
{
	const unsigned char *at = der.data;
	X509_SIG *encrypted = d2i_X509_SIG(NULL, &at, (long)der.size);
	PKCS8_PRIV_KEY_INFO *info = NULL;
	char passphrase[PEM_BUFSIZE];
	int length = -1;
	int result;

	if (encrypted)
		length = answer(passphrase, sizeof(passphrase), 0, asking);
	if (length >= 0)
		info = PKCS8_decrypt_ex(encrypted, passphrase, length,
					modseal_crypto_library(crypto), NULL);
	OPENSSL_cleanse(passphrase, sizeof(passphrase));
	result = info ? from_pkcs8(crypto, info, path, ret_key, error)
		      : fail_decoding(path, asking, error);
	PKCS8_PRIV_KEY_INFO_free(info);
	X509_SIG_free(encrypted);
	return result;
}

static int from_block(const struct modseal_crypto *crypto, const char *name,
		      struct modseal_span der, struct asking *asking, const char *path,
		      EVP_PKEY **ret_key, struct modseal_error *error)
{
	const unsigned char *at = der.data;
	PKCS8_PRIV_KEY_INFO *info;
	EVP_PKEY *key;
	int result;

	if (strcmp(name, PEM_STRING_PKCS8) == 0)
		return from_encrypted(crypto, der, asking, path, ret_key, error);
	if (strcmp(name, PEM_STRING_PKCS8INF) == 0) {
		info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.size);
		result = info ? from_pkcs8(crypto, info, path, ret_key, error)
			      : fail_decoding(path, asking, error);
		PKCS8_PRIV_KEY_INFO_free(info);
		return result;
	}
	key = d2i_AutoPrivateKey_ex(NULL, &at, (long)der.size,
				    modseal_crypto_library(crypto), NULL);
	if (!key)
		return fail_decoding(path, asking, error);
	*ret_key = key;
	return 0;
}

/* PKCS#8 in DER, encrypted or not, or a traditional form; nothing left over. */
static int from_der(const struct modseal_crypto *crypto, struct modseal_span der,
		    struct asking *asking, const char *path, EVP_PKEY **ret_key,
		    struct modseal_error *error)
{
	const uint8_t *end = der.data + der.size;
	const unsigned char *at = der.data;
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)der.size);
	X509_SIG *encrypted = NULL;
	const char *name = info ? PEM_STRING_PKCS8INF : "";
	EVP_PKEY *key = NULL;
	int result;

	if (!info) {
		at = der.data;
		encrypted = d2i_X509_SIG(NULL, &at, (long)der.size);
		name = encrypted ? PEM_STRING_PKCS8 : "";
	}
	if (!info && !encrypted) {
		at = der.data;
		key = d2i_AutoPrivateKey_ex(NULL, &at, (long)der.size,
					    modseal_crypto_library(crypto), NULL);
	}
	if (at != end || (!info && !encrypted && !key))
		result = fail_decoding(path, asking, error);
	else
		result = from_block(crypto, name, der, asking, path, ret_key, error);
	EVP_PKEY_free(key);
	PKCS8_PRIV_KEY_INFO_free(info);
	X509_SIG_free(encrypted);
	return result;
}

static int from_pem(const struct modseal_crypto *crypto, struct modseal_span bytes,
		    struct asking *asking, const char *path, EVP_PKEY **ret_key,
		    struct modseal_error *error)
{
	unsigned char *der = NULL;
	char *name = NULL;
	long size = 0;
	int result;
	BIO *memory = BIO_new_mem_buf(bytes.size ? (const void *)bytes.data : "",
				      (int)bytes.size);

	if (!memory)
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	/* Passes over other blocks, and opens what is encrypted the traditional way. */
	if (PEM_bytes_read_bio_secmem(&der, &size, &name, PEM_STRING_EVP_PKEY, memory,
				      answer, asking) != 1) {
		result = fail_decoding(path, asking, error);
	} else {
		result = from_block(crypto, name, modseal_span_of(der, (size_t)size),
				    asking, path, ret_key, error);
		OPENSSL_secure_clear_free(der, (size_t)size);
		OPENSSL_secure_free(name);
	}
	BIO_free(memory);
	return result;
}

static int decode(const struct modseal_crypto *crypto, struct modseal_span bytes,
		  struct asking *asking, const char *path, EVP_PKEY **ret_key,
		  X509 **ret_certificate, struct modseal_error *error)
{
	if (modseal_pkcs12_is(bytes))
		return modseal_pkcs12_open(crypto, bytes, answer, asking, path, ret_key,
					   ret_certificate, error);
	if (bytes.size > 0 && bytes.data[0] == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED))
		return from_der(crypto, bytes, asking, path, ret_key, error);
	return from_pem(crypto, bytes, asking, path, ret_key, error);
}

static int judge(const struct modseal_crypto *crypto, EVP_PKEY *key, const char *path,
		 struct modseal_error *error)
{
	const char *type = EVP_PKEY_get0_type_name(key);
	const struct modseal_pure *pure = modseal_pure_of_key(key);
	const char *lack = pure ? modseal_pure_lack(crypto, pure) : NULL;

	if (lack)
		return fail_lack(path, pure, lack, error);
	if (pure || EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "EC"))
		return modseal_key_judge(crypto, key, path, error);
	return fail_type(path, type ? type : "unknown", error);
}

int modseal_private_key_read_both(const struct modseal_crypto *crypto, const char *path,
				  modseal_passphrase *passphrase, void *argument,
				  EVP_PKEY **ret_key, X509 **ret_certificate,
				  struct modseal_error *error)
{
	struct asking asking = {.passphrase = passphrase, .argument = argument};
	struct modseal_span bytes;
	EVP_PKEY *key = NULL;
	X509 *certificate = NULL;
	int result = modseal_key_file_read(path, "private key", &bytes, error);

	if (result < 0)
		return result;
	modseal_crypto_forget();
	result = decode(crypto, bytes, &asking, path, &key, &certificate, error);
	modseal_key_file_wipe(bytes);
	modseal_crypto_forget();
	if (result == 0)
		result = judge(crypto, key, path, error);
	if (result < 0) {
		EVP_PKEY_free(key);
		X509_free(certificate);
		return result;
	}
	*ret_key = key;
	*ret_certificate = certificate;
	return 0;
}

int modseal_private_key_read(const struct modseal_crypto *crypto, const char *path,
			     modseal_passphrase *passphrase, void *argument,
			     EVP_PKEY **ret_key, struct modseal_error *error)
{
	X509 *certificate = NULL;
	int result = modseal_private_key_read_both(crypto, path, passphrase, argument,
						   ret_key, &certificate, error);

	X509_free(certificate);
	return result;
}

int modseal_private_key_fits(EVP_PKEY *key, const char *key_path,
			     const struct modseal_certificate *certificate,
			     const char *certificate_path, struct modseal_error *error)
{
	int equal = EVP_PKEY_eq(key, certificate->key);

	modseal_crypto_forget();
	if (equal == 1)
		return 0;
	return modseal_fail(error, MODSEAL_E_KEY_MISMATCH, MODSEAL_STAGE_KEY, key_path,
			    "the certificate %s is of another key", certificate_path);
}
