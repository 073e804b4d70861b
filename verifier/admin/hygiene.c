/* SPDX-License-Identifier: Apache-2.0 */
/* Lists what the hygiene of either level finds in a file; decides nothing. */
#include "modseal-inspect.h"
#include "verifier/admin/kind.h"
#include "verifier/elf/findings.h"
#include "verifier/image/bytes.h"
#include "verifier/image/path.h"
#include "verifier/signature/container.h"

/* Read twice: whether it is a program tells which functions before main are its own. */
static int find(struct modseal_span content, const char *path, uint32_t *ret_found,
		struct modseal_error *error)
{
	enum modseal_kind kind;
	struct modseal_elf elf;
	int r = modseal_elf_read(content, MODSEAL_KIND_BY_RULE, MODSEAL_ELF_INSPECT, path,
				 &elf, error);

	if (r != 0)
		return r;
	kind = modseal_kind_of(&elf);
	modseal_elf_clear(&elf);
	if (kind == MODSEAL_KIND_KERNEL_MODULE)
		return modseal_fail(error, MODSEAL_E_UNSUPPORTED, MODSEAL_STAGE_IMAGE,
				    path,
				    "a kernel module or object file: findings are about "
				    "what a dynamic linker maps");
	r = modseal_elf_read(content, kind, MODSEAL_ELF_LIST, path, &elf, error);
	if (r != 0)
		return r;
	*ret_found = elf.findings;
	modseal_elf_clear(&elf);
	return 0;
}

static int tell(uint32_t found, modseal_hygiene_visit *visit, void *argument)
{
	const struct modseal_elf_finding *finding;
	int r = 0;

	for (size_t i = 0; r == 0 && (finding = modseal_elf_finding_at(found, i)); i++) {
		struct modseal_hygiene_finding told = {
			.name = finding->name,
			.level = finding->level == MODSEAL_ELF_HARDENED ? "hardened"
									: "standard",
			.what = finding->what,
			.remedy = finding->remedy,
		};

		r = visit(argument, &told);
	}
	return r;
}

int modseal_hygiene(const char *path, modseal_hygiene_visit *visit, void *argument,
		    struct modseal_error *error)
{
	struct modseal_bytes bytes = {.descriptor = -1};
	struct modseal_container container = {0};
	struct modseal_located located;
	struct modseal_span content;
	uint32_t found = 0;
	int r;

	modseal_error_clear(error);
	if (!path || !visit)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_FIND, path,
				    NULL);
	r = modseal_path_open_any(path, &located, error);
	if (r < 0)
		return r;
	r = modseal_bytes_read(&located, MODSEAL_HIGHEST_MAX_SIZE, &bytes, error);
	if (r == 0)
		r = modseal_container_split(bytes.tail, bytes.file_size, located.path,
					    &container, error);
	if (r == 0 && !modseal_span_part(bytes.view, 0, container.content_size, &content))
		r = modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_IMAGE,
				 located.path, NULL);
	if (r == 0)
		r = find(content, located.path, &found, error);
	modseal_bytes_free(&bytes);
	modseal_located_close(&located);
	return r == 0 ? tell(found, visit, argument) : r;
}
