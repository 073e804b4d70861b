/* SPDX-License-Identifier: Apache-2.0 */
/* Mutated ELF files: every bit flipped, every length; no crash, no long answer (R48). */
#include "tests/unit/elf_rows.h"
#include "tests/unit/slowness.h"

/* Reads a changed file at every level; the answer is one of three, the time short. */
static void try(const struct sample *s, enum modseal_kind kind, const char *what,
		size_t at)
{
	struct modseal_error error = {0};
	double start = cpu_seconds();
	int r = sample_read(s, kind, MODSEAL_ELF_HARDENED, NULL, &error);

	cr_assert(lt(dbl, cpu_seconds() - start, 0.1 * time_factor()), "R48 %s at %zu",
		  what, at);
	cr_assert(r == 0 || r == MODSEAL_E_ELF_MALFORMED || r == MODSEAL_E_ELF_UNSAFE,
		  "%s at %zu: %d", what, at, r);
	if (r != 0)
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_IMAGE), "%s at %zu", what,
			  at);
}

static void flip_bits(struct sample *s, enum modseal_kind kind, size_t start,
		      size_t length)
{
	for (size_t at = start; at < start + length && at < s->size; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			s->bytes[at] ^= 1u << bit;
			try(s, kind, "bit flipped", at);
			s->bytes[at] ^= 1u << bit;
		}
		s->bytes[at] ^= 0xff;
		try(s, kind, "byte inverted", at);
		s->bytes[at] ^= 0xff;
	}
}

/* R48: no mutated header, program header or dynamic section crashes or takes long. */
Test(elf_mutations, survives_every_flipped_bit_of_a_real_library)
{
	struct sample s = sample_load("data/elf/hardened.so");
	size_t count = (size_t)sample_get(&s, at_ehsize(&s) + 4, 2);

	flip_bits(&s, MODSEAL_KIND_LIBRARY, 0, 64 + count * 56);
	flip_bits(&s, MODSEAL_KIND_LIBRARY,
		  (size_t)segment_get(&s, PT_DYNAMIC, 0, P_OFFSET),
		  (size_t)segment_get(&s, PT_DYNAMIC, 0, P_FILESZ));
	free(s.bytes);
}

Test(elf_mutations, survives_every_flipped_bit_of_a_small_library)
{
	for (size_t i = 0; i < FORM_COUNT; i++) {
		struct sample s = sample_make(forms[i].elf_class, forms[i].order);

		flip_bits(&s, MODSEAL_KIND_LIBRARY, 0, s.size);
		free(s.bytes);
	}
}

Test(elf_mutations, survives_every_flipped_bit_of_a_module)
{
	struct sample s = sample_load("data/elf/first-module.ko");

	flip_bits(&s, MODSEAL_KIND_KERNEL_MODULE, 0, s.size);
	free(s.bytes);
}

Test(elf_mutations, survives_every_length)
{
	const char *const names[] = {"data/elf/first-module.ko", "data/elf/hardened.so"};

	for (size_t i = 0; i < 2; i++) {
		struct sample s = sample_load(names[i]);
		size_t size = s.size;

		for (s.size = 0; s.size < size; s.size++) {
			try(&s, i ? MODSEAL_KIND_LIBRARY : MODSEAL_KIND_KERNEL_MODULE,
			    "cut", s.size);
			if (s.size == 4096) /* past the headers: in larger steps */
				s.size += (size - 4096) / 64 * 64 > 65536 ? 4096 : 0;
		}
		s.size = size + 1;
		s.bytes[size] = 'x';
		try(&s, i ? MODSEAL_KIND_LIBRARY : MODSEAL_KIND_KERNEL_MODULE, "appended",
		    size);
		free(s.bytes);
	}
}
