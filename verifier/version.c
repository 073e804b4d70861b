/* SPDX-License-Identifier: Apache-2.0 */
/* The version of the library. */
#include "modseal.h"

#ifndef MODSEAL_VERSION_TEXT
#define MODSEAL_VERSION_TEXT "0.1.0"
#endif

const char *modseal_version(void)
{
	return MODSEAL_VERSION_TEXT;
}
