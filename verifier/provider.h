/* SPDX-License-Identifier: Apache-2.0 */
/* The provider of OpenSSL that a policy chooses for its checks. */
#ifndef MODSEAL_PROVIDER_H
#define MODSEAL_PROVIDER_H

#include "verifier/context.h"

/*
 * Puts the context and its anchors on the provider that its policy names; for `default`
 * nothing is to be done. The FIPS module is code that runs in this process before any
 * rule was asked, so it and its settings must lie where only root can write (as
 * `protected-path`), whoever owns the policy; the process gate is told of it as of an
 * entry of process.preload, and judges it by the rules. What was authenticated before
 * must be authenticated again by the caller.
 *
 * Errors: UNSUPPORTED (no such module, or it does not start: never another provider
 * instead), PATH_UNSAFE, ANCHOR_INVALID (a key that the provider does not take), CRYPTO,
 * RESOURCE, SYSTEM.
 */
MODSEAL_MUST_CHECK int modseal_provider_choose(struct modseal_context *context,
					       struct modseal_error *error);

#endif
