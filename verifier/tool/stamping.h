/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands about time stamps share. */
#ifndef MODSEAL_TOOL_STAMPING_H
#define MODSEAL_TOOL_STAMPING_H

#include "modseal-timestamp.h"
#include "verifier/tool/output.h"

/* Works on one file. */
typedef int stamping_work(const struct modseal_stamping *stamping,
			  const struct options *options, const char *operand,
			  uint32_t flags, modseal_stamp_visit *visit, void *argument,
			  struct modseal_error *error);

/* Works on all operands, one after the other, and tells what became of each signature.
 * what: "verified". Returns the exit value. */
int stamping_run(const struct options *options, const char *what, stamping_work *work);

#define OPTIONS_STAMPING                                                                 \
	OPTION_A_TEXT("certificate", "FILE", certificate,                                \
		      "only the signatures by this certificate"),                        \
		OPTION_A_FLAG("detached", detached,                                      \
			      "the signatures in FILE.p7s (default where none are\n"     \
			      "appended to FILE)")
#define OPTIONS_AUTHORITY                                                                \
	OPTION_A_TEXT("tsa-certificate", "FILE", authority_certificate,                  \
		      "the certificate of the authority whose word counts"),             \
		OPTION_A_TEXT("tsa-ca", "FILE", authority_issuer,                        \
			      "or that of the CA which issued it")

#endif
