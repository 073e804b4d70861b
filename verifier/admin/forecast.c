/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel would say, judged by what was seen of it (kernel/module/main.c,
 * load_module; kernel/module/signing.c, module_sig_check). */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "internal/error.h"
#include "verifier/admin/forecast.h"

const char *modseal_outlook_name(int outlook)
{
	static const char *const names[] = {"fine", "note", "unknown", "refused"};

	return outlook >= 0 && (size_t)outlook < sizeof(names) / sizeof(names[0])
		       ? names[outlook]
		       : modseal_code_name(MODSEAL_E_INTERNAL);
}

static void tell(struct modseal_foretelling *f, const char *path, const char *topic,
		 enum modseal_outlook outlook, const char *remedy, const char *format,
		 ...) __attribute__((format(printf, 6, 7)));

static void tell(struct modseal_foretelling *f, const char *path, const char *topic,
		 enum modseal_outlook outlook, const char *remedy, const char *format,
		 ...)
{
	char raw[1024], text[1024];
	struct modseal_forecast forecast = {.path = path,
					    .topic = topic,
					    .text = text,
					    .remedy = remedy,
					    .outlook = outlook};
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(raw, sizeof(raw), format, arguments);
	va_end(arguments);
	modseal_escape(text, sizeof(text), raw);
	if (f->result == 0)
		f->result = f->visit(f->argument, &forecast);
}

void modseal_foretell_system(struct modseal_foretelling *f)
{
	const struct modseal_running *running = f->running;

	if (running->capable == MODSEAL_SEEN_NO)
		tell(f, NULL, "process", MODSEAL_OUTLOOK_REFUSED,
		     "load it as root, outside of containers",
		     "this process has no CAP_SYS_MODULE");
	else if (running->capable == MODSEAL_SEEN_YES)
		tell(f, NULL, "process", MODSEAL_OUTLOOK_FINE, NULL,
		     "this process may load modules");
	else
		tell(f, NULL, "process", MODSEAL_OUTLOOK_UNKNOWN, NULL,
		     "whether this process may load modules cannot be seen");
	if (running->modules == MODSEAL_SEEN_NO)
		tell(f, NULL, "kernel", MODSEAL_OUTLOOK_REFUSED,
		     "boot a kernel that has them",
		     "this kernel has no loadable modules");
	else if (running->disabled == MODSEAL_SEEN_YES)
		tell(f, NULL, "kernel", MODSEAL_OUTLOOK_REFUSED,
		     "restart the system, and load it before that is set",
		     "kernel.modules_disabled is set: until the next start no module is "
		     "loaded");
	else if (running->modules == MODSEAL_SEEN_YES &&
		 running->disabled == MODSEAL_SEEN_NO)
		tell(f, NULL, "kernel", MODSEAL_OUTLOOK_FINE, NULL,
		     "this kernel loads modules");
	else
		tell(f, NULL, "kernel", MODSEAL_OUTLOOK_UNKNOWN, "mount /proc",
		     "whether this kernel loads modules cannot be seen");
}

static void foretell_state(struct modseal_foretelling *f,
			   const struct modseal_module_facts *facts)
{
	if (facts->is_dependency)
		return;
	if (facts->state == MODSEAL_KERNEL_LOADED)
		tell(f, facts->path, "loaded", MODSEAL_OUTLOOK_REFUSED,
		     "take the loaded one out first (rmmod)",
		     "a module of this name is loaded already");
	else if (facts->state == MODSEAL_KERNEL_BUILT_IN)
		tell(f, facts->path, "loaded", MODSEAL_OUTLOOK_REFUSED, NULL,
		     "it is a part of this kernel already");
	else
		tell(f, facts->path, "loaded", MODSEAL_OUTLOOK_FINE, NULL,
		     "no module of this name is loaded");
}

/* With versions of symbols the kernel compares these, and not the release
 * (kernel/module/version.c, same_magic). */
static void foretell_vermagic(struct modseal_foretelling *f,
			      const struct modseal_module_facts *facts)
{
	const char *release = f->running->release;
	bool versioned = strstr(facts->vermagic, " modversions") != NULL;

	if (strcmp(facts->release, release) == 0)
		tell(f, facts->path, "vermagic", MODSEAL_OUTLOOK_FINE, NULL,
		     "it was built for this kernel, %s", release);
	else
		tell(f, facts->path, "vermagic",
		     versioned ? MODSEAL_OUTLOOK_UNKNOWN : MODSEAL_OUTLOOK_REFUSED,
		     "install the module for this kernel, or build it against its "
		     "headers",
		     "it was built for %s, and this kernel is %s%s", facts->release,
		     release,
		     versioned ? ", which takes it only if the versions of all its "
				 "symbols agree"
			       : "");
}

