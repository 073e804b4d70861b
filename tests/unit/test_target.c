/* SPDX-License-Identifier: Apache-2.0 */
/* Files are replaced in one step, keep what they had, and are left alone by every
 * refusal. */
#include "tests/unit/signing.h"

#include <sys/file.h>
#include <sys/xattr.h>

#include "verifier/sign/attributes.h"
#include "verifier/sign/target.h"

#define SIGNING MODSEAL_STAGE_SIGN

TestSuite(target, .init = signing_begin, .fini = signing_end);

static const struct asked by_p256 = {.signers = {{"p256"}}};

static struct modseal_span span_of(const struct der *bytes)
{
	return modseal_span_of(bytes->bytes, bytes->size);
}

Test(target, links_lead_to_what_is_signed)
{
	struct modseal_signing_key *key = signing_key("p256");
	const char *path = elf_file("libx.so.1"), *link = in_place("libx.so");
	struct stat status;

	cr_assert(zero(int, symlink("libx.so.1", link)));
	cr_assert(zero(int, sign(key, link, 0, NULL)), "%s", error.message);
	cr_assert(zero(int, lstat(link, &status)));
	cr_assert(ne(int, S_ISLNK(status.st_mode), 0));
	cr_assert(zero(int, lstat(path, &status)));
	cr_assert(ne(int, S_ISREG(status.st_mode), 0));
	expect(0, verify_file(&by_p256, path), "%s", error.message);
	cr_assert(zero(int, strip(link, NULL)), "%s", error.message);
	cr_assert(same_bytes(read_bytes(path), elf_content()));
	cr_assert(eq(sz, count_files(), 2));
	modseal_signing_key_free(&key);
}

Test(target, a_detached_signature_lies_beside_what_a_link_leads_to)
{
	struct modseal_signing_key *key = signing_key("p256");
	const char *path, *link = in_place("libx.so"), *sidecar;
	struct stat status;

	make_directory(in_place("real"), 0755);
	path = elf_file("real/libx.so.1");
	sidecar = in_place("real/libx.so.1.p7s");
	cr_assert(zero(int, symlink("real/libx.so.1", link)));
	cr_assert(zero(int, sign(key, link, MODSEAL_SIGN_DETACHED, NULL)), "%s",
		  error.message);
	expect(0, verify_detached(&by_p256, path, sidecar), "%s", error.message);
	cr_assert(ne(int, lstat(in_place("libx.so.p7s"), &status), 0));
	refuses(MODSEAL_E_ALREADY_SIGNED, SIGNING,
		sign(key, link, MODSEAL_SIGN_DETACHED, NULL));
	/* what lies beside the link is nobody's business */
	cr_assert(zero(int, symlink("nowhere", in_place("libx.so.p7s"))));
	cr_assert(zero(int,
		       sign(key, link, MODSEAL_SIGN_DETACHED | MODSEAL_SIGN_FORCE, NULL)),
		  "%s", error.message);
	cr_assert(zero(int, unlink(sidecar)));
	cr_assert(zero(int, symlink("nowhere", sidecar)));
	refuses(MODSEAL_E_NOT_REGULAR, SIGNING,
		sign(key, link, MODSEAL_SIGN_DETACHED | MODSEAL_SIGN_FORCE, NULL));
	modseal_signing_key_free(&key);
}

Test(target, mode_owner_and_attributes_stay)
{
	struct modseal_signing_key *key = signing_key("p256");
	const char *path = elf_file("a.so");
	struct stat status;
	char value[16];
	bool labelled;

	if (is_root())
		cr_assert(zero(int, chown(path, PLACE_STRANGER, PLACE_STRANGER + 1)));
	cr_assert(zero(int, chmod(path, 04751)));
	labelled = setxattr(path, "user.modseal", "kept", 4, 0) == 0;
	if (is_root() && labelled)
		cr_assert(zero(int, setxattr(path, "security.ima", "\1old", 4, 0)));
	cr_assert(zero(int, sign(key, path, 0, NULL)), "%s", error.message);
	cr_assert(zero(int, stat(path, &status)));
	cr_assert(eq(u32, status.st_mode & 07777, 04751));
	if (is_root()) {
		cr_assert(eq(u32, status.st_uid, PLACE_STRANGER));
		cr_assert(eq(u32, status.st_gid, PLACE_STRANGER + 1));
	}
	if (labelled)
		cr_assert(eq(long, getxattr(path, "user.modseal", value, sizeof(value)),
			     4));
	/* it would speak of the old bytes */
	cr_assert(lt(long, getxattr(path, "security.ima", value, sizeof(value)), 0));
	cr_assert(zero(int, strip(path, NULL)), "%s", error.message);
	cr_assert(zero(int, stat(path, &status)));
	cr_assert(eq(u32, status.st_mode & 07777, 04751));
	modseal_signing_key_free(&key);
}

