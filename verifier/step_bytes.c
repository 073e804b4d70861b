/* SPDX-License-Identifier: Apache-2.0 */
/* Takes hold of a file's bytes, splits its container off, and decides on the hand-off. */
#include <stdio.h>
#include <string.h>

#include "policy/rules.h"
#include "verifier/image/device.h"
#include "verifier/step_bytes.h"
#include "verifier/step_evidence.h"
#include "verifier/use.h"

/* Where a whole or a cut magic is looked for. */
#define TAIL_LOOKED_AT 4096u
/* The first bytes fix the type. */
#define HEAD_LOOKED_AT 64u
#define REASONS_SIZE   (MODSEAL_VERITY_REASON_SIZE + MODSEAL_DEVICE_REASON_SIZE)

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

/* Why a file whose bytes are held fast is not taken as it is; NULL: it may be. */
static const char *flaw_of_place(const struct modseal_subject *s)
{
	/* the path may lead anywhere: only signed bytes count there, and only a copy */
	if (s->located.safety == MODSEAL_PATH_UNTRUSTED)
		return "a file system on the way to it is not believed";
	/* the kernel maps none executable; modules it reads */
	if (s->located.noexec && s->to_load && s->kind != MODSEAL_KIND_KERNEL_MODULE)
		return "its file system is mounted noexec";
	return NULL;
}

static int find_verity(struct modseal_subject *s, char *reason,
		       struct modseal_error *error)
{
	const char *flaw = flaw_of_place(s);
	int result;

	/* once it is enabled it stays so: what was told when the file was opened is at
	 * worst less than the truth */
	if (modseal_verity_is_absent(s->located.attributes, s->located.attributes_known,
				     reason))
		return 0;
	result = modseal_verity_measure(s->located.descriptor, s->located.path,
					MODSEAL_STAGE_BYTES, &s->verity_known, &s->verity,
					reason, error);

	if (result == 0 && s->verity_known && flaw) {
		s->verity_known = false;
		snprintf(reason, MODSEAL_VERITY_REASON_SIZE, "%s", flaw);
	}
	return result;
}

static int find_read_only(const struct modseal_subject *s, bool *ret_held, char *reason,
			  struct modseal_error *error)
{
	const struct modseal_strings *named = &s->context->base.policy->read_only_devices;
	const char *flaw = flaw_of_place(s);
	int result =
		modseal_device_judge(s->located.descriptor, named->items, named->count,
				     s->located.path, ret_held, reason, error);

	if (result == 0 && *ret_held && flaw) {
		*ret_held = false;
		snprintf(reason, MODSEAL_DEVICE_REASON_SIZE, "%s", flaw);
	}
	return result;
}

/* That a file has no fs-verity is news only to those who asked for more than the default,
 * and to those who load. */
static bool is_news(const struct modseal_subject *s)
{
	return s->to_load || s->rule->hand_off_count != 2 ||
	       s->rule->hand_off[0] != MODSEAL_HAND_OFF_VERITY ||
	       s->rule->hand_off[1] != MODSEAL_HAND_OFF_SEALED;
}

static void remark_copy(struct modseal_subject *s, const char *why)
{
	if (is_news(s))
		modseal_verdict_remark_add(s->verdict,
					   "a sealed copy, not the file itself: %s", why);
}

/* Behind those that are there already, as far as there is room. */
static void add_reason(char reasons[REASONS_SIZE], const char *reason)
{
	size_t used = strlen(reasons);
	const char *parts[] = {used ? "; " : "", reason};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		size_t length = strnlen(parts[i], REASONS_SIZE - 1 - used);

		memcpy(reasons + used, parts[i], length);
		used += length;
	}
	reasons[used] = '\0';
}

/* The first way of the rule that the file allows. Of the others the reasons are told, in
 * the rule's order. */
static int choose(struct modseal_subject *s, const char *no_verity,
		  struct modseal_error *error)
{
	const struct modseal_rule *rule = s->rule;
	char reasons[REASONS_SIZE];

	reasons[0] = '\0';

	for (size_t i = 0; i < rule->hand_off_count; i++) {
		char reason[MODSEAL_DEVICE_REASON_SIZE];
		const char *why = no_verity;
		bool held =
			rule->hand_off[i] == MODSEAL_HAND_OFF_VERITY && s->verity_known;
		int result = 0;

		s->hand_off = rule->hand_off[i];
		if (s->hand_off == MODSEAL_HAND_OFF_SEALED) {
			if (reasons[0])
				remark_copy(s, reasons);
			return 0;
		}
		if (s->hand_off == MODSEAL_HAND_OFF_READ_ONLY) {
			reason[0] = '\0';
			result = find_read_only(s, &held, reason, error);
			why = reason;
		}
		if (result < 0 || held)
			return result;
		add_reason(reasons, why);
	}
	return fail_in_place(s, MODSEAL_STAGE_BYTES, reasons, error);
}

