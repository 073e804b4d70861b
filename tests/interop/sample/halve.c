/* SPDX-License-Identifier: Apache-2.0 */
/* A program that is linked with the library, so build systems edit its RPATH. */
#include <stdio.h>

#include "filter.h"

int main(void)
{
	return printf("%d\n", filter_halve(84)) < 0;
}
