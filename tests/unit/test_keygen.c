/* SPDX-License-Identifier: Apache-2.0 */
/* Making keys and certificates: what is made is good, and nothing is overwritten. */
#include <dirent.h>
#include <errno.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "keyring.h"
#include "keys/algorithms.h"
#include "keys/private.h"

#define MADE BUILD_DIR "/data/keygen-"

static char directory[4096]; /* each test is its own process */

static void fresh_directory(void)
{
	snprintf(directory, sizeof(directory), "%sXXXXXX", MADE);
	cr_assert(mkdtemp(directory) != NULL);
}

static size_t entries(void)
{
	DIR *open = opendir(directory);
	struct dirent *entry;
	size_t count = 0;

	while ((entry = readdir(open)))
		count += strcmp(entry->d_name, ".") != 0 &&
			 strcmp(entry->d_name, "..") != 0;
	closedir(open);
	return count;
}

static void remove_directory(void)
{
	DIR *open = opendir(directory);
	struct dirent *entry;

	while ((entry = readdir(open)))
		unlinkat(dirfd(open), entry->d_name, 0);
	closedir(open);
	rmdir(directory);
}

TestSuite(keygen, .init = fresh_directory, .fini = remove_directory);

static char *in_directory(const char *name, const char *suffix)
{
	static char paths[4][8192];
	static size_t next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s%s", directory, name, suffix);
	return path;
}

static struct modseal_keygen_options options_of(const char *name)
{
	return (struct modseal_keygen_options){
		.version = MODSEAL_KEYGEN_OPTIONS_VERSION,
		.name = name,
		.directory = directory,
	};
}

static struct modseal_span read_made(const char *name)
{
	static uint8_t bytes[65536];
	FILE *file = fopen(in_directory(name, ".pem"), "rb");
	size_t size;

	cr_assert(file != NULL, "%s", name);
	size = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	return modseal_span_of(bytes, size);
}

static void make(const struct modseal_keygen_options *options)
{
	struct modseal_error error = {0};

	cr_assert(eq(int, modseal_keygen(options, &error), 0), "%s: %s", options->name,
		  error.message);
}

static struct modseal_certificate made(struct modseal_crypto *crypto, const char *name)
{
	struct modseal_certificate certificate = {0};
	struct modseal_error error = {0};
	EVP_PKEY *key = NULL;

	cr_assert(eq(int,
		     modseal_certificate_read(crypto, read_made(name), name, &certificate,
					      &error),
		     0),
		  "%s", error.message);
	cr_assert(eq(int,
		     modseal_private_key_read(crypto, in_directory(name, ".key"), NULL,
					      NULL, &key, &error),
		     0),
		  "%s", error.message);
	cr_assert(
		eq(int, modseal_private_key_fits(key, "", &certificate, "", &error), 0));
	EVP_PKEY_free(key);
	return certificate;
}

Test(keygen, each_algorithm)
{
	static const struct {
		const char *algorithm, *type;
		int bits;
	} rows[] = {{NULL, "EC", 256},
		    {"ecdsa-p256", "EC", 256},
		    {"ecdsa-p384", "EC", 384},
		    {"rsa3072", "RSA", 3072},
		    {"rsa4096", "RSA", 4096}};
	struct modseal_crypto *crypto = keyring_crypto();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_keygen_options options =
			options_of(rows[i].algorithm ? rows[i].algorithm : "default");
		struct modseal_certificate certificate;

		options.algorithm = rows[i].algorithm;
		make(&options);
		certificate = made(crypto, options.name);
		cr_assert(EVP_PKEY_is_a(certificate.key, rows[i].type), "row %s",
			  options.name);
		cr_assert(eq(int, EVP_PKEY_get_bits(certificate.key), rows[i].bits));
		modseal_certificate_clear(&certificate);
	}
	cr_assert(eq(sz, entries(), 10), "something was left behind");
	modseal_crypto_free(&crypto);
}

