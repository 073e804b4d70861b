/* SPDX-License-Identifier: Apache-2.0 */
/* What the names of the templates stand for: the parts of a signature, right by default.
 */
#ifndef MODSEAL_HOSTILE_MAKE_H
#define MODSEAL_HOSTILE_MAKE_H

#include "tests/hostile/cms/people.h"

/* RFC 5652 5.1 to 5.4. A case puts other templates in their place. */
static const char cms_defaults[] =
	"cms=30($type a0($signeddata));"
	"type=@1.2.840.113549.1.7.2;"
	"signeddata=30($version $digests $econtent $certs $crls $signers);"
	"version=020101;"
	"digests=31<$alg>;"
	"econtent=30($data);"
	"data=@1.2.840.113549.1.7.1;"
	"certs=;"
	"crls=;"
	"signers=31<$signer>;"
	"signer=30($sver $sid $alg $attrs $sigalg $sig $unsigned);"
	"sver=020101;"
	"sid=30($issuer $serial);"
	"ct=30(@1.2.840.113549.1.9.3 31($data));"
	"md=30(@1.2.840.113549.1.9.4 31(04($digest)));"
	"time=30(@1.2.840.113549.1.9.5 31(17('261123000000Z')));"
	"sig=04($sigvalue);"
	"unsigned=;"
	"counter=30($sver $sid $alg $sigalg $sig);"
	/* RFC 3161: a token by nobody, with a TSTInfo that is right as far as it is read
	 */
	"stamp=30(@1.2.840.113549.1.9.16.2.14 31($token));"
	"token=30(@1.2.840.113549.1.7.2 a0(30(020103 31() $tsteci 31())));"
	"tsteci=30(@1.2.840.113549.1.9.16.1.4 a0(04($tst)));"
	"tst=30(020101 0602 2a03 30(30(@2.16.840.1.101.3.4.2.1) 04(ff*32)) 020105 "
	"18('20261123000000Z'));"
	/* include/linux/module_signature.h */
	"file=$content $cms $trailer;"
	"trailer=$header $magic;"
	"header=00 00 02 00 00 000000 $size;"
	"magic='~Module signature appended~' 0a;"
	"sidecar=$cms;"
	/* RFC 8017 9.2 */
	"block=0001 ff*202 00 $digestinfo;"
	"digestinfo=30(30(@2.16.840.1.101.3.4.2.1 0500) 04($overdigest))";

static const struct {
	const char *name, *object;
	int ecdsa, rsa; /* last part of ecdsa-with-X and XWithRSAEncryption */
} hashes[] = {
	{"SHA256", "2.16.840.1.101.3.4.2.1", 2, 11},
	{"SHA384", "2.16.840.1.101.3.4.2.2", 3, 12},
	{"SHA512", "2.16.840.1.101.3.4.2.3", 4, 13},
	{"SHA224", "2.16.840.1.101.3.4.2.4", 1, 14},
	{"SHA512-256", "2.16.840.1.101.3.4.2.6", 4, 16},
	{"SHA3-256", "2.16.840.1.101.3.4.2.8", 4, 11},
	{"SHA1", "1.3.14.3.2.26", 0, 5},
	{"MD5", "1.2.840.113549.2.5", 0, 4},
};

static inline size_t hash_index(const char *name)
{
	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		if (strcmp(hashes[i].name, name) == 0)
			return i;
	die("no hash '%s'", name);
}

