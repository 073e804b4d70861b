/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps what a context reads, of a policy that is to be installed. */
#ifndef MODSEAL_ADMIN_GATHER_H
#define MODSEAL_ADMIN_GATHER_H

#include "verifier/admin/install_set.h"
#include "verifier/context.h"

/* What adds to this set all that is read (struct modseal_open_how). */
struct modseal_gatherer modseal_gatherer_of(struct modseal_set *set);

#endif
