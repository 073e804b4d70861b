/* SPDX-License-Identifier: Apache-2.0 */
/* Properties of signing beside other signatures: what is kept, replaced and refused. */
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/unit/signing.h"
#include "verifier/sign/others.h"

#define APPEND	 MODSEAL_SIGN_APPEND
#define FORCE	 MODSEAL_SIGN_FORCE
#define DETACHED MODSEAL_SIGN_DETACHED
#define SIGNING	 MODSEAL_STAGE_SIGN
#define EVIDENCE MODSEAL_STAGE_EVIDENCE

TestSuite(others, .init = signing_begin, .fini = signing_end);

/* What lies in a file after the first write to it, while there is something here: a disk
 * that gives back other bytes. */
static struct der instead;

ssize_t write(int descriptor, const void *bytes, size_t size)
{
	if (instead.size == 0)
		return syscall(SYS_write, descriptor, bytes, size);
	if (lseek(descriptor, 0, SEEK_CUR) == 0 &&
	    syscall(SYS_write, descriptor, instead.bytes, instead.size) !=
		    (long)instead.size)
		return -1;
	return (ssize_t)size;
}

/* The CMS of a file, by form. */
static struct der cms_of(const char *path, uint32_t form)
{
	struct der bytes = read_bytes(form ? in_place("a.so.p7s") : path);
	struct modseal_container container;

	if (form)
		return bytes;
	cr_assert(zero(int,
		       modseal_container_split(modseal_span_of(bytes.bytes, bytes.size),
					       bytes.size, path, &container, &error)));
	cr_assert(container.present);
	return raw(container.cms.data, container.cms.size);
}

static void write_cms(const char *path, uint32_t form, struct der cms)
{
	struct der bytes = elf_content();
	uint8_t trailer[MODSEAL_CONTAINER_TRAILER_SIZE];

	if (form) {
		write_bytes(in_place("a.so.p7s"), cms);
		return;
	}
	modseal_container_trailer(cms.size, trailer);
	add(&bytes, cms);
	add(&bytes, raw(trailer, sizeof(trailer)));
	write_bytes(path, bytes);
}

/* How many SignerInfos of a CMS are, byte for byte, in another. */
static size_t common(struct der a, struct der b)
{
	struct modseal_layout first, second;
	size_t count = 0;

	cr_assert(zero(int, modseal_layout_read(modseal_span_of(a.bytes, a.size), "a",
						&first, &error)));
	cr_assert(zero(int, modseal_layout_read(modseal_span_of(b.bytes, b.size), "b",
						&second, &error)));
	for (size_t i = 0; i < first.signer_count; i++)
		for (size_t j = 0; j < second.signer_count; j++)
			count += modseal_span_equal(first.signers[i].whole,
						    second.signers[j].whole);
	return count;
}

static int append(const char *name, const char *path, uint32_t flags)
{
	struct modseal_signing_key *key = signing_key(name);
	int code = sign(key, path, APPEND | flags, NULL);

	modseal_signing_key_free(&key);
	return code;
}

/* Digests of three kinds, an issued certificate, and signers in any order. */
Test(others, stay_byte_for_byte_in_both_forms)
{
	static const char *const names[] = {"p521", "leaf",  "rsa",
					    "p256", "leaf2", "p384"};
	const char *path = elf_file("a.so");

	for (uint32_t form = 0; form <= DETACHED; form += DETACHED) {
		struct asked asked = {.require = 0};
		struct der before, after;

		for (size_t i = 0; i < 6; i++) {
			asked.signers[i].name = names[i];
			asked.require++;
			cr_assert(zero(int, append(names[i], path, form)), "%s: %s",
				  names[i], error.message);
			after = cms_of(path, form);
			if (i > 0)
				cr_assert(eq(sz, common(before, after), i), "%s",
					  names[i]);
			before = after;
			asked.form = form ? MODSEAL_EVIDENCE_DETACHED
					  : MODSEAL_EVIDENCE_APPENDED;
			expect(0, judge(&asked, after, elf_content()), "%s: %s", names[i],
			       error.message);
		}
	}
	cr_assert(eq(sz, count_files(), 2));
}

