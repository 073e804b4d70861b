/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of policy/schema.c and policy/values.c: which keys there are and what they take.
 */
#include "policy/schema.h"
#include "policy_text.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

Test(schema, R85_R86_of_the_root_takes_only_what_fits)
{
	static const struct key_row rows[] = {
		{"mode: enforce", 0, NULL},
		{"mode: audit", 0, NULL},
		{"mode: on", 7, "`mode` expects one of: enforce, audit; this is `on`"},
		{"mode: [enforce]", 7, "`mode` expects a single word"},
		{"mode:", 6, "`mode` expects one of: enforce, audit"},
		{"records: {to: [file, syslog, journald], file: /var/log/m}", 0, NULL},
		{"records: {to: [journald], verdicts: refused, per-minute: 6000}", 0,
		 NULL},
		{"records: {to: []}", 15, "an empty list"},
		{"records: {}", 10, "expects the key `to`, which is missing"},
		{"records: {to: [file]}", 10, "to a file expect `file: /its/path`"},
		{"records: {to: [syslog], file: /a}", 10, "expect `file` among `to`"},
		{"records: {to: [file], file: a}", 29, "expects an absolute path"},
		{"records: {to: [file], file: /a/../b}", 29, "expects an absolute path"},
		{"records: {to: [syslog, syslog]}", 24, "each word once"},
		{"records: {to: [stderr]}", 16, "one of: file, syslog, journald"},
		{"records: {to: [syslog], verdicts: none}", 35, "one of: all, refused"},
		{"records: {to: [syslog], per-minute: 0}", 37, "from 1 to 6000"},
		{"records: {to: [syslog], per-minute: 6001}", 37, "from 1 to 6000"},
		{"records: {to: [syslog], rate: 1}", 25, "the nearest known key is"},
		{"search: [/usr/lib, '/opt/my lib']", 0, NULL},
		{"search: []", 9, "an empty list"},
		{"search: /usr/lib", 9, "; this is a single value"},
		{"search: [[/usr/lib]]", 10, "; this is a list"},
		{"search: [{a: b}]", 10, "; this is a mapping"},
		{"search: [lib]", 10, "absolute paths"},
		{"search: [/usr/lib/]", 10, "absolute paths"},
		{"search: [/usr//lib]", 10, "absolute paths"},
		{"search: [/usr/../lib]", 10, "absolute paths"},
		{"search: [/usr/./lib]", 10, "absolute paths"},
		{"search: [/]", 10, "absolute paths"},
		{"search: [~]", 10, "absolute paths"},
		{"search: [\"/usr\\nlib\"]", 10, "absolute paths"},
		{"limits: {max-size: 2047M}", 0, NULL},
		{"limits: {}", 0, NULL},
		{"limits: 256M", 9, "`limits` expects a mapping; this is a single value"},
		{"limits:", 8, "`limits` expects a mapping"},
		{"limits: []", 9, "`limits` expects a mapping"},
		{"limits: {max-size: 0}", 20, "from 1 to 2047M"},
		{"limits: {max-size: 2048M}", 20, "from 1 to 2047M"},
		{"limits: {max-size: 2G}", 20, "from 1 to 2047M"},
		{"limits: {max-size: 256m}", 20, "from 1 to 2047M"},
		{"limits: {max-size: 0x100}", 20, "from 1 to 2047M"},
		{"limits: {max-sise: 1}", 10, "the nearest known key is `max-size`"},
		{"process: {preload: [], deleted: log}", 0, NULL},
		{"process: {preload: [/a/b.so], anonymous-executable: allow}", 0, NULL},
		{"process: {deleted: allow}", 20, "expects one of: refuse, log; this is"},
		{"process: {anonymous-executable: yes}", 33,
		 "expects one of: refuse, log, allow"},
		{"process: {preload: [a]}", 21, "absolute paths"},
		{"process: {preload: /a}", 20, "; this is a single value"},
		{"revoked: {keys: [" DIGEST "]}", 0, NULL},
		{"revoked: {certificates: ['" DIGEST "'], files: []}", 0, NULL},
		{"revoked: {keys: [" DIGEST "0]}", 18, "64 lower-case hexadecimal"},
		{"revoked: {files: [0x" DIGEST "]}", 19, "64 lower-case hexadecimal"},
		{"revoked: {files: " DIGEST "}", 18, "; this is a single value"},
		{"revoked: {file: []}", 11, "the nearest known key is `files`"},
		{"requires: []", 0, NULL},
		{"requires: [expiry, versions, origin]", 0, NULL},
		{"requires: [expiry, teleport, origin]", 20, "; this is `teleport`"},
		{"requires: [expiry, expiry]", 20, "`expiry` stands twice"},
		{"requires: [teleport]", 12, "; this is `teleport`"},
		{"requires: [Expiry]", 12, "; this is `Expiry`"},
		{"requires: teleport", 11, "; this is a single value"},
		{"requires: [[a]]", 12, "; this is a list"},
		{"x-note: {any: [thing, 010, ~, {yes: no}]}", 0, NULL},
		{"x-: 1", 0, NULL},
		{"X-note: 1", 1, "unknown key `X-note` in the policy"},
		{"mod: enforce", 1, "the nearest known key is `mode`"},
		{"serials: 4", 1, "the nearest known key is `serial`"},
		{"rule: []", 1, "the nearest known key is `rules`"},
		{"procces: {}", 1, "the nearest known key is `process`"},
		{"Search: []", 1, "the nearest known key is `search`"},
		{"'mode ': enforce", 1, "the nearest known key is `mode`"},
		{"catalogs: []", 0, NULL},
		{"catalogs: {}", 11, "`catalogs` expects a list of mappings"},
		{"catalogs:", 10, "`catalogs` expects a list of mappings"},
		{"catalogs: [base]", 12, "a catalog expects a mapping"},
		{"catalog: []", 1, "the nearest known key is `catalogs`"},
		{"crypto: {provider: fips}", 0, NULL},
		{"crypto: {provider: default}", 0, NULL},
		{"crypto: {}", 0, NULL},
		{"crypto: fips", 9, "; this is a single value"},
		{"crypto: [fips]", 9, "; this is a list"},
		{"crypto: {provider: FIPS}", 20, "expects one of: default, fips"},
		{"crypto: {provider: legacy}", 20, "expects one of: default, fips"},
		{"crypto: {provider: [fips]}", 20, "; this is a list"},
		{"crypto: {provider: fips, provider: fips}", 0, "each key once"},
		{"crypto: {providers: fips}", 10, "the nearest known key is `provider`"},
		{"read-only-devices: []", 0, NULL},
		{"read-only-devices: [DM-UUID=a, PARTUUID=01234567-89]", 0, NULL},
		{"read-only-devices: DM-UUID=a", 20, "; this is a single value"},
		{"read-only-devices: [DM-UUID=a, vda1]", 32, "a list of devices, each"},
		{"read-only-device: []", 1, "nearest known key is `read-only-devices`"},
		{"expires: 2030-01-01T00:00:00Z", 0, NULL},
		{"expires: 2026-11-23T00:00:01Z", 0, NULL},
		{"expires: 2026-11-23T00:00:00Z", 10, "a time after that of `issued`"},
		{"expires: 2030-01-01", 10, "a time in UTC"},
		{"expires: never", 10, "a time in UTC"},
		{"expires: [2030-01-01T00:00:00Z]", 10, "; this is a list"},
		{"on-expiry: warn", 12, "`on-expiry` expects `expires` beside it"},
		{"on-expiry: refuse", 12, "`on-expiry` expects `expires` beside it"},
		{"expires: 2030-01-01T00:00:00Z\non-expiry: warn", 0, NULL},
		{"expires: 2030-01-01T00:00:00Z\non-expiry: log", 0,
		 "`on-expiry` expects one of: refuse, warn; this is `log`"},
		{"mode: enforce\nmode: enforce", 0, "each key once"},
	};

	each_key(HEAD, SIGNERS RULES, rows, COUNT(rows));
}

