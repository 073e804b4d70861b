/* SPDX-License-Identifier: Apache-2.0 */
/* Policies are signed over the very bytes that were judged, or not at all. */
#include "tests/unit/signing.h"

#define SIGNING MODSEAL_STAGE_SIGN

TestSuite(sign_policy, .init = signing_begin, .fini = signing_end);

static const char text[] = "modseal-policy: 1\n"
			   "name: test\n"
			   "serial: 1\n"
			   "issued: 2026-11-23T00:00:00Z\n"
			   "mode: enforce\n"
			   "rules:\n"
			   "  - {path: /usr/lib/**, evidence: [protected-path]}\n";

static int sign_policy(struct modseal_signing_key *key, const char *path, uint32_t flags)
{
	int code;

	memset(&error, 0, sizeof(error));
	code = modseal_sign_policy(key, path, NULL, flags, &error);
	cr_assert(eq(int, error.code, code), "%s", error.message);
	return code;
}

static const char *policy_file(const char *what)
{
	const char *path = in_place("policy.yaml");

	write_bytes(path, raw(what, strlen(what)));
	return path;
}

Test(sign_policy, a_good_policy_is_signed_beside_it)
{
	struct modseal_signing_key *key = signing_key("p256");
	struct asked asked = {.signers = {{"p256"}}};
	const char *path = policy_file(text), *sidecar = in_place("policy.yaml.p7s");

	cr_assert(zero(int, sign_policy(key, path, 0)), "%s", error.message);
	expect(0, verify_detached(&asked, path, sidecar), "%s", error.message);
	cr_assert(same_bytes(read_bytes(path), raw(text, strlen(text))));
	cr_assert(eq(sz, count_files(), 2));
	modseal_signing_key_free(&key);
}

Test(sign_policy, a_signature_that_holds_is_replaced_only_on_demand)
{
	struct modseal_signing_key *key = signing_key("p256"),
				   *other = signing_key("p384");
	struct asked asked = {.signers = {{"p256"}}};
	struct asked both = {.require = 2, .signers = {{"p256"}, {"p384"}}};
	const char *path = policy_file(text), *sidecar = in_place("policy.yaml.p7s");
	char edited[sizeof(text) + 8];

	cr_assert(zero(int, sign_policy(key, path, 0)), "%s", error.message);
	refuses(MODSEAL_E_ALREADY_SIGNED, SIGNING, sign_policy(key, path, 0));
	refuses(MODSEAL_E_ALREADY_SIGNED, SIGNING, sign_policy(other, path, 0));
	cr_assert(zero(int, sign_policy(other, path, MODSEAL_SIGN_APPEND)), "%s",
		  error.message);
	expect(0, verify_detached(&both, path, sidecar), "%s", error.message);
	cr_assert(zero(int, sign_policy(key, path, MODSEAL_SIGN_FORCE)), "%s",
		  error.message);
	/* edited: this key's old signature is of no use to anybody, another's is not ours
	 */
	snprintf(edited, sizeof(edited), "%s# x\n", text);
	policy_file(edited);
	refuses(MODSEAL_E_ALREADY_SIGNED, SIGNING, sign_policy(other, path, 0));
	cr_assert(zero(int, sign_policy(key, path, 0)), "%s", error.message);
	expect(0, verify_detached(&asked, path, sidecar), "%s", error.message);
	/* what is no signature at all is left alone too */
	write_bytes(sidecar, raw("no signature", 12));
	refuses(MODSEAL_E_ALREADY_SIGNED, SIGNING, sign_policy(key, path, 0));
	cr_assert(eq(sz, count_files(), 2));
	modseal_signing_key_free(&key);
	modseal_signing_key_free(&other);
}

Test(sign_policy, the_signature_lies_beside_what_a_link_leads_to)
{
	struct modseal_signing_key *key = signing_key("p256");
	const char *path = policy_file(text), *link = in_place("link.yaml");
	struct stat status;

	cr_assert(zero(int, symlink(path, link)));
	cr_assert(zero(int, sign_policy(key, link, 0)), "%s", error.message);
	cr_assert(zero(int, stat(in_place("policy.yaml.p7s"), &status)));
	cr_assert(ne(int, lstat(in_place("link.yaml.p7s"), &status), 0));
	modseal_signing_key_free(&key);
}

Test(sign_policy, what_policy_check_would_refuse_is_not_signed)
{
	struct modseal_signing_key *key = signing_key("p256");
	static const char *const rows[] = {"",
					   "modseal-policy: 2\n",
					   "name: test\n",
					   "modseal-policy: 1\nname: test\n",
					   "modseal-catalog: 1\n",
					   "\x7f\x45LF"};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_assert(lt(int, sign_policy(key, policy_file(rows[i]), 0), 0),
			  "row %zu", i);
		cr_assert(eq(int, error.code, MODSEAL_E_POLICY_INVALID), "row %zu %s: %s",
			  i, modseal_code_name(error.code), error.message);
		cr_assert(eq(sz, count_files(), 1));
	}
	modseal_signing_key_free(&key);
}

Test(sign_policy, arguments_are_checked)
{
	struct modseal_signing_key *key = signing_key("p256");
	const char *path = policy_file(text);

	refuses(MODSEAL_E_ARGUMENT, SIGNING,
		sign_policy(key, path, MODSEAL_SIGN_DETACHED));
	refuses(MODSEAL_E_ARGUMENT, SIGNING, sign_policy(key, path, 0x80000000u));
	refuses(MODSEAL_E_ARGUMENT, SIGNING, sign_policy(NULL, path, 0));
	refuses(MODSEAL_E_ARGUMENT, SIGNING, sign_policy(key, NULL, 0));
	refuses(MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_OPEN,
		sign_policy(key, in_place("none"), 0));
	modseal_signing_key_free(&key);
}
