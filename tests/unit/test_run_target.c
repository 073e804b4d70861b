/* SPDX-License-Identifier: Apache-2.0 */
/* E21: a path leads the supervisor to what it leads the thread to, or to a refusal,
 * however it is spelt and whatever of the thread is its own. */
#include "tests/unit/place.h"

#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "tests/unit/slowness.h"
#include "verifier/run/target.h"
#include "verifier/run/verdicts.h"

/* How the thread that asks differs from the first one of its process. */
enum state { FIRST, SAME, OWN_FILES, OWN_PLACE, OWN_ROOT, OWN_MOUNTS, STATES };

struct question {
	int directory;
	bool no_follow;
	char path[256];
};
struct reply {
	int number;
	struct run_file file;
};

static int asks[2], tells[2], directory, number;
static enum state state;

static void put(int pipe, const void *bytes, size_t size)
{
	if (write(pipe, bytes, size) != (ssize_t)size)
		_exit(3);
}

static void must(int result)
{
	if (result < 0)
		_exit(2);
}

/* Another file behind the same number. */
static void replace(const char *path)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);

	must(file);
	must(dup2(file, number));
	close(file);
}

static void become(void)
{
	if (state == OWN_FILES) {
		must(unshare(CLONE_FILES));
		replace("sub/file");
	} else if (state == OWN_PLACE) {
		must(unshare(CLONE_FS));
		must(chdir("sub"));
	} else if (state == OWN_ROOT) {
		must(unshare(CLONE_FS));
		must(chroot("root"));
		must(chdir("/sub"));
	} else if (state == OWN_MOUNTS) {
		must(unshare(CLONE_NEWNS));
		must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
		must(mount("sub", "root/sub", NULL, MS_BIND, NULL));
		must(mount("root/sub/deep", "sub", NULL, MS_BIND, NULL));
	}
}

static void *answer(void *unused)
{
	pid_t self = (pid_t)syscall(SYS_gettid);
	struct question question;

	become();
	put(tells[1], &self, sizeof(self));
	while (read(asks[0], &question, sizeof(question)) == sizeof(question)) {
		struct reply reply = {0};
		int file = openat(question.directory, question.path,
				  O_PATH | (question.no_follow ? O_NOFOLLOW : 0));
		bool regular;

		reply.number = file < 0 ? errno : 0;
		if (file >= 0)
			must(-run_file_of(file, &reply.file, &regular));
		close(file);
		put(tells[1], &reply, sizeof(reply));
	}
	_exit(0);
	return unused;
}

static _Noreturn void be_target(void)
{
	pthread_t thread;

	must(prctl(PR_SET_PDEATHSIG, SIGKILL));
	close(asks[1]);
	if (state == FIRST)
		answer(NULL);
	if (pthread_create(&thread, NULL, answer, NULL))
		_exit(2);
	pthread_join(thread, NULL);
	_exit(2);
}

static pid_t start(pid_t *ret_thread)
{
	pid_t child;

	cr_assert(zero(int, pipe2(asks, 0)));
	cr_assert(zero(int, pipe2(tells, 0)));
	child = fork();
	if (child == 0)
		be_target();
	close(asks[0]);
	close(tells[1]);
	cr_assert(eq(int, (int)read(tells[0], ret_thread, sizeof(*ret_thread)),
		     (int)sizeof(*ret_thread)),
		  "state %d", (int)state);
	return child;
}

/* Whether the path was understood: it must lead to the same then. */
static bool ask(pid_t thread, const struct question *question)
{
	const struct run_call call = {.listener = -1, .thread = thread};
	struct run_target target;
	struct run_file file;
	struct reply reply;
	bool regular;
	int found, result;

	put(asks[1], question, sizeof(*question));
	cr_assert(
		eq(int, (int)read(tells[0], &reply, sizeof(reply)), (int)sizeof(reply)));
	run_target_start(&target, &call, NULL);
	result = run_target_find(&target, question->directory, question->path,
				 question->no_follow, &found);
	run_target_end(&target);
	if (result != 0)
		return false;
	cr_assert(zero(int, run_file_of(found, &file, &regular)));
	close(found);
	/* nothing else can be executed */
	if (reply.number != 0 || !S_ISREG(reply.file.mode))
		return false;
	cr_assert(eq(u64, file.device, reply.file.device), "%d: %s", (int)state,
		  question->path);
	cr_assert(eq(u64, file.inode, reply.file.inode), "%d: %s", (int)state,
		  question->path);
	cr_assert(eq(u64, file.mount, reply.file.mount), "%d: %s", (int)state,
		  question->path);
	return true;
}

/* A piece of a path: P and T are the process and the thread, N the descriptor, D the
 * folder. */
