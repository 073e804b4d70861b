/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plugin_families plain|modseal FAMILY LIBRARY...
 *
 * Loads real plugins, by dlopen or through modseal (POLICY and ANCHOR name its files),
 * does with them what their hosts do, and prints what came of it: the same both ways.
 *
 *	pkcs11 MODULE PIN             a key pair is made, a signature, and it is verified
 *	provider MODULE ALGORITHM     an OpenSSL provider; a digest by it
 *	sqlite LIBRARY EXTENSION INIT QUERY      a query through the extension
 *	qt CORE PLUGIN                metadata and class of the instance
 *	pam LIBPAM MODULE...          what pam_sm_authenticate says
 *	python LIBPYTHON SCRIPT EXTENSION...     extension modules, and a script with them
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/provider.h>
#if __has_include(<p11-kit-1/p11-kit/pkcs11.h>)
#include <p11-kit-1/p11-kit/pkcs11.h>
#define HAVE_PKCS11
#endif

#include "modseal-process.h"

static struct modseal *context; /* NULL: by dlopen */
static struct modseal_error error;

struct library {
	void *handle;
	struct modseal_module *module;
};

__attribute__((noreturn)) static void complain(void)
{
	fprintf(stderr, "%s at %s: '%s' %s: %s (%s)\n", modseal_code_name(error.code),
		modseal_stage_name(error.stage), error.object, error.symbol,
		error.message, error.remedy);
	exit(1);
}

__attribute__((noreturn)) static void fail(const char *what, long code)
{
	fprintf(stderr, "%s: %ld\n", what, code);
	exit(1);
}

/* exported: what is loaded later may need its symbols without saying so. */
static struct library load(const char *path, bool exported)
{
	struct library library = {0};
	struct modseal_image *image;
	uint32_t flags = MODSEAL_LOAD_CHECK_BINDINGS;

	if (!context) {
		library.handle = dlopen(path, RTLD_NOW | (exported ? RTLD_GLOBAL : 0));
		if (!library.handle) {
			fprintf(stderr, "%s\n", dlerror());
			exit(1);
		}
		return library;
	}
	if (modseal_verify(context, path, &image, &error) < 0)
		complain();
	if (modseal_load(image, flags | (exported ? MODSEAL_LOAD_EXPORT : 0),
			 &library.module, &error) < 0)
		complain();
	modseal_image_free(&image);
	return library;
}

static void *symbol(struct library library, const char *name)
{
	void *found = NULL;

	if (library.handle)
		found = dlsym(library.handle, name);
	else if (modseal_symbol(library.module, name, NULL, &found, &error) < 0)
		complain();
	if (!found)
		fail(name, 0);
	return found;
}

/* ---- PKCS#11 ------------------------------------------------------------------------
 */

static int pkcs11(char **argv)
{
#ifdef HAVE_PKCS11
	static unsigned char pin[64], data[] = "to be signed";
	CK_RV(*list)
	(CK_FUNCTION_LIST **) = symbol(load(argv[0], false), "C_GetFunctionList");
	CK_FUNCTION_LIST *p11;
	CK_SLOT_ID slots[8];
	CK_ULONG slot_count = 8, bits = 2048, size;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE public_key, private_key;
	CK_BYTE exponent[] = {1, 0, 1}, yes = CK_TRUE, signature[256];
	CK_MECHANISM make = {CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0};
	CK_MECHANISM sign = {CKM_SHA256_RSA_PKCS, NULL, 0};
	CK_ATTRIBUTE public_wanted[] = {{CKA_MODULUS_BITS, &bits, sizeof(bits)},
					{CKA_PUBLIC_EXPONENT, exponent, 3},
					{CKA_VERIFY, &yes, 1}};
	CK_ATTRIBUTE private_wanted[] = {{CKA_SIGN, &yes, 1}, {CKA_PRIVATE, &yes, 1}};
	CK_RV r;

	snprintf((char *)pin, sizeof(pin), "%s", argv[1]);
	if ((r = list(&p11)) || (r = p11->C_Initialize(NULL)) ||
	    (r = p11->C_GetSlotList(CK_TRUE, slots, &slot_count)) ||
	    (r = p11->C_OpenSession(slots[0], CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL,
				    NULL, &session)) ||
	    (r = p11->C_Login(session, CKU_USER, pin, strlen(argv[1]))) ||
	    (r = p11->C_GenerateKeyPair(session, &make, public_wanted, 3, private_wanted,
					2, &public_key, &private_key)))
		fail("a key pair", (long)r);
	size = sizeof(signature);
	if ((r = p11->C_SignInit(session, &sign, private_key)) ||
	    (r = p11->C_Sign(session, data, sizeof(data), signature, &size)))
		fail("a signature", (long)r);
	printf("signature: %lu bytes\n", size);
	if ((r = p11->C_VerifyInit(session, &sign, public_key)))
		fail("C_VerifyInit", (long)r);
	printf("verified: %lu\n",
	       p11->C_Verify(session, data, sizeof(data), signature, size));
	data[0] ^= 1;
	if ((r = p11->C_VerifyInit(session, &sign, public_key)))
		fail("C_VerifyInit", (long)r);
	printf("other data: %#lx\n",
	       p11->C_Verify(session, data, sizeof(data), signature, size));
	return (int)p11->C_Finalize(NULL);
#else
	fprintf(stderr, "built without the header of PKCS#11\n");
	return 77;
#endif
}

