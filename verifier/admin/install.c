/* SPDX-License-Identifier: Apache-2.0 */
/* Installing a policy: verify, copy, verify the copy, ask, switch, raise the floors. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "internal/builtin.h"
#include "modseal-install.h"
#include "verifier/admin/gather.h"
#include "verifier/admin/install_floors.h"
#include "verifier/admin/install_place.h"
#include "verifier/own_file.h"
#include "verifier/state_open.h"
#include "verifier/supplements_open.h"

#define TIME_SIZE 32

/* One installation, from begin to end. */
struct installation {
	const struct modseal_install_options *options;
	struct modseal_context
		reader; /* of the state: no policy, only what reading needs */
	char *directory, *state_directory; /* real paths */
	struct modseal_place_of_sets place;
	struct modseal_state *state; /* the floors that hold now, then the raised ones */
	bool state_missing;
	struct modseal_context
		*current;	    /* what is in force; NULL: nothing that can be used */
	struct modseal_error fault; /* why not */
	struct modseal_set set;	    /* what was read of the new one */
	char name[MODSEAL_SET_NAME_SIZE]; /* its own */
	struct modseal_context *next;	  /* the new one, where it will be used */
};

/* ---- contexts -------------------------------------------------------------------- */

static int open_context(const struct installation *in, const char *path,
			const struct modseal_open_how *how,
			struct modseal_context **ret_context, struct modseal_error *error)
{
	const struct modseal_install_options *given = in->options;
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = given->flags | MODSEAL_OPEN_CHECK_ONLY,
		.policy_path = path,
		.policy_name = given->policy_name,
		.anchor_paths = given->anchor_paths,
		.anchor_path_count = given->anchor_path_count,
		.anchor_directory = given->anchor_directory,
	};

	return modseal_context_open(&options, how, ret_context, error);
}

/* ---- what is there now ----------------------------------------------------------- */

static int read_state(struct installation *in, struct modseal_error *error)
{
	struct stat status;
	int result;

	if (fstatat(in->place.state, MODSEAL_STATE_FILE, &status, AT_SYMLINK_NOFOLLOW) &&
	    errno == ENOENT) {
		in->state_missing = true;
		in->state = modseal_state_new();
		return in->state ? 0 : modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	}
	result = modseal_state_read(&in->reader, in->state_directory, MODSEAL_STATE_FILE,
				    &in->state, error);
	return result;
}

/* It is shown, and is a floor itself: of what was switched to, though the state could not
 * be written any more, or though it was lost. One that cannot be used any more does not
 * stand in the way of its successor. */
static int open_current(struct installation *in, struct modseal_error *error)
{
	const struct modseal_open_how how = {.floors = in->state, .strict = true};
	struct stat status;
	char *path = NULL;
	int result;

	if (asprintf(&path, "%s/" MODSEAL_SET_POLICY, in->directory) < 0)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	result = open_context(in, path, &how, &in->current, &in->fault);
	if (result < 0 && lstat(path, &status) && errno == ENOENT)
		modseal_error_clear(&in->fault);
	if (in->current) {
		result = modseal_floors_raise(in->state, in->current, error);
	} else {
		result = modseal_code_exit(in->fault.code) == 3 &&
					 in->fault.code != MODSEAL_E_NOT_FOUND
				 ? in->fault.code
				 : 0;
		if (result < 0 && error)
			*error = in->fault;
	}
	free(path);
	return result;
}

/* ---- the new one ----------------------------------------------------------------- */

/* From where it lies, keeping what is read; only what was authenticated gets further. */
static int gather(struct installation *in, struct modseal_error *error)
{
	const struct modseal_gatherer gatherer = modseal_gatherer_of(&in->set);
	const struct modseal_open_how how = {.floors = in->state, .gather = &gatherer};
	const char *asked = in->options->policy_path;
	char *real = realpath(asked, NULL);
	struct modseal_context *source = NULL;
	int result;

	if (!real)
		return modseal_fail_errno(
			error,
			errno == ENOENT || errno == ENOTDIR ? MODSEAL_E_NOT_FOUND
							    : MODSEAL_E_SYSTEM,
			MODSEAL_STAGE_OPEN, errno, asked, "it cannot be opened");
	result = open_context(in, real, &how, &source, error);
	if (result == 0)
		result = modseal_set_name(&in->set, source->crypto, in->name, error);
	modseal_context_close(&source);
	free(real);
	return result;
}