Test(others, of_the_same_key_are_replaced_on_demand_and_nothing_else_is)
{
	const char *path = elf_file("a.so");

	for (uint32_t form = 0; form <= DETACHED; form += DETACHED) {
		struct asked all = {.require = 3,
				    .form = form ? MODSEAL_EVIDENCE_DETACHED
						 : MODSEAL_EVIDENCE_APPENDED,
				    .signers = {{"p256"}, {"leaf"}, {"rsa"}}};
		struct modseal_sign_options options = {.hash = "sha512"};
		struct modseal_signing_key *key = NULL;
		struct der before, after;

		cr_assert(zero(int, append("p256", path, form)), "%s", error.message);
		cr_assert(zero(int, append("leaf", path, form)), "%s", error.message);
		cr_assert(zero(int, append("rsa", path, form)), "%s", error.message);
		before = cms_of(path, form);
		refuses(MODSEAL_E_ALREADY_SIGNED, SIGNING, append("rsa", path, form));
		cr_assert(strstr(error.remedy, "--append --force") != NULL, "%s",
			  error.remedy);
		cr_assert(zero(int, append("leaf", path, form | FORCE)), "%s",
			  error.message);
		after = cms_of(path, form);
		cr_assert(eq(sz, common(before, after), 2));
		expect(0, judge(&all, after, elf_content()), "%s", error.message);
		/* with the digest that only the old one used: it goes from the set */
		cr_assert(zero(int, open_key(&options, "rsa", "rsa", &key)));
		cr_assert(zero(int, sign(key, path, form | APPEND | FORCE, NULL)), "%s",
			  error.message);
		modseal_signing_key_free(&key);
		cr_assert(zero(int, append("rsa", path, form | FORCE)), "%s",
			  error.message);
		after = cms_of(path, form);
		expect(0, judge(&all, after, elf_content()), "%s", error.message);
		cr_assert(eq(sz, common(before, after), 2)); /* RSA is the same again */
	}
}

Test(others, replacing_takes_a_wrong_signature_in_the_keys_name_too)
{
	struct forge forge = {.signers = {{"p384"}, {"p256", .key = "stranger"}}};
	struct asked both = {.require = 2, .signers = {{"p256"}, {"p384"}}};
	const char *path = elf_file("a.so");

	write_cms(path, 0, forge_cms(&forge, elf_content()));
	refuses(MODSEAL_E_SIGNATURE_INVALID, EVIDENCE, append("p256", path, 0));
	cr_assert(zero(int, append("p256", path, FORCE)), "%s", error.message);
	expect(0, verify_file(&both, path), "%s", error.message);
}

Test(others, that_replacing_leaves_have_their_certificates)
{
	struct forge forge = {.signers = {{"leaf"}, {"leaf2"}},
			      .certificates = {"leaf", "leaf2", "ca"}};
	struct asked chain = {.require = 1, .signers = {{"ca", true}}};
	const char *path = elf_file("a.so");
	struct der cms, certificate;

	write_cms(path, 0, forge_cms(&forge, elf_content()));
	cr_assert(zero(int, append("leaf", path, FORCE)), "%s", error.message);
	expect(0, verify_file(&chain, path), "%s", error.message);
	cms = cms_of(path, 0);
	for (size_t i = 0; i < 3; i++) {
		certificate = certificate_der(forge.certificates[i]);
		cr_assert(memmem(cms.bytes, cms.size, certificate.bytes,
				 certificate.size) != NULL,
			  "%s", forge.certificates[i]);
	}
	/* one that only the signature replaced named */
	forge = (struct forge){.signers = {{"alias"}, {"rsa"}},
			       .certificates = {"alias"}};
	write_cms(path, 0, forge_cms(&forge, elf_content()));
	cr_assert(zero(int, append("p256", path, FORCE)), "%s", error.message);
	cms = cms_of(path, 0);
	certificate = certificate_der("alias");
	cr_assert(memmem(cms.bytes, cms.size, certificate.bytes, certificate.size) ==
		  NULL);
}

