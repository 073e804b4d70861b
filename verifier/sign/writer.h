/* SPDX-License-Identifier: Apache-2.0 */
/* Writes DER (X.690): values are put first and wrapped in their tag and length
 * afterwards. */
#ifndef MODSEAL_SIGN_WRITER_H
#define MODSEAL_SIGN_WRITER_H

#include "internal/span.h"

/* Zero to begin. After a failed allocation nothing more is written and failed stays true,
 * so one question at the end is enough. */
struct modseal_writer {
	uint8_t *bytes;
	size_t size;
	size_t room;
	bool failed;
};

void modseal_writer_put(struct modseal_writer *writer, struct modseal_span bytes);
/* Puts what was written since start under a tag: start is an earlier writer->size. */
void modseal_writer_wrap(struct modseal_writer *writer, uint8_t tag, size_t start);
/* A SET OF in the order of DER (X.690 11.6); sorts the items. */
void modseal_writer_put_set(struct modseal_writer *writer, uint8_t tag,
			    struct modseal_span *items, size_t count);
struct modseal_span modseal_writer_span(const struct modseal_writer *writer);
void modseal_writer_clear(struct modseal_writer *writer);

#endif
