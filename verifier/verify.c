/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decision: find, open, rule, bytes, container, evidence, image, hand-off, closure,
 * approve.
 * Each step is one function; run_steps reads as the list. The steps after it, gate and
 * load, are verifier/loader/load.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "verifier/audit.h"
#include "verifier/closure.h"
#include "verifier/module_closure.h"
#include "verifier/recording.h"
#include "verifier/search.h"
#include "verifier/step_bytes.h"
#include "verifier/step_descriptor.h"
#include "verifier/step_evidence.h"
#include "verifier/step_find.h"
#include "verifier/step_image.h"
#include "verifier/step_loaded.h"
#include "verifier/step_rule.h"
#include "verifier/use.h"

/* ---- one file ------------------------------------------------------------------------
 */

static int start_verdict(struct modseal_subject *s, struct modseal_error *error)
{
	const struct modseal_policy *policy = s->context->base.policy;

	s->verdict = calloc(1, sizeof(*s->verdict));
	if (!s->verdict)
		return modseal_fail_memory(error, MODSEAL_STAGE_APPROVE);
	s->verdict->policy = strdup(policy->name);
	if (!s->verdict->policy)
		return modseal_fail_memory(error, MODSEAL_STAGE_APPROVE);
	s->verdict->serial = policy->serial;
	s->verdict->anchor_source = s->context->anchor_source;
	s->verdict->state = s->context->state ? "present" : "none";
	s->verdict->evidence = MODSEAL_EVIDENCE_COUNT;
	if (!s->context->state)
		modseal_verdict_remark_add(s->verdict, "no rollback state: an older"
						       " policy would not be noticed");
	return 0;
}

void modseal_subject_digest_text(const struct modseal_subject *s, char *buffer,
				 size_t size)
{
	static const char verity[] = "fsverity-";
	size_t used = s->spared ? sizeof(verity) - 1 : 0;

	memcpy(buffer, verity, used);
	modseal_digest_text(s->digest, buffer + used, size - used);
}

static int finish_verdict(struct modseal_subject *s, struct modseal_error *error)
{
	struct modseal_verdict *verdict = s->verdict;

	verdict->path = strdup(s->located.path);
	if (!verdict->path)
		return modseal_fail_memory(error, MODSEAL_STAGE_APPROVE);
	verdict->kind = s->kind;
	verdict->rule_line = s->rule->line;
	verdict->note = s->elf.note;
	s->elf.note = (struct modseal_note){0};
	modseal_subject_digest_text(s, verdict->digest, sizeof(verdict->digest));
	if (modseal_subject_is_handed_over(s))
		verdict->hand_off = modseal_hand_off_name(s->hand_off);
	if (s->to_load && s->hand_off == MODSEAL_HAND_OFF_SEALED && !s->bytes.exec_sealed)
		modseal_verdict_remark_add(verdict, "the kernel has no exec seal for"
						    " memfds (before Linux 6.3)");
	if (s->located.safety == MODSEAL_PATH_UNTRUSTED)
		modseal_verdict_remark_add(verdict, "owners not judged: %s",
					   s->located.reason);
	return 0;
}

/* ---- 8 closure, 9 approve ------------------------------------------------------------
 */

static int step_closure(struct modseal_subject *s, struct modseal_error *error)
{
	int result;

	if (s->kind == MODSEAL_KIND_PROGRAM && s->elf.needed_count > 0)
		modseal_verdict_remark_add(s->verdict,
					   "the libraries it needs were not judged");
	if (s->kind == MODSEAL_KIND_KERNEL_MODULE && !s->to_load &&
	    s->elf.needed_count > 0)
		modseal_verdict_remark_add(s->verdict,
					   "the modules it depends on were not judged");
	if (s->kind == MODSEAL_KIND_LIBRARY)
		result = modseal_closure_collect(s, &s->closure, error);
	else if (s->kind == MODSEAL_KIND_KERNEL_MODULE && s->to_load)
		result = modseal_module_closure_collect(s, &s->closure, error);
	else
		return 0;
	return result < 0 ? result : modseal_audit_closure(s, error);
}

/* The verdicts of the closure are told with that of the root: its own where it only
 * checks, else those of the images. */
static int approve_verdicts(struct modseal_subject *s, struct modseal_image **images,
			    struct modseal_error *error)
{
	size_t count = s->closure.count;
	struct modseal_verdict **dependencies;

	if (!count)
		return 0;
	dependencies = calloc(count, sizeof(*dependencies));
	if (!dependencies)
		return modseal_fail_memory(error, MODSEAL_STAGE_APPROVE);
	for (size_t i = 0; i < count; i++) {
		dependencies[i] =
			images ? images[i]->verdict : s->closure.members[i]->verdict;
		if (!images)
			s->closure.members[i]->verdict = NULL;
	}
	s->verdict->dependencies = dependencies;
	s->verdict->dependency_count = count;
	s->verdict->dependencies_borrowed = images != NULL;
	return 0;
}