/* Verified once more from where it will be used: by the owners and modes there, too. */
static int open_next(struct installation *in, struct modseal_error *error)
{
	const struct modseal_open_how how = {.floors = in->state, .strict = true};
	char *path;
	int result;

	if (asprintf(&path, "%s/" MODSEAL_SETS "/%s/" MODSEAL_SET_POLICY, in->directory,
		     in->name) < 0)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	result = open_context(in, path, &how, &in->next, error);
	free(path);
	return result;
}

static const struct modseal_signer *
signer_named(const struct modseal_authority *authority, const char *name)
{
	for (size_t i = 0; authority && i < authority->policy->signer_count; i++)
		if (strcmp(modseal_signer_name(authority->signers[i]), name) == 0)
			return authority->signers[i];
	return NULL;
}

static int check_lists_of(const struct installation *in,
			  const struct modseal_authority *current,
			  const struct modseal_authority *next,
			  struct modseal_error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < next->policy->signer_count; i++)
		result = modseal_signer_lists_succeed(
			next->signers[i],
			signer_named(current, modseal_signer_name(next->signers[i])),
			modseal_context_latest(in->next), error);
	return result;
}

static const struct modseal_authority *
supplement_named(const struct modseal_context *context, const char *name)
{
	const struct modseal_policy *policy = context ? context->base.policy : NULL;

	for (size_t i = 0; policy && i < policy->supplement_count; i++)
		if (strcmp(policy->supplements[i].name, name) == 0)
			return &context->supplements[i].authority;
	return NULL;
}

/* Serials say nothing of revocation lists: they come and go with the same policy. */
static int check_lists(const struct installation *in, struct modseal_error *error)
{
	const struct modseal_policy *policy = in->next->base.policy;
	int result = check_lists_of(in, in->current ? &in->current->base : NULL,
				    &in->next->base, error);

	for (size_t i = 0; result == 0 && i < policy->supplement_count; i++)
		result = check_lists_of(
			in, supplement_named(in->current, policy->supplements[i].name),
			&in->next->supplements[i].authority, error);
	return result;
}

/* ---- asking ---------------------------------------------------------------------- */

struct side_storage {
	struct modseal_bytes text;
	char issued[TIME_SIZE];
};

static int describe_side(const struct modseal_context *context,
			 struct side_storage *storage,
			 struct modseal_install_side *ret_side,
			 struct modseal_error *error)
{
	time_t when = (time_t)context->base.policy->issued;
	struct tm parts;
	int result = modseal_own_file_read(context, context->policy_real,
					   MODSEAL_MAX_POLICY_SIZE, &storage->text, NULL,
					   error);

	if (result < 0)
		return result;
	if (gmtime_r(&when, &parts))
		strftime(storage->issued, sizeof(storage->issued), "%Y-%m-%dT%H:%M:%SZ",
			 &parts);
	*ret_side = (struct modseal_install_side){
		.name = context->base.policy->name,
		.serial = context->base.policy->serial,
		.issued = storage->issued,
		.text = {storage->text.view.data, storage->text.view.size},
	};
	return 0;
}

static int ask_first(const struct installation *in, modseal_install_ask *ask,
		     void *argument, struct modseal_error *error)
{
	struct side_storage next = {.text = {.descriptor = -1}};
	struct side_storage current = {.text = {.descriptor = -1}};
	struct modseal_install_plan plan = {
		.floor = modseal_context_floor(in->next, NULL, NULL),
		.current_fault = in->fault.message[0] ? in->fault.message : NULL,
		.set = in->name,
		.file_count = in->set.count,
		.in_force = modseal_place_is_current(&in->place, in->name),
	};
	const char **files = calloc(in->set.count, sizeof(*files));
	int result = 0;

	if (!files)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	for (size_t i = 0; i < in->set.count; i++)
		files[i] = in->set.files[i].name;
	plan.files = files;
	result = describe_side(in->next, &next, &plan.next, error);
	if (result == 0 && in->current)
		result = describe_side(in->current, &current, &plan.current, error);
	if (result == 0)
		result = ask(argument, &plan);
	modseal_bytes_free(&next.text);
	modseal_bytes_free(&current.text);
	free(files);
	return result;
}

/* ---- switching ------------------------------------------------------------------- */

