/* SPDX-License-Identifier: Apache-2.0 */
/* Begins the decision on what somebody asks for, and takes its result out. */
#include <pthread.h>
#include <string.h>

#include "verifier/image/crew.h"
#include "verifier/image/spares.h"
#include "verifier/verify.h"

static int judge_root(struct modseal_context *context, const char *asked,
		      const char *version, const int *given, enum modseal_kind kind,
		      bool to_load, struct modseal_subject *s,
		      struct modseal_error *error)
{
	struct modseal_error own;
	struct modseal_crew *crew;
	int result;

	if (!error) /* audit mode asks which step refused */
		error = &own;
	if (!asked)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_FIND, asked,
				    "no path and no name");
	if ((unsigned)kind > MODSEAL_KIND_BY_RULE)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_FIND, asked,
				    "unknown kind");
	*s = (struct modseal_subject){.context = context,
				      .crew = modseal_crew_new(context->threads),
				      .asked = asked,
				      .version = version,
				      .given = given,
				      .kind = kind,
				      .to_load = to_load,
				      .is_root = true};
	crew = s->crew;
	if (!to_load) /* they only read large files */
		modseal_crew_end_idle(crew);
	result = modseal_subject_judge(s, error);
	modseal_crew_free(&crew);
	/* a program that loads seldom does it all the time, but modules come in numbers
	 */
	if (to_load && kind != MODSEAL_KIND_KERNEL_MODULE)
		modseal_spares_trim(&context->spares);
	return result;
}

/* Not to be cancelled now: other threads work on what lies in the stack of this one, and
 * whoever asked has no hold on what was made so far. */
static int put_off_end(void)
{
	int before;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	return before;
}

int modseal_context_check(struct modseal_context *context, const char *asked,
			  enum modseal_kind kind, struct modseal_verdict **ret_verdict,
			  struct modseal_error *error)
{
	struct modseal_subject subject;
	int cancel = put_off_end();
	int result = judge_root(context, asked, NULL, NULL, kind, false, &subject, error);

	if (result == 0) {
		*ret_verdict = subject.verdict;
		subject.verdict = NULL;
		modseal_subject_clear(&subject);
	}
	pthread_setcancelstate(cancel, NULL);
	return result;
}

int modseal_context_verify(struct modseal_context *context, const char *asked,
			   const char *version, const int *given, enum modseal_kind kind,
			   struct modseal_image **ret_image, struct modseal_error *error)
{
	struct modseal_subject subject;
	int cancel = put_off_end();
	int result =
		judge_root(context, asked, version, given, kind, true, &subject, error);

	if (result == 0) {
		*ret_image = subject.image;
		subject.image = NULL;
		modseal_subject_clear(&subject);
	}
	pthread_setcancelstate(cancel, NULL);
	return result;
}

int modseal_judge_object(struct modseal_context *context, const char *path,
			 enum modseal_kind kind, struct modseal_gate_object *ret_object,
			 struct modseal_error *error)
{
	const struct modseal_strings *preload = &context->base.policy->preload;
	struct modseal_subject s = {
		.context = context, .asked = path, .kind = kind, .in_place = true};
	struct modseal_error own;
	int result;

	if (!error)
		error = &own;
	for (size_t i = 0; i < preload->count; i++)
		s.is_preload = s.is_preload || strcmp(preload->items[i], path) == 0;
	result = modseal_subject_judge(&s, error);

	if (result < 0)
		return result;
	*ret_object = (struct modseal_gate_object){
		.descriptor = s.located.descriptor,
		.path = s.located.path,
		.soname = s.elf.soname,
		.interpreter = s.elf.interpreter,
		.needed = s.elf.needed,
		.needed_count = s.elf.needed_count,
	};
	memcpy(ret_object->digest, s.digest, sizeof(s.digest));
	s.located.descriptor = -1;
	s.located.path = NULL;
	s.elf.soname = NULL;
	s.elf.interpreter = NULL;
	s.elf.needed = NULL;
	s.elf.needed_count = 0;
	modseal_subject_clear(&s);
	return 0;
}