/* The one place that makes an approved handle; takes what it needs out of the subject. */
static int approve_image(struct modseal_subject *s, struct modseal_image **closure,
			 size_t closure_count, struct modseal_image **ret_image,
			 struct modseal_error *error)
{
	const char *name = s->kind == MODSEAL_KIND_KERNEL_MODULE ? s->elf.module_name
								 : s->elf.soname;
	struct modseal_image source = {
		.kind = s->kind,
		.size = s->bytes.kept,
		.source = {.device = (uint64_t)s->located.status.st_dev,
			   .inode = (uint64_t)s->located.status.st_ino,
			   .size = (uint64_t)s->located.status.st_size,
			   .changed = s->located.status.st_ctim},
		.is_needed = s->needed_by != NULL,
		.no_delete = s->elf.no_delete,
		.would_refuse = s->verdict->would_refuse != 0,
		.closure = closure,
		.closure_count = closure_count,
		.gate = &s->context->gate,
		.exec_sealed = s->bytes.exec_sealed,
		.context_reference = s->context,
		.context_release = modseal_context_release,
	};
	int result;

	source.path = strdup(s->located.path);
	source.soname = name ? strdup(name) : NULL;
	if (!source.path || (name && !source.soname)) {
		free(source.path);
		free(source.soname);
		return modseal_fail_memory(error, MODSEAL_STAGE_APPROVE);
	}
	memcpy(source.digest, s->digest, sizeof(source.digest));
	source.needed = s->elf.needed;
	source.needed_count = s->elf.needed_count;
	source.verdict = s->verdict;
	source.hand_off = s->hand_off;
	if (s->hand_off != MODSEAL_HAND_OFF_SEALED) {
		source.verity = s->verity;
		source.size = (uint64_t)s->located.status.st_size;
		source.descriptor = s->located.descriptor;
		s->located.descriptor = -1;
	} else {
		source.device = s->bytes.device;
		source.inode = s->bytes.inode;
		modseal_bytes_release(&s->bytes, &source.descriptor);
	}
	modseal_context_ref(s->context);
	result = modseal_image_create(&source, ret_image, error);
	if (result < 0) {
		close(source.descriptor);
		modseal_context_release(s->context);
		free(source.path);
		free(source.soname);
		return result;
	}
	if (modseal_subject_may_share(s))
		modseal_copies_add(&s->context->copies, *ret_image);
	s->elf.needed = NULL;
	s->elf.needed_count = 0;
	s->verdict = NULL;
	return 0;
}

static int approve_member(struct modseal_subject *s, struct modseal_image **ret_image,
			  struct modseal_error *error)
{
	if (!s->image)
		return approve_image(s, NULL, 0, ret_image, error);
	*ret_image = s->image; /* approved when it was loaded */
	s->image = NULL;
	return 0;
}

static int step_approve(struct modseal_subject *s, struct modseal_error *error)
{
	size_t count = s->closure.count;
	struct modseal_image **closure;
	int result = 0;
	size_t made = 0;

	if (!s->to_load)
		return approve_verdicts(s, NULL, error);
	closure = calloc(count ? count : 1, sizeof(*closure));
	if (!closure)
		return modseal_fail_memory(error, MODSEAL_STAGE_APPROVE);
	for (; result == 0 && made < count; made += result == 0)
		result = approve_member(s->closure.members[made], &closure[made], error);
	if (result == 0)
		result = approve_verdicts(s, closure, error);
	if (result == 0)
		result = approve_image(s, closure, count, &s->image, error);
	if (result == 0)
		return 0;
	while (made > 0)
		modseal_image_free(&closure[--made]);
	free(closure);
	return result;
}

/*
 * A closure may be large: what only the steps of one file need is given back as early as
 * can be. The descriptor, too, where nothing is asked of the file any more: a copy of it
 * is sealed or loaded already, or it is only checked, for somebody else. Not for the sake
 * of the limit alone: when the table of descriptors has to grow while threads share it,
 * the kernel lets whoever opens a file wait, for 2 to 15 ms.
 */
static void free_private(struct modseal_subject *s)
{
	if (s->bytes.descriptor >= 0 || (s->needed_by && (!s->to_load || s->image)))
		modseal_located_close_file(&s->located);
	s->container.cms = modseal_span_of(NULL, 0);
	if (!s->to_load || s->hand_off != MODSEAL_HAND_OFF_SEALED)
		modseal_bytes_free(&s->bytes);
	else
		modseal_bytes_leave_view(&s->bytes);
}

