/* SPDX-License-Identifier: Apache-2.0 */
/* Judges all that is mapped executable in another process. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verifier/image/seal.h"
#include "verifier/process/outside.h"

/* The largest programs map some hundred files. */
#define MAX_IMAGES 4096u
/* Of files, in one process, whose pages are looked at: 32 MiB of answers. */
#define MAX_CODE (UINT64_C(16) << 30)

/* One process under judgement. */
struct judging {
	struct modseal_outside *run;
	const struct modseal_sight *sight;
	struct modseal_outside_images images;
	size_t *image_of; /* of each mapping: its image + 1, or 0 */
	uint64_t code;	  /* bytes whose pages were looked at */
};

static struct modseal_outside_image *image_at(const struct judging *j, size_t mapping)
{
	size_t number = j->image_of[mapping];

	return number ? &j->images.items[number - 1] : NULL;
}

/* ---- what there is -------------------------------------------------------------------
 */

static bool is_program(const struct judging *j, const struct modseal_mapping *mapping,
		       const char *path)
{
	size_t length = strlen(path);

	return strncmp(j->sight->program, path, length) == 0 &&
	       strcmp(j->sight->program + length, mapping->deleted ? " (deleted)" : "") ==
		       0;
}

static int add_image(struct judging *j, const struct modseal_mapping *mapping,
		     struct modseal_error *error)
{
	struct modseal_outside_image *items = j->images.items,
				     image = {.mapping = mapping};
	size_t count = j->images.count;

	if (count == MAX_IMAGES) {
		modseal_fail(error, MODSEAL_E_PROCESS_UNVERIFIED, MODSEAL_STAGE_GATE,
			     j->sight->name,
			     "it has more than %u files mapped executable, which no "
			     "program needs",
			     MAX_IMAGES);
		modseal_remedy(error, "find out what it does, and end it");
		return MODSEAL_E_PROCESS_UNVERIFIED;
	}
	if ((count & (count - 1)) == 0) /* full */
		items = realloc(items, (count ? 2 * count : 1) * sizeof(*items));
	if (items)
		j->images.items = items;
	image.path = mapping->file    ? modseal_mapping_path(mapping)
		     : *mapping->name ? strdup(mapping->name)
				      : strdup("anonymous memory");
	if (!items || !image.path) {
		free(image.path);
		return modseal_fail_memory(error, MODSEAL_STAGE_GATE);
	}
	image.origin = "opened";
	if (modseal_mapping_is_kernel(mapping))
		image.origin = "kernel";
	else if (!mapping->file)
		image.origin = "memory";
	else if (is_program(j, mapping, image.path))
		image.origin = "program";
	for (size_t i = 0; i < j->run->context->gate.preload_count; i++)
		if (strcmp(j->run->context->gate.preload[i], image.path) == 0)
			image.origin = "preload";
	items[j->images.count++] = image;
	return 0;
}

static bool belongs(const struct modseal_outside_image *image,
		    const struct modseal_mapping *mapping)
{
	if (mapping->file || image->mapping->file)
		return modseal_mapping_same(image->mapping, mapping);
	/* memory of no file is one thing, and the kernel's another */
	return modseal_mapping_is_kernel(image->mapping) ==
		       modseal_mapping_is_kernel(mapping) &&
	       (!modseal_mapping_is_kernel(mapping) ||
		strcmp(image->mapping->name, mapping->name) == 0);
}

static int collect(struct judging *j, struct modseal_error *error)
{
	const struct modseal_maps *maps = &j->sight->maps;
	size_t last = 0;

	j->image_of = calloc(maps->count, sizeof(*j->image_of));
	if (!j->image_of)
		return modseal_fail_memory(error, MODSEAL_STAGE_GATE);
	for (size_t i = 0; i < maps->count; i++) {
		const struct modseal_mapping *mapping = &maps->items[i];

		if (!mapping->executable)
			continue;
		/* mostly one file's lie together */
		if (last == j->images.count || !belongs(&j->images.items[last], mapping))
			for (last = 0; last < j->images.count; last++)
				if (belongs(&j->images.items[last], mapping))
					break;
		if (last == j->images.count) {
			int result = add_image(j, mapping, error);

			if (result)
				return result;
		}
		j->image_of[i] = last + 1;
	}
	return 0;
}

