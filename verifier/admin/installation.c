/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of installations: what is there, what comes, what it needs to be switched. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "internal/builtin.h"
#include "internal/calls.h"
#include "verifier/admin/install_floors.h"
#include "verifier/admin/installation.h"
#include "verifier/lists_open.h"
#include "verifier/own_file.h"
#include "verifier/state_open.h"
#include "verifier/supplements_open.h"

#define TIME_SIZE 32

/* ---- begin and end --------------------------------------------------------------- */

static int check_options(const struct modseal_install_options *options, bool wants_policy,
			 struct modseal_error *error)
{
	const char *flaw = NULL;

	if (!options || options->version != MODSEAL_INSTALL_OPTIONS_VERSION)
		flaw = "options of an unknown version";
	else if (options->flags & ~MODSEAL_OPEN_CALLER_OWNED)
		flaw = "unknown flags";
	else if (wants_policy && !options->policy_path)
		flaw = "no policy to install";
	else if (!wants_policy && options->policy_path)
		flaw = "a policy to install where none is";
	for (size_t i = 0;
	     !flaw && i < sizeof(options->reserved) / sizeof(options->reserved[0]); i++)
		if (options->reserved[i])
			flaw = "a reserved member is not zero";
	if (!flaw)
		return 0;
	return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_CONTEXT, NULL, "%s",
			    flaw);
}

int modseal_installation_begin(struct modseal_installation *in,
			       const struct modseal_install_options *options,
			       bool wants_policy, struct modseal_error *error)
{
	int result = check_options(options, wants_policy, error);

	*in = (struct modseal_installation){
		.options = options,
		.reader = {.root = MODSEAL_ROOT_OF_PROCESS,
			   .policy_root = MODSEAL_ROOT_OF_PROCESS},
		.place = {.directory = -1, .sets = -1, .state = -1, .locks = {-1, -1}},
	};
	if (result < 0)
		return result;
	result = modseal_place_open(options->directory ? options->directory
						       : MODSEAL_DEFAULT_DIRECTORY,
				    options->state_directory ? options->state_directory
							     : MODSEAL_DEFAULT_STATE,
				    &in->place, error);

	if (result < 0)
		return result;
	in->directory = modseal_realpath(in->place.path);
	in->state_directory = modseal_realpath(in->place.state_path);
	if (!in->directory || !in->state_directory)
		return modseal_fail_install(error, errno, in->place.path,
					    "it has no real path");
	in->reader.flags = options->flags;
	return modseal_crypto_new(&in->reader.crypto, error);
}

void modseal_installation_end(struct modseal_installation *in, int result)
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

/* ---- what is there now ----------------------------------------------------------- */

int modseal_installation_open(const struct modseal_installation *in, const char *path,
			      const struct modseal_open_how *how,
			      struct modseal_context **ret_context,
			      struct modseal_error *error)
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

int modseal_installation_read_state(struct modseal_installation *in,
				    struct modseal_error *error)
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
int modseal_installation_open_current(struct modseal_installation *in,
				      struct modseal_error *error)
{
	const struct modseal_open_how how = {.floors = in->state, .strict = true};
	struct stat status;
	char *path = NULL;
	int result;

	if (asprintf(&path, "%s/" MODSEAL_SET_POLICY, in->directory) < 0)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	result = modseal_installation_open(in, path, &how, &in->current, &in->fault);
	if (result < 0 && lstat(path, &status) && errno == ENOENT)
		modseal_error_clear(&in->fault);
	if (in->current)
		in->forgotten = modseal_state_is_forgotten(
			in->state, in->current->base.policy->name);
	if (in->forgotten) {
		result = 0; /* that was the point of it */
	} else if (in->current) {
		result = modseal_floors_raise(in->state, in->current, error);
	} else if (in->state_missing && in->fault.code != MODSEAL_OK) {
		/* It stands for floors, and for who may sign, that are known no more. */
		result = modseal_fail(error, MODSEAL_E_STATE_INVALID,
				      MODSEAL_STAGE_POLICY, in->state_directory,
				      "there is no rollback state, and the set in force "
				      "cannot be opened without it: %s",
				      in->fault.message);
		modseal_remedy(error,
			       "restore the state; or forget what was in force with "
			       "`modseal policy reset NAME`");
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

/* Verified once more from where it will be used: by the owners and modes there, too. */
int modseal_installation_open_next(struct modseal_installation *in,
				   struct modseal_error *error)
{
	const struct modseal_open_how how = {.floors = in->state, .strict = true};
	char *path;
	int result;

	if (asprintf(&path, "%s/" MODSEAL_SETS "/%s/" MODSEAL_SET_POLICY, in->directory,
		     in->name) < 0)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	result = modseal_installation_open(in, path, &how, &in->next, error);
	free(path);
	return result;
}

static int check_lists_of(const struct modseal_installation *in,
			  const struct modseal_authority *current,
			  const struct modseal_authority *next,
			  struct modseal_error *error)
{
	int result = modseal_lists_succeed(in->next, current, next, error);

	if (result == 0)
		result = modseal_floors_judge_lists(in->state, in->next, next, error);
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

/* Serials say nothing of revocation lists: they come and go with the same policy. Those
 * that a thief had in force bind nobody. */
int modseal_installation_check_lists(const struct modseal_installation *in,
				     struct modseal_error *error)
{
	const struct modseal_context *current =
		in->next->recovered || in->forgotten ? NULL : in->current;
	const struct modseal_policy *policy = in->next->base.policy;
	int result = check_lists_of(in, current ? &current->base : NULL, &in->next->base,
				    error);

	for (size_t i = 0; result == 0 && i < policy->supplement_count; i++)
		result = check_lists_of(
			in, supplement_named(current, policy->supplements[i].name),
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

int modseal_installation_ask(const struct modseal_installation *in,
			     modseal_install_ask *ask, void *argument,
			     struct modseal_error *error)
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
	const char **files = calloc(in->set.count + 1, sizeof(*files));
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
int modseal_installation_prepare_state(struct modseal_installation *in,
				       struct modseal_error *error)
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

int modseal_installation_put_in_force(struct modseal_installation *in,
				      struct modseal_error *error)
{
	int result = 0;

	/* Without any state nothing could be opened between the switch and the floors. */
	if (in->state_missing)
		result = modseal_installation_prepare_state(in, error);
	if (result == 0 && in->state_missing)
		result = modseal_place_commit_state(&in->place, error);
	/* All that may fail for want of room comes before the switch; the floors come
	 * after it, so that none is ever above the set in force. */
	if (result == 0)
		result = modseal_floors_raise(in->state, in->next, error);
	if (result == 0)
		result = modseal_installation_prepare_state(in, error);
	if (result == 0)
		result = modseal_place_switch(&in->place, in->name, error);
	if (result == 0)
		result = modseal_place_commit_state(&in->place, error);
	return result;
}
