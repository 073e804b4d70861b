/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges every place that the dynamic linker filled (include/modseal-process.h says what
 * is judged how). Which places these are is read out of approved bytes: who can write to
 * memory could forge the tables there together with what they describe.
 */
#include "verifier/process/bindings.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "verifier/loader/modules.h"
#include "verifier/process/ground.h"
#include "verifier/process/linkage.h"
#include "verifier/process/relocation.h"

#define STAGE	    MODSEAL_STAGE_SYMBOL
#define NAME_SIZE   256
#define TARGET_SIZE 4096

/* A page of memory, so that neighbours are not asked for one by one. */
struct window {
	uintptr_t start; /* 0: none */
	uint8_t bytes[4096];
};

struct audit {
	struct modseal_ground ground;
	modseal_binding_visit *visit;
	void *argument;
	struct modseal_bindings count;
	/* of the first finding */
	const struct modseal_object *object;
	uint64_t slot;
	const char *relocation;
	char symbol[NAME_SIZE];
	char target[TARGET_SIZE];
	uint64_t target_offset;
};

/* One image that is being looked at. */
struct look {
	struct audit *audit;
	const struct modseal_object *object;
	const struct modseal_linkage *linkage;
	struct window window;
};

/* One place: where, what is there, and what the relocation says. */
struct place {
	uint64_t address; /* as the tables give it */
	uint64_t value;
	enum modseal_relocation kind;
	const char *name;
	uint64_t symbol; /* its index; 0: none */
	uint64_t addend;
	bool addend_in_place; /* RELR: it is what the file has there */
};

static int read_value(struct look *look, uint64_t address, uint64_t *ret_value,
		      struct modseal_error *error)
{
	struct window *window = &look->window;
	uintptr_t at = look->object->base + (uintptr_t)address;
	uintptr_t start = at & ~(sizeof(window->bytes) - 1);
	bool across = at + sizeof(*ret_value) > start + sizeof(window->bytes);
	int errnum = 0;

	if (across) {
		errnum = modseal_memory_copy(at, ret_value, sizeof(*ret_value));
	} else if (window->start != start) {
		window->start = 0;
		errnum = modseal_memory_copy(start, window->bytes, sizeof(window->bytes));
		if (!errnum)
			window->start = start;
	}
	if (errnum)
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, STAGE, errnum,
					  look->object->path,
					  "its memory cannot be read");
	if (!across)
		memcpy(ret_value, window->bytes + (at - start), sizeof(*ret_value));
	return 0;
}

/* Nobody but the dynamic linker has business in it: the GOT, and what is read-only by
 * now. */
static bool is_fixed(const struct look *look, const struct place *place)
{
	if (place->kind != MODSEAL_RELOCATION_SYMBOL &&
	    place->kind != MODSEAL_RELOCATION_RELATIVE)
		return true;
	return place->address >= look->linkage->relro_start &&
	       place->address < look->linkage->relro_end;
}

static bool leads_home(const struct look *look, const struct place *place)
{
	const struct modseal_ground *ground = &look->audit->ground;
	uintptr_t value = (uintptr_t)place->value;

	switch (place->kind) {
	case MODSEAL_RELOCATION_CALL:
	case MODSEAL_RELOCATION_CHOSEN:
	case MODSEAL_RELOCATION_RESOLVER:
		return modseal_ground_code_at(ground, value) != NULL;
	case MODSEAL_RELOCATION_SLOT:
		return modseal_ground_at(ground, value) != NULL;
	case MODSEAL_RELOCATION_SYMBOL:
	case MODSEAL_RELOCATION_RELATIVE:
		if (is_fixed(look, place))
			return modseal_ground_at(ground, value) != NULL;
		return !modseal_ground_is_foreign_code(ground, value);
	default:
		return false;
	}
}

/* The C library has its own IFUNCs choose the kernel's code for these. */
static bool is_clock_function(const char *name)
{
	return strcmp(name, "time") == 0 || strcmp(name, "gettimeofday") == 0 ||
	       strcmp(name, "clock_gettime") == 0;
}

/* What is no address, though most of its kind are; the value is in no approved image. */
static bool is_excepted(const struct look *look, const struct place *place,
			const char *name, const ElfW(Sym) * symbol)
{
	uint64_t addend = place->addend;

	if (modseal_ground_is_kernel(&look->audit->ground, (uintptr_t)place->value))
		return place->kind == MODSEAL_RELOCATION_CHOSEN ||
		       is_clock_function(name);
	/* a resolver that is there for what it does, not for what it chooses, gives NULL:
	 * glibc has one that looks at the caches of the processor */
	if (place->kind == MODSEAL_RELOCATION_CHOSEN)
		return place->value == 0;
	if (place->kind == MODSEAL_RELOCATION_RELATIVE) {
		/* the addresses of an array's elements from -1 on, for example */
		if (place->addend_in_place &&
		    !modseal_linkage_copy(look->linkage, place->address, &addend,
					  sizeof(addend)))
			return false;
		return place->value == look->object->base + addend;
	}
	if (!symbol)
		return false;
	if (symbol->st_shndx == SHN_ABS)
		return true;
	if (place->kind == MODSEAL_RELOCATION_CALL)
		addend = 0;
	return place->value == addend &&
	       (place->symbol == 0 || (symbol->st_shndx == SHN_UNDEF &&
				       ELF64_ST_BIND(symbol->st_info) == STB_WEAK));
}