Test(schema, R85_R86_of_the_head_takes_only_what_fits)
{
	static const struct key_row names[] = {
		{"name: a", 0, NULL},
		{"name: yes", 0, NULL},
		{"name: 'a'", 0, NULL},
		{"name: 010", 0, NULL},
		{"name: ~", 7, "a name"},
		{"name: \"a\\0b\"", 7, "NUL"},
		{"name:", 6, "a name"},
		{"name: ''", 7, "this is the text ``"},
		{"name: a b", 7, "a name"},
		{"name: [a]", 7, "; this is a list"},
		{"name: {a: b}", 7, "; this is a mapping"},
		{"name: ../a", 7, "a name"},
	};
	static const struct key_row serials[] = {
		{"serial: 0", 0, NULL},
		{"serial: 9007199254740991", 0, NULL},
		{"serial: 9007199254740992", 9, "from 0 to 9007199254740991"},
		{"serial: 18446744073709551616", 9, "from 0"},
		{"serial: 18446744073709551658", 9, "from 0"},
		{"serial: yes", 9, "this is `yes`"},
		{"serial: on", 9, "whole number"},
		{"serial: ~", 9, "whole number"},
		{"serial:", 8, "whole number"},
		{"serial: 010", 9, "this is `010`"},
		{"serial: 0x10", 9, "whole number"},
		{"serial: 1e3", 9, "whole number"},
		{"serial: 1.0", 9, "whole number"},
		{"serial: -1", 9, "whole number"},
		{"serial: +1", 9, "whole number"},
		{"serial: 1_000", 9, "whole number"},
		{"serial: '42'", 9, "this is the text `42`"},
		{"serial: \"42\"", 9, "without quotes"},
		{"serial: 1K", 9, "whole number"},
		{"serial: [1]", 9, "; this is a list"},
	};
	static const struct key_row times[] = {
		{"issued: 2026-11-23T00:00:00Z", 0, NULL},
		{"issued: '2026-11-23T00:00:00Z'", 0, NULL},
		{"issued: 2026-11-23", 9, "written as 2026-11-23T00:00:00Z"},
		{"issued: 2026-11-23T00:00:00+01:00", 9, "a time in UTC"},
		{"issued: 1795392000", 9, "a time in UTC"},
		{"issued: 2026-02-29T00:00:00Z", 9, "a time in UTC"},
	};

	each_key("modseal-policy: 1\nserial: 1\nissued: 2026-11-23T00:00:00Z\n",
		 "rules: []\n", names, COUNT(names));
	each_key("modseal-policy: 1\nname: a\nissued: 2026-11-23T00:00:00Z\n",
		 "rules: []\n", serials, COUNT(serials));
	each_key("modseal-policy: 1\nname: a\nserial: 1\n", "rules: []\n", times,
		 COUNT(times));
}

