/* SPDX-License-Identifier: Apache-2.0 */
/* The commands, each in its file cmd_<name>.c. */
#ifndef MODSEAL_TOOL_COMMANDS_H
#define MODSEAL_TOOL_COMMANDS_H

#include "verifier/tool/options.h"

extern const struct command command_keygen;
extern const struct command command_sign;
extern const struct command command_strip;
extern const struct command command_digest;
extern const struct command command_attach;
extern const struct command command_timestamp_request;
extern const struct command command_timestamp_attach;
extern const struct command command_timestamp_verify;
extern const struct command command_verify;
extern const struct command command_inspect;
extern const struct command command_load;
extern const struct command command_insmod;
extern const struct command command_ps;
extern const struct command command_learn;
extern const struct command command_vouch;
extern const struct command command_run;
extern const struct command command_policy_check;
extern const struct command command_policy_show;
extern const struct command command_policy_install;
extern const struct command command_policy_rollback;
extern const struct command command_policy_reset;
extern const struct command command_policy_explain;
extern const struct command command_policy_test;
extern const struct command command_policy_lint;
extern const struct command command_policy_diff;
extern const struct command command_policy_sign;
extern const struct command command_catalog_create;
extern const struct command command_catalog_sign;
extern const struct command command_catalog_show;
extern const struct command command_catalog_verify;

#endif
