/* SPDX-License-Identifier: Apache-2.0 */
/* Does the name inside a file fit the name it was asked under? */
#include "verifier/elf/elf.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/*
 * Length of NAME.so in NAME.so.1.2: version parts are taken off the end one by one. A
 * part begins with a digit and goes on with letters and digits (libnss3.so.1d); so
 * nothing that could be a name of its own ("libz.so.evil", "libz.so.1.so") passes for a
 * version. 0: not of this form, then only an equal name fits.
 */
static size_t base_length(const char *name)
{
	size_t length = strlen(name);

	while (length > 3 && memcmp(name + length - 3, ".so", 3) != 0) {
		size_t start = length;

		while (start > 0 &&
		       (is_digit(name[start - 1]) || is_letter(name[start - 1])))
			start--;
		if (start == 0 || name[start - 1] != '.' || !is_digit(name[start]))
			return 0;
		length = start - 1; /* without the dot */
	}
	return length > 3 ? length : 0;
}

bool modseal_identity_names_fit(const char *asked, const char *soname)
{
	size_t base = base_length(asked);
	size_t shorter = strlen(asked);
	size_t other = strlen(soname);

	if (strcmp(asked, soname) == 0)
		return shorter > 0;
	if (base == 0 || base != base_length(soname))
		return false;
	/* One is the other with more parts: equal so far, and then a new part begins. */
	if (other < shorter) {
		size_t swap = shorter;

		shorter = other;
		other = swap;
	}
	if (memcmp(asked, soname, shorter) != 0)
		return false;
	return asked[shorter] == '.' || soname[shorter] == '.';
}

bool modseal_identity_note_fits(const char *asked, const char *name)
{
	size_t base = base_length(asked);

	if (modseal_identity_names_fit(asked, name))
		return true;
	/* a name that has parts of its own is a file's name, and no stem */
	return base > 0 && base_length(name) == 0 && strlen(name) == base - 3 &&
	       memcmp(asked, name, base - 3) == 0;
}

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* 'snd-hda-intel.ko' is the module 'snd_hda_intel'. */
static bool module_name_fits(const char *file, const char *module)
{
	size_t length = strlen(file);

	if (length <= 3 || strcmp(file + length - 3, ".ko") != 0 ||
	    strlen(module) != length - 3)
		return false;
	for (size_t i = 0; i < length - 3; i++) {
		char inside = module[i] == '-' ? '_' : module[i];

		if ((file[i] == '-' ? '_' : file[i]) != inside)
			return false;
	}
	return true;
}

/* The part of path after /lib/modules/ or /usr/lib/modules/; NULL: elsewhere. */
static const char *below_modules(const char *path)
{
	static const char *const roots[] = {"/lib/modules/", "/usr/lib/modules/"};

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		if (strncmp(path, roots[i], strlen(roots[i])) == 0)
			return path + strlen(roots[i]);
	return NULL;
}

static int check_module(const struct modseal_elf *elf, const char *path,
			struct modseal_error *error)
{
	const char *file = last_component(path);
	const char *release = below_modules(path);
	size_t length;
	int r;

	if (!elf->module_name || !elf->module_release)
		return modseal_fail(error, MODSEAL_E_NAME_MISMATCH, MODSEAL_STAGE_IMAGE,
				    path, "it carries no module name and release");
	if (!module_name_fits(file, elf->module_name)) {
		r = modseal_fail(error, MODSEAL_E_NAME_MISMATCH, MODSEAL_STAGE_IMAGE,
				 path, "it is the kernel module '%s', not '%s'",
				 elf->module_name, file);
		modseal_remedy(error,
			       "name the file '%s.ko', or put the right module there",
			       elf->module_name);
		return r;
	}
	if (!release)
		return 0;
	length = strcspn(release, "/");
	if (release[length] == '/' && strlen(elf->module_release) == length &&
	    strncmp(elf->module_release, release, length) == 0)
		return 0;
	r = modseal_fail(
		error, MODSEAL_E_NAME_MISMATCH, MODSEAL_STAGE_IMAGE, path,
		"it was built for kernel release '%s' and does not lie in its directory",
		elf->module_release);
	modseal_remedy(error, "install the module that was built for this kernel");
	return r;
}

static int check_note(const struct modseal_elf *elf, const char *path, const char *file,
		      struct modseal_error *error)
{
	int r;

	if (modseal_identity_note_fits(file, elf->note.name))
		return 0;
	r = modseal_fail(error, MODSEAL_E_NAME_MISMATCH, MODSEAL_STAGE_IMAGE, path,
			 "its module note says '%s', but it was asked for as '%s'",
			 elf->note.name, file);
	modseal_remedy(error, "give it the name its module note says, or put the right "
			      "file there");
	return r;
}

static int check_soname(const struct modseal_elf *elf, const char *path, const char *file,
			struct modseal_error *error)
{
	int r;

	if (elf->soname && modseal_identity_names_fit(file, elf->soname))
		return 0;
	if (elf->soname)
		return modseal_fail(error, MODSEAL_E_NAME_MISMATCH, MODSEAL_STAGE_IMAGE,
				    path,
				    "its SONAME is '%s', but it was asked for as '%s'",
				    elf->soname, file);
	r = modseal_fail(error, MODSEAL_E_NAME_MISMATCH, MODSEAL_STAGE_IMAGE, path,
			 "it has neither a SONAME nor a module note that could prove it "
			 "is '%s'",
			 file);
	modseal_remedy(error,
		       "link it with -Wl,-soname,%s, name it with MODSEAL_MODULE, or say "
		       "`identity: unbound` in its rule",
		       file);
	return r;
}

int modseal_identity_check(const struct modseal_elf *elf, enum modseal_kind kind,
			   const char *path, struct modseal_error *error)
{
	const char *file = last_component(path);
	int r = 0;

	if (kind == MODSEAL_KIND_KERNEL_MODULE)
		return check_module(elf, path, error);
	/* every name inside must fit; one at least must be there, but for programs: where
	 * they carry none, the path of their rule is all there is */
	if (elf->note.name)
		r = check_note(elf, path, file, error);
	if (r == 0 && kind != MODSEAL_KIND_PROGRAM && (elf->soname || !elf->note.name))
		r = check_soname(elf, path, file, error);
	return r;
}
