/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layout of a CMS SignedData (RFC 5652 section 5), read by our own reader before any
 * library sees it. What it accepts is narrower than the RFC: see modseal_layout_read.
 */
#ifndef MODSEAL_SIGNATURE_LAYOUT_H
#define MODSEAL_SIGNATURE_LAYOUT_H

#include "internal/error.h"
#include "internal/limits.h"
#include "verifier/signature/tlv.h"

/* One SignerInfo. Spans of what is absent are empty. */
struct modseal_layout_signer {
	struct modseal_span whole;
	struct modseal_span identifier;	   /* issuer and serial, or [0] key identifier */
	struct modseal_span digest_object; /* value of the digest's identifier */
	struct modseal_span attributes;	   /* the element [0] of signed Attributes */
	struct modseal_span signature_object;	 /* value of the algorithm's identifier */
	struct modseal_span signature;		 /* value of the OCTET STRING */
	struct modseal_span unsigned_attributes; /* the element [1] */
	bool by_key_identifier;
};

struct modseal_layout {
	struct modseal_span digest_algorithms; /* value of the SET */
	struct modseal_span content;	       /* of a token: its TSTInfo */
	struct modseal_span certificates;      /* value of [0] */
	size_t certificate_count;
	struct modseal_layout_signer signers[MODSEAL_MAX_SIGNER_INFOS];
	size_t signer_count;
	bool version_3; /* a SignerInfo names its signer by key identifier */
};

/*
 * Reads DER that is exactly one ContentInfo with SignedData (R11) over detached id-data
 * (R16), the versions those of RFC 5652 5.1 and 5.3, the digest algorithms exactly those
 * of the SignerInfos (R10), at most four plain certificates, no CRLs (R24), one to eight
 * SignerInfos (R17, R18), nothing left over anywhere. The spans point into cms.
 * Errors: SIGNATURE_MALFORMED.
 */
MODSEAL_MUST_CHECK int modseal_layout_read(struct modseal_span cms, const char *object,
					   struct modseal_layout *ret_layout,
					   struct modseal_error *error);

/* The same of a time-stamp token (RFC 3161 2.4.2): version 3 over an embedded TSTInfo,
 * with one SignerInfo. Errors: SIGNATURE_MALFORMED. */
MODSEAL_MUST_CHECK int modseal_layout_read_token(struct modseal_span token,
						 const char *object,
						 struct modseal_layout *ret_layout,
						 struct modseal_error *error);

/* True if bytes are a well-formed RFC 3161 time-stamp token: SignedData over an embedded
 * TSTInfo. Nothing of it is believed. */
bool modseal_layout_is_token(struct modseal_span bytes);

/* The TLV of an AlgorithmIdentifier: object identifier, then anything or nothing. */
bool modseal_layout_algorithm(struct modseal_span *rest, struct modseal_span *ret_object,
			      struct modseal_span *ret_parameters);

#endif
