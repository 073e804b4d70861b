/* SPDX-License-Identifier: Apache-2.0 */
/* Reads /proc and /sys, and asks the kernel's keyrings; what cannot be read is unknown.
 */
#include "verifier/admin/running.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

/* 0: read, the text ends with NUL; otherwise errno. What does not fit is left out. */
static int read_text(const char *root, const char *path, char *buffer, size_t size)
{
	char whole[4096];
	size_t used = 0;
	ssize_t length = 1;
	int descriptor;

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	descriptor = open(whole, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (descriptor < 0)
		return errno;
	while (length > 0 && used < size - 1) {
		length = read(descriptor, buffer + used, size - 1 - used);
		used += length > 0 ? (size_t)length : 0;
	}
	buffer[used] = '\0';
	length = length < 0 ? errno : 0;
	close(descriptor);
	return (int)length;
}

static bool is_there(const char *root, const char *path)
{
	char whole[4096];
	struct stat status;

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	return stat(whole, &status) == 0;
}

/* "1" or "Y" against "0" or "N"; absent: what it means that the file is not there. */
static enum modseal_seen read_switch(const char *root, const char *path,
				     enum modseal_seen absent)
{
	char text[8];
	int errnum = read_text(root, path, text, sizeof(text));

	if (errnum == ENOENT)
		return absent;
	if (errnum || !text[0])
		return MODSEAL_SEEN_UNKNOWN;
	return text[0] == '1' || text[0] == 'Y' ? MODSEAL_SEEN_YES : MODSEAL_SEEN_NO;
}

/* CAP_SYS_MODULE counts in the first user namespace only, which maps all users. */
static enum modseal_seen is_capable(const char *root)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};
	unsigned inside, outside, count;
	char map[256];

	if (syscall(SYS_capget, &header, data))
		return MODSEAL_SEEN_UNKNOWN;
	if (!(data[CAP_TO_INDEX(CAP_SYS_MODULE)].effective & CAP_TO_MASK(CAP_SYS_MODULE)))
		return MODSEAL_SEEN_NO;
	if (read_text(root, "/proc/self/uid_map", map, sizeof(map)) == 0 &&
	    (sscanf(map, "%u %u %u", &inside, &outside, &count) != 3 || inside != 0 ||
	     outside != 0 || count != UINT32_MAX))
		return MODSEAL_SEEN_NO;
	return MODSEAL_SEEN_YES;
}

/* "none [integrity] confidentiality": the one in force is marked. */
static enum modseal_seen is_locked_down(const char *root)
{
	char text[128];

	if (read_text(root, "/sys/kernel/security/lockdown", text, sizeof(text)) == 0)
		return strstr(text, "[none]") ? MODSEAL_SEEN_NO : MODSEAL_SEEN_YES;
	/* every kernel with securityfs has this in it, where it is mounted */
	return is_there(root, "/sys/kernel/security/lsm") ? MODSEAL_SEEN_NO
							  : MODSEAL_SEEN_UNKNOWN;
}

/* A line is "09f1f71f I------ 1 perm 1f030000 0 0 keyring .name: 2"
 * (security/keys/proc.c). Names that begin with a dot are the kernel's own: nobody else
 * may make such a keyring. */
