/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modseal-kernel: kernel modules through the same decision as libraries, and into the
 * running kernel; and what that would say.
 *
 *	options.flags = MODSEAL_OPEN_KERNEL_ONLY;
 *	modseal_open(&options, &context, &error);
 *	modseal_verify_kernel_module(context, "/.../udf.ko", &image, &error);
 *	modseal_load_kernel_module(image, "debug=1", &error);
 *	modseal_image_free(&image);
 */
#ifndef MODSEAL_KERNEL_H
#define MODSEAL_KERNEL_H

#include "modseal.h"

#ifdef __cplusplus
extern "C" {
#define modseal modseal_handle
#endif

/* The longest text of parameters, without its NUL. Bytes. */
#define MODSEAL_MAX_KERNEL_PARAMETERS 4095u

/*
 * Decides about a kernel module and the modules it depends on (.modinfo depends=), and
 * gives an approved handle. Its bytes, the signature with them, are sealed in memory, or
 * are the file itself where the rule's hand-off lists `verity` first and fs-verity holds
 * them, or `read-only` and dm-verity does: a kernel with LoadPin or IPE takes nothing
 * else.
 *
 * path has a '/'; no name is looked up. What it depends on is found by name below the
 * directory of its kernel release (/lib/modules/RELEASE), for a module that lies
 * elsewhere first beside it; no index file is read. A module that the kernel has loaded
 * already, or has built in, satisfies a name; the verdict says so. Softdeps are told,
 * not followed.
 *
 * Errors: as modseal_verify; ARGUMENT (a check-only context; no '/'). The caller frees
 * *ret_image with modseal_image_free; modseal_load refuses it.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_verify_kernel_module(struct modseal *context, const char *path,
			     struct modseal_image **ret_image,
			     struct modseal_error *error);

/*
 * Hands an approved module to the kernel (finit_module(2)), what it depends on first.
 * The bytes are those that were approved, whatever lies under the path by now. If a
 * module is refused, those that this call had loaded for it are taken out again as far
 * as the kernel lets go of them. Needs CAP_SYS_MODULE. Loading runs code in the kernel
 * and cannot be taken back for certain. modseal_close_loading ends loading into this
 * process, not this.
 *
 * parameters: those of the module itself, as insmod(8) gives them ("debug=1 name=x"), or
 * NULL: none. At most MODSEAL_MAX_KERNEL_PARAMETERS bytes, no control bytes.
 *
 * Errors: ARGUMENT (no kernel module, bad parameters), NOT_SEALED, KERNEL_REFUSED
 * (system_errno says how; the message what that means, and what stayed loaded),
 * UNSUPPORTED (a kernel without loadable modules), RESOURCE.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_load_kernel_module(struct modseal_image *image, const char *parameters,
			   struct modseal_error *error);

/* ---- what the kernel would answer ---------------------------------------------------
 */

/* The worst of several is the largest. */
enum modseal_outlook {
	MODSEAL_OUTLOOK_FINE,	 /* nothing speaks against it */
	MODSEAL_OUTLOOK_NOTE,	 /* it is taken, and that has a consequence */
	MODSEAL_OUTLOOK_UNKNOWN, /* cannot be seen from here, or only the kernel knows */
	MODSEAL_OUTLOOK_REFUSED, /* the kernel will refuse it */
};

/* "fine", "note", "unknown", "refused". Not in a library made with VERIFY_ONLY=1. */
MODSEAL_API const char *modseal_outlook_name(int outlook);

/* One thing that the kernel looks at. Texts live until the callback returns. */
struct modseal_forecast {
	const char *path; /* of the module; NULL: about all of them */
	/* "process", "kernel", "loaded", "vermagic", "signature", "taint" */
	const char *topic;
	const char *text;   /* one clause */
	const char *remedy; /* or NULL */
	uint32_t outlook;   /* enum modseal_outlook */
	uint32_t reserved_32;
	uint64_t reserved[3];
};
/* Returns 0 to go on; another value ends the listing and becomes its result. */
typedef int modseal_forecast_visit(void *argument,
				   const struct modseal_forecast *forecast);

/*
 * Tells how the running kernel would answer if an approved module were loaded now, with
 * what it depends on: may this process load modules, does the kernel want signatures and
 * have the key that made this one, is the module built for it, loaded already, what would
 * taint it. Loads nothing, and decides nothing: the kernel's answer may be another, if
 * only because something changes meanwhile. Root sees more than others: the kernel's
 * keys, for one.
 *
 * Errors: ARGUMENT (no kernel module), NOT_SEALED, RESOURCE, SYSTEM. Not in a library
 * made with VERIFY_ONLY=1.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_forecast_kernel_module(struct modseal_image *image, modseal_forecast_visit *visit,
			       void *argument, struct modseal_error *error);

#ifdef __cplusplus
#undef modseal
}
#endif
#endif
