/* SPDX-License-Identifier: Apache-2.0 */
/* The Landlock domain of `modseal run --strict`, entered by a child of the test. */
#include "policy_text.h"

#include "place.h"

#include <sys/prctl.h>

#include "verifier/handle.h"
#include "verifier/run/landlock.h"
#include "verifier/run/verdicts.h"

static struct modseal_context context;
static struct modseal *handle;
static struct run_landlock landlock;
static const char *what;

static char *below(const char *name)
{
	char *path = NULL;

	cr_assert(gt(int, asprintf(&path, "%s%s", place, name), 0));
	return path;
}

static void run(const char *words)
{
	char *command = NULL;

	cr_assert(gt(int, asprintf(&command, "cd '%s' && %s", place, words), 0));
	cr_assert(zero(int, system(command)), "%s", words);
	free(command);
}

static void end(void)
{
	run_landlock_end(&landlock);
	modseal_free(&handle);
	modseal_policy_free(&context.base.policy);
	place_end();
}

static void use_policy(const char *text)
{
	context.base.policy = accepted(text);
	atomic_init(&context.references, 9); /* it is not to be freed */
	handle = modseal_handle_of(&context);
}

/* Programs may lie in in/, in /usr, in what is not there, late/a/, and in what is no
 * folder yet, soon/folder/. */
static void begin(void)
{
	char text[16384];

	place_begin();
	run("mkdir in in/deep out plain late soon && touch soon/folder && cp /bin/true "
	    "in/true && cp /bin/true out/true");
	snprintf(text, sizeof(text),
		 "%s%srules:\n  - {path: %s/in/*, signers: [acme]}\n"
		 "  - {path: %s/late/a/**, signers: [acme]}\n"
		 "  - {path: %s/soon/folder/**, signers: [acme]}\n"
		 "  - {path: /usr/**, signers: [acme]}\n"
		 "  - {path: /bin/**, signers: [acme]}\n"
		 "  - {path: /lib/**, signers: [acme]}\n",
		 HEAD, SIGNERS, place, place, place);
	use_policy(text);
	cr_assert(zero(int, run_landlock_make(handle, &landlock, &what)), "%s", what);
	if (landlock.rules < 0) {
		end();
		cr_skip_test("this kernel has no Landlock");
	}
}

TestSuite(run_landlock, .init = begin, .fini = end);

/* What `act` in the domain comes to: 0 or an errno. */
static int inside(int (*act)(const char *one, const char *other), const char *one,
		  const char *other)
{
	char *first = one[0] == '/' ? strdup(one) : below(one + 1);
	char *second = below(other);
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		    run_landlock_enter(&landlock) != 0)
			_exit(255);
		_exit(act(first, second) ? errno : 0);
	}
	free(first);
	free(second);
	cr_assert(eq(int, waitpid(child, &status, 0), child));
	cr_assert(zero(int, WTERMSIG(status)));
	return WEXITSTATUS(status);
}

static int execute(const char *path, const char *none)
{
	(void)none;
	return execl(path, "true", (char *)NULL);
}

static int open_to_write(const char *path, const char *none)
{
	(void)none;
	return open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0;
}

static int open_to_read(const char *path, const char *none)
{
	(void)none;
	return open(path, O_RDONLY | O_CLOEXEC) < 0;
}

static int move(const char *from, const char *to)
{
	return rename(from, to);
}