bool modseal_subject_is_handed_over(const struct modseal_subject *s)
{
	return (s->kind == MODSEAL_KIND_LIBRARY || s->to_load) && !s->in_place &&
	       s->context->root < 0;
}

bool modseal_subject_may_share(const struct modseal_subject *s)
{
	return s->to_load && s->kind == MODSEAL_KIND_LIBRARY &&
	       s->hand_off == MODSEAL_HAND_OFF_SEALED && !s->spared;
}

static void hash(void *argument, const uint8_t *data, size_t size)
{
	struct modseal_subject *s = argument;

	modseal_running_digest_add(s->hashing, modseal_span_of(data, size));
}

int modseal_subject_hashing(struct modseal_subject *s, struct modseal_error *error)
{
	return s->hashing ? 0
			  : modseal_running_digest_new(s->context->crypto, &s->hashing,
						       error);
}

/* The digest is taken while the bytes are read. Of what was not hashed then, the evidence
 * step hashes the rest. */
static int begin_hashing(struct modseal_subject *s, struct modseal_reading *ret_reading,
			 struct modseal_error *error)
{
	int result = modseal_subject_hashing(s, error);

	if (result < 0)
		return result;
	*ret_reading = (struct modseal_reading){
		.crew = s->crew,
		.spares = &s->context->spares,
		.take = hash,
		.argument = s,
		/* what may be the container is no content */
		.without_last = MODSEAL_CONTAINER_TAIL_SIZE,
	};
	return 0;
}

static int read_private(struct modseal_subject *s, uint64_t max_size,
			struct modseal_error *error)
{
	struct modseal_reading reading;
	int result = begin_hashing(s, &reading, error);

	if (result == 0)
		result = modseal_bytes_read_with(&s->located, max_size, &reading,
						 &s->bytes, error);
	if (result == 0)
		s->hashed = reading.taken;
	return result;
}

static int copy(struct modseal_subject *s, uint64_t max_size, struct modseal_error *error)
{
	struct modseal_reading reading;
	int result = begin_hashing(s, &reading, error);

	if (result == 0)
		result = modseal_bytes_copy(&s->located, max_size,
					    MODSEAL_CONTAINER_TAIL_SIZE, &reading,
					    &s->bytes, error);
	if (result == 0)
		s->hashed = reading.taken;
	return result;
}

static enum modseal_reach reach_of(const struct modseal_located *located)
{
	if (located->safety == MODSEAL_PATH_UNTRUSTED)
		return MODSEAL_REACH_UNKNOWN;
	return located->safety >= MODSEAL_PATH_ROOT ? MODSEAL_REACH_ROOT
						    : MODSEAL_REACH_USERS;
}

/* The size is that of the open file, which exactly is read. */
static int ask_to_hold(struct modseal_subject *s, uint64_t max_size,
		       struct modseal_error *error)
{
	uint64_t size = (uint64_t)s->located.status.st_size;

	/* what is too large is not read */
	if (!s->use || !s->use->hold || size > max_size ||
	    s->use->hold(s->use->hold_argument, size, reach_of(&s->located)) == 0)
		return 0;
	s->put_off = true;
	return modseal_fail(error, MODSEAL_E_RESOURCE, MODSEAL_STAGE_BYTES,
			    s->located.path, "its bytes may not be held in memory now");
}