Test(keygen, algorithms_it_has_not)
{
	static const char *const names[] = {"rsa1024", "dsa", "ed448", "ml-dsa-45", ""};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct modseal_keygen_options options = options_of("x");
		struct modseal_error error = {0};

		options.algorithm = names[i];
		cr_assert(eq(int, modseal_keygen(&options, &error), MODSEAL_E_ARGUMENT),
			  "row %s", names[i]);
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_KEY));
	}
	cr_assert(eq(sz, entries(), 0));
}

Test(keygen, ed25519_and_ml_dsa_with_openssl_3_5)
{
	static const struct {
		const char *name, *type;
	} rows[] = {{"ed25519", "ED25519"},
		    {"ml-dsa-44", "ML-DSA-44"},
		    {"ml-dsa-65", "ML-DSA-65"},
		    {"ml-dsa-87", "ML-DSA-87"}};
	struct modseal_crypto *crypto = keyring_crypto();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_keygen_options options = options_of(rows[i].name);
		struct modseal_error error = {0};
		struct modseal_certificate certificate;
		int code;

		options.algorithm = rows[i].name;
		code = modseal_keygen(&options, &error);
		cr_assert(eq(int, code, PURE_HERE ? 0 : MODSEAL_E_UNSUPPORTED), "%s: %s",
			  rows[i].name, error.message);
		if (code < 0) {
			cr_assert(eq(int, error.stage, MODSEAL_STAGE_KEY));
			cr_assert(strstr(error.message, "needs OpenSSL 3.5") != NULL);
			continue;
		}
		certificate = made(crypto, rows[i].name);
		cr_assert(EVP_PKEY_is_a(certificate.key, rows[i].type), "row %s",
			  rows[i].name);
		modseal_certificate_clear(&certificate);
	}
	cr_assert(eq(sz, entries(), PURE_HERE ? 8 : 0));
	modseal_crypto_free(&crypto);
}

Test(keygen, leaf_is_a_code_signing_certificate_and_nothing_else)
{
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_keygen_options options = options_of("release");
	struct modseal_certificate leaf, second;
	struct stat status;
	int critical = 0, days = 0, seconds = 0;
	BASIC_CONSTRAINTS *basic;
	ASN1_BIT_STRING *usage;
	char subject[64];

	umask(0);
	make(&options);
	leaf = made(crypto, "release");
	modseal_certificate_subject(&leaf, subject, sizeof(subject));
	cr_assert(eq(str, subject, "CN=release"));
	cr_assert(eq(int, (int)X509_get_version(leaf.x509), X509_VERSION_3));
	basic = X509_get_ext_d2i(leaf.x509, NID_basic_constraints, &critical, NULL);
	cr_assert(basic && critical == 1 && !basic->ca);
	usage = X509_get_ext_d2i(leaf.x509, NID_key_usage, &critical, NULL);
	cr_assert(usage && critical == 1);
	cr_assert(eq(u32, X509_get_key_usage(leaf.x509), KU_DIGITAL_SIGNATURE));
	cr_assert(eq(u32, X509_get_extended_key_usage(leaf.x509), XKU_CODE_SIGN));
	cr_assert(X509_get0_subject_key_id(leaf.x509) &&
		  X509_get0_authority_key_id(leaf.x509));
	cr_assert(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(leaf.x509),
				 X509_get0_notAfter(leaf.x509)));
	cr_assert(days == 3650 && seconds <= 1);
	cr_assert(stat(in_directory("release", ".key"), &status) == 0);
	cr_assert(eq(u32, status.st_mode & 07777, 0600));
	cr_assert(stat(in_directory("release", ".pem"), &status) == 0);
	cr_assert(eq(u32, status.st_mode & 07777, 0644));

	options.name = "second";
	make(&options);
	second = made(crypto, "second");
	cr_assert(ASN1_INTEGER_cmp(X509_get0_serialNumber(leaf.x509),
				   X509_get0_serialNumber(second.x509)) != 0);
	cr_assert(ASN1_STRING_length((ASN1_STRING *)(uintptr_t)X509_get0_serialNumber(
			  leaf.x509)) > 12);
	cr_assert(memcmp(leaf.key_sha256, second.key_sha256, 32) != 0);
	BASIC_CONSTRAINTS_free(basic);
	ASN1_BIT_STRING_free(usage);
	modseal_certificate_clear(&leaf);
	modseal_certificate_clear(&second);
	modseal_crypto_free(&crypto);
}