/* Read back as a verifier will: where nobody could read it, nothing is switched. */
static int prepare_state(struct installation *in, struct modseal_error *error)
{
	struct modseal_state *read = NULL;
	int result = modseal_place_prepare_state(&in->place, in->reader.crypto, in->state,
						 error);

	if (result == 0)
		result = modseal_state_read(&in->reader, in->state_directory,
					    MODSEAL_STATE_NEW, &read, error);
	modseal_state_free(&read);
	return result;
}

static int put_in_force(struct installation *in, struct modseal_error *error)
{
	int result = 0;

	/* Without any state nothing could be opened between the switch and the floors. */
	if (in->state_missing)
		result = prepare_state(in, error);
	if (result == 0 && in->state_missing)
		result = modseal_place_commit_state(&in->place, error);
	/* All that may fail for want of room comes before the switch; the floors come
	 * after it, so that none is ever above the set in force. */
	if (result == 0)
		result = modseal_floors_raise(in->state, in->next, error);
	if (result == 0)
		result = prepare_state(in, error);
	if (result == 0)
		result = modseal_place_switch(&in->place, in->name, error);
	if (result == 0)
		result = modseal_place_commit_state(&in->place, error);
	return result;
}

/* ---- the whole ------------------------------------------------------------------- */

static int check_options(const struct modseal_install_options *options,
			 struct modseal_error *error)
{
	const char *flaw = NULL;

	if (!options || options->version != MODSEAL_INSTALL_OPTIONS_VERSION)
		flaw = "options of an unknown version";
	else if (options->flags & ~MODSEAL_OPEN_CALLER_OWNED)
		flaw = "unknown flags";
	else if (!options->policy_path)
		flaw = "no policy to install";
	for (size_t i = 0;
	     !flaw && i < sizeof(options->reserved) / sizeof(options->reserved[0]); i++)
		if (options->reserved[i])
			flaw = "a reserved member is not zero";
	if (!flaw)
		return 0;
	return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_CONTEXT, NULL, "%s",
			    flaw);
}

static int begin(struct installation *in, struct modseal_error *error)
{
	const struct modseal_install_options *options = in->options;
	int result = modseal_place_open(
		options->directory ? options->directory : MODSEAL_DEFAULT_DIRECTORY,
		options->state_directory ? options->state_directory
					 : MODSEAL_DEFAULT_STATE,
		&in->place, error);

	if (result < 0)
		return result;
	in->directory = realpath(in->place.path, NULL);
	in->state_directory = realpath(in->place.state_path, NULL);
	if (!in->directory || !in->state_directory)
		return modseal_fail_install(error, errno, in->place.path,
					    "it has no real path");
	in->reader.flags = options->flags;
	return modseal_crypto_new(&in->reader.crypto, error);
}

static void end(struct installation *in, int result)
{
	if (result == 0)
		modseal_place_clean(&in->place);
	else
		modseal_place_withdraw(&in->place, in->name);
	modseal_context_close(&in->next);
	modseal_context_close(&in->current);
	modseal_set_clear(&in->set);
	modseal_state_free(&in->state);
	modseal_crypto_free(&in->reader.crypto);
	modseal_place_close(&in->place);
	free(in->directory);
	free(in->state_directory);
}

int modseal_policy_install(const struct modseal_install_options *options,
			   modseal_install_ask *ask, void *argument,
			   struct modseal_error *error)
{
	struct installation in = {
		.options = options,
		.reader = {.root = MODSEAL_ROOT_OF_PROCESS,
			   .policy_root = MODSEAL_ROOT_OF_PROCESS},
		.place = {.directory = -1, .sets = -1, .state = -1, .locks = {-1, -1}},
	};
	int result;

	modseal_error_clear(error);
	result = check_options(options, error);
	if (result < 0)
		return result;
	result = begin(&in, error);
	if (result == 0)
		result = read_state(&in, error);
	if (result == 0)
		result = open_current(&in, error);
	if (result == 0)
		result = gather(&in, error);
	if (result == 0)
		result = modseal_place_put(&in.place, &in.set, in.name, error);
	if (result == 0)
		result = open_next(&in, error);
	if (result == 0)
		result = check_lists(&in, error);
	if (result == 0 && ask)
		result = ask_first(&in, ask, argument, error);
	if (result == 0)
		result = put_in_force(&in, error);
	end(&in, result);
	return result;
}
