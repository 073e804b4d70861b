/* SPDX-License-Identifier: Apache-2.0 */
/* One reader under libFuzzer (make fuzz): tests/fuzz/run.sh includes its header. */
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	TRY(bytes, size);
	return 0;
}