/* The file was changed since: what can be seen of that without the other key? */
Test(others, over_another_content_are_refused_as_far_as_it_shows)
{
	static const struct {
		const char *name;
		uint32_t form;
		struct forge forge;
		int wanted;
	} rows[] = {
		{"detached: by the message digest",
		 DETACHED,
		 {.signers = {{"p384", .flags = ATTRIBUTES, .hash = "SHA384"}}},
		 MODSEAL_E_SIGNATURE_INVALID},
		{"detached: the second one",
		 DETACHED,
		 {.signers = {{"p384", .flags = ATTRIBUTES},
			      {"rsa", .flags = ATTRIBUTES}}},
		 MODSEAL_E_SIGNATURE_INVALID},
		{"appended: by the certificate inside",
		 0,
		 {.signers = {{"leaf"}}, .certificates = {"leaf"}},
		 MODSEAL_E_SIGNATURE_INVALID},
		{"appended: by key identifier",
		 0,
		 {.signers = {{"leaf", .flags = KEY_IDENTIFIER}},
		  .certificates = {"ca", "leaf"}},
		 MODSEAL_E_SIGNATURE_INVALID},
		{"appended: not without the key", 0, {.signers = {{"p384"}}}, 0},
		{"appended: not with another's certificate",
		 0,
		 {.signers = {{"p384"}}, .certificates = {"rsa"}},
		 0},
		{"appended: an algorithm nobody takes",
		 0,
		 {.signers = {{"p384", .claim = "SHA1"}}, .certificates = {"p384"}},
		 0},
	};
	struct der other = elf_content();

	other.bytes[8] ^= 1;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *path = elf_file("a.so");

		write_cms(path, rows[i].form, forge_cms(&rows[i].forge, other));
		cr_assert(eq(int, append("p256", path, rows[i].form), rows[i].wanted),
			  "%s: %s", rows[i].name, error.message);
		if (rows[i].wanted) {
			cr_assert(eq(int, error.stage, EVIDENCE), "%s", rows[i].name);
			cr_assert(strstr(error.message, "changed since") != NULL,
				  "%s: %s", rows[i].name, error.message);
			cr_assert(strstr(error.remedy, "--force") != NULL, "%s",
				  rows[i].name);
		}
		/* over this content they are all let stand */
		write_cms(path, rows[i].form, forge_cms(&rows[i].forge, elf_content()));
		cr_assert(zero(int, append("p256", path, rows[i].form)), "%s: %s",
			  rows[i].name, error.message);
	}
}

Test(others, whose_signature_does_not_fit_their_certificate_are_refused)
{
	struct forge forge = {
		.signers = {{"leaf", .key = "stranger", .flags = ATTRIBUTES}},
		.certificates = {"leaf"}};
	const char *path = elf_file("a.so");

	write_cms(path, DETACHED, forge_cms(&forge, elf_content()));
	refuses(MODSEAL_E_SIGNATURE_INVALID, EVIDENCE, append("p256", path, DETACHED));
}

Test(others, that_are_malformed_are_refused_whatever_is_asked)
{
	static const struct forge rows[] = {
		{.signers = {{"p384", .flags = ATTRIBUTES | NO_DIGEST}}},
		{.signers = {{"p384"}}},
		{.signers = {{"p384", .flags = ATTRIBUTES | UNSIGNED_OTHER}}},
		{.signers = {{"p384", .flags = ATTRIBUTES}}, .flags = CRLS},
		{.signers = {{"p384", .flags = ATTRIBUTES}}, .flags = INDEFINITE},
		{.signers = {{"p384", .flags = ATTRIBUTES}}, .flags = NO_SIGNER_INFOS},
		{.signers = {{"p384", .flags = ATTRIBUTES}}, .flags = LEFT_OVER},
		{.signers = {{"p384", .flags = ATTRIBUTES}}, .flags = EMBEDDED},
	};
	const char *path = elf_file("a.so");

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct der cms = forge_cms(&rows[i], elf_content());

		write_cms(path, DETACHED, cms);
		refuses(MODSEAL_E_SIGNATURE_MALFORMED, EVIDENCE,
			append("p256", path, DETACHED));
		refuses(MODSEAL_E_SIGNATURE_MALFORMED, EVIDENCE,
			append("p256", path, DETACHED | FORCE));
		cr_assert(same_bytes(cms_of(path, DETACHED), cms), "row %zu", i);
	}
	cr_assert(eq(sz, count_files(), 2));
}

