/* SPDX-License-Identifier: Apache-2.0 */
/* verifier/image/verity.c, and a FUSE server that says what it likes. */
#include <sys/ioctl.h>

#include "tests/unit/fuse.h"
#include "tests/unit/slowness.h"
#include "verifier/image/verity.h"

Test(verity_fuse, digests_of_a_FUSE_server_are_not_believed_R113)
{
	static const struct fuse_lies lies = {
		.size = 10, .really = 10, .target = "x.so", .measures = true};
	struct modseal_located located = {.descriptor = -1};
	struct modseal_verity verity;
	struct modseal_error error;
	char reason[MODSEAL_VERITY_REASON_SIZE] = "";
	bool enabled = true;
	union {
		struct fsverity_digest head;
		uint8_t room[sizeof(struct fsverity_digest) + 64];
	} answer = {.head = {.digest_size = 64}};
	pid_t server;

	if (is_emulated())
		cr_skip_test("the emulator does not pass the request on");
	place_begin();
	need_mounts();
	make_directory(in_place("mnt"), 0755);
	server = fuse_begin(in_place("mnt"), &lies);
	if (server < 0) {
		place_end();
		cr_skip_test("no FUSE here");
	}
	cr_assert(zero(int, modseal_path_open(in_place("mnt/x.so"), &located, &error)),
		  "%s", error.message);
	/* that is how it lies */
	cr_assert(zero(int, ioctl(located.descriptor, FS_IOC_MEASURE_VERITY, &answer)));
	cr_assert(eq(int, answer.head.digest_algorithm, FS_VERITY_HASH_ALG_SHA256));
	cr_assert(zero(int, modseal_verity_measure(located.descriptor, "x.so",
						   MODSEAL_STAGE_BYTES, &enabled, &verity,
						   reason, &error)));
	cr_assert(not(enabled));
	cr_assert(strstr(reason, "its file system (type 0x65735546)") != NULL, "%s",
		  reason);
	cr_assert(eq(int, located.safety, MODSEAL_PATH_UNTRUSTED));
	modseal_located_close(&located);
	fuse_end(in_place("mnt"), server);
	place_end();
}
