/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of keys/spki.c, and of signers whose certificates are decoded at first use. */
#include <dirent.h>
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keyring.h"
#include "keys/spki.h"

static struct modseal_crypto *crypto;
static struct modseal_error error;

static void begin(void)
{
	cr_assert(zero(int, modseal_crypto_new(&crypto, &error)));
}

static void end(void)
{
	modseal_crypto_free(&crypto);
}

TestSuite(spki, .init = begin, .fini = end);

/* Whatever OpenSSL accepts of these bytes has the key that was found in them, or none was
 * found. Returns whether both gave an answer. */
static bool agree(struct modseal_span pem, const char *name)
{
	struct modseal_certificate certificate;
	uint8_t digest[MODSEAL_SHA256_SIZE];
	bool found = false, same;

	cr_assert(zero(int, modseal_spki_digest(crypto, pem, &found, digest, &error)));
	if (!found ||
	    modseal_certificate_read(crypto, pem, name, &certificate, &error) != 0)
		return false;
	same = memcmp(digest, certificate.key_sha256, sizeof(digest)) == 0;
	modseal_certificate_clear(&certificate);
	cr_assert(same, "%s: two answers", name);
	return true;
}

Test(spki, of_every_certificate_is_what_openssl_finds)
{
	DIR *directory = opendir(KEYS_DIR);
	struct dirent *entry;
	unsigned agreed = 0;

	cr_assert(directory != NULL);
	while ((entry = readdir(directory))) {
		size_t length = strlen(entry->d_name);
		struct modseal_span pem;

		if (length < 5 || strcmp(entry->d_name + length - 4, ".pem") != 0)
			continue;
		pem = keyring_bytes(entry->d_name);
		agreed += agree(pem, entry->d_name);
		keyring_drop(pem);
	}
	closedir(directory);
	cr_assert(ge(uint, agreed, 20u), "%u", agreed);
}

Test(spki, of_other_bytes_than_one_plain_block_is_not_found)
{
	struct modseal_span pem = keyring_bytes("leaf.pem");
	char *text = calloc(1, 3 * pem.size + 64);
	uint8_t digest[MODSEAL_SHA256_SIZE];
	bool found;
	static const char *const formats[] = {
		"x%s", "\n%s", "%sx\n", "%s%s", "%.100s", "-----BEGIN CERTIFICATE-----\n",
		"",
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		char *one = strndup((const char *)pem.data, pem.size);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
#pragma GCC diagnostic ignored "-Wformat-security"
		snprintf(text, 3 * pem.size + 64, formats[i], one, one);
#pragma GCC diagnostic pop
		free(one);
		cr_assert(zero(int, modseal_spki_digest(
					    crypto, modseal_span_of(text, strlen(text)),
					    &found, digest, &error)));
		cr_assert(not(found), "row %zu", i);
	}
	free(text);
	keyring_drop(pem);
}

/* An attacker who could make the two disagree would have a key that is not compared. */
Test(spki, R30_no_mutation_makes_two_answers)
{
	struct modseal_span pem = keyring_bytes("leaf.pem");
	unsigned agreed = 0;

	for (size_t at = 0; at < pem.size; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			uint8_t *copy = malloc(pem.size);

			memcpy(copy, pem.data, pem.size);
			copy[at] ^= (uint8_t)(1u << bit);
			agreed += agree(modseal_span_of(copy, pem.size), "mutated");
			free(copy);
		}
	cr_assert(gt(uint, agreed, 0u), "a changed signature leaves the key");
	keyring_drop(pem);
}

static int prepare_as(enum modseal_trust_model trust, const char *file,
		      struct modseal_signer **ret_signer)
{
	struct modseal_span pem = keyring_bytes(file);
	const struct modseal_signer_config config = {
		.name = "s", .trust = trust, .certificate = pem};
	int result = modseal_signer_prepare(crypto, &config, ret_signer, &error);

	keyring_drop(pem);
	return result;
}

static int prepare(const char *file, struct modseal_signer **ret_signer)
{
	return prepare_as(MODSEAL_TRUST_PINNED, file, ret_signer);
}

