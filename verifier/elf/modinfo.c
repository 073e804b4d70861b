/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel modules: name and release out of the section .modinfo, which holds texts
 * "key=value", each ended by NUL (kernel/module/main.c, get_modinfo).
 */
#include <stdlib.h>

#include "verifier/elf/view.h"

/* The largest of Debian's has 27 KiB; millions of empty texts would take a second. */
#define MAX_MODINFO (1u << 20)

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
		if (!modseal_span_part(names, section.sh_name,
				       names.size - section.sh_name, &name) ||
		    strcmp((const char *)name.data, ".modinfo") != 0)
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
		if (strncmp(text, key, length) != 0 || text[length] != '=')
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

/* Copies the first word of value: a name, or the release of a vermagic. */
static int copy_word(const struct modseal_elf_view *view, const char *value,
		     const char *key, char **ret_word, struct modseal_error *error)
{
	size_t length = strcspn(value, " ");
	char *copy;

	if (length == 0 || length > MODSEAL_MAX_NAME_LENGTH)
		return MODSEAL_ELF_MALFORMED(view, error,
					     ".modinfo's %s= is empty or too long", key);
	for (size_t i = 0; i < length; i++)
		if (value[i] <= ' ' || value[i] > '~' || value[i] == '/')
			return MODSEAL_ELF_MALFORMED(
				view, error, ".modinfo's %s= is not plain text", key);
	copy = strndup(value, length);
	if (!copy)
		return modseal_fail_memory(error, MODSEAL_STAGE_IMAGE);
	*ret_word = copy;
	return 0;
}

int modseal_elf_modinfo_read(const struct modseal_elf_view *view, bool required,
			     struct modseal_elf *elf, struct modseal_error *error)
{
	const char *name = NULL, *vermagic = NULL;
	struct modseal_span modinfo;
	int r = find_modinfo(view, &modinfo, error);

	if (r != 0)
		return r;
	if (!modinfo.data)
		return required ? MODSEAL_ELF_MALFORMED(view, error, "no .modinfo") : 0;
	r = find_value(view, modinfo, "name", required, &name, error);
	if (r == 0)
		r = find_value(view, modinfo, "vermagic", required, &vermagic, error);
	if (r == 0 && name && name[strcspn(name, " ")])
		r = MODSEAL_ELF_MALFORMED(view, error,
					  ".modinfo's name= is not one word");
	if (r == 0 && name)
		r = copy_word(view, name, "name", &elf->module_name, error);
	if (r == 0 && vermagic)
		r = copy_word(view, vermagic, "vermagic", &elf->module_release, error);
	return r;
}