static int tell(struct look *look, const struct place *place, const char *symbol)
{
	struct audit *audit = look->audit;
	char target[TARGET_SIZE], name[NAME_SIZE];
	struct modseal_binding binding = {
		.image = look->object->path,
		.slot = place->address,
		.relocation = place->name,
		.symbol = name,
		.target = target,
	};
	int result = 0;

	modseal_escape(name, sizeof(name), symbol);
	modseal_ground_describe(&audit->ground, (uintptr_t)place->value, target,
				sizeof(target), &binding.target_offset);
	if (audit->count.foreign++ == 0) {
		audit->object = look->object;
		audit->slot = binding.slot;
		audit->relocation = binding.relocation;
		audit->target_offset = binding.target_offset;
		memcpy(audit->symbol, name, sizeof(name));
		memcpy(audit->target, target, sizeof(target));
	}
	if (audit->visit) {
		modseal_loader_tell(true);
		result = audit->visit(audit->argument, &binding);
		modseal_loader_tell(false);
	}
	return result;
}

static int judge(struct look *look, struct place *place, struct modseal_error *error)
{
	ElfW(Sym) symbol;
	char name[NAME_SIZE] = "";
	bool known = false;
	int result;

	if (place->kind == MODSEAL_RELOCATION_NUMBER)
		return 0;
	if (place->kind == MODSEAL_RELOCATION_UNKNOWN)
		return modseal_fail(error, MODSEAL_E_UNSUPPORTED, STAGE,
				    look->object->path,
				    "a relocation of a kind that is not known here");
	if (!modseal_segments_hold(look->object->segments, look->object->segment_count,
				   look->object->base + (uintptr_t)place->address))
		return modseal_fail(error, MODSEAL_E_ELF_MALFORMED, STAGE,
				    look->object->path,
				    "a relocation is for a place outside of it");
	result = read_value(look, place->address, &place->value, error);
	if (result)
		return result;
	look->audit->count.slots++;
	look->audit->count.writable += !is_fixed(look, place);
	if (leads_home(look, place))
		return 0;
	if (place->kind != MODSEAL_RELOCATION_RELATIVE &&
	    place->kind != MODSEAL_RELOCATION_CHOSEN)
		known = modseal_linkage_symbol(look->linkage, place->symbol, &symbol,
					       name, sizeof(name));
	if (is_excepted(look, place, name, known ? &symbol : NULL))
		return 0;
	return tell(look, place, name);
}

static int judge_relocations(struct look *look, struct modseal_error *error)
{
	const struct modseal_linkage *linkage = look->linkage;
	int result = 0;

	for (size_t i = 0; !result && i < linkage->relocation_count; i++) {
		const ElfW(Rela) *entry = &linkage->relocations[i];
		struct place place = {
			.address = entry->r_offset,
			.symbol = ELF64_R_SYM((uint64_t)entry->r_info),
			.addend = (uint64_t)entry->r_addend,
		};

		place.kind = modseal_relocation_kind(
			(uint32_t)ELF64_R_TYPE((uint64_t)entry->r_info), &place.name);
		result = judge(look, &place, error);
	}
	return result;
}

static int judge_relative(struct look *look, uint64_t address,
			  struct modseal_error *error)
{
	struct place place = {.address = address,
			      .kind = MODSEAL_RELOCATION_RELATIVE,
			      .name = "RELR",
			      .addend_in_place = true};

	return judge(look, &place, error);
}

/* DT_RELR: an address, then bitmaps for the 63 words that follow each (generic ABI). */
static int judge_packed(struct look *look, struct modseal_error *error)
{
	const struct modseal_linkage *linkage = look->linkage;
	const uint64_t word = sizeof(ElfW(Addr));
	uint64_t next = 0;
	int result = 0;

	for (size_t i = 0; !result && i < linkage->relative_count; i++) {
		uint64_t entry = linkage->relative[i];

		if (!(entry & 1)) {
			result = judge_relative(look, entry, error);
			next = entry + word;
			continue;
		}
		for (uint64_t bit = 1; !result && bit < 8 * word; bit++)
			if (entry >> bit & 1)
				result = judge_relative(look, next + (bit - 1) * word,
							error);
		next += (8 * word - 1) * word;
	}
	return result;
}