static inline struct bytes formatted(const struct scope *scope, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static inline struct bytes formatted(const struct scope *scope, const char *format, ...)
{
	char text[400];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return template_of(scope, text);
}

static inline struct bytes signature_algorithm(const struct scope *scope,
					       const char *hash)
{
	const struct person *key = scope->key;
	const char *object = hashes[hash_index(hash)].object;

	if (!is_rsa(key) && hashes[hash_index(hash)].ecdsa == 0)
		return formatted(scope, "30(@1.2.840.10045.4.1)");
	if (!is_rsa(key))
		return formatted(scope, "30(@1.2.840.10045.4.3.%d)",
				 hashes[hash_index(hash)].ecdsa);
	if (strcmp(word(scope, "pad", ""), "pss") != 0)
		return formatted(scope,
				 scope->issuer ? "30(@1.2.840.113549.1.1.%d 0500)"
					       : "30(@1.2.840.113549.1.1.1 0500)",
				 hashes[hash_index(hash)].rsa);
	return formatted(scope,
			 "30(@1.2.840.113549.1.1.10 30(a0(30(@%s 0500)) "
			 "a1(30(@1.2.840.113549.1.1.8 30(@%s 0500))) a2(0201%02x)))",
			 object, hashes[hash_index(word(scope, "mgf", hash))].object,
			 atoi(word(scope, "salt", "32")));
}

/* What is signed: the attributes as a SET OF, or the content; over= says otherwise. */
static inline struct bytes signed_bytes(const struct scope *scope)
{
	struct bytes over;

	if (word(scope, "over", NULL))
		return template_of(scope, "$over");
	over = template_of(scope, "$attrs");
	if (over.size == 0)
		return scope->content;
	over = bytes_of(over.data, over.size);
	over.data[0] = 0x31;
	return over;
}

/* NAME/KEY/HASH, the last two if they are others */
static inline struct bytes signer_piece(const struct scope *scope, const char *argument)
{
	static char hash_names[8][16];
	static unsigned next;
	struct scope inner = *scope;
	char names[3][24] = {"", "", ""};
	size_t at = 0, used = 0;

	for (; *argument && at < 3; argument++) {
		if (*argument == '/') {
			at++;
			used = 0;
		} else if (used + 1 < sizeof(names[0])) {
			names[at][used++] = *argument;
		}
	}
	inner.who = find_person(names[0]);
	inner.key = names[1][0] ? find_person(names[1]) : inner.who;
	if (names[2][0]) {
		char *name = hash_names[next++ % 8];

		snprintf(name, sizeof(hash_names[0]), "%.15s", names[2]);
		inner.hash = name;
	}
	return template_of(&inner, "$signer");
}

/* r=1, s=2: the INTEGERs of one signature; the other half of the same one comes later. */
static inline struct bytes half_signature(const struct scope *scope, bool second)
{
	static struct bytes whole;
	struct bytes rest;
	size_t header = 0, size;

	if (!second)
		whole = sign(scope, scope->hash, signed_bytes(scope));
	element_size(whole, &header);
	rest = (struct bytes){whole.data + header, whole.size - header};
	size = element_size(rest, NULL);
	if (!second)
		return (struct bytes){rest.data, size};
	return (struct bytes){rest.data + size, rest.size - size};
}

/* s as n - s: the other spelling of an ECDSA signature, of which both are right. */
static inline struct bytes other_half(const struct scope *scope)
{
	struct bytes s = half_signature(scope, true), result;
	BIGNUM *order = NULL, *number = BN_bin2bn(s.data + 2, (int)s.size - 2, NULL);
	uint8_t value[80] = {0};
	int size;

	EVP_PKEY_get_bn_param(scope->key->key, "order", &order);
	BN_sub(number, order, number);
	size = BN_bn2bin(number, value + 1);
	result = value[1] & 0x80 ? wrap(0x02, bytes_of(value, (size_t)size + 1), 0)
				 : wrap(0x02, bytes_of(value + 1, (size_t)size), 0);
	BN_free(order);
	BN_free(number);
	return result;
}

static inline struct bytes armour(const struct scope *scope, const char *label)
{
	static char text[200000];
	size_t used = (size_t)snprintf(text, sizeof(text), "-----BEGIN %s-----\n", label);

	for (size_t at = 0; at < scope->cms.size; at += 48) {
		size_t size = scope->cms.size - at < 48 ? scope->cms.size - at : 48;

		used += (size_t)EVP_EncodeBlock((unsigned char *)text + used,
						scope->cms.data + at, (int)size);
		text[used++] = '\n';
	}
	used += (size_t)snprintf(text + used, sizeof(text) - used, "-----END %s-----\n",
				 label);
	return bytes_of(text, used);
}

/* The last bit of the last byte is another. */
static inline struct bytes flipped(struct bytes bytes)
{
	bytes = bytes_of(bytes.data, bytes.size);
	bytes.data[bytes.size - 1] ^= 1;
	return bytes;
}

static inline struct bytes certificate_piece(const struct scope *scope, const char *name)
{
	const struct person *who = scope->who;

	if (strcmp(name, "spki") == 0)
		return public_key(who->key);
	if (strcmp(name, "keyid") == 0)
		return who->key_id;
	if (strcmp(name, "number") == 0)
		return bytes_of(&who->number, 1);
	if (strcmp(name, "commonname") == 0)
		return bytes_of(who->name, strlen(who->name));
	if (!scope->issuer)
		die("nothing is called '%s'", name);
	if (strcmp(name, "issuerkeyid") == 0)
		return scope->issuer->key_id;
	if (strcmp(name, "issuername") == 0)
		return scope->issuer->subject;
	if (strcmp(name, "certalg") == 0)
		return signature_algorithm(scope, scope->hash);
	if (strcmp(name, "certsig") == 0)
		return sign(scope, scope->hash, template_of(scope, "$tbs"));
	die("nothing is called '%s'", name);
}

static inline struct bytes cms_piece(const struct scope *scope, const char *name,
				     const char *argument)
{
	uint32_t size = (uint32_t)scope->cms.size;

	if (strcmp(name, "content") == 0)
		return scope->content;
	if (strcmp(name, "attrs") == 0)
		return scope->detached ? template_of(scope, "a0<$ct $md>")
				       : (struct bytes){.size = 0};
	if (strcmp(name, "alg") == 0)
		return formatted(
			scope, "30(@%s)",
			hashes[hash_index(*argument ? argument : scope->hash)].object);
	if (strcmp(name, "digest") == 0)
		return digest_of(*argument ? argument : scope->hash, scope->content);
	if (strcmp(name, "overdigest") == 0)
		return digest_of(*argument ? argument : scope->hash, signed_bytes(scope));
	if (strcmp(name, "sigalg") == 0)
		return signature_algorithm(scope, scope->hash);
	if (strcmp(name, "sigvalue") == 0)
		return sign(scope, *argument ? argument : scope->hash,
			    signed_bytes(scope));
	if (strcmp(name, "sigflipped") == 0)
		return flipped(sign(scope, scope->hash, signed_bytes(scope)));
	if (strcmp(name, "raw") == 0)
		return sign_raw(scope->key, template_of(scope, "$block"));
	if (strcmp(name, "r") == 0 || strcmp(name, "s") == 0)
		return half_signature(scope, *name == 's');
	if (strcmp(name, "others") == 0)
		return other_half(scope);
	if (strcmp(name, "size") == 0)
		return bytes_of((uint8_t[]){(uint8_t)(size >> 24), (uint8_t)(size >> 16),
					    (uint8_t)(size >> 8), (uint8_t)size},
				4);
	if (strcmp(name, "pem") == 0)
		return armour(scope, *argument ? argument : "CMS");
	return certificate_piece(scope, name);
}

static struct bytes piece(const struct scope *scope, const char *name,
			  const char *argument)
{
	const struct person *person = scope->who;
	size_t length;

	if (strcmp(name, "cms") == 0 && scope->cms.data)
		return scope->cms;
	if (strcmp(name, "signer") == 0 && *argument)
		return signer_piece(scope, argument);
	if (*argument && strcmp(name, "keyid") == 0)
		return find_person(argument)->key_id;
	if (*argument && !scope->issuer &&
	    (strcmp(name, "cert") == 0 || strcmp(name, "issuer") == 0 ||
	     strcmp(name, "serial") == 0))
		person = find_person(argument);
	for (size_t i = 0; i < 3 && !*argument; i++) {
		const char *text = find_definition(scope->texts[i], name, &length);

		if (text)
			return expand(scope, text, length);
	}
	if (!scope->issuer && strcmp(name, "cert") == 0)
		return person->certificate;
	if (!scope->issuer && strcmp(name, "issuer") == 0)
		return person->issuer;
	if (!scope->issuer && strcmp(name, "serial") == 0)
		return person->serial;
	return cms_piece(scope, name, argument);
}

#endif