#define OTHER_PEM                                                                        \
	"    certificate: |\n      -----BEGIN CERTIFICATE-----\n      B\n"               \
	"      -----END CERTIFICATE-----\n"

Test(schema, R85_R86_of_a_signer_takes_only_what_fits)
{
	static const struct key_row chain[] = {
		{"    trust: chain", 0, NULL},
		{"    trust: pinned", 0, NULL},
		{"    trust: anchor", 12,
		 "`trust` expects one of: chain, pinned; this is `anchor`"},
		{"    trust: true", 12, "expects one of"},
		{"    purposes: [library]", 0,
		 "expects the key `trust`, which is missing"},
		{"    trust: chain\n    purposes: [library, program, kernel-module]", 0,
		 NULL},
		{"    trust: chain\n    purposes: [library, catalog]", 0, NULL},
		{"    trust: chain\n    purposes: [supplement]", 0,
		 "of its signers 0 have it"},
		{"    trust: chain\n    purposes: [libary]", 0,
		 "one of: library, program, kernel-module, catalog, supplement, "
		 "timestamp; this is "
		 "`libary`"},
		{"    trust: chain\n    purposes: []", 0, "an empty list"},
		{"    trust: chain\n    purposes: library", 0,
		 "; this is a single value"},
		{"    trust: chain\n    purposes: [library, library]", 0,
		 "each word once"},
		{"    trust: chain\n    algorithms: [rsa-pss-sha256, ecdsa-p521-sha512]",
		 0, NULL},
		{"    trust: chain\n    algorithms: [ed25519, ecdsa-p256-sha256]", 0,
		 NULL},
		{"    trust: chain\n    algorithms: [ml-dsa-44, ml-dsa-65, ml-dsa-87]", 0,
		 NULL},
		{"    trust: chain\n    algorithms: [ed25519, ed25519]", 0,
		 "each word once"},
		{"    trust: chain\n    algorithms: [rsa-pkcs1-sha1]", 0,
		 "expects one of: rsa-pkcs1"},
		{"    trust: chain\n    algorithms: []", 0, "an empty list"},
		{"    trust: chain\n    intermediates: |\n      -----BEGIN "
		 "CERTIFICATE-----\n      A",
		 0, NULL},
		{"    trust: chain\n    intermediates: /etc/x.pem", 0,
		 "certificates as text"},
		{"    trust: pinned\n    intermediates: |\n      -----BEGIN "
		 "CERTIFICATE-----\n      A",
		 0, "`intermediates` only with `trust: chain`"},
		{"    trust: chain\n    certificate-sha256: " DIGEST, 0, "only beside"},
		{"    trust: chain\n    certificate-file: a.pem\n    "
		 "certificate-sha256: " DIGEST,
		 0, "not both"},
		{"    trust: chain\n    x-contact: [mail]", 0, NULL},
		{"    trust: chain\n    certficate: a", 0,
		 "the nearest known key is `certificate`"},
		{"    trust: chain\n    path: a", 0, "unknown key `path` in a signer"},
	};
	static const struct key_row files[] = {
		{"    certificate-file: a.pem", 0, "expects `certificate-sha256` beside"},
		{"    certificate-sha256: " DIGEST, 0, "expects `certificate`, or"},
		{"    certificate-file: a.pem\n    certificate-sha256: " DIGEST, 0, NULL},
		{"    certificate-file: keys/a.pem\n    certificate-sha256: '" DIGEST "'",
		 0, NULL},
		{"    certificate-file: /etc/a.pem\n    certificate-sha256: " DIGEST, 0,
		 NULL},
		{"    certificate-file: ../a.pem\n    certificate-sha256: " DIGEST, 0,
		 "a file name"},
		{"    certificate-file: ./a.pem\n    certificate-sha256: " DIGEST, 0,
		 "a file name"},
		{"    certificate-file: a/\n    certificate-sha256: " DIGEST, 0,
		 "a file name"},
		{"    certificate-file: ''\n    certificate-sha256: " DIGEST, 0,
		 "a file name"},
		{"    certificate-file: a.pem\n    certificate-sha256: 0" DIGEST, 0,
		 "64 lower-case"},
		{"    certificate-file: a.pem\n    certificate-sha256: ~", 0,
		 "64 lower-case"},
		{"    certificate: a.pem", 0, "certificates as text"},
		{"    certificate: |\n      -----BEGIN PRIVATE KEY-----\n      A", 0,
		 "certificates as"},
		{"    certificate: |\n      x\n      -----BEGIN CERTIFICATE-----", 0,
		 "certificates as"},
		{"    certificate: \"-----BEGIN CERTIFICATE-----\\nA\\n\"", 0, NULL},
		{"    x-none: 1", 0, "expects `certificate`, or `certificate-file`"},
	};
	static const struct key_row signer_names[] = {
		{"  a.b_c-9: {trust: chain, certificate: \"-----BEGIN "
		 "CERTIFICATE-----\\nA\"}",
		 0, NULL},
		{"  -a: {}", 3, "`signers` expects names"},
		{"  'a b': {}", 3, "`signers` expects names"},
		{"  x-a: {}", 3, "none beginning with `x-`"},
		{"  a: chain", 6, "a signer expects a mapping"},
		{"  a: []", 6, "a signer expects a mapping"},
		{"  a:", 5, "a signer expects a mapping"},
	};

	each_key(HEAD "signers:\n  acme:\n" OTHER_PEM, RULES, chain, COUNT(chain));
	each_key(HEAD "signers:\n  acme:\n    trust: chain\n", RULES, files,
		 COUNT(files));
	each_key(HEAD SIGNERS, RULES, signer_names, COUNT(signer_names));
	each_key(HEAD, "rules: []\n",
		 (struct key_row[]){{"signers: []", 10, "`signers` expects a mapping"},
				    {"signers: {}", 0, NULL}},
		 2);
}