/* ---- an OpenSSL provider ------------------------------------------------------------
 */

static int provider(char **argv)
{
	OSSL_provider_init_fn *start = (OSSL_provider_init_fn *)symbol(
		load(argv[0], false), "OSSL_provider_init");
	OSSL_LIB_CTX *own = OSSL_LIB_CTX_new();
	unsigned char digest[EVP_MAX_MD_SIZE];
	OSSL_PROVIDER *loaded;
	unsigned size = 0;
	EVP_MD *md;

	if (!own || !OSSL_PROVIDER_add_builtin(own, "verified", start) ||
	    !(loaded = OSSL_PROVIDER_load(own, "verified")) ||
	    !(md = EVP_MD_fetch(own, argv[1], "provider=legacy")))
		fail("the provider", 0);
	if (!EVP_Digest("abc", 3, digest, &size, md, NULL))
		fail("the digest", 0);
	printf("%s of abc: ", argv[1]);
	for (unsigned i = 0; i < size; i++)
		printf("%02x", digest[i]);
	printf("\n");
	EVP_MD_free(md);
	OSSL_PROVIDER_unload(loaded);
	OSSL_LIB_CTX_free(own);
	return 0;
}

/* ---- SQLite -------------------------------------------------------------------------
 */

static int show_row(void *argument, int count, char **values, char **names)
{
	for (int i = 0; i < count; i++)
		printf("%s=%s%c", names[i], values[i] ? values[i] : "",
		       i + 1 < count ? ' ' : '\n');
	return 0;
}

static int sqlite(char **argv)
{
	struct library library = load(argv[0], false);
	/* SQLite hands its functions to what it is told to start with each database */
	int (*start)(void (*)(void)) = symbol(library, "sqlite3_auto_extension");
	int (*open)(const char *, void **) = symbol(library, "sqlite3_open");
	int (*execute)(void *, const char *, int (*)(void *, int, char **, char **),
		       void *, char **) = symbol(library, "sqlite3_exec");
	int (*close)(void *) = symbol(library, "sqlite3_close");
	void (*begin)(void) = (void (*)(void))symbol(load(argv[1], false), argv[2]);
	char *complaint = NULL;
	void *database;
	int r;

	if ((r = start(begin)) || (r = open(":memory:", &database)))
		fail("a database", r);
	if ((r = execute(database, argv[3], show_row, NULL, &complaint)))
		fail(complaint, r);
	return close(database);
}

/* ---- Qt 5 ---------------------------------------------------------------------------
 */

/* qt_plugin_instance gives a QObject; the first of its virtual functions is metaObject.
 */
