/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON between the two steps of signing with a key that is elsewhere (modseal(1),
 * "digest"): a request, and the same with signatures in it. */
#ifndef MODSEAL_TOOL_REQUEST_H
#define MODSEAL_TOOL_REQUEST_H

#include <jansson.h>

#include "modseal-sign.h"

#define REQUEST_FORMAT	 1
#define REQUEST_MAX_SIZE (1u << 30) /* bytes; some 2 million files */

/* Standard Base64 with padding (RFC 4648 4); NULL: no memory. */
json_t *request_base64(const uint8_t *bytes, size_t size);
/* Decodes it into memory that the caller frees. Errors: ARGUMENT where it is none or
 * empty, RESOURCE. */
MODSEAL_MUST_CHECK int request_from_base64(const char *text, uint8_t **ret_bytes,
					   size_t *ret_size, const char *object,
					   struct modseal_error *error);

/* A path as a member `path`, where it is not UTF-8 also exactly, as `path-base64`. */
int request_set_path(json_t *entry, const char *path);
/* The exact path of an entry, which the caller frees. Errors: ARGUMENT, RESOURCE. */
MODSEAL_MUST_CHECK int request_path(const json_t *entry, char **ret_path,
				    const char *object, struct modseal_error *error);

/* Reads and judges a request, from standard input where file is "-". The caller releases
 * *ret_request. Errors: NOT_FOUND, SYSTEM, ARGUMENT (no request, with line and column),
 * TOO_LARGE, RESOURCE. */
MODSEAL_MUST_CHECK int request_read(const char *file, json_t **ret_request,
				    struct modseal_error *error);

#endif