Test(others, are_looked_for_in_the_result)
{
	/* RSA: an ECDSA signature would be another one each time */
	struct forge two = {.signers = {{"rsa"}, {"rsa", .hash = "SHA384"}},
			    .certificates = {"leaf"}};
	struct forge three = {.signers = {{"rsa"}, {"rsa", .hash = "SHA384"}, {"p256"}},
			      .certificates = {"leaf"}};
	struct forge bad[] = {
		{.signers = {{"rsa"}, {"rsa", .hash = "SHA384"}},
		 .certificates = {"leaf"}},
		{.signers = {{"rsa"}, {"rsa", .hash = "SHA512"}, {"p256"}},
		 .certificates = {"leaf"}},
		{.signers = {{"rsa"}, {"rsa", .hash = "SHA384"}, {"p256"}},
		 .certificates = {"leaf2"}},
		{.signers = {{"rsa"}, {"rsa", .hash = "SHA384"}, {"p256"}}},
	};
	struct modseal_signing_key *key = signing_key("p256");
	struct modseal_others others;
	struct der content = elf_content(), old, more;
	struct modseal_span whole;
	size_t at;

	old = forge_cms(&two, content);
	whole = modseal_span_of(old.bytes, old.size);
	cr_assert(zero(int,
		       modseal_others_read(key, MODSEAL_EVIDENCE_APPENDED,
					   modseal_span_of(content.bytes, content.size),
					   whole, false, "x", &others, &error)),
		  "%s", error.message);
	more = forge_cms(&three, content);
	cr_assert(zero(int, modseal_others_kept(&others, key->crypto,
						modseal_span_of(more.bytes, more.size),
						"x", &error)),
		  "%s", error.message);
	for (at = 0; at < 4; at++) {
		more = forge_cms(&bad[at], content);
		refuses(MODSEAL_E_INTERNAL, SIGNING,
			modseal_others_kept(&others, key->crypto,
					    modseal_span_of(more.bytes, more.size), "x",
					    &error));
	}
	modseal_others_clear(&others);
	modseal_signing_key_free(&key);
}

/* What is read back is good, of this key, over this content, but not what was judged. */
Test(others, are_looked_for_in_what_was_written)
{
	static const struct {
		uint32_t form;
		const char *signed_name, *alone_name;
	} rows[] = {{0, "a.so", "b.so"}, {DETACHED, "a.so.p7s", "b.so.p7s"}};

	for (size_t i = 0; i < 2; i++) {
		struct der alone, before;
		int code;

		cr_assert(zero(int, append("p384", elf_file("a.so"), rows[i].form)));
		cr_assert(zero(int, append("p256", elf_file("b.so"), rows[i].form)));
		before = read_bytes(in_place("%s", rows[i].signed_name));
		alone = read_bytes(in_place("%s", rows[i].alone_name));
		instead = alone;
		code = append("p256", in_place("a.so"), rows[i].form);
		instead.size = 0;
		refuses(MODSEAL_E_CHANGED, SIGNING, code);
		cr_assert(strstr(error.message, "hold what was written") != NULL, "%s",
			  error.message);
		cr_assert(same_bytes(read_bytes(in_place("%s", rows[i].signed_name)),
				     before),
			  "row %zu", i);
	}
	cr_assert(eq(sz, count_files(), 4));
}