/* ---- asking the policy ---------------------------------------------------------------
 */

/* A file can really be called "x (deleted)". What it is called decides nothing. */
static int find_literal(struct modseal_outside_image *image, struct modseal_error *error)
{
	struct modseal_mapping literal = *image->mapping;
	struct stat status;
	char *path;

	if (!literal.deleted)
		return 0;
	literal.deleted = false;
	path = modseal_mapping_path(&literal);
	if (!path)
		return modseal_fail_memory(error, MODSEAL_STAGE_GATE);
	if (lstat(path, &status)) {
		free(path);
		return 0;
	}
	free(image->path);
	image->path = path;
	return 0;
}

static int ask(struct judging *j, struct modseal_outside_image *image, bool fresh,
	       struct modseal_error *error)
{
	bool program = strcmp(image->origin, "program") == 0;

	return modseal_outside_ask(j->run, image->path,
				   program ? MODSEAL_KIND_PROGRAM : MODSEAL_KIND_LIBRARY,
				   false, fresh, &image->file, error);
}

static int refuse_memory(struct judging *j, struct modseal_outside_image *image,
			 struct modseal_error *error)
{
	const struct modseal_gate *gate = &j->run->context->gate;
	struct modseal_error why;

	if (gate->anonymous_executable_allowed) {
		if (gate->anonymous_executable_told)
			image->remark = "memory that belongs to no file is executable; "
					"the policy only wants to be told";
		return 0;
	}
	modseal_fail(&why, MODSEAL_E_PROCESS_UNVERIFIED, MODSEAL_STAGE_GATE, image->path,
		     "memory that belongs to no file is executable");
	modseal_remedy(&why, "start the program without what generates code, or set "
			     "process.anonymous-executable in the policy");
	return modseal_outside_refuse(image, &why, error);
}

/* Memory with a name, which no file that a rule could be for has. */
static int refuse_named(struct modseal_outside_image *image, const char *what,
			struct modseal_error *error)
{
	struct modseal_error why;

	modseal_fail(&why, MODSEAL_E_PROCESS_UNVERIFIED, MODSEAL_STAGE_GATE, image->path,
		     "%s", what);
	modseal_remedy(&why, "find out what makes it, and start the program from a file "
			     "without that");
	return modseal_outside_refuse(image, &why, error);
}

static int ask_image(struct judging *j, struct modseal_outside_image *image,
		     struct modseal_error *error)
{
	int result;

	if (strcmp(image->origin, "kernel") == 0)
		return 0;
	if (!image->mapping->file)
		return refuse_memory(j, image, error);
	switch (modseal_mapping_backing(image->mapping)) {
	case MODSEAL_BACKING_MEMFD:
		if (strcmp(image->origin, "program") == 0)
			return refuse_named(image, "the program itself runs from a memfd",
					    error);
		if (!modseal_memfd_source(image->path))
			return refuse_named(image,
					    "it is a memfd that modseal did not make, "
					    "and the program opened or mapped it",
					    error);
		return modseal_outside_judge_copy(j->run, j->sight, image, error);
	case MODSEAL_BACKING_SYSTEM_V:
		return refuse_named(image, "it is System V shared memory", error);
	case MODSEAL_BACKING_SHARED:
		return refuse_named(image, "it is shared memory of no file", error);
	default:
		break;
	}
	result = find_literal(image, error);
	return result ? result : ask(j, image, false, error);
}

/* ---- is it that file? ----------------------------------------------------------------
 */

static bool is_shown_as(const struct modseal_outside_image *image,
			const struct modseal_mapping *mapping)
{
	return image->file->shown_name &&
	       modseal_mapping_same(&image->file->shown, mapping);
}

/* What was approved for an earlier process may have been replaced by now. */
static int ask_again(struct judging *j, struct modseal_error *error)
{
	int result = 0;

	for (size_t i = 0; i < j->images.count && !result; i++) {
		struct modseal_outside_image *image = &j->images.items[i];

		if (image->file && !image->file->sealed &&
		    image->file->round != j->run->round && !image->file->code &&
		    !is_shown_as(image, image->mapping))
			result = ask(j, image, true, error);
	}
	return result ? result : modseal_outside_look_up(j->run, error);
}