#define CATALOG_SIGNERS                                                                  \
	SIGNERS "  cats:\n    trust: pinned\n    purposes: [catalog]\n" PEM

Test(schema, R85_R86_of_a_catalog_takes_only_what_fits)
{
	static const struct key_row rows[] = {
		{"    require: 1", 0, NULL},
		{"    require: 0", 14, "from 1 to the number of signers"},
		{"    require: '1'", 14, "from 1 to the number of signers"},
		{"    minimum-serial: 7", 0, NULL},
		{"    minimum-serial: 9007199254740991", 0, NULL},
		{"    minimum-serial: 9007199254740992", 21, "from 0 to"},
		{"    minimum-serial: 07", 21, "from 0 to"},
		{"    serial: 7", 5, "the nearest known key is `file`"},
		{"    minimum_serial: 7", 5, "the nearest known key is `minimum-serial`"},
		{"    x-why: because", 0, NULL},
	};
	static const struct key_row files[] = {
		{"    file: base.cat", 0, NULL},
		{"    file: /etc/modseal/base.cat", 0, NULL},
		{"    file: ../base.cat", 11, "a file name"},
		{"    file: ''", 11, "a file name"},
		{"    x-file: a", 0,
		 "a catalog expects the key `file`, which is missing"},
	};
	static const struct key_row names[] = {
		{"  - name: base", 0, NULL},
		{"  - name: 'two words'", 11, "a name"},
		{"  - x-name: a", 0, "a catalog expects the key `name`"},
	};
	static const struct key_row signers[] = {
		{"    signers: [cats]", 0, NULL},
		{"    signers: [acme]", 0, "a catalog that requires 1 expects"},
		{"    signers: [dogs]", 15, "there is no `dogs`"},
		{"    signers: [cats, cats]", 21, "`cats` stands twice"},
		{"    signers: []", 14, "an empty list"},
		{"    signers: cats", 14, "; this is a single value"},
		{"    x-none: a", 0, "a catalog expects the key `signers`"},
	};

	each_key(HEAD CATALOG_SIGNERS
		 "catalogs:\n  - name: base\n    file: base.cat\n    signers: [cats]\n",
		 "rules: []\n", rows, COUNT(rows));
	each_key(HEAD CATALOG_SIGNERS "catalogs:\n  - name: base\n    signers: [cats]\n",
		 "rules: []\n", files, COUNT(files));
	each_key(HEAD CATALOG_SIGNERS "catalogs:\n",
		 "    file: base.cat\n    signers: [cats]\nrules: []\n", names,
		 COUNT(names));
	each_key(HEAD CATALOG_SIGNERS "catalogs:\n  - name: base\n    file: base.cat\n",
		 "rules: []\n", signers, COUNT(signers));
}