Test(spki, of_a_prepared_signer_only_the_key_is_known_until_it_is_ready)
{
	struct modseal_signer *signer = NULL;
	uint8_t digest[MODSEAL_SHA256_SIZE];

	cr_assert(zero(int, prepare("leaf.pem", &signer)), "%s", error.message);
	cr_assert(signer->certificate.x509 == NULL);
	memcpy(digest, modseal_signer_key_digest(signer), sizeof(digest));
	cr_assert(zero(int, modseal_signer_ready(crypto, signer, &error)));
	cr_assert(signer->certificate.x509 != NULL);
	cr_assert(zero(
		int, memcmp(digest, modseal_signer_key_digest(signer), sizeof(digest))));
	cr_assert(zero(int, modseal_signer_ready(crypto, signer, &error)));
	modseal_signer_free(&signer);
}

/* All were compared with the key that the text seemed to have: another one is no way
 * around that, however often it is asked. */
Test(spki, R18_a_signer_that_turns_out_to_have_another_key_is_refused_each_time)
{
	struct modseal_signer *signer = NULL;
	uint8_t digest[MODSEAL_SHA256_SIZE];

	cr_assert(zero(int, prepare("leaf.pem", &signer)), "%s", error.message);
	signer->certificate.key_sha256[0] ^= 1;
	memcpy(digest, modseal_signer_key_digest(signer), sizeof(digest));
	for (int i = 0; i < 2; i++) {
		cr_assert(eq(int, modseal_signer_ready(crypto, signer, &error),
			     MODSEAL_E_INTERNAL));
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_KEY));
		cr_assert(strstr(error.message, "two different keys") != NULL);
		cr_assert(zero(int, memcmp(digest, modseal_signer_key_digest(signer),
					   sizeof(digest))));
		cr_assert(not(atomic_load(&signer->ready)));
	}
	modseal_signer_free(&signer);
}

/* Where a store is made for a certificate, a process is forked off that asks for it. */
static struct modseal_signer *forked_over;
static int answer_of_child;

X509_STORE *X509_STORE_new(void)
{
	X509_STORE *(*make)(void);
	int status;
	pid_t child;

	*(void **)&make = dlsym(RTLD_NEXT, "X509_STORE_new");
	if (!forked_over)
		return make();
	child = fork();
	if (child == 0) {
		struct modseal_signer *signer = forked_over;

		forked_over = NULL;
		alarm(20);
		status = modseal_signer_ready(crypto, signer, NULL);
		modseal_signer_free(&signer);
		_exit(-status);
	}
	answer_of_child = waitpid(child, &status, 0) == child && WIFEXITED(status)
				  ? -WEXITSTATUS(status)
				  : 1;
	return make();
}

static void decode_over_a_fork(bool same_key, int wanted)
{
	struct modseal_signer *signer = NULL;

	cr_assert(zero(int, prepare_as(MODSEAL_TRUST_CHAIN, "leaf.pem", &signer)), "%s",
		  error.message);
	signer->certificate.key_sha256[0] ^= !same_key;
	forked_over = signer;
	for (int i = 0; i < 2; i++) {
		answer_of_child = same_key && i == 1 ? 0 : 1;
		cr_assert(eq(int, modseal_signer_ready(crypto, signer, &error), wanted));
		cr_assert(eq(int, answer_of_child, wanted));
	}
	forked_over = NULL;
	modseal_signer_free(&signer);
}

Test(spki, a_process_forked_off_while_a_signer_is_decoded_decodes_it)
{
	decode_over_a_fork(true, 0);
}

/* What the parent has found so far does not become what the child compares with. */
Test(spki, R18_a_process_forked_off_meanwhile_refuses_another_key_too)
{
	decode_over_a_fork(false, MODSEAL_E_INTERNAL);
}

Test(spki, R22_a_weak_key_is_refused_when_it_is_asked_each_time)
{
	struct modseal_signer *signer = NULL;

	cr_assert(zero(int, prepare("rsa1024.pem", &signer)), "%s", error.message);
	for (int i = 0; i < 2; i++)
		cr_assert(eq(int, modseal_signer_ready(crypto, signer, &error),
			     MODSEAL_E_ALGORITHM_NOT_ALLOWED));
	modseal_signer_free(&signer);
}

Test(spki, what_is_no_plain_certificate_is_refused_at_once)
{
	struct modseal_signer *signer = NULL;
	const struct modseal_signer_config config = {
		.name = "s",
		.trust = MODSEAL_TRUST_PINNED,
		.certificate = modseal_span_of(
			"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
			58)};

	cr_assert(eq(int, modseal_signer_prepare(crypto, &config, &signer, &error),
		     MODSEAL_E_CERTIFICATE_INVALID));
	cr_assert(signer == NULL);
}