/* What is made here is accepted there: self-signed, and root, intermediate, leaf. */
Test(keygen, what_it_makes_is_accepted)
{
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_keygen_options options = options_of("root");
	struct modseal_clock clock = {0};
	struct modseal_signer_config config = {.name = "s", .trust = MODSEAL_TRUST_CHAIN};
	struct modseal_signer *signer = NULL;
	struct modseal_certificate leaf, self, inter;
	STACK_OF(X509) *extra = sk_X509_new_null();
	struct modseal_error error = {0};

	options.authority = 1;
	make(&options);
	options.name = "inter";
	options.algorithm = "ecdsa-p384";
	options.issuer_key = in_directory("root", ".key");
	options.issuer_certificate = in_directory("root", ".pem");
	make(&options);
	options.name = "leaf";
	options.authority = 0;
	options.algorithm = "rsa3072";
	options.issuer_key = in_directory("inter", ".key");
	options.issuer_certificate = in_directory("inter", ".pem");
	options.days = 30;
	make(&options);
	options = options_of("self");
	make(&options);

	clock.now = time(NULL);
	inter = made(crypto, "inter");
	leaf = made(crypto, "leaf");
	self = made(crypto, "self");
	cr_assert(modseal_certificate_is_authority(&inter));
	cr_assert(
		eq(u32, X509_get_key_usage(inter.x509), KU_KEY_CERT_SIGN | KU_CRL_SIGN));
	cr_assert(not(modseal_certificate_is_authority(&leaf)));
	sk_X509_push(extra, inter.x509);
	config.certificate = read_made("root");
	cr_assert(eq(int, modseal_signer_new(crypto, &config, &signer, &error), 0));
	cr_assert(eq(int,
		     modseal_signer_accepts(crypto, signer, &leaf, extra, NULL, &clock,
					    "file", NULL, &error),
		     0),
		  "%s", error.message);
	modseal_signer_free(&signer);
	config.certificate = read_made("self");
	cr_assert(eq(int, modseal_signer_new(crypto, &config, &signer, &error), 0));
	cr_assert(eq(int,
		     modseal_signer_accepts(crypto, signer, &self, NULL, NULL, &clock,
					    "file", NULL, &error),
		     0),
		  "%s", error.message);
	modseal_signer_free(&signer);
	sk_X509_free(extra);
	modseal_certificate_clear(&inter);
	modseal_certificate_clear(&leaf);
	modseal_certificate_clear(&self);
	modseal_crypto_free(&crypto);
}

Test(keygen, a_time_given_is_when_the_certificate_begins)
{
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_keygen_options options = options_of("dated");
	struct modseal_error error = {0};
	struct modseal_certificate dated;
	time_t begin = 1700000000, end = begin + 3650 * 86400L;

	options.not_before = (uint64_t)begin;
	make(&options);
	dated = made(crypto, "dated");
	cr_assert(
		zero(int, ASN1_TIME_cmp_time_t(X509_get0_notBefore(dated.x509), begin)));
	cr_assert(zero(int, ASN1_TIME_cmp_time_t(X509_get0_notAfter(dated.x509), end)));
	modseal_certificate_clear(&dated);
	/* over already, or to come */
	options.name = "other";
	options.days = 1;
	cr_assert(eq(int, modseal_keygen(&options, &error), MODSEAL_E_ARGUMENT));
	options.days = 0;
	options.not_before = (uint64_t)time(NULL) + 3600;
	cr_assert(eq(int, modseal_keygen(&options, &error), MODSEAL_E_ARGUMENT));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_KEY));
	modseal_crypto_free(&crypto);
}

