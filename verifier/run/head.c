/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the head of a program as the kernel does (fs/binfmt_script.c, fs/binfmt_elf.c).
 */
#include "verifier/run/head.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OWN_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OWN_MACHINE EM_AARCH64
#elif defined(__riscv)
#define OWN_MACHINE EM_RISCV
#else
#error "the ELF machine of this architecture is to be named here"
#endif
#define OWN_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)
/* the kernel takes no more of program headers */
#define MAX_HEADERS_SIZE 65536u

static size_t word_end(const char *line, size_t at, size_t size)
{
	while (at < size && line[at] != ' ' && line[at] != '\t' && line[at] != '\n' &&
	       line[at] != '\0')
		at++;
	return at;
}

int run_head_script(const char *line, size_t size, char ret_interpreter[PATH_MAX])
{
	size_t start = 2, end;

	while (start < size && (line[start] == ' ' || line[start] == '\t'))
		start++;
	end = word_end(line, start, size);
	/* a name that reaches the end of what is looked at was cut off */
	if (end == start || (end == size && size == RUN_HEAD_SIZE) ||
	    end - start >= PATH_MAX)
		return ENOEXEC;
	memcpy(ret_interpreter, line + start, end - start);
	ret_interpreter[end - start] = '\0';
	return 0;
}

static int read_interpreter(int descriptor, const ElfW(Phdr) * header,
			    char ret_interpreter[PATH_MAX])
{
	if (header->p_filesz < 2 || header->p_filesz > PATH_MAX ||
	    pread(descriptor, ret_interpreter, header->p_filesz,
		  (off_t)header->p_offset) != (ssize_t)header->p_filesz ||
	    ret_interpreter[header->p_filesz - 1] != '\0')
		return ENOEXEC;
	return ret_interpreter[0] == '\0' ? ENOEXEC : 0;
}

static int read_elf(int descriptor, const ElfW(Ehdr) * head, char interpreter[PATH_MAX])
{
	if (head->e_phentsize != sizeof(ElfW(Phdr)) || head->e_phnum == 0 ||
	    head->e_phnum > MAX_HEADERS_SIZE / sizeof(ElfW(Phdr)))
		return ENOEXEC;
	for (unsigned i = 0; i < head->e_phnum; i++) {
		ElfW(Phdr) header;

		if (pread(descriptor, &header, sizeof(header),
			  (off_t)(head->e_phoff + i * sizeof(header))) !=
		    (ssize_t)sizeof(header))
			return ENOEXEC;
		/* the first one counts */
		if (header.p_type == PT_INTERP)
			return read_interpreter(descriptor, &header, interpreter);
	}
	return 0;
}

int run_head_read(int descriptor, struct run_head *ret_head)
{
	char bytes[RUN_HEAD_SIZE];
	ElfW(Ehdr) head;
	ssize_t size = pread(descriptor, bytes, sizeof(bytes), 0);

	if (size < 0)
		return errno;
	ret_head->kind = RUN_HEAD_OTHER;
	ret_head->interpreter[0] = '\0';
	if (size >= 2 && bytes[0] == '#' && bytes[1] == '!') {
		ret_head->kind = RUN_HEAD_SCRIPT;
		return run_head_script(bytes, (size_t)size, ret_head->interpreter);
	}
	if (size < EI_NIDENT || memcmp(bytes, ELFMAG, SELFMAG) != 0)
		return 0;
	ret_head->kind = RUN_HEAD_FOREIGN;
	if (bytes[EI_CLASS] != OWN_CLASS || (size_t)size < sizeof(head))
		return 0;
	memcpy(&head, bytes, sizeof(head));
	if (head.e_machine != OWN_MACHINE)
		return 0;
	ret_head->kind = RUN_HEAD_ELF;
	return read_elf(descriptor, &head, ret_head->interpreter);
}