/* Why the kernel may not take the signature. */
static const char *flaw_of(const struct modseal_module_facts *facts)
{
	if (!facts->has_signature)
		return "no signature is appended to it";
	switch (facts->key) {
	case MODSEAL_KEY_ABSENT:
		return facts->has_certificates
			       ? "the kernel does not have the key of its signature, and "
				 "may know who certified it"
			       : "none of the kernel's keys made its signature";
	case MODSEAL_KEY_PLATFORM:
		/* their patches; the kernel's own developers have not taken them */
		return "its key is in the keyring .platform, which the kernels of "
		       "Debian, Fedora and SUSE ask about modules, and others do not";
	default:
		return "whether the kernel has the key of its signature cannot be seen";
	}
}

static void foretell_signature(struct modseal_foretelling *f,
			       const struct modseal_module_facts *facts)
{
	static const char remedy[] = "enroll the signer's certificate (mokutil "
				     "--import), or sign with a key that the kernel has";
	const struct modseal_running *running = f->running;
	bool lacks = !facts->has_signature ||
		     (facts->key == MODSEAL_KEY_ABSENT && !facts->has_certificates);
	bool enforced = running->enforces == MODSEAL_SEEN_YES ||
			running->locked_down == MODSEAL_SEEN_YES;
	const char *flaw = flaw_of(facts);

	if (running->reads_signatures == MODSEAL_SEEN_NO)
		tell(f, facts->path, "signature", MODSEAL_OUTLOOK_FINE, NULL,
		     "this kernel looks at no signatures of modules");
	else if (facts->revoked && !(lacks && enforced))
		/* certs/system_keyring.c: from 5.13 on for .platform, later for all, and
		 * enforced or not */
		tell(f, facts->path, "signature", MODSEAL_OUTLOOK_UNKNOWN,
		     "sign it with another key",
		     "its key is revoked (keyring .blacklist), which only newer kernels "
		     "ask about all modules");
	else if (facts->has_signature && facts->key == MODSEAL_KEY_TRUSTED)
		tell(f, facts->path, "signature", MODSEAL_OUTLOOK_FINE, NULL,
		     "the kernel has the key of its signature");
	else if (enforced)
		tell(f, facts->path, "signature",
		     lacks ? MODSEAL_OUTLOOK_REFUSED : MODSEAL_OUTLOOK_UNKNOWN,
		     lacks ? remedy : "ask as root",
		     "%s, and signatures are enforced (%s)", flaw,
		     running->enforces == MODSEAL_SEEN_YES ? "module.sig_enforce"
							   : "lockdown");
	else if (running->enforces == MODSEAL_SEEN_UNKNOWN ||
		 running->locked_down == MODSEAL_SEEN_UNKNOWN)
		tell(f, facts->path, "signature", MODSEAL_OUTLOOK_UNKNOWN,
		     running->enforces == MODSEAL_SEEN_UNKNOWN
			     ? "mount /sys"
			     : "mount securityfs on /sys/kernel/security",
		     "%s, and whether signatures are enforced cannot be seen", flaw);
	else
		tell(f, facts->path, "signature",
		     lacks ? MODSEAL_OUTLOOK_NOTE : MODSEAL_OUTLOOK_UNKNOWN, NULL,
		     "%s: without a key of the kernel it is taken, and taints the "
		     "kernel (E)",
		     flaw);
}

static void foretell_taint(struct modseal_foretelling *f,
			   const struct modseal_module_facts *facts)
{
	if (!facts->in_tree)
		tell(f, facts->path, "taint", MODSEAL_OUTLOOK_NOTE, NULL,
		     "it was not built with the kernel, and taints it (O)");
	if (!facts->free)
		tell(f, facts->path, "taint", MODSEAL_OUTLOOK_NOTE, NULL,
		     "its licence is not the kernel's, so it taints it (P) and may use "
		     "no symbol that is for such modules only");
}

void modseal_foretell_module(struct modseal_foretelling *f,
			     const struct modseal_module_facts *facts)
{
	foretell_state(f, facts);
	foretell_vermagic(f, facts);
	foretell_signature(f, facts);
	foretell_taint(f, facts);
}