Test(keygen, existing_files_are_left_alone)
{
	struct modseal_keygen_options options = options_of("taken");
	struct modseal_error error = {0};
	static const char *const suffixes[] = {".key", ".pem"};

	for (size_t i = 0; i < 2; i++) {
		FILE *file = fopen(in_directory("taken", suffixes[i]), "w");
		struct stat status;

		fputs("mine", file);
		fclose(file);
		cr_assert(eq(int, modseal_keygen(&options, &error), MODSEAL_E_EXISTS));
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_KEY));
		cr_assert(eq(str, error.object, in_directory("taken", suffixes[i])));
		cr_assert(stat(in_directory("taken", suffixes[i]), &status) == 0);
		cr_assert(eq(int, (int)status.st_size, 4));
		cr_assert(eq(sz, entries(), 1), "something was left behind");
		unlink(in_directory("taken", suffixes[i]));
	}
	/* a link to nowhere is taken, too */
	cr_assert(symlink("nowhere", in_directory("taken", ".pem")) == 0);
	cr_assert(eq(int, modseal_keygen(&options, &error), MODSEAL_E_EXISTS));
	cr_assert(eq(sz, entries(), 1));
}

Test(keygen, wrong_options)
{
	static const char *const names[] = {"",	  ".",	 "..",	  ".x",	   "a/b",
					    "/a", "a\n", "a\x7f", "a\xff", "\xe2\x80\xae",
					    NULL};
	char longest[66] = {0};
	struct modseal_keygen_options options;
	struct modseal_error error = {0};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		options = options_of(names[i]);
		cr_assert(eq(int, modseal_keygen(&options, &error), MODSEAL_E_ARGUMENT),
			  "row %zu", i);
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_KEY));
	}
	memset(longest, 'n', 65);
	options = options_of(longest);
	cr_assert(eq(int, modseal_keygen(&options, &error), MODSEAL_E_ARGUMENT));
	options = options_of("x");
	options.version = 2;
	cr_assert(eq(int, modseal_keygen(&options, &error), MODSEAL_E_ARGUMENT));
	options = options_of("x");
	options.authority = 2;
	cr_assert(eq(int, modseal_keygen(&options, &error), MODSEAL_E_ARGUMENT));
	options = options_of("x");
	options.days = 36501;
	cr_assert(eq(int, modseal_keygen(&options, &error), MODSEAL_E_ARGUMENT));
	options = options_of("x");
	options.reserved[sizeof(options.reserved) / sizeof(options.reserved[0]) - 1] = 1;
	cr_assert(eq(int, modseal_keygen(&options, &error), MODSEAL_E_ARGUMENT));
	options = options_of("x");
	options.reserved_32 = 1;
	cr_assert(eq(int, modseal_keygen(&options, &error), MODSEAL_E_ARGUMENT));
	options = options_of("x");
	options.issuer_key = "y";
	cr_assert(eq(int, modseal_keygen(&options, &error), MODSEAL_E_ARGUMENT));
	options = options_of("x");
	options.issuer_certificate = "y";
	cr_assert(eq(int, modseal_keygen(&options, &error), MODSEAL_E_ARGUMENT));
	cr_assert(eq(int, modseal_keygen(NULL, &error), MODSEAL_E_ARGUMENT));
	cr_assert(eq(sz, entries(), 0));
	longest[64] = '\0';
	options = options_of(longest);
	make(&options);
	options = options_of("J\xc3\xbcrgen 2");
	make(&options);
}