static int fail_unproven(const struct modseal_outside_image *image,
			 struct modseal_error *why)
{
	int code =
		modseal_fail(why, MODSEAL_E_UNSUPPORTED, MODSEAL_STAGE_GATE, image->path,
			     "whether it is the file that is mapped cannot be seen: "
			     "its file system has no device of its own");

	modseal_remedy(why, "ask as root, with CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN");
	return code;
}

/*
 * Device, inode and name of the list, which the kernel shows for our own mapping of the
 * approved file, too. That proves it where inodes of a device are one file each, which is
 * not so on btrfs: in a mount namespace of his own somebody else's file can have all
 * three. So the descriptor of the mapping is compared as well, by whoever has the right
 * to.
 */
static int identify(struct judging *j, const struct modseal_outside_image *image,
		    const struct modseal_mapping *mapping, bool *ret_same,
		    struct modseal_error *why)
{
	struct stat status;
	int descriptor, errnum;

	*ret_same = is_shown_as(image, mapping);
	if (!*ret_same)
		return 0;
	if (!j->run->may_open_mappings)
		return mapping->major ? 0 : fail_unproven(image, why);
	descriptor = modseal_sight_open_mapping(j->sight, mapping, O_PATH);
	if (descriptor < 0)
		return modseal_fail_errno(why, MODSEAL_E_SYSTEM, MODSEAL_STAGE_GATE,
					  errno, image->path,
					  "its mapping cannot be looked at, or is gone");
	errnum = fstat(descriptor, &status) ? errno : 0;
	close(descriptor);
	if (errnum)
		return modseal_fail_errno(why, MODSEAL_E_SYSTEM, MODSEAL_STAGE_GATE,
					  errnum, image->path, "its status is unknown");
	*ret_same = status.st_dev == image->file->device &&
		    status.st_ino == image->file->inode;
	return 0;
}

/* process.deleted lets a replaced file be, where its name means the same to the process
 * as to us: in a mount namespace of its own it could be anything. */
static bool is_tolerated(const struct judging *j, const struct modseal_mapping *mapping)
{
	int descriptor;
	bool ours;

	if (!mapping->deleted || !j->run->context->gate.deleted_allowed)
		return false;
	descriptor = modseal_sight_open_mapping(j->sight, mapping, O_PATH);
	if (descriptor < 0)
		return false;
	ours = modseal_sight_is_mounted_here(descriptor);
	close(descriptor);
	return ours;
}

/* ---- one mapping ---------------------------------------------------------------------
 */

static int look_at_pages(struct judging *j, struct modseal_outside_image *image,
			 const struct modseal_mapping *mapping, struct modseal_error *why)
{
	uint64_t size = mapping->end - mapping->start, pages = 0;
	int code;

	j->code += size;
	if (j->code > MAX_CODE)
		return modseal_fail(why, MODSEAL_E_PROCESS_UNVERIFIED, MODSEAL_STAGE_GATE,
				    image->path,
				    "the process has more code mapped than a program "
				    "needs, which is not looked at");
	code = modseal_sight_count_changed(j->sight, mapping, size, &pages, why);
	if (code || !pages)
		return code;
	code = modseal_fail(why, MODSEAL_E_MEMORY_CHANGED, MODSEAL_STAGE_GATE,
			    image->path,
			    "%" PRIu64 " of its pages %s no longer what its file holds",
			    pages, pages == 1 ? "is" : "are");
	modseal_remedy(why, "end the process; if a debugger is attached, or a probe of "
			    "perf, it is its breakpoint");
	return code;
}

/* Behind the content lies its signature, with certificates in it that anybody can have
 * put there: nothing vouches for them as code. */
static bool reaches_behind(const struct modseal_outside_file *file,
			   const struct modseal_mapping *mapping)
{
	return file->size > file->content_size && !file->sealed &&
	       (mapping->offset > file->content_size ||
		mapping->end - mapping->start > file->content_size - mapping->offset);
}

