/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the notes that list what a file opens itself while it runs. */
#include "verifier/admin/optional.h"

#include <string.h>

/* UAPI.12; NT_FDO_DLOPEN_METADATA of glibc 2.40 */
#define TYPE 0x407c0c0au
/* systemd's largest library has 30 of 150 bytes each. A PT_NOTE can be in the file's
 * table 64 times, so what is kept is counted, not what the file has. */
#define MAX_NOTES 256u
#define MAX_BYTES (128u * 1024)

/* "An array of JSON objects encoded as a zero-terminated UTF-8 string": whatever follows
 * the first zero byte is padding. */
static bool is_text(struct modseal_span content, size_t *ret_length)
{
	const uint8_t *end =
		content.size ? memchr(content.data, '\0', content.size) : NULL;

	if (!end)
		return false;
	*ret_length = (size_t)(end - content.data);
	for (size_t i = *ret_length; i < content.size; i++)
		if (content.data[i])
			return false;
	return true;
}

void modseal_optional_note(void *argument, const struct modseal_elf_note *note)
{
	static const char owner[] = "FDO";
	struct modseal_optional *optional = argument;
	size_t length;

	if (note->type != TYPE || note->owner.size != sizeof(owner) ||
	    memcmp(note->owner.data, owner, sizeof(owner)) != 0)
		return;
	if (!is_text(note->content, &length)) {
		optional->problem = "dlopen note: not one text that a zero byte ends";
	} else if (optional->texts.count == MAX_NOTES ||
		   length > MAX_BYTES - optional->bytes) {
		optional->problem = "dlopen notes: more than 256, or than 128 KiB";
	} else {
		optional->bytes += length;
		modseal_kept_copy(&optional->texts, (const char *)note->content.data,
				  length);
	}
}
