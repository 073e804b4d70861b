/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of policies under libFuzzer (make fuzz). */
#include "tests/fuzz/policy_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	try_text(bytes, size);
	return 0;
}