void modseal_keyrings_read(const char *text, struct modseal_keyrings *ret_keyrings)
{
	struct modseal_keyrings keyrings = {0};

	while (*text) {
		unsigned id;
		char type[16], name[64];

		if (sscanf(text, "%8x %*s %*s %*s %*s %*s %*s %15s %63[^: \n]", &id, type,
			   name) == 3 &&
		    strcmp(type, "keyring") == 0) {
			if (strcmp(name, ".builtin_trusted_keys") == 0)
				keyrings.builtin = (int32_t)id;
			else if (strcmp(name, ".secondary_trusted_keys") == 0)
				keyrings.secondary = (int32_t)id;
			else if (strcmp(name, ".platform") == 0)
				keyrings.platform = (int32_t)id;
			else if (strcmp(name, ".blacklist") == 0)
				keyrings.revoked = (int32_t)id;
		}
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	*ret_keyrings = keyrings;
}

void modseal_running_observe(const char *root, struct modseal_running *ret_running)
{
	struct modseal_running running = {.capable = is_capable(root)};
	bool sees_proc = is_there(root, "/proc/sys/kernel/ostype");
	bool sees_sys = is_there(root, "/sys/module");
	char keys[64 * 1024];
	struct utsname name;

	if (uname(&name) == 0)
		snprintf(running.release, sizeof(running.release), "%s", name.release);
	running.modules = is_there(root, "/proc/modules") ? MODSEAL_SEEN_YES
			  : sees_proc			  ? MODSEAL_SEEN_NO
							  : MODSEAL_SEEN_UNKNOWN;
	running.disabled =
		read_switch(root, "/proc/sys/kernel/modules_disabled",
			    sees_proc ? MODSEAL_SEEN_NO : MODSEAL_SEEN_UNKNOWN);
	/* the parameter is there exactly where signatures are looked at */
	running.enforces = read_switch(root, "/sys/module/module/parameters/sig_enforce",
				       sees_sys ? MODSEAL_SEEN_NO : MODSEAL_SEEN_UNKNOWN);
	running.reads_signatures =
		is_there(root, "/sys/module/module/parameters/sig_enforce")
			? MODSEAL_SEEN_YES
		: sees_sys ? MODSEAL_SEEN_NO
			   : MODSEAL_SEEN_UNKNOWN;
	running.locked_down = is_locked_down(root);
	if (read_text(root, "/proc/keys", keys, sizeof(keys)) == 0)
		modseal_keyrings_read(keys, &running.keyrings);
	*ret_running = running;
}

/* "ex:" asks for exactly this identifier, which is what a signature is looked up by
 * (crypto/asymmetric_keys/asymmetric_type.c). 0, or errno. */
static int search(int32_t keyring, const char *identifier)
{
	char wanted[4096];

	if (snprintf(wanted, sizeof(wanted), "ex:%s", identifier) >= (int)sizeof(wanted))
		return ENAMETOOLONG;
	return syscall(SYS_keyctl, KEYCTL_SEARCH, keyring, "asymmetric", wanted, 0) > 0
		       ? 0
		       : errno;
}

/* Nobody may be given the keys of the kernel's build: then EACCES says that one is there,
 * if the keyring itself may be searched (security/keys/keyring.c,
 * keyring_search_iterator). */
static enum modseal_seen has(int32_t keyring, const char *identifier)
{
	static const char nobody[] = "0000000000000000000000000000000000000000";
	int errnum;

	if (!keyring || search(keyring, nobody) != ENOKEY)
		return MODSEAL_SEEN_UNKNOWN;
	errnum = search(keyring, identifier);
	if (errnum == 0 || errnum == EACCES)
		return MODSEAL_SEEN_YES;
	return errnum == ENOKEY || errnum == EKEYREVOKED || errnum == EKEYEXPIRED
		       ? MODSEAL_SEEN_NO
		       : MODSEAL_SEEN_UNKNOWN;
}

/* A search goes through keyrings that are linked into one: .machine, which holds the MOKs
 * where CONFIG_INTEGRITY_MACHINE_KEYRING has it, and .builtin_trusted_keys
 * (certs/system_keyring.c). */
enum modseal_key_place modseal_running_key(const struct modseal_running *running,
					   const char *identifier)
{
	const struct modseal_keyrings *keyrings = &running->keyrings;
	enum modseal_seen builtin = has(keyrings->builtin, identifier);
	/* a kernel without the second asks the first alone */
	enum modseal_seen secondary =
		keyrings->secondary ? has(keyrings->secondary, identifier) : builtin;

	if (builtin == MODSEAL_SEEN_YES || secondary == MODSEAL_SEEN_YES)
		return MODSEAL_KEY_TRUSTED;
	if (keyrings->platform && has(keyrings->platform, identifier) == MODSEAL_SEEN_YES)
		return MODSEAL_KEY_PLATFORM;
	return builtin == MODSEAL_SEEN_NO && secondary == MODSEAL_SEEN_NO
		       ? MODSEAL_KEY_ABSENT
		       : MODSEAL_KEY_UNSEEN;
}

bool modseal_running_revoked(const struct modseal_running *running,
			     const char *identifier)
{
	return has(running->keyrings.revoked, identifier) == MODSEAL_SEEN_YES;
}