Test(target, what_cannot_keep_its_owner_is_not_replaced)
{
	struct modseal_signing_key *key;
	const char *path;

	need_root("to be somebody else afterwards");
	key = signing_key("p256");
	path = elf_file("a.so");
	cr_assert(zero(int, chmod(path, 0666)));
	cr_assert(zero(int, chmod(place, 0777)));
	cr_assert(zero(int, seteuid(PLACE_STRANGER)));
	refuses(MODSEAL_E_NOT_WRITABLE, SIGNING, sign(key, path, 0, NULL));
	cr_assert(strstr(error.message, "owner") != NULL, "%s", error.message);
	cr_assert(zero(int, seteuid(0)));
	cr_assert(same_bytes(read_bytes(path), elf_content()));
	cr_assert(eq(sz, count_files(), 1));
	modseal_signing_key_free(&key);
}

Test(target, an_output_leaves_the_operand_alone)
{
	struct modseal_signing_key *key = signing_key("p256");
	const char *path = elf_file("a.so"), *output = in_place("out.so");
	struct stat status;

	cr_assert(zero(int, chmod(path, 0700)));
	cr_assert(zero(int, sign(key, path, 0, output)), "%s", error.message);
	cr_assert(same_bytes(read_bytes(path), elf_content()));
	expect(0, verify_file(&by_p256, output), "%s", error.message);
	cr_assert(zero(int, stat(output, &status)));
	cr_assert(eq(u32, status.st_mode & 07777, 0700));
	/* over what is there, and back */
	cr_assert(zero(int, sign(key, path, 0, output)), "%s", error.message);
	cr_assert(zero(int, strip(output, path)), "%s", error.message);
	cr_assert(zero(int, strip(output, in_place("third.so"))), "%s", error.message);
	cr_assert(same_bytes(read_bytes(in_place("third.so")), elf_content()));
	expect(0, verify_file(&by_p256, output), "%s", error.message);
	cr_assert(eq(sz, count_files(), 3));
	modseal_signing_key_free(&key);
}

Test(target, places_that_cannot_be_written_are_each_told)
{
	struct modseal_signing_key *key = signing_key("p256");
	const char *path = elf_file("a.so"), *link = in_place("nowhere.so"),
		   *fifo = in_place("fifo");

	cr_assert(zero(int, symlink("missing", link)));
	cr_assert(zero(int, mkfifo(fifo, 0600)));
	refuses(MODSEAL_E_NOT_WRITABLE, SIGNING,
		sign(key, path, 0, in_place("none/x.so")));
	refuses(MODSEAL_E_NOT_WRITABLE, SIGNING, sign(key, path, 0, link));
	refuses(MODSEAL_E_NOT_WRITABLE, SIGNING, sign(key, path, 0, in_place("a.so/x")));
	refuses(MODSEAL_E_NOT_REGULAR, SIGNING, sign(key, path, 0, fifo));
	refuses(MODSEAL_E_NOT_REGULAR, SIGNING, sign(key, path, 0, place));
	/* as somebody whom permissions stop */
	if (is_root())
		cr_assert(zero(int, seteuid(PLACE_STRANGER)));
	else
		cr_assert(zero(int, chmod(path, 0444)));
	refuses(MODSEAL_E_NOT_WRITABLE, SIGNING, sign(key, path, 0, NULL));
	cr_assert(strstr(error.message, "read-only for this user") != NULL, "%s",
		  error.message);
	if (is_root() || getuid() == 0) {
		refuses(MODSEAL_E_NOT_WRITABLE, SIGNING,
			sign(key, path, 0, in_place("x.so")));
		cr_assert(strstr(error.message, "directory") != NULL, "%s",
			  error.message);
		cr_assert(zero(int, seteuid(0)));
	}
	cr_assert(same_bytes(read_bytes(path), elf_content()));
	cr_assert(eq(sz, count_files(), 3));
	modseal_signing_key_free(&key);
}

static void write_new(struct modseal_target *target, const char *path)
{
	struct der bytes = raw("new", 3);
	struct modseal_span part = span_of(&bytes);

	cr_assert(zero(int, modseal_target_open(path, target, &error)), "%s",
		  error.message);
	cr_assert(zero(int, modseal_target_write(target, 0644, &part, 1, &error)));
}