static void append(char path[256], const char *piece, pid_t child, pid_t thread)
{
	for (; *piece; piece++) {
		size_t used = strlen(path), left = 256 - used;

		if (*piece == 'D')
			snprintf(path + used, left, "%s", place);
		else if (strchr("PTN", *piece))
			snprintf(path + used, left, "%d",
				 *piece == 'P'	 ? (int)child
				 : *piece == 'T' ? (int)thread
						 : number);
		else
			snprintf(path + used, left, "%c", *piece);
	}
}

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static unsigned ask_all(pid_t child, pid_t thread)
{
	static const char *const starts[] = {"",
					     "/",
					     "./",
					     "../",
					     "sub/",
					     "link/",
					     "D/",
					     "D/link/",
					     "D/root/",
					     "/proc/self/root/",
					     "/proc/thread-self/root/",
					     "/proc/self/root/proc/self/root/",
					     "/proc/self/cwd/",
					     "/proc/../"};
	static const char *const middles[] = {"",
					      "proc/",
					      "dev/",
					      "sub/../",
					      "link/../",
					      "link/link/",
					      "proc/self/",
					      "proc/thread-self/",
					      "proc/P/",
					      "proc/P/task/T/",
					      "proc/self/task/T/"};
	static const char *const ends[] = {
		"file",	    "fd/N",    "fd/0N",	    "exe",     "root",	   "root/file",
		"cwd/file", "stdin",   ".",	    "..",      "fd/N/",	   "fd/../exe",
		"to-file",  "to-self", "deep/file", "../file", "self/exe", "task/../exe"};
	unsigned understood = 0;

	for (size_t i = 0; i < LENGTH(starts) * LENGTH(middles) * LENGTH(ends) * 4; i++) {
		struct question question = {.directory = i & 1 ? directory : AT_FDCWD,
					    .no_follow = (i & 2) != 0};
		size_t rest = i / 4;

		append(question.path, starts[rest % LENGTH(starts)], child, thread);
		rest /= LENGTH(starts);
		append(question.path, middles[rest % LENGTH(middles)], child, thread);
		rest /= LENGTH(middles);
		append(question.path, ends[rest], child, thread);
		understood += ask(thread, &question);
	}
	return understood;
}

static void lay_out(void)
{
	static const char *const folders[] = {"sub", "sub/deep", "root", "root/sub",
					      "root/sub/deep"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		make_directory(in_place("%s", folders[i]), 0755);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		make_file(in_place("%s/file", folders[i]), 10, 0755);
		cr_assert(zero(int, symlink("file", in_place("%s/to-file", folders[i]))));
		cr_assert(zero(int, symlink("/proc/self/exe",
					    in_place("%s/to-self", folders[i]))));
	}
	make_file(in_place("file"), 10, 0755);
	cr_assert(zero(int, symlink("/sub", in_place("root/link"))));
	cr_assert(zero(int, symlink("deep", in_place("sub/link"))));
	cr_assert(zero(int, symlink("sub", in_place("link"))));
	make_directory(in_place("root/proc"), 0755);
	cr_assert(zero(int, symlink("proc/self", in_place("root/dev"))));
}

Test(run_target, E21_a_path_leads_to_what_it_leads_the_thread_to, .timeout = 60)
{
	if (is_emulated())
		cr_skip_test("another process shows the emulator");
	place_begin();
	need_mounts();
	lay_out();
	cr_assert(zero(int, chdir(place)));
	if (mount("proc", "root/proc", "proc", 0, NULL)) {
		cr_assert(zero(int, chdir("/")));
		place_end();
		cr_skip_test("no proc file system may be mounted here");
	}
	directory = open("root/sub", O_PATH | O_DIRECTORY);
	number = open("file", O_RDONLY);
	for (state = FIRST; state < STATES; state++) {
		pid_t thread, child = start(&thread);
		unsigned understood = ask_all(child, thread);

		/* it does not hold because nothing is */
		cr_assert(gt(u32, understood, 50), "%d: %u", (int)state, understood);
		close(asks[1]);
		close(tells[0]);
		cr_assert(eq(int, waitpid(child, NULL, 0), child));
	}
	cr_assert(zero(int, chdir("/")));
	cr_assert(zero(int, umount2(in_place("root/proc"), MNT_DETACH)));
	place_end();
}

Test(run_target, what_a_process_calls_itself_is_no_line_of_its_status)
{
	struct run_call call = {.listener = -1, .thread = getpid()};
	char status[RUN_TARGET_STATUS];
	struct run_target target;

	/* the user is looked for behind a line end */
	must(prctl(PR_SET_NAME, "\nUid:\t4711\t"));
	run_target_start(&target, &call, NULL);
	cr_assert(eq(int, run_target_status(&target, status), 0));
	run_target_end(&target);
	cr_assert(eq(int, target.process, getpid()));
	cr_assert(eq(int, (int)strtoul(run_status_line(status, "Uid"), NULL, 10),
		     (int)getuid()));
	cr_assert(eq(str, (char *)run_status_line(status, "Name"), ""));
	cr_assert(eq(str, (char *)run_status_line(status, "Ui"), ""));
}

Test(run_target, E21_nothing_is_told_or_believed_of_a_process_that_is_gone)
{
	struct run_call call = {.listener = -1, .thread = 1 << 30};
	char status[RUN_TARGET_STATUS];
	struct run_target target;

	run_target_start(&target, &call, NULL);
	cr_assert(eq(int, run_target_status(&target, status), ENOENT));
	cr_assert(eq(str, status, ""));
	cr_assert(eq(int, target.process, 0));
	cr_assert(not(run_target_is_native(&target)));
	target.call.thread = getpid();
	cr_assert(run_target_is_native(&target));
	run_target_end(&target);
}
