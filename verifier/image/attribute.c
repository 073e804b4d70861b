/* SPDX-License-Identifier: Apache-2.0 */
/* Reads extended attributes of open files. */
#include "verifier/image/attribute.h"

#include <errno.h>
#include <sys/xattr.h>

int modseal_attribute_read(int descriptor, const char *name, uint8_t *buffer, size_t size,
			   enum modseal_attribute_state *ret_state, size_t *ret_size,
			   const char *object, struct modseal_error *error)
{
	ssize_t length;

	errno = 0;
	length = fgetxattr(descriptor, name, buffer, size);
	if (length < 0 && errno != ENODATA && errno != ENOTSUP && errno != ERANGE &&
	    errno != E2BIG)
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_BYTES,
					  errno, object, "its %s cannot be read", name);
	*ret_size = length < 0 ? 0 : (size_t)length;
	if (length >= 0)
		*ret_state = MODSEAL_ATTRIBUTE_READ;
	else if (errno == ENODATA || errno == ENOTSUP)
		*ret_state = MODSEAL_ATTRIBUTE_ABSENT;
	else
		*ret_state = MODSEAL_ATTRIBUTE_TOO_LARGE;
	return 0;
}