/* A name behind a dot is below the place. */
Test(run_landlock, the_kernel_holds_who_entered)
{
	static const struct {
		int (*act)(const char *one, const char *other);
		const char *one, *other;
		int want;
	} rows[] = {
		{execute, "./in/true", "", 0},
		{execute, "./out/true", "", EACCES},
		{execute, "/bin/true", "", 0},
		{open_to_read, "./out/true", "", 0},
		{open_to_read, "/proc/self/mem", "", 0},
		{open_to_write, "/proc/self/mem", "", EACCES},
		{open_to_write, "/proc/thread-self/mem", "", EACCES},
		{open_to_write, "/proc/self/root/proc/self/mem", "", EACCES},
		{open_to_write, "/proc/self/comm", "", EACCES},
		{open_to_write, "/dev/null", "", 0},
		{open_to_write, "./out/made", "", 0},
		{open_to_write, "./made", "", 0},
		{move, "./out/made", "/plain/made", 0},
		{move, "./plain/made", "/out/made", 0},
		{move, "./out/true", "/in/other", EXDEV},
		{move, "./out/true", "/late/true", EXDEV},
		{move, "./in/true", "/out/true", 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_assert(eq(int, inside(rows[i].act, rows[i].one, rows[i].other),
			     rows[i].want),
			  "row %zu", i);
}

static bool executes(const char *name)
{
	char *path = below(name);
	int directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool result;

	cr_assert(ge(int, directory, 0), "%s", name);
	result = run_landlock_executes(&landlock, directory);
	close(directory);
	free(path);
	return result;
}

Test(run_landlock, it_is_known_beforehand_what_the_kernel_will_execute)
{
	cr_assert(executes("/in"));
	cr_assert(executes("/in/deep"));
	cr_assert(not(executes("/out")));
	cr_assert(not(executes("")));
	cr_assert(not(executes("/../..")));
	/* what was not there: the nearest that was */
	run("mkdir -p late/a late/b");
	cr_assert(executes("/late/a"));
	cr_assert(executes("/late/b"));
	run("rm soon/folder && mkdir soon/folder");
	cr_assert(executes("/soon/folder"));
	cr_assert(executes("/soon"));
	/* the same path, another directory */
	run("mv in before && mkdir in");
	cr_assert(not(executes("/in")));
	cr_assert(executes("/before"));
}

/* The kernel, which decides anyway, would have to be wrong about it. */
Test(run_landlock, what_cannot_be_told_beforehand_is_left_to_the_kernel)
{
	cr_assert(run_landlock_executes(&landlock, -1));
}

Test(run_landlock, a_place_is_told_from_one_of_its_number_on_another_file_system)
{
	struct run_file proc, sys;
	const struct run_landlock one = {.rules = -1, .places = &proc, .place_count = 1};
	int directory = open("/proc", O_PATH | O_CLOEXEC), other;
	bool regular;

	cr_assert(zero(int, run_file_of(directory, &proc, &regular)));
	cr_assert(run_landlock_executes(&one, directory));
	other = open("/sys", O_PATH | O_CLOEXEC);
	if (other < 0 || run_file_of(other, &sys, &regular) != 0 ||
	    sys.inode != proc.inode)
		cr_skip_test("no two file systems whose roots have one number");
	cr_assert(not(run_landlock_executes(&one, other)));
	close(directory);
	close(other);
}

Test(run_landlock, what_is_mounted_within_itself_is_not_the_root)
{
	need_mounts();
	run("mkdir in/deep/again");
	cr_assert(zero(int, mount(in_place("in/deep"), in_place("in/deep/again"), NULL,
				  MS_BIND, NULL)));
	cr_assert(executes("/in/deep/again"));
	cr_assert(zero(int, mount(place, in_place("out"), NULL, MS_BIND, NULL)));
	cr_assert(executes("/out/in"));
	cr_assert(not(executes("/out/out")));
	umount2(in_place("out"), MNT_DETACH);
	umount2(in_place("in/deep/again"), MNT_DETACH);
}

/* What is told while the rules are made; the caller frees. */
static char *told(void)
{
	const char *name = in_place("told");
	int own = dup(STDERR_FILENO);
	int file = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), result;
	char *text = calloc(1, 4096);

	cr_assert(ge(int, file, 0));
	run_landlock_end(&landlock);
	dup2(file, STDERR_FILENO);
	result = run_landlock_make(handle, &landlock, &what);
	dup2(own, STDERR_FILENO);
	close(own);
	cr_assert(zero(int, result), "%s", what);
	cr_assert(ge(i64, pread(file, text, 4095, 0), 0));
	close(file);
	return text;
}

Test(run_landlock, of_another_proc_it_is_told_and_of_the_usual_ones_nothing)
{
	char *text, *want = NULL;

	need_mounts();
	cr_assert(zero(int, mount("/proc/sys", "/proc/sys", NULL, MS_BIND, NULL)));
	text = told();
	cr_assert(zero(ptr, strstr(text, "'/proc")), "%s", text);
	free(text);
	cr_assert(zero(int, mount("/proc", in_place("out"), NULL, MS_BIND, NULL)));
	text = told();
	cr_assert(gt(int, asprintf(&want, "modseal: '%s/out': a proc file system", place),
		     0));
	cr_assert(ne(ptr, strstr(text, want), NULL), "%s", text);
	umount2(in_place("out"), MNT_DETACH);
	free(text);
	free(want);
}

/* ---- where it cannot be made ---------------------------------------------------------
 */

static int make_with(const char *rule)
{
	char text[16384];

	run_landlock_end(&landlock);
	modseal_free(&handle);
	modseal_policy_free(&context.base.policy);
	snprintf(text, sizeof(text), "%s%srules:\n  - {path: %s%s, signers: [acme]}\n",
		 HEAD, SIGNERS, place, rule);
	use_policy(text);
	return run_landlock_make(handle, &landlock, &what);
}

Test(run_landlock, E14_a_place_that_no_path_can_lead_to_is_an_error)
{
	run("ln -s loop loop");
	cr_assert(eq(int, make_with("/loop/*"), ELOOP));
	cr_assert(eq(str, (char *)what, "Landlock: the directories of the policy"));
}

Test(run_landlock, a_place_that_may_not_be_looked_at_is_within_the_one_above)
{
	need_root("to be somebody else");
	run("mkdir -m 711 above && mkdir -m 700 above/shut && mkdir above/shut/in");
	cr_assert(zero(int, seteuid(PLACE_STRANGER)));
	cr_assert(zero(int, make_with("/above/shut/in/*")));
	cr_assert(zero(int, seteuid(0)));
	cr_assert(executes("/above/shut/in"));
	cr_assert(not(executes("/in")));
}

Test(run_landlock, without_landlock_nothing_is_entered)
{
	const struct run_landlock none = {.rules = -1};

	cr_assert(zero(int, run_landlock_enter(&none)));
}