/* The result is why it is refused, or why that cannot be said; 0: nothing. */
static int judge_file(struct judging *j, struct modseal_outside_image *image,
		      const struct modseal_mapping *mapping, struct modseal_error *why)
{
	bool same = false;
	int code;

	if (mapping->writable)
		return modseal_fail(why, MODSEAL_E_PROCESS_UNVERIFIED, MODSEAL_STAGE_GATE,
				    image->path,
				    "it is mapped writable and executable at once");
	if (image->file->code == MODSEAL_E_NOT_FOUND && mapping->deleted) {
		modseal_outside_fail_replaced(j->sight, image, mapping, why);
		return why->code;
	}
	if (image->file->code) {
		modseal_outside_fail_by_policy(j->sight, image, why);
		return why->code;
	}
	if (image->file->sealed)
		return look_at_pages(j, image, mapping, why);
	code = identify(j, image, mapping, &same, why);
	if (code)
		return code;
	if (!same && !is_tolerated(j, mapping)) {
		modseal_outside_fail_replaced(j->sight, image, mapping, why);
		return why->code;
	}
	if (!same)
		image->remark = "its file was replaced; the policy lets it be";
	if (same && reaches_behind(image->file, mapping))
		return modseal_fail(
			why, MODSEAL_E_PROCESS_UNVERIFIED, MODSEAL_STAGE_GATE,
			image->path,
			"the signature behind its content is mapped executable");
	return look_at_pages(j, image, mapping, why);
}

static int judge_mapping(struct judging *j, size_t number, struct modseal_error *error)
{
	const struct modseal_mapping *mapping = &j->sight->maps.items[number];
	struct modseal_outside_image *image = image_at(j, number);
	struct modseal_error why = {0};
	int code = 0;

	if (!image || image->refusal)
		return 0;
	if (image->file)
		code = judge_file(j, image, mapping, &why);
	else if (strcmp(image->origin, "kernel") == 0 && j->run->vdso_is_told &&
		 strcmp(mapping->name, "[vdso]") == 0)
		code = look_at_pages(j, image, mapping, &why);
	return code ? modseal_outside_refuse(image, &why, error) : 0;
}

/* Without it the process runs something else than it says. */
static int require_program(struct judging *j, struct modseal_error *error)
{
	struct modseal_error why;

	for (size_t i = 0; i < j->images.count; i++)
		if (strcmp(j->images.items[i].origin, "program") == 0)
			return 0;
	modseal_fail(&why, MODSEAL_E_PROCESS_UNVERIFIED, MODSEAL_STAGE_GATE,
		     j->sight->program,
		     "the program that the kernel started is not mapped executable");
	return modseal_outside_refuse(&j->images.items[0], &why, error);
}

int modseal_outside_judge(struct modseal_outside *run, const struct modseal_sight *sight,
			  struct modseal_outside_images *ret_images,
			  struct modseal_error *error)
{
	struct judging j = {.run = run, .sight = sight};
	int result = collect(&j, error);

	if (!result && j.images.count == 0)
		result = modseal_fail(error, MODSEAL_E_PROCESS_UNVERIFIED,
				      MODSEAL_STAGE_GATE, sight->name,
				      "nothing is mapped executable in it");
	for (size_t i = 0; i < j.images.count && !result; i++)
		result = ask_image(&j, &j.images.items[i], error);
	if (!result)
		result = modseal_outside_look_up(run, error);
	if (!result)
		result = ask_again(&j, error);
	for (size_t i = 0; i < sight->maps.count && !result; i++)
		result = judge_mapping(&j, i, error);
	if (!result)
		result = require_program(&j, error);
	if (!result)
		result = modseal_outside_judge_needs(run, sight, &j.images, error);
	free(j.image_of);
	*ret_images = j.images;
	return result;
}

void modseal_outside_images_free(struct modseal_outside_images *images)
{
	for (size_t i = 0; i < images->count; i++) {
		free(images->items[i].path);
		free(images->items[i].refusal);
	}
	free(images->items);
	*images = (struct modseal_outside_images){0};
}