int modseal_step_bytes(struct modseal_subject *s, struct modseal_error *error)
{
	uint64_t max_size = s->context->base.policy->max_size;
	char reason[MODSEAL_VERITY_REASON_SIZE] = "";
	int result = ask_to_hold(s, max_size, error);

	if (result < 0)
		return result;

	s->hand_off = MODSEAL_HAND_OFF_SEALED;
	/* to be checked only, modules are read whole in any case */
	if ((s->kind != MODSEAL_KIND_KERNEL_MODULE || s->to_load) &&
	    lists(s->rule, MODSEAL_HAND_OFF_VERITY))
		result = find_verity(s, reason, error);
	if (result == 0 && modseal_subject_is_handed_over(s))
		result = choose(s, reason, error);
	if (result < 0)
		return result;
	if (s->to_load ? s->hand_off != MODSEAL_HAND_OFF_SEALED : s->verity_known)
		return modseal_bytes_begin(&s->located, max_size, &s->bytes, error);
	/* Perhaps its copy is in memory already: see modseal_step_hand_off. */
	if (s->to_load && !(modseal_subject_may_share(s) &&
			    modseal_copies_has(&s->context->copies, s->located.path)))
		return copy(s, max_size, error);
	return read_private(s, max_size, error);
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

/*
 * From here on the memfd's bytes are final. It ends where the content ends; but of a
 * kernel module the container stays, for the kernel wants it (R40), and must be the one
 * that was split off: until it was sealed a process of the same user could change it.
 */
static int seal(struct modseal_subject *s, struct modseal_error *error)
{
	bool whole = s->kind == MODSEAL_KIND_KERNEL_MODULE;
	struct modseal_span tail = s->bytes.tail, end;
	uint64_t content = s->container.content_size;
	uint64_t keep = whole ? s->bytes.file_size : content;
	struct modseal_reading reading;
	int result = begin_hashing(s, &reading, error);

	reading.without_last = keep - content;
	if (result == 0)
		result = modseal_bytes_seal(&s->bytes, keep, &reading, s->located.path,
					    error);
	if (result < 0)
		return result;
	if (s->hashed == 0)
		s->hashed = reading.taken;
	if (!whole)
		return 0;
	/* what the split looked at: where there is a container, nothing before it */
	if (s->container.present)
		result = modseal_subject_rest(s, &tail, error);
	if (result < 0)
		return result;
	if (modseal_span_part(s->bytes.view, s->bytes.view.size - tail.size, tail.size,
			      &end) &&
	    modseal_span_equal(end, tail))
		return 0;
	return modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_BYTES,
			    s->located.path, "its memory copy is not what was read");
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
	if (s->bytes.descriptor >= 0)
		result = seal(s, error);
	if (result < 0)
		return result;
	if (!modseal_span_part(s->bytes.view, 0, s->container.content_size, &s->content))
		return modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_CONTAINER,
				    path, NULL);
	if (s->container.present && modseal_container_nested(s->content))
		return modseal_fail(error, MODSEAL_E_SIGNATURE_MALFORMED,
				    MODSEAL_STAGE_CONTAINER, path,
				    "two signature containers, one behind the other");
	/* nothing of a script is parsed, here or by anybody but its interpreter */
	s->script = s->use && s->use->flags & MODSEAL_USE_SCRIPT &&
		    s->content.size >= 2 && memcmp(s->content.data, "#!", 2) == 0;
	if (s->script)
		return 0;
	return modseal_content_want(s->content, MODSEAL_CONTENT_ELF, path, error);
}

int modseal_subject_need_all(struct modseal_subject *s, struct modseal_error *error)
{
	return modseal_bytes_need(&s->bytes, 0, s->bytes.file_size, s->located.path,
				  error);
}

/* What was judged cannot change, but the copy can until it is sealed: then it must be the
 * same (R117). */
static int seal_judged(struct modseal_subject *s, struct modseal_error *error)
{
	const char *path = s->located.path;
	struct modseal_bytes copy = {.descriptor = -1};
	int result = modseal_subject_need_all(s, error);

	if (result == 0)
		result =
			modseal_bytes_copy(&s->located, s->context->base.policy->max_size,
					   0, NULL, &copy, error);
	if (result == 0)
		result = modseal_bytes_seal(&copy, s->content.size, NULL, path, error);
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

/* The bytes were read to be judged only: an image of the context had such a file. Where
 * they are the same, its sealed copy is theirs, else they need one of their own. */
static int share_copy(struct modseal_subject *s, struct modseal_error *error)
{
	uint64_t size = s->content.size;
	bool exec_sealed;
	int descriptor;

	if (!s->digest_known ||
	    !modseal_copies_open(&s->context->copies, s->located.path, s->digest, size,
				 &descriptor, &exec_sealed))
		return seal_judged(s, error);
	s->container.cms = s->content = modseal_span_of(NULL, 0);
	modseal_bytes_take_sealed(&s->bytes, descriptor, size, exec_sealed);
	return 0;
}

/* What would be mapped of a file as it is, and was never hashed; NULL: nothing. */
static int find_unhashed(const struct modseal_subject *s, const char **ret_why,
			 struct modseal_error *error)
{
	bool clean = true;
	int result = 0;

	*ret_why = NULL;
	if (s->container.present && s->elf.mapped_end > s->content.size) {
		*ret_why = "its last pages reach into the signature behind it";
		return 0;
	}
	/* with fs-verity the kernel does not give a page that has anything there */
	if (s->hand_off == MODSEAL_HAND_OFF_READ_ONLY &&
	    s->elf.mapped_end > s->bytes.file_size)
		result = modseal_device_ends_clean(s->located.descriptor,
						   s->bytes.file_size, s->located.path,
						   &clean, error);
	if (!clean)
		*ret_why = "its last page is not empty behind its end";
	return result;
}

int modseal_step_hand_off(struct modseal_subject *s, struct modseal_error *error)
{
	const char *why = NULL;
	int result;

	if (!modseal_subject_is_handed_over(s))
		return 0;
	if (s->hand_off == MODSEAL_HAND_OFF_SEALED)
		return s->to_load && s->bytes.descriptor < 0 ? share_copy(s, error) : 0;
	result = find_unhashed(s, &why, error);
	if (result < 0 || !why)
		return result;
	if (!lists(s->rule, MODSEAL_HAND_OFF_SEALED))
		return fail_in_place(s, MODSEAL_STAGE_IMAGE, why, error);
	remark_copy(s, why);
	if (s->to_load)
		return seal_judged(s, error);
	s->hand_off = MODSEAL_HAND_OFF_SEALED;
	return 0;
}
