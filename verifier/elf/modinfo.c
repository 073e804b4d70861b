/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel modules: name, release and dependencies out of the section .modinfo, which holds
 * texts "key=value", each ended by NUL (kernel/module/main.c, get_modinfo).
 */
#include <stdio.h>
#include <stdlib.h>

#include "verifier/elf/view.h"

/* The largest of Debian's has 27 KiB; millions of empty texts would take a second. */
#define MAX_MODINFO (1u << 20)
/* Debian's have about 60 bytes. */
#define MAX_VERMAGIC 1024u

static int section_at(const struct modseal_elf_view *view, size_t index,
		      GElf_Shdr *ret_section, struct modseal_error *error)
{
	if (!gelf_getshdr(elf_getscn(view->handle, index),
			  ret_section)) /* accepts NULL */
		return modseal_elf_refused(view, "section headers", error);
	return 0;
}

static int section_bytes(const struct modseal_elf_view *view, const GElf_Shdr *section,
			 const char *what, struct modseal_span *ret_bytes,
			 struct modseal_error *error)
{
	if (section->sh_type == SHT_NOBITS || section->sh_size == 0 ||
	    (section->sh_flags & SHF_COMPRESSED) ||
	    !modseal_span_part(view->content, section->sh_offset, section->sh_size,
			       ret_bytes) ||
	    ret_bytes->data[ret_bytes->size - 1] != '\0')
		return MODSEAL_ELF_MALFORMED(view, error,
					     "section %s is not inside the file, or "
					     "not a list of texts",
					     what);
	return 0;
}

/* Finds the only .modinfo; none: a span of size 0. Two would let us and the kernel
 * differ. */
static int find_modinfo(const struct modseal_elf_view *view,
			struct modseal_span *ret_modinfo, struct modseal_error *error)
{
	static const char wanted[] = ".modinfo"; /* with its NUL */
	struct modseal_span names, name, modinfo = {NULL, 0};
	GElf_Shdr section;
	int r;

	if (view->header.e_shnum == 0)
		return MODSEAL_ELF_MALFORMED(view, error, "no sections");
	if (view->header.e_shstrndx == SHN_UNDEF ||
	    view->header.e_shstrndx >= view->header.e_shnum)
		return MODSEAL_ELF_MALFORMED(view, error, "no section names");
	r = section_at(view, view->header.e_shstrndx, &section, error);
	if (r == 0)
		r = section_bytes(view, &section, "of section names", &names, error);
	for (size_t i = 1; r == 0 && i < view->header.e_shnum; i++) {
		r = section_at(view, i, &section, error);
		if (r != 0)
			return r;
		/* the kernel refuses these too (module_enforce_rwx_sections) */
		if (view->level >= MODSEAL_ELF_STANDARD &&
		    (section.sh_flags & SHF_EXECINSTR) && (section.sh_flags & SHF_WRITE))
			return MODSEAL_ELF_UNSAFE(
				view, error, "a section that is writable and executable");
		if (section.sh_name >= names.size)
			return MODSEAL_ELF_MALFORMED(view, error,
						     "a section name out of range");
		if (!modseal_span_part(names, section.sh_name, sizeof(wanted), &name) ||
		    memcmp(name.data, wanted, sizeof(wanted)) != 0)
			continue;
		if (modinfo.data)
			return MODSEAL_ELF_MALFORMED(view, error,
						     "more than one .modinfo");
		/* the kernel overlooks a .modinfo that is not to be loaded */
		if (!(section.sh_flags & SHF_ALLOC) || section.sh_type != SHT_PROGBITS)
			return MODSEAL_ELF_MALFORMED(view, error,
						     ".modinfo is of a wrong type");
		r = section_bytes(view, &section, ".modinfo", &modinfo, error);
		if (r == 0 && modinfo.size > MAX_MODINFO)
			return MODSEAL_ELF_MALFORMED(view, error,
						     ".modinfo is too large");
	}
	if (r == 0)
		*ret_modinfo = modinfo;
	return r;
}

/* The value of key, which must be there exactly once (or, not required, at most once). */
static int find_value(const struct modseal_elf_view *view, struct modseal_span modinfo,
		      const char *key, bool required, const char **ret_value,
		      struct modseal_error *error)
{
	size_t length = strlen(key), at = 0;
	const char *value = NULL;

	while (at < modinfo.size) {
		const char *text = (const char *)modinfo.data + at;

		at += strlen(text) + 1; /* section_bytes saw the final NUL */
		if (*text != *key || strncmp(text, key, length) != 0 ||
		    text[length] != '=')
			continue;
		if (value)
			return MODSEAL_ELF_MALFORMED(view, error,
						     ".modinfo has %s= twice", key);
		value = text + length + 1;
	}
	if (!value && required)
		return MODSEAL_ELF_MALFORMED(view, error, ".modinfo has no %s=", key);
	*ret_value = value;
	return 0;
}

/* What may be a component of a path in /sys, as well as of the kernel's list. */
static bool is_module_name(const char *text, size_t length)
{
	if (length == 0 || length > MODSEAL_MAX_MODULE_NAME)
		return false;
	for (size_t i = 0; i < length; i++)
		if (!((text[i] >= 'a' && text[i] <= 'z') ||
		      (text[i] >= 'A' && text[i] <= 'Z') ||
		      (text[i] >= '0' && text[i] <= '9') || text[i] == '_' ||
		      text[i] == '-'))
			return false;
	return true;
}