/* The third word of the table behind DT_PLTGOT: where a function is sent that is not
 * bound yet. Empty where all were bound at once. */
static int judge_lazy(struct look *look, struct modseal_error *error)
{
	struct place place = {.address = look->linkage->lazy_table + 2 * sizeof(void *),
			      .kind = MODSEAL_RELOCATION_RESOLVER,
			      .name = "PLTGOT"};
	uint64_t value = 0;
	int result;

	if (!look->linkage->lazy_table)
		return 0;
	if (!modseal_segments_hold(look->object->segments, look->object->segment_count,
				   look->object->base + (uintptr_t)place.address))
		return 0; /* judge would say so; nothing is there to be called */
	result = read_value(look, place.address, &value, error);
	return result || value == 0 ? result : judge(look, &place, error);
}

static int judge_object(struct audit *audit, struct modseal_object *object,
			struct modseal_error *error)
{
	struct modseal_reference reference = {0};
	struct modseal_linkage linkage = {0};
	struct look look = {.audit = audit, .object = object, .linkage = &linkage};
	int result;

	if (object->stale) {
		audit->count.unseen++;
		return 0;
	}
	if (object->segment_count == 0)
		return 0; /* not in the dynamic linker's list: it is bound by nobody */
	result = modseal_reference_open(object, STAGE, &reference, error);
	if (result)
		return result;
	result = modseal_linkage_open(&reference, STAGE, &linkage, error);
	if (!result) {
		audit->count.images++;
		result = judge_relocations(&look, error);
		if (!result)
			result = judge_packed(&look, error);
		if (!result)
			result = judge_lazy(&look, error);
		modseal_linkage_close(&linkage);
	}
	modseal_reference_close(&reference);
	return result;
}

static int judge_all(struct audit *audit, const struct modseal_module *module,
		     struct modseal_error *error)
{
	struct modseal_object *object = modseal_registry()->objects;
	int result = 0;

	for (size_t i = 0; module && !result && i < module->object_count; i++)
		result = judge_object(audit, module->objects[i], error);
	for (; !module && !result && object; object = object->next)
		if (object->origin != MODSEAL_ORIGIN_STRANGER)
			result = judge_object(audit, object, error);
	return result;
}

static int fail_foreign(const struct audit *audit, struct modseal_error *error)
{
	unsigned long long others = audit->count.foreign - 1;
	char more[48] = "", offset[32] = "";

	if (others)
		snprintf(more, sizeof(more), " (and %llu more)", others);
	if (audit->target_offset)
		snprintf(offset, sizeof(offset), "+0x%llx",
			 (unsigned long long)audit->target_offset);
	modseal_fail(error, MODSEAL_E_BINDING_FOREIGN, STAGE, audit->object->path,
		     "%s%sat +0x%llx (%s) leads to %s%s%s",
		     *audit->symbol ? audit->symbol : "an address",
		     *audit->symbol ? ", bound " : " ", (unsigned long long)audit->slot,
		     audit->relocation, audit->target, offset, more);
	if (error)
		memcpy(error->symbol, audit->symbol, sizeof(error->symbol));
	return MODSEAL_E_BINDING_FOREIGN;
}

int modseal_bindings_judge(const struct modseal_module *module,
			   modseal_binding_visit *visit, void *argument,
			   struct modseal_bindings *ret_count,
			   struct modseal_error *error)
{
	struct audit audit = {.visit = visit, .argument = argument};
	int result = modseal_ground_open(STAGE, &audit.ground, error);

	if (!result)
		result = judge_all(&audit, module, error);
	modseal_ground_close(&audit.ground);
	if (ret_count)
		*ret_count = audit.count;
	if (!result && audit.count.foreign)
		result = fail_foreign(&audit, error);
	return result;
}

int modseal_bindings_require(const struct modseal_module *module,
			     struct modseal_error *error)
{
	return modseal_bindings_judge(module, NULL, NULL, NULL, error);
}

int modseal_check_bindings(struct modseal_module *module, modseal_binding_visit *visit,
			   void *argument, struct modseal_bindings *ret_count,
			   struct modseal_error *error)
{
	int result = modseal_loader_lock(error);

	if (result)
		return result;
	if (module && !modseal_module_is_loaded(module))
		result = modseal_fail(error, MODSEAL_E_NOT_LOADED, STAGE, NULL, NULL);
	else if (!modseal_registry()->objects)
		result = modseal_fail(error, MODSEAL_E_ARGUMENT, STAGE, NULL,
				      "nothing of this process was approved yet: a "
				      "context that loads has to be opened first");
	else
		result =
			modseal_bindings_judge(module, visit, argument, ret_count, error);
	modseal_loader_unlock();
	return result;
}