Test(target, what_changed_meanwhile_is_not_replaced)
{
	const char *path = elf_file("a.so"), *other;
	struct der bytes = elf_content();
	struct modseal_target target;

	/* written to */
	write_new(&target, path);
	bytes.bytes[10] ^= 1;
	write_bytes(path, bytes);
	refuses(MODSEAL_E_CHANGED, SIGNING, modseal_target_commit(&target, &error));
	modseal_target_close(&target);
	cr_assert(same_bytes(read_bytes(path), bytes));
	/* only its mode */
	write_new(&target, path);
	cr_assert(zero(int, chmod(path, 0600)));
	refuses(MODSEAL_E_CHANGED, SIGNING, modseal_target_commit(&target, &error));
	modseal_target_close(&target);
	/* replaced */
	write_new(&target, path);
	other = elf_file("b.so");
	cr_assert(zero(int, rename(other, path)));
	refuses(MODSEAL_E_CHANGED, SIGNING, modseal_target_commit(&target, &error));
	modseal_target_close(&target);
	/* removed */
	write_new(&target, path);
	cr_assert(zero(int, unlink(path)));
	refuses(MODSEAL_E_CHANGED, SIGNING, modseal_target_commit(&target, &error));
	modseal_target_close(&target);
	/* made where there was nothing */
	write_new(&target, path);
	elf_file("a.so");
	refuses(MODSEAL_E_CHANGED, SIGNING, modseal_target_commit(&target, &error));
	cr_assert(strstr(error.message, "somebody else made it") != NULL, "%s",
		  error.message);
	modseal_target_close(&target);
	cr_assert(same_bytes(read_bytes(path), elf_content()));
	cr_assert(eq(sz, count_files(), 1));
	/* and nothing of that */
	write_new(&target, path);
	cr_assert(zero(int, modseal_target_commit(&target, &error)), "%s", error.message);
	modseal_target_close(&target);
	cr_assert(same_bytes(read_bytes(path), raw("new", 3)));
	cr_assert(eq(sz, count_files(), 1));
}

/* A name that leads to one file when it is read and to another when it is replaced. */
Test(target, what_is_replaced_is_what_was_read)
{
	struct modseal_signing_key *key = signing_key("p256");
	const char *path = elf_file("a.so"), *other;
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	char link[64];

	cr_assert(zero(int, unlink(path)));
	other = elf_file("a.so (deleted)"); /* how /proc calls what is gone */
	snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
	refuses(MODSEAL_E_CHANGED, SIGNING, sign(key, link, 0, NULL));
	cr_assert(same_bytes(read_bytes(other), elf_content()));
	cr_assert(eq(sz, count_files(), 1));
	close(descriptor);
	modseal_signing_key_free(&key);
}

Test(target, a_source_that_changed_is_noticed)
{
	const char *path = elf_file("a.so");
	struct modseal_located located = {.descriptor = -1};

	cr_assert(zero(int, modseal_path_open_any(path, &located, &error)));
	cr_assert(zero(int, modseal_target_source_unchanged(&located, &error)));
	cr_assert(zero(int, chmod(path, 0600)));
	refuses(MODSEAL_E_CHANGED, SIGNING,
		modseal_target_source_unchanged(&located, &error));
	modseal_located_close(&located);
}

Test(target, two_signers_of_one_file_do_not_lose_a_signature)
{
	struct modseal_signing_key *key = signing_key("p256");
	const char *path = elf_file("a.so");
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);

	cr_assert(zero(int, flock(descriptor, LOCK_EX)));
	refuses(MODSEAL_E_CHANGED, SIGNING, sign(key, path, 0, NULL));
	cr_assert(strstr(error.message, "another process") != NULL, "%s", error.message);
	close(descriptor);
	cr_assert(zero(int, sign(key, path, 0, NULL)), "%s", error.message);
	cr_assert(eq(sz, count_files(), 1));
	modseal_signing_key_free(&key);
}

/* Many processes add their signature to one file at once: each either did or says so. */
Test(target, signatures_added_at_once_are_all_there)
{
	static const char *const names[] = {"p256", "p384",	"p521",
					    "rsa",  "stranger", "bare"};
	const char *path = elf_file("a.so");
	struct asked asked = {.require = 0};
	pid_t children[6];

	for (size_t i = 0; i < 6; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			struct modseal_signing_key *key = signing_key(names[i]);
			int code = sign(key, path, MODSEAL_SIGN_APPEND, NULL);

			_exit(code == 0 ? 0 : code == MODSEAL_E_CHANGED ? 1 : 2);
		}
	}
	for (size_t i = 0; i < 6; i++) {
		int status;

		cr_assert(eq(int, waitpid(children[i], &status, 0), children[i]));
		cr_assert(ne(int, WIFEXITED(status), 0));
		cr_assert(lt(int, WEXITSTATUS(status), 2));
		if (WEXITSTATUS(status) == 0)
			asked.signers[asked.require++].name = names[i];
	}
	cr_assert(ge(u32, asked.require, 1));
	expect(0, verify_file(&asked, path), "%s", error.message);
	cr_assert(eq(u32, result.met_count, asked.require));
	cr_assert(zero(u32, result.unknown));
	cr_assert(eq(sz, count_files(), 1));
}
