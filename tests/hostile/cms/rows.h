/* SPDX-License-Identifier: Apache-2.0 */
/* What a case of the table is, and the people it is about. */
#ifndef MODSEAL_HOSTILE_ROWS_H
#define MODSEAL_HOSTILE_ROWS_H

#include "tests/hostile/cms/make.h"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers" /* rows are shorter */

/*
 * One case for each rule named in rules, which are words of:
 *	a d	appended, detached; the signers p256, p384, p521 and rsa are pinned
 *	ac dc	the authority `ca` is a chain signer, the file carries the leaf
 *	a2 d2	two of p256, p384 and rsa must have signed, p256 and p384 have
 * A case of a rule d is also put beside a policy, whose anchor is p256.
 */
struct row {
	const char *rules;
	const char *name;
	const char *how;  /* "name=template; ..." */
	int code;	  /* 0: the valid twin, for which the same rules hold */
	const char *leaf; /* definitions of a certificate made for this case, or NULL */
};

struct group {
	const char *name;
	const struct row *rows;
	size_t count;
	const char *common; /* templates for all rows, behind their own */
};
#define GROUP(name, rows, common)                                                        \
	{                                                                                \
		name, rows, sizeof(rows) / sizeof((rows)[0]), common                     \
	}

#define OK    0
#define MAL   MODSEAL_E_SIGNATURE_MALFORMED
#define WRONG MODSEAL_E_SIGNATURE_INVALID
#define WHO   MODSEAL_E_SIGNER_NOT_ALLOWED
#define WEAK  MODSEAL_E_ALGORITHM_NOT_ALLOWED
#define CERT  MODSEAL_E_CERTIFICATE_INVALID
#define LATE  MODSEAL_E_CERTIFICATE_EXPIRED
#define GONE  MODSEAL_E_REVOKED
#define FEW   MODSEAL_E_SIGNERS_TOO_FEW
#define TYPE  MODSEAL_E_TYPE_MISMATCH
#define NONE  MODSEAL_E_SIGNATURE_MISSING

/* The signer by key identifier: SignerInfo and SignedData are version 3 then. */
#define BY_KEY "sid=80($keyid);"

static struct person people[] = {
	{"p256", ""},
	{"p384", "key=ec:P-384"},
	{"p521", "key=ec:P-521"},
	{"rsa", "key=rsa:2048"},
	{"policy", ""},
	{"stranger", ""},
	{"anchored", ""}, /* the one library signer of the policy that p256 signs */
	/* issuer and serial number of p256, another key */
	{"twin", "subjectname=30(31(30(@2.5.4.3 0c('p256'))));certserial=0202 4100"},
	{"alias", "key=of:p256"}, /* the key of p256 under another name */
	{"ca", "authority=yes"},
	{"otherca", "authority=yes"},
	/* the name of ca, another key */
	{"fakeca", "authority=yes;subjectname=30(31(30(@2.5.4.3 0c('ca'))))"},
	{"leaf", "issuer=ca"},
	{"leaf2", "issuer=ca"},
	{"fakeleaf", "issuer=fakeca;certserial=0202 410c"},
	{"otherleaf", "issuer=otherca"},
	{"revokedkey", "issuer=ca"},
	{"revokedcert", "issuer=ca"},
	/* authorities below ca */
	{"mid", "authority=yes;issuer=ca"},
	{"mid2", "authority=yes;issuer=mid"},
	{"mid3", "authority=yes;issuer=mid2"},
	{"midplain", "issuer=ca"},
	{"midnobc", "authority=yes;issuer=ca;bc="},
	{"midnoku", "authority=yes;issuer=ca;ku="},
	{"midnosign", "authority=yes;issuer=ca;ku=30(@2.5.29.15 0101ff 04(03(0780)))"},
	{"midnoski", "authority=yes;issuer=ca;ski="},
	{"midlate", "authority=yes;issuer=ca;"
		    "validity=30(17('200101000000Z') 17('210101000000Z'))"},
	{"midearly", "authority=yes;issuer=ca;"
		     "validity=30(17('480101000000Z') 17('490101000000Z'))"},
	{"midmail",
	 "authority=yes;issuer=ca;eku=30(@2.5.29.37 04(30(@1.3.6.1.5.5.7.3.4)))"},
	{"midcode",
	 "authority=yes;issuer=ca;eku=30(@2.5.29.37 04(30(@1.3.6.1.5.5.7.3.3)))"},
	{"midzero", "authority=yes;issuer=ca;"
		    "bc=30(@2.5.29.19 0101ff 04(30(0101ff 020100)))"},
	{"midbelow", "authority=yes;issuer=midzero"},
	{"midodd", "authority=yes;issuer=ca;more=30(@1.2.3.4 0101ff 04(0500))"},
	{"midweak", "authority=yes;issuer=ca;key=rsa:1024"},
	{"midsha1", "authority=yes;issuer=ca;certhash=SHA1;"
		    "certalg=30(@1.2.840.10045.4.1)"},
	{"midgone", "authority=yes;issuer=ca"}, /* revoked by the policy */
	{"midother", "authority=yes;issuer=otherca"},
	{"midnames", "authority=yes;issuer=ca;"
		     "more=30(@2.5.29.30 0101ff 04(30(a0(30(a4(30(31(30(@2.5.4.10 0c('x')"
		     ")))))))))"},
	/* keys that nobody may sign with */
	{"rsa1024", "key=rsa:1024;issuer=ca"},
	{"rsa3", "key=rsa3;issuer=ca"},
	{"k256", "key=ec:secp256k1;issuer=ca"},
	{"p224", "key=ec:P-224;issuer=ca"},
	{"brainpool", "key=ec:brainpoolP256r1;issuer=ca"},
	{"made", NULL}, /* the leaf of a case */
};
#define PEOPLE (sizeof(people) / sizeof(people[0]))

static const struct person *find_person(const char *name)
{
	for (size_t i = 0; i < PEOPLE; i++)
		if (strcmp(people[i].name, name) == 0)
			return &people[i];
	die("nobody is called '%s'", name);
}

#endif
