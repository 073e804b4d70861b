/* SPDX-License-Identifier: Apache-2.0 */
/* Hands approved modules to the kernel, and says in words what it answers. */
#include "verifier/kernel/kernel_insert.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal/limits.h"
#include "modseal-kernel.h"
#include "verifier/image/image.h"

/* kernel/module/main.c (load_module), kernel/module/signing.c (module_sig_check) */
static const struct answer {
	int errnum;
	const char *meaning;
	const char *remedy; /* NULL: the code's own */
} answers[] = {
	{EKEYREJECTED,
	 "its signature is wrong, its key or digest is blacklisted, or signatures are "
	 "enforced and none of the kernel's keys made it",
	 NULL},
	{ENOKEY,
	 "none of the kernel's keys made its signature, and signatures are enforced",
	 "enroll the signer's certificate (mokutil --import), or sign with a key the "
	 "kernel has"},
	{EBADMSG, "the kernel cannot read its signature",
	 "sign it again with `modseal sign --force`"},
	{ENOPKG, "the kernel has no such digest or signature algorithm",
	 "sign it with RSA and SHA-256, or the algorithms of the kernel's own modules"},
	{ENOEXEC,
	 "it was built for another kernel (release, configuration or versions of "
	 "symbols)",
	 "build it against this kernel; its log names what differs"},
	{ENOENT, "it uses a symbol that the kernel does not have",
	 "load the module that brings the symbol first; the kernel's log names it"},
	{EPERM,
	 "the process may not: no CAP_SYS_MODULE, kernel.modules_disabled, lockdown, or "
	 "a "
	 "security module",
	 NULL},
	{EACCES, "a security module of the kernel does not allow it (SELinux, IMA, IPE)",
	 "see the kernel's log and audit log; IMA and IPE judge files: let the rule's "
	 "hand-off be `verity` and enable fs-verity on the file"},
	{EEXIST, "a module of this name is loaded already, or a part of the kernel",
	 "take the loaded one out first (rmmod)"},
	{EBUSY, "a module of this name is being loaded or taken out",
	 "try again when that has ended"},
	{EINVAL, "it does not take a parameter as it was given, or its start failed",
	 "see `modinfo -p` for its parameters, and the kernel's log"},
	{ERANGE, "a parameter is out of its range",
	 "see `modinfo -p` for its parameters"},
	{ENODEV, "its start found no device that it is for", NULL},
	{EIO,
	 "its file cannot be read (fs-verity, dm-verity or the disk), or its start "
	 "failed",
	 "see the kernel's log: a file that was tampered with must be replaced"},
	{ETXTBSY, "another process holds its bytes open for writing",
	 "find out which one does, and end it"},
};

int modseal_kernel_refused(const char *path, int errnum, struct modseal_error *error)
{
	const struct answer *answer = NULL;
	int result;

	if (errnum == ENOSYS)
		return modseal_fail_errno(error, MODSEAL_E_UNSUPPORTED,
					  MODSEAL_STAGE_LOAD, errnum, path,
					  "this kernel has no loadable modules");
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (answers[i].errnum == errnum)
			answer = &answers[i];
	result = modseal_fail_errno(
		error, MODSEAL_E_KERNEL_REFUSED, MODSEAL_STAGE_LOAD, errnum, path,
		"%s: the kernel answers",
		answer ? answer->meaning : "its start failed, or the kernel refuses it");
	if (result == MODSEAL_E_KERNEL_REFUSED && answer && answer->remedy)
		modseal_remedy(error, "%s", answer->remedy);
	return result;
}

static int check_parameters(const struct modseal_image *image, const char *parameters,
			    struct modseal_error *error)
{
	size_t length =
		parameters ? strnlen(parameters, MODSEAL_MAX_KERNEL_PARAMETERS + 1) : 0;

	if (length > MODSEAL_MAX_KERNEL_PARAMETERS)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_LOAD,
				    image->path, "the parameters take more than %u bytes",
				    MODSEAL_MAX_KERNEL_PARAMETERS);
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)parameters[i] < ' ' || parameters[i] == '\x7f')
			return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_LOAD,
					    image->path,
					    "a control byte in the parameters");
	return 0;
}

static int insert(const struct modseal_image *image, const char *parameters)
{
	return syscall(SYS_finit_module, image->descriptor, parameters, 0) == 0 ? 0
										: errno;
}

/* The later first, as each may use those before it. What the kernel keeps is named. */
static void take_out(struct modseal_image *const *loaded, size_t count,
		     struct modseal_error *error)
{
	size_t used = error ? strlen(error->message) : 0;
	bool stays = false;

	while (count-- > 0) {
		const char *name = loaded[count]->soname;

		if (syscall(SYS_delete_module, name, O_NONBLOCK) == 0)
			continue;
		if (error && used < sizeof(error->message))
			used += (size_t)snprintf(
				error->message + used, sizeof(error->message) - used,
				stays ? ", %s" : "; what it depends on stays loaded: %s",
				name);
		stays = true;
	}
}

/* Nothing is asked of the kernel before all are what was approved. */
static int load(const struct modseal_image *image, const char *parameters,
		struct modseal_error *error)
{
	struct modseal_image *loaded[MODSEAL_MAX_CLOSURE];
	size_t count = 0;
	int errnum = 0;

	for (size_t i = 0; i < image->closure_count; i++) {
		struct modseal_image *needed = image->closure[i];

		errnum = insert(needed, "");
		if (errnum == 0)
			loaded[count++] = needed;
		/* somebody else was faster: the kernel judges which one it was */
		if (errnum != 0 && errnum != EEXIST) {
			int result = modseal_kernel_refused(needed->path, errnum, error);

			take_out(loaded, count, error);
			return result;
		}
	}
	errnum = insert(image, parameters ? parameters : "");
	if (errnum != 0) {
		int result = modseal_kernel_refused(image->path, errnum, error);

		take_out(loaded, count, error);
		return result;
	}
	return 0;
}

int modseal_load_kernel_module(struct modseal_image *image, const char *parameters,
			       struct modseal_error *error)
{
	int result;

	modseal_error_clear(error);
	if (!image || image->kind != MODSEAL_KIND_KERNEL_MODULE)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_LOAD,
				    image ? image->path : NULL, "no kernel module");
	result = check_parameters(image, parameters, error);
	for (size_t i = 0; result == 0 && i < image->closure_count; i++)
		result = modseal_image_require(image->closure[i], error);
	if (result == 0)
		result = modseal_image_require(image, error);
	return result < 0 ? result : load(image, parameters, error);
}