static int copy(const char *text, size_t length, char **ret_copy,
		struct modseal_error *error)
{
	*ret_copy = strndup(text, length);
	return *ret_copy ? 0 : modseal_fail_memory(error, MODSEAL_STAGE_IMAGE);
}

static int read_name(const struct modseal_elf_view *view, struct modseal_span modinfo,
		     bool required, struct modseal_elf *elf, struct modseal_error *error)
{
	const char *name = NULL;
	int r = find_value(view, modinfo, "name", required, &name, error);

	if (r != 0 || !name)
		return r;
	if (!is_module_name(name, strlen(name)))
		return MODSEAL_ELF_MALFORMED(view, error,
					     ".modinfo's name= is no name of a module");
	return copy(name, strlen(name), &elf->module_name, error);
}

/* Its first word is the release. */
static int read_vermagic(const struct modseal_elf_view *view, struct modseal_span modinfo,
			 bool required, struct modseal_elf *elf,
			 struct modseal_error *error)
{
	const char *magic = NULL;
	size_t length, release;
	int r = find_value(view, modinfo, "vermagic", required, &magic, error);

	if (r != 0 || !magic)
		return r;
	length = strlen(magic);
	release = strcspn(magic, " ");
	if (release == 0 || release > MODSEAL_MAX_NAME_LENGTH || length > MAX_VERMAGIC)
		return MODSEAL_ELF_MALFORMED(view, error,
					     ".modinfo's vermagic= is empty or too long");
	for (size_t i = 0; i < length; i++)
		if (magic[i] < ' ' || magic[i] > '~' || (i < release && magic[i] == '/'))
			return MODSEAL_ELF_MALFORMED(
				view, error, ".modinfo's vermagic= is not plain text");
	r = copy(magic, release, &elf->module_release, error);
	return r ? r : copy(magic, length, &elf->module_vermagic, error);
}

/* "fat,nls-base": names of modules, which the kernel spells with '_'. */
static int read_depends(const struct modseal_elf_view *view, struct modseal_span modinfo,
			struct modseal_elf *elf, struct modseal_error *error)
{
	const char *at = NULL;
	int r = find_value(view, modinfo, "depends", false, &at, error);

	if (r != 0 || !at || !*at)
		return r;
	elf->needed = calloc(MODSEAL_MAX_NEEDED, sizeof(*elf->needed));
	if (!elf->needed)
		return modseal_fail_memory(error, MODSEAL_STAGE_IMAGE);
	for (;; at++) {
		size_t length = strcspn(at, ",");
		char **name = &elf->needed[elf->needed_count];

		if (!is_module_name(at, length))
			return MODSEAL_ELF_MALFORMED(
				view, error, ".modinfo's depends= is no list of modules");
		if (elf->needed_count == MODSEAL_MAX_NEEDED)
			return MODSEAL_ELF_MALFORMED(
				view, error, ".modinfo's depends= names too many");
		r = copy(at, length, name, error);
		if (r != 0)
			return r;
		elf->needed_count++;
		for (char *c = *name; *c; c++)
			*c = *c == '-' ? '_' : *c;
		at += length;
		if (!*at)
			return 0;
	}
}

/* include/linux/license.h, license_is_gpl_compatible */
static bool is_free(const char *license)
{
	static const char *const licenses[] = {
		"GPL",		"GPL v2",	"GPL and additional rights",
		"Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"};

	for (size_t i = 0; i < sizeof(licenses) / sizeof(licenses[0]); i++)
		if (strcmp(license, licenses[i]) == 0)
			return true;
	return false;
}

/* What follows the key, or NULL. */
static const char *value_of(const char *text, const char *key)
{
	size_t length = strlen(key);

	return *text == *key && strncmp(text, key, length) == 0 ? text + length : NULL;
}

/* Texts for people. softdep: what modprobe(8) would load before and after it, "pre: a b;
 * post: c". Of several licences the kernel takes the first. */
static int read_told(struct modseal_span modinfo, struct modseal_elf *elf,
		     struct modseal_error *error)
{
	char all[256] = "";
	bool licensed = false;
	size_t used = 0;

	for (size_t at = 0; at < modinfo.size;) {
		const char *text = (const char *)modinfo.data + at;
		const char *softdep = value_of(text, "softdep=");
		const char *license = value_of(text, "license=");

		at += strlen(text) + 1;
		elf->module_in_tree = elf->module_in_tree || value_of(text, "intree=");
		if (license && !licensed)
			elf->module_free = is_free(license);
		licensed = licensed || license;
		if (softdep && used < sizeof(all))
			used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s",
						 used ? "; " : "", softdep);
	}
	return used ? copy(all, strlen(all), &elf->module_softdeps, error) : 0;
}

int modseal_elf_modinfo_read(const struct modseal_elf_view *view, bool required,
			     struct modseal_elf *elf, struct modseal_error *error)
{
	struct modseal_span modinfo;
	int r = find_modinfo(view, &modinfo, error);

	if (r != 0)
		return r;
	if (!modinfo.data)
		return required ? MODSEAL_ELF_MALFORMED(view, error, "no .modinfo") : 0;
	r = read_name(view, modinfo, required, elf, error);
	if (r == 0)
		r = read_vermagic(view, modinfo, required, elf, error);
	if (r == 0)
		r = read_depends(view, modinfo, elf, error);
	if (r == 0)
		r = read_told(modinfo, elf, error);
	return r;
}