Test(schema, R85_missing_keys_are_refused_by_name)
{
	refused("modseal-policy: 1\nserial: 1\nissued: 2026-11-23T00:00:00Z\nrules: []\n",
		1, 1, "expects the key `name`");
	refused("modseal-policy: 1\nname: a\nissued: 2026-11-23T00:00:00Z\nrules: []\n",
		1, 1, "expects the key `serial`");
	refused("modseal-policy: 1\nname: a\nserial: 1\nrules: []\n", 1, 1,
		"expects the key `issued`");
	refused(HEAD, 1, 1, "expects the key `rules`");
	refused("modseal-policy: 1\n2: 3\n", 2, 1, "unknown key `2`");
	refused("modseal-policy: 1\n", 1, 1, "expects the key `name`");
}

Test(schema, R85_a_feature_is_named_before_the_keys_it_brings)
{
	refused("modseal-policy: 1\nteleport: 3\nname: 3 4\nrequires: [teleport]\n", 4,
		12, "`requires` expects features of this version: ");
}

Test(schema, R85_an_unknown_key_of_any_length_names_a_near_one)
{
	char text[5000];
	size_t used = strlen(HEAD);

	memcpy(text, HEAD, used + 1);
	memset(text + used, 'q', 4000);
	snprintf(text + used + 1000, 64, ": 1\n");
	refused_span(span(text), 5, 1, "the nearest known key is `", "1000 letters");
	cr_assert(eq(str,
		     (char *)modseal_schema_nearest(
			     modseal_rule_keys, MODSEAL_RULE_KEY_COUNT, span("paths")),
		     "path"));
	cr_assert(eq(str,
		     (char *)modseal_schema_nearest(modseal_rule_keys,
						    MODSEAL_RULE_KEY_COUNT, span("")),
		     "elf"));
}
