/* SPDX-License-Identifier: Apache-2.0 */
/* A library as a project may have one: what is built with each build system and signed.
 */
#include "filter.h"

int filter_halve(int value)
{
	return value / 2;
}
