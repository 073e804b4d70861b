/* SPDX-License-Identifier: Apache-2.0 */
/* Takes hold of a file's bytes, splits its container off, and decides on the hand-off. */
#include <stdio.h>

#include "policy/rules.h"
#include "verifier/step_bytes.h"

/* Where a whole or a cut magic is looked for. */
#define TAIL_LOOKED_AT 4096u
/* The first bytes fix the type. */
#define HEAD_LOOKED_AT 64u

static bool lists(const struct modseal_rule *rule, enum modseal_hand_off way)
{
	for (size_t i = 0; i < rule->hand_off_count; i++)
		if (rule->hand_off[i] == way)
			return true;
	return false;
}

static int fail_in_place(const struct modseal_subject *s, enum modseal_stage stage,
			 const char *why, struct modseal_error *error)
{
	return modseal_fail(error, MODSEAL_E_HAND_OFF_UNAVAILABLE, stage, s->located.path,
			    "the rule allows no sealed copy, but %s", why);
}

/* Where the word of a file system on the way is not believed, the path may lead anywhere:
 * only signed bytes count there, and only a copy of them. */
static int find_verity(struct modseal_subject *s, char *reason,
		       struct modseal_error *error)
{
	int result = modseal_verity_measure(s->located.descriptor, s->located.path,
					    MODSEAL_STAGE_BYTES, &s->verity_known,
					    &s->verity, reason, error);

	if (result == 0 && s->verity_known &&
	    s->located.safety == MODSEAL_PATH_UNTRUSTED) {
		s->verity_known = false;
		snprintf(reason, MODSEAL_VERITY_REASON_SIZE,
			 "a file system on the way to it is not believed");
	}
	/* its bytes are held fast there, but the kernel maps none executable */
	if (result == 0 && s->verity_known && s->located.noexec && s->to_load) {
		s->verity_known = false;
		snprintf(reason, MODSEAL_VERITY_REASON_SIZE,
			 "its file system is mounted noexec");
	}
	return result;
}

/* The first way of the rule that the file allows. */
static int choose(struct modseal_subject *s, const char *reason,
		  struct modseal_error *error)
{
	const struct modseal_rule *rule = s->rule;

	for (size_t i = 0; i < rule->hand_off_count; i++) {
		s->hand_off = rule->hand_off[i];
		if (s->hand_off == MODSEAL_HAND_OFF_VERITY && s->verity_known)
			return 0;
		if (s->hand_off != MODSEAL_HAND_OFF_SEALED)
			continue;
		if (i > 0 && s->to_load)
			modseal_verdict_remark_add(
				s->verdict, "a sealed copy, not the file itself: %s",
				reason);
		return 0;
	}
	return fail_in_place(s, MODSEAL_STAGE_BYTES, reason, error);
}

int modseal_step_bytes(struct modseal_subject *s, struct modseal_error *error)
{
	uint64_t max_size = s->context->base.policy->max_size;
	char reason[MODSEAL_VERITY_REASON_SIZE] = "";
	int result = 0;

	s->hand_off = MODSEAL_HAND_OFF_SEALED;
	/* modules are read whole in any case, and the kernel takes its own copy */
	if (s->kind != MODSEAL_KIND_KERNEL_MODULE &&
	    lists(s->rule, MODSEAL_HAND_OFF_VERITY))
		result = find_verity(s, reason, error);
	/* What is in the process already, what is a program, and what is in the tree of
	 * another system is not handed over. */
	if (result == 0 && s->kind == MODSEAL_KIND_LIBRARY && !s->in_place &&
	    s->context->root < 0)
		result = choose(s, reason, error);
	if (result < 0)
		return result;
	if (s->verity_known && (!s->to_load || s->hand_off == MODSEAL_HAND_OFF_VERITY))
		return modseal_bytes_begin(&s->located, max_size, &s->bytes, error);
	if (s->to_load)
		return modseal_bytes_copy(&s->located, max_size,
					  MODSEAL_CONTAINER_TAIL_SIZE, &s->bytes, error);
	return modseal_bytes_read(&s->located, max_size, &s->bytes, error);
}

