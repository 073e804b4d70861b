/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the device mapper what a device is made of, and reads the table of dm-verity. */
#include "verifier/image/mapper.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define CONTROL "/dev/mapper/control"
/* include/linux/miscdevice.h: MISC_MAJOR, MAPPER_CTRL_MINOR */
#define CONTROL_DEVICE makedev(10, 236)
/* A table of dm-verity is one line of some hundred bytes. */
#define ANSWER_SIZE 4096
/* version, two devices, two block sizes, two numbers, algorithm, root hash, salt */
#define FIXED_PARAMETERS 10
#define ALGORITHM	 8
#define MAX_WORD	 256

struct words {
	const char *at;
	char word[MAX_WORD];
};

/* False at the end, or at a word that is longer than any known one; then word is "". */
static bool next_word(struct words *words)
{
	size_t size;

	words->at += strspn(words->at, " ");
	size = strcspn(words->at, " ");
	if (size == 0 || size >= sizeof(words->word)) {
		words->word[0] = '\0';
		return false;
	}
	memcpy(words->word, words->at, size);
	words->word[size] = '\0';
	words->at += size;
	return true;
}

static bool is_one_of(const char *word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(word, list[i]) == 0)
			return true;
	return false;
}

static bool is_strong(const char *algorithm)
{
	static const char *const strong[] = {
		"sha256",      "sha384",      "sha512",	     "sha3-256",
		"sha3-384",    "sha3-512",    "blake2b-256", "blake2b-384",
		"blake2b-512", "blake2s-256", "sm3",
	};

	return is_one_of(algorithm, strong, sizeof(strong) / sizeof(strong[0]));
}

/*
 * Closed lists: an option that is not known may be one more way to give a block
 * unverified, as are ignore_corruption (what does not fit is only logged) and
 * check_at_most_once (a block that left the page cache is read again unverified).
 */
static bool option_is_harmless(struct words *words)
{
	static const char *const alone[] = {
		"restart_on_corruption", "panic_on_corruption", "restart_on_error",
		"panic_on_error",	 "ignore_zero_blocks",	"try_verify_in_tasklet",
	};
	/* what is repaired is compared with its hash after that */
	static const char *const with_value[] = {
		"use_fec_from_device",	  "fec_blocks", "fec_start", "fec_roots",
		"root_hash_sig_key_desc",
	};

	if (is_one_of(words->word, alone, sizeof(alone) / sizeof(alone[0])))
		return true;
	return is_one_of(words->word, with_value,
			 sizeof(with_value) / sizeof(with_value[0])) &&
	       next_word(words);
}

bool modseal_mapper_verity_holds(const char *parameters,
				 char ret_reason[MODSEAL_MAPPER_REASON_SIZE])
{
	struct words words = {.at = parameters};

	for (size_t i = 1; i <= FIXED_PARAMETERS; i++) {
		if (!next_word(&words)) {
			snprintf(ret_reason, MODSEAL_MAPPER_REASON_SIZE,
				 "its dm-verity table is of an unknown form");
			return false;
		}
		if (i == ALGORITHM && !is_strong(words.word)) {
			snprintf(ret_reason, MODSEAL_MAPPER_REASON_SIZE,
				 "its dm-verity device hashes with `%.64s`", words.word);
			return false;
		}
	}
	next_word(&words); /* how many words of options follow, where there are any */
	while (next_word(&words))
		if (!option_is_harmless(&words)) {
			snprintf(ret_reason, MODSEAL_MAPPER_REASON_SIZE,
				 "its dm-verity device has the option `%.64s`",
				 words.word);
			return false;
		}
	if (words.at[0] == '\0')
		return true;
	snprintf(ret_reason, MODSEAL_MAPPER_REASON_SIZE,
		 "its dm-verity table is of an unknown form");
	return false;
}

/* Whose answer it is says the node's number: only root can make device nodes. */
static int open_control(void)
{
	struct stat status;

	if (lstat(CONTROL, &status))
		return -1;
	if (!S_ISCHR(status.st_mode) || status.st_rdev != CONTROL_DEVICE) {
		errno = ENXIO;
		return -1;
	}
	return open(CONTROL, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* huge_encode_dev of the kernel (include/linux/kdev_t.h) */
static uint64_t encoded(dev_t device)
{
	uint64_t number = minor(device);

	return (number & 0xff) | (uint64_t)major(device) << 8 | (number & ~0xffULL) << 12;
}

union answer {
	struct dm_ioctl head;
	char room[ANSWER_SIZE];
};

static void ask_for_table(union answer *answer, dev_t device)
{
	memset(answer, 0, sizeof(*answer));
	answer->head.version[0] = 4; /* of the interface: nothing newer is used */
	answer->head.data_size = sizeof(*answer);
	answer->head.data_start = sizeof(answer->head);
	answer->head.dev = encoded(device);
	answer->head.flags = DM_STATUS_TABLE_FLAG;
}

static bool judge_table(const union answer *answer, char *reason)
{
	struct modseal_span all = modseal_span_of(answer->room, sizeof(answer->room));
	struct dm_target_spec target;
	struct modseal_span head, text;

	if (answer->head.flags & DM_BUFFER_FULL_FLAG || answer->head.target_count != 1 ||
	    !modseal_span_part(all, answer->head.data_start, sizeof(target), &head) ||
	    !modseal_span_part(all, answer->head.data_start + sizeof(target),
			       sizeof(answer->room) - answer->head.data_start -
				       sizeof(target),
			       &text)) {
		snprintf(reason, MODSEAL_MAPPER_REASON_SIZE,
			 "its device is made of more than one target");
		return false;
	}
	memcpy(&target, head.data, sizeof(target));
	target.target_type[sizeof(target.target_type) - 1] = '\0';
	if (strcmp(target.target_type, "verity") != 0) {
		snprintf(reason, MODSEAL_MAPPER_REASON_SIZE,
			 "its device is one of dm-%s, not of dm-verity",
			 target.target_type);
		return false;
	}
	if (!text.size || !memchr(text.data, '\0', text.size)) {
		snprintf(reason, MODSEAL_MAPPER_REASON_SIZE,
			 "its dm-verity table is of an unknown form");
		return false;
	}
	return modseal_mapper_verity_holds((const char *)text.data, reason);
}

static bool is_not_for_us(int errnum)
{
	return errnum == EACCES || errnum == EPERM || errnum == ENOENT ||
	       errnum == ENOTDIR || errnum == ENXIO || errnum == ENODEV;
}

int modseal_mapper_ask(dev_t device, const char *object, bool *ret_verity,
		       bool *ret_silent, char ret_reason[MODSEAL_MAPPER_REASON_SIZE],
		       struct modseal_error *error)
{
	union answer answer;
	int errnum = 0, control = open_control();

	*ret_verity = *ret_silent = false;
	if (control < 0)
		errnum = errno;
	if (control >= 0) {
		ask_for_table(&answer, device);
		if (ioctl(control, DM_TABLE_STATUS, &answer))
			errnum = errno;
		close(control);
	}
	if (errnum == 0) {
		*ret_verity = judge_table(&answer, ret_reason);
		return 0;
	}
	if (!is_not_for_us(errnum))
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_BYTES,
					  errnum, object,
					  "the device mapper does not tell what it lies "
					  "on");
	*ret_silent = true;
	snprintf(ret_reason, MODSEAL_MAPPER_REASON_SIZE,
		 "only a process with CAP_SYS_ADMIN and " CONTROL
		 " can ask whether it lies on dm-verity");
	return 0;
}