Test(keygen, directory_that_cannot_be_written)
{
	struct modseal_keygen_options options = options_of("x");
	struct modseal_error error = {0};

	options.directory = BUILD_DIR "/data/keys/nowhere";
	cr_assert(eq(int, modseal_keygen(&options, &error), MODSEAL_E_NOT_WRITABLE));
	cr_assert(eq(int, error.system_errno, ENOENT));
	options.directory = KEYS_DIR "leaf.key";
	cr_assert(eq(int, modseal_keygen(&options, &error), MODSEAL_E_NOT_WRITABLE));
}

static int give_right(void *argument, char *buffer, size_t size)
{
	memcpy(buffer, "right", 5);
	return 5;
}

Test(keygen, issuers)
{
	static const struct {
		const char *key, *certificate;
		uint32_t authority;
		int wanted;
		const char *says;
	} rows[] = {
		{"root.key", "root.pem", 0, 0, NULL},
		{"inter.key", "inter.pem", 1, 0, NULL},
		{"shortca.key", "shortca.pem", 0, 0, NULL},
		{"shortca.key", "shortca.pem", 1, MODSEAL_E_CERTIFICATE_INVALID,
		 "may not issue another CA"},
		{"leaf.key", "leaf.pem", 0, MODSEAL_E_CERTIFICATE_INVALID, "not a CA's"},
		{"leaf.key", "caleaf.pem", 0, 0, NULL},
		{"leaf.key", "canosign.pem", 0, MODSEAL_E_CERTIFICATE_INVALID,
		 "not a CA's"},
		{"certsignnoca.key", "certsignnoca.pem", 0, MODSEAL_E_CERTIFICATE_INVALID,
		 "not a CA's"},
		{"nosign.key", "nosign.pem", 0, MODSEAL_E_CERTIFICATE_INVALID,
		 "not a CA's"},
		{"tlsca.key", "tlsca.pem", 0, MODSEAL_E_CERTIFICATE_INVALID,
		 "codeSigning"},
		{"oldca.key", "oldca.pem", 0, MODSEAL_E_CERTIFICATE_EXPIRED, "expired"},
		{"inter.key", "root.pem", 0, MODSEAL_E_KEY_MISMATCH, "another key"},
		{"weakca.key", "weakca.pem", 0, MODSEAL_E_ALGORITHM_NOT_ALLOWED,
		 "1024 bits"},
		{"none.key", "root.pem", 0, MODSEAL_E_NOT_FOUND, NULL},
		{"root.key", "none.pem", 0, MODSEAL_E_NOT_FOUND, NULL},
		{"root.key", "two.pem", 0, MODSEAL_E_CERTIFICATE_INVALID,
		 "more than one"},
		{"root.pem", "root.pem", 0, MODSEAL_E_KEY_INVALID, NULL},
		{"encrypted.key", "root.pem", 0, MODSEAL_E_KEY_MISMATCH, NULL},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_keygen_options options = options_of("issued");
		struct modseal_error error = {0};
		char key[4096], certificate[4096];

		snprintf(key, sizeof(key), KEYS_DIR "%s", rows[i].key);
		snprintf(certificate, sizeof(certificate), KEYS_DIR "%s",
			 rows[i].certificate);
		options.issuer_key = key;
		options.issuer_certificate = certificate;
		options.authority = rows[i].authority;
		options.passphrase = give_right;
		cr_assert(eq(int, modseal_keygen(&options, &error), rows[i].wanted),
			  "row %zu: %s", i, error.message);
		cr_assert(eq(sz, entries(), rows[i].wanted ? 0 : 2), "row %zu", i);
		if (rows[i].wanted)
			cr_assert(eq(int, error.stage, MODSEAL_STAGE_KEY), "row %zu", i);
		if (rows[i].says)
			cr_assert(strstr(error.message, rows[i].says) != NULL,
				  "row %zu: %s", i, error.message);
		unlink(in_directory("issued", ".key"));
		unlink(in_directory("issued", ".pem"));
	}
}