static int need_end(struct modseal_subject *s, uint64_t length,
		    struct modseal_error *error)
{
	uint64_t size = s->bytes.file_size;

	if (length > size)
		length = size;
	return modseal_bytes_need(&s->bytes, size - length, length, s->located.path,
				  error);
}

/* What the container's code looks at: little where there is none. */
static int need_ends(struct modseal_subject *s, struct modseal_error *error)
{
	int result =
		modseal_bytes_need(&s->bytes, 0, HEAD_LOOKED_AT, s->located.path, error);

	if (result == 0)
		result = need_end(s, TAIL_LOOKED_AT, error);
	/* one more magic before the largest container: see modseal_container_nested */
	if (result == 0 && modseal_container_nested(s->bytes.tail))
		result = need_end(
			s, MODSEAL_CONTAINER_TAIL_SIZE + MODSEAL_CONTAINER_MAGIC_SIZE,
			error);
	return result;
}

int modseal_step_container(struct modseal_subject *s, struct modseal_error *error)
{
	const char *path = s->located.path;
	int result = need_ends(s, error);

	if (result == 0)
		result = modseal_container_split(s->bytes.tail, s->bytes.file_size, path,
						 &s->container, error);
	if (result < 0)
		return result;
	/* The memfd ends where the content ends (R40); from here on its bytes are final.
	 */
	if (s->bytes.descriptor >= 0) {
		result = modseal_bytes_seal(&s->bytes, s->container.content_size, path,
					    error);
		if (result < 0)
			return result;
	}
	if (!modseal_span_part(s->bytes.view, 0, s->container.content_size, &s->content))
		return modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_CONTAINER,
				    path, NULL);
	if (s->container.present && modseal_container_nested(s->content))
		return modseal_fail(error, MODSEAL_E_SIGNATURE_MALFORMED,
				    MODSEAL_STAGE_CONTAINER, path,
				    "two signature containers, one behind the other");
	return modseal_content_want(s->content, MODSEAL_CONTENT_ELF, path, error);
}

int modseal_subject_need_all(struct modseal_subject *s, struct modseal_error *error)
{
	return modseal_bytes_need(&s->bytes, 0, s->bytes.file_size, s->located.path,
				  error);
}

/* The file's bytes cannot change, but the copy's can until it is sealed: then it must be
 * what was judged (R117). */
static int seal_judged(struct modseal_subject *s, struct modseal_error *error)
{
	const char *path = s->located.path;
	struct modseal_bytes copy = {.descriptor = -1};
	int result = modseal_subject_need_all(s, error);

	if (result == 0)
		result = modseal_bytes_copy(
			&s->located, s->context->base.policy->max_size, 0, &copy, error);
	if (result == 0)
		result = modseal_bytes_seal(&copy, s->content.size, path, error);
	if (result == 0 && !modseal_span_equal(copy.view, s->content))
		result = modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_BYTES, path,
				      "its memory copy is not what was judged");
	if (result < 0) {
		modseal_bytes_free(&copy);
		return result;
	}
	modseal_bytes_free(&s->bytes);
	s->container.cms = modseal_span_of(NULL, 0);
	s->bytes = copy;
	s->content = copy.view;
	s->hand_off = MODSEAL_HAND_OFF_SEALED;
	return 0;
}

int modseal_step_hand_off(struct modseal_subject *s, struct modseal_error *error)
{
	static const char why[] = "its last pages reach into the signature behind it";

	if (!s->to_load || s->hand_off != MODSEAL_HAND_OFF_VERITY)
		return 0;
	if (!s->container.present || s->elf.mapped_end <= s->content.size)
		return 0;
	if (!lists(s->rule, MODSEAL_HAND_OFF_SEALED))
		return fail_in_place(s, MODSEAL_STAGE_IMAGE, why, error);
	modseal_verdict_remark_add(s->verdict, "a sealed copy, not the file itself: %s",
				   why);
	return seal_judged(s, error);
}