static int qt(char **argv)
{
	const char *(*class_name)(const void *) =
		symbol(load(argv[0], false), "_ZNK11QMetaObject9classNameEv");
	struct library plugin = load(argv[1], false);
	const char *(*metadata)(void) = symbol(plugin, "qt_plugin_query_metadata");
	void *(*instance)(void) = symbol(plugin, "qt_plugin_instance");
	void *object = instance();
	const void *(**functions)(const void *);

	if (!object)
		fail("no instance", 0);
	printf("metadata:");
	for (int i = 0; i < 96; i++)
		printf(" %02x", (unsigned char)metadata()[i]);
	memcpy(&functions, object, sizeof(functions));
	printf("\nclass: %s\n", class_name(functions[0](object)));
	printf("the same again: %d\n", instance() == object);
	return 0;
}

/* ---- PAM ----------------------------------------------------------------------------
 */

struct conversation {
	int (*ask)(int, const void **, void **, void *);
	void *data;
};

static int ask_nothing(int count, const void **questions, void **answers, void *data)
{
	return 19; /* PAM_CONV_ERR */
}

static int pam(char **argv)
{
	struct library library = load(argv[0], false);
	int (*start)(const char *, const char *, const struct conversation *,
		     const char *, void **) = symbol(library, "pam_start_confdir");
	int (*end)(void *, int) = symbol(library, "pam_end");
	const char *(*sentence)(void *, int) = symbol(library, "pam_strerror");
	struct conversation conversation = {ask_nothing, NULL};
	void *handle = NULL;
	int r = start("families", "root", &conversation, getenv("PAM_DIRECTORY"),
		      &handle);

	if (r)
		fail("pam_start", r);
	for (char **module = argv + 1; *module; module++) {
		int (*authenticate)(void *, int, int, const char **) =
			symbol(load(*module, false), "pam_sm_authenticate");
		int answer = authenticate(handle, 0, 0, NULL);

		printf("%s: %d %s\n", strrchr(*module, '/') + 1, answer,
		       sentence(handle, answer));
	}
	return end(handle, 0);
}

/* ---- Python -------------------------------------------------------------------------
 */

static int python(char **argv)
{
	/* extension modules take Python's symbols from the process */
	struct library library = load(argv[0], true);
	int (*append)(const char *, void *(*)(void)) =
		symbol(library, "PyImport_AppendInittab");
	void (*initialize)(int) = symbol(library, "Py_InitializeEx");
	int (*run)(const char *) = symbol(library, "PyRun_SimpleString");
	int (*finish)(void) = symbol(library, "Py_FinalizeEx");

	for (char **extension = argv + 2; *extension; extension++) {
		const char *base = strrchr(*extension, '/') + 1;
		char *name = strndup(base, strcspn(base, ".")), start[128];

		snprintf(start, sizeof(start), "PyInit_%s", name);
		if (append(name, (void *(*)(void))symbol(load(*extension, false), start)))
			fail(name, 0);
	}
	initialize(0);
	return run(argv[1]) || finish() ? 1 : 0;
}

/* ---- which --------------------------------------------------------------------------
 */

static void open_policy(void)
{
	const char *anchors[] = {getenv("ANCHOR")};
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED,
		.policy_path = getenv("POLICY"),
		.anchor_paths = anchors,
		.anchor_path_count = 1,
	};

	if (modseal_open(&options, &context, &error) < 0)
		complain();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int operands; /* at least */
		int (*run)(char **);
	} families[] = {
		{"pkcs11", 2, pkcs11}, {"provider", 2, provider}, {"sqlite", 4, sqlite},
		{"qt", 2, qt},	       {"pam", 2, pam},		  {"python", 3, python},
	};
	bool verified = argc > 2 && strcmp(argv[1], "modseal") == 0;

	for (size_t i = 0; argc > 2 && i < sizeof(families) / sizeof(families[0]); i++) {
		int status;

		if (strcmp(argv[2], families[i].name) != 0 ||
		    argc - 3 < families[i].operands)
			continue;
		if (verified)
			open_policy();
		status = families[i].run(argv + 3);
		/* after all that was done its code is what was approved */
		if (verified && modseal_recheck(NULL, NULL, &error) < 0)
			complain();
		return fflush(stdout) ? 1 : status;
	}
	return 2;
}