static int run_steps(struct modseal_subject *s, struct modseal_error *error)
{
	int result = start_verdict(s, error);

	if (result == 0)
		result = modseal_step_expiry(s, error);
	if (result == 0)
		result = modseal_step_find(s, error);
	if (result == 0)
		result = modseal_step_descriptor(s, error);
	if (result == 0)
		result = modseal_step_rule(s, error);
	if (result == 0 && modseal_step_loaded(s)) {
		free_private(s);
		return 0;
	}
	if (result == 0)
		result = modseal_step_bytes(s, error);
	if (result == 0)
		result = modseal_step_container(s, error);
	if (result == 0)
		result = modseal_step_evidence(s, error);
	if (result == 0)
		result = modseal_step_image(s, error);
	if (result == 0)
		result = modseal_step_hand_off(s, error);
	if (result == 0)
		result = modseal_step_use(s, error);
	if (result == 0)
		result = finish_verdict(s, error);
	if (result == 0 && !s->bytes.partial)
		free_private(s);
	if (result == 0 && s->is_root)
		result = step_closure(s, error);
	if (result == 0 && s->is_root)
		result = step_approve(s, error);
	return result;
}

/* Of a root that is for loading, and of what is loaded already, the image has it. */
static const struct modseal_verdict *verdict_of(const struct modseal_subject *s)
{
	return !s->verdict && s->image ? s->image->verdict : s->verdict;
}

/* A name says little where files are replaced: the digest says which bytes it was (R24).
 */
static void tell(const struct modseal_subject *subject, int result)
{
	char digest[sizeof(((struct modseal_error *)NULL)->digest)] = "";

	const struct modseal_verdict *verdict = verdict_of(subject);

	if (!subject->context->debug)
		return;
	if (result == 0 && verdict->would_refuse)
		modseal_debug(subject->context, "%s: would be refused: %s: %s",
			      subject->asked, modseal_code_name(verdict->would_refuse),
			      verdict->would_message);
	if (subject->digest_known)
		modseal_subject_digest_text(subject, digest, sizeof(digest));
	modseal_debug(subject->context, "%s: %s%s%s%s", subject->asked,
		      modseal_code_name(result), digest[0] ? ", content " : "", digest,
		      !subject->is_root && subject->image ? ", loaded already" : "");
	if (subject->bytes.partial)
		modseal_debug(subject->context, "%s: %s, %llu of %llu bytes read",
			      subject->asked,
			      subject->verity_known ? "fs-verity" : "read-only device",
			      (unsigned long long)subject->bytes.fetched,
			      (unsigned long long)subject->bytes.file_size);
}

int modseal_subject_run(struct modseal_subject *subject, struct modseal_error *error)
{
	int result;

	subject->located.descriptor = -1;
	subject->bytes.descriptor = -1;
	result = run_steps(subject, error);
	/* others may wait for their turn to hold a file in memory, and its end may come
	 * only when they are done */
	if (result < 0 && !subject->bytes.partial)
		modseal_bytes_free(&subject->bytes);
	return result;
}

int modseal_subject_conclude(struct modseal_subject *subject, int result,
			     struct modseal_error *error)
{
	tell(subject, result);
	if (!subject->put_off)
		modseal_recording_subject(subject, verdict_of(subject), result, error);
	if (result == 0) {
		modseal_audit_count_verdict(subject->context, verdict_of(subject));
		free_private(subject);
		return 0;
	}
	if (error && error->rule_line == 0 && error->digest[0] == '\0') {
		error->rule_line = subject->rule ? subject->rule->line : 0;
		if (subject->verdict && subject->verdict->supplement)
			snprintf(error->supplement, sizeof(error->supplement), "%s",
				 subject->verdict->supplement);
		if (subject->digest_known)
			modseal_subject_digest_text(subject, error->digest,
						    sizeof(error->digest));
	}
	modseal_subject_clear(subject);
	return result;
}

int modseal_subject_judge(struct modseal_subject *subject, struct modseal_error *error)
{
	return modseal_subject_conclude(subject, modseal_subject_run(subject, error),
					error);
}

struct modseal_subject *modseal_subject_needed(const struct modseal_subject *needer,
					       const char *name)
{
	struct modseal_subject *subject = calloc(1, sizeof(*subject));

	if (!subject)
		return NULL;
	subject->located.descriptor = -1;
	subject->bytes.descriptor = -1;
	subject->context = needer->context;
	subject->crew = needer->crew;
	subject->to_load = needer->to_load;
	subject->kind = MODSEAL_KIND_LIBRARY;
	subject->asked = name;
	subject->needed_by = needer;
	subject->found_by_rule = modseal_rule_searches(needer->rule);
	return subject;
}

void modseal_subject_clear(struct modseal_subject *subject)
{
	modseal_running_digest_free(&subject->hashing);
	modseal_closure_clear(&subject->closure);
	modseal_image_free(&subject->image);
	modseal_elf_clear(&subject->elf);
	modseal_bytes_free(&subject->bytes);
	modseal_located_close(&subject->located);
	modseal_verdict_free(&subject->verdict);
	memset(subject, 0, sizeof(*subject));
	subject->located.descriptor = -1;
	subject->bytes.descriptor = -1;
}
