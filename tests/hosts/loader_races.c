/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader_races POLICY ANCHOR FOLDER ROUNDS source|memory|0|1|2|3
 *
 * The races of image_races.h against all of it: verify under a policy, load, call. The
 * attacker is a process of the same user. FOLDER holds a.so and b.so, signed, and
 * evil.so, for which no allowed signer vouches; their function `answer` gives 'A', 'B'
 * and 'E' if every byte of their table is that letter, else -1.
 *
 * What is loaded must be signed: it answers 'A' or 'B' as a whole, and what the image
 * holds is what its verdict names. All else is refused, with a code that the race can
 * explain. There must be some of each. Prints what came of it.
 */
#include <openssl/evp.h>
#include <time.h>

#include "modseal.h"
#include "tests/hosts/image_races.h"

#define CODES_MAX    128
#define FIRST_NUMBER 3 /* of descriptors that are looked at for memory files */
#define NUMBERS	     16

struct letters {
	struct modseal *context;
	const char *asked;
	unsigned long loaded[256]; /* by what they answered */
	unsigned long refused[CODES_MAX];
	char digest['Z'][144]; /* of each letter: the same bytes every time */
};

struct file {
	char *data;
	size_t size;
};

static struct file read_file(const char *path)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	struct file file = {malloc(1 << 20), 0};
	ssize_t got = descriptor < 0 ? -1 : read(descriptor, file.data, 1 << 20);

	if (got <= 0)
		abort();
	file.size = (size_t)got;
	close(descriptor);
	return file;
}

static void write_file(const char *path, const struct file *file)
{
	int descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (descriptor < 0 ||
	    pwrite(descriptor, file->data, file->size, 0) != (ssize_t)file->size ||
	    ftruncate(descriptor, (off_t)file->size))
		_exit(1);
	close(descriptor);
}

/* Does what a file was signed for: sha256 of its content, as the verdict writes it. The
 * image of a library ends where its content does (R40). */
static bool holds_its_digest(const struct modseal_image *image)
{
	const char *digest = modseal_verdict_digest(modseal_image_verdict(image));
	int descriptor = modseal_image_descriptor(image);
	uint8_t sum[32];
	char text[sizeof("sha256:") + 2 * sizeof(sum)] = "sha256:";
	struct stat status;
	bool summed;
	void *data;

	if (fstat(descriptor, &status))
		return false;
	data = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
	summed = data != MAP_FAILED && EVP_Digest(data, (size_t)status.st_size, sum, NULL,
						  EVP_sha256(), NULL) == 1;
	munmap(data, (size_t)status.st_size);
	for (size_t i = 0; i < sizeof(sum); i++)
		snprintf(text + strlen(text), 3, "%02x", sum[i]);
	return summed && strcmp(text, digest) == 0;
}

/* One letter, one digest: each was signed once. */
static bool is_the_letters(struct letters *letters, int letter,
			   const struct modseal_image *image)
{
	const char *digest = modseal_verdict_digest(modseal_image_verdict(image));
	char *known = letters->digest[letter];

	if (!known[0])
		snprintf(known, sizeof(letters->digest[letter]), "%s", digest);
	return strcmp(known, digest) == 0;
}

static int load_and_call(struct race *race, struct letters *letters,
			 struct modseal_image *image, struct modseal_error *error)
{
	struct modseal_module *module = NULL;
	void *address = NULL;
	int letter = -1, result = modseal_load(image, 0, &module, error);

	if (result)
		return result;
	result = modseal_symbol(module, "answer", NULL, &address, error);
	if (!result)
		letter = ((int (*)(void))address)();
	if (letter != 'A' && letter != 'B')
		race_wrong(race, "what was loaded is not what was signed");
	else if (!is_the_letters(letters, letter, image))
		race_wrong(race, "the verdict names the digest of other bytes");
	else
		letters->loaded[letter]++;
	if (!holds_its_digest(image))
		race_wrong(race, "the image holds other bytes than the verdict names");
	return modseal_unload(&module, error);
}

/* Codes that a file can earn while it is changed. None that says that something could not
 * be done, or that the process is not in order. */
static bool explains(int code)
{
	static const int codes[] = {
		MODSEAL_E_CHANGED,
		MODSEAL_E_TYPE_MISMATCH, /* its first bytes */
		MODSEAL_E_SIGNATURE_MISSING,
		MODSEAL_E_SIGNATURE_MALFORMED,
		MODSEAL_E_SIGNATURE_INVALID,
		MODSEAL_E_SIGNER_NOT_ALLOWED,
		MODSEAL_E_ALGORITHM_NOT_ALLOWED,
		MODSEAL_E_NOT_FOUND,
		MODSEAL_E_PATH_NOT_ALLOWED,
		MODSEAL_E_PATH_MISMATCH,
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i] == code)
			return true;
	return false;
}

static void use_once(struct race *race, struct letters *letters)
{
	struct modseal_error error = {0};
	struct modseal_image *image = NULL;
	int result = modseal_verify(letters->context, race_path(race, letters->asked),
				    &image, &error);

	if (!result) {
		race->accepted++;
		result = load_and_call(race, letters, image, &error);
		if (result)
			race_wrong(race, error.message);
	} else {
		race->refused++;
		letters->refused[-result % CODES_MAX]++;
		if (!explains(result))
			race_wrong(race, error.message);
	}
	modseal_image_free(&image);
}

static void use_under(struct race *race, struct letters *letters,
		      void (*attack)(struct race *, unsigned long))
{
	pid_t child = race_start(race, attack);

	for (unsigned long i = 0; race_goes_on(race, i); i++)
		use_once(race, letters);
	race_stop(race, child);
}

/* In place: A, B, half of each, or A with a byte that nobody signed. Each stays for a
 * moment, some for none. */
static void rewrite(struct race *race, unsigned long round)
{
	static struct file a, b, mixed;
	struct timespec pause = {0, (long)(round * 7919 % 1000) * 1000};

	if (!a.data) {
		a = read_file(race_path(race, "a.so"));
		b = read_file(race_path(race, "b.so"));
		mixed = read_file(race_path(race, "a.so"));
	}
	memcpy(mixed.data, a.data, a.size);
	if (round % 4 == 2)
		memcpy(mixed.data + a.size / 2, b.data + a.size / 2, a.size / 4);
	else
		mixed.data[round * 4099 % a.size] ^= 0x55;
	write_file(race_path(race, "x.so"), round % 4 == 0   ? &a
					    : round % 4 == 1 ? &b
							     : &mixed);
	if (round % 3)
		nanosleep(&pause, NULL);
}

/* Memory files that the other process has open, as /proc shows them: where there was one
 * the last time there may be one again, before it is sealed.
 */
static void attack_memory_files(struct race *race, unsigned long round)
{
	static int number = FIRST_NUMBER;

	for (int i = 0; i < NUMBERS; i++) {
		char path[64], target[8] = "";

		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getppid(), number);
		if (readlink(path, target, sizeof(target) - 1) > 0 &&
		    strcmp(target, "/memfd:") == 0) {
			attack_descriptor(number, round);
			return;
		}
		number = number == FIRST_NUMBER + NUMBERS - 1 ? FIRST_NUMBER : number + 1;
	}
	attack_descriptor(-1, round);
}

/* What is swapped: each place once with what is signed and once with what is not. */
static void lay_out(const struct race *race)
{
	struct file a = read_file(race_path(race, "a.so"));
	struct file evil = read_file(race_path(race, "evil.so"));

	if (mkdir(race_path(race, "lib"), 0755) || mkdir(race_path(race, "open"), 0755) ||
	    symlink("lib/x.so", race_path(race, "link")))
		abort();
	write_file(race_path(race, "x.so"), &a);
	write_file(race_path(race, "open.so"), &evil);
	write_file(race_path(race, "lib/x.so"), &a);
	write_file(race_path(race, "open/x.so"), &evil);
	if (link(race_path(race, "x.so"), race_path(race, "hard.so")))
		abort();
	free(a.data);
	free(evil.data);
}

static int tell(const struct race *race, const struct letters *letters, const char *what)
{
	printf("%s: %lu accepted, %lu answered A, %lu answered B, %lu refused, %lu wrong "
	       "%s\n",
	       what, race->accepted, letters->loaded['A'], letters->loaded['B'],
	       race->refused, race->wrong, race->message);
	for (int i = 0; i < CODES_MAX; i++)
		if (letters->refused[i])
			printf("  %s %lu\n", modseal_code_name(-i), letters->refused[i]);
	return race->wrong != 0 || race->accepted + race->refused < race->rounds;
}

static struct modseal *open_context(const char *policy, const char *anchor)
{
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED,
		.policy_path = policy,
		.anchor_paths = &anchor,
		.anchor_path_count = 1,
	};
	struct modseal_error error;
	struct modseal *context = NULL;

	if (modseal_open(&options, &context, &error)) {
		fprintf(stderr, "%s: %s\n", error.object, error.message);
		exit(3);
	}
	return context;
}

int main(int count, char **arguments)
{
	static struct letters letters = {.asked = "x.so"};
	void (*attack)(struct race *, unsigned long) = rewrite;
	struct race race = {0};
	const char *what;

	if (count != 6)
		return 2;
	umask(022);
	snprintf(race.folder, sizeof(race.folder), "%s", arguments[3]);
	race.rounds = strtoul(arguments[4], NULL, 10);
	what = arguments[5];
	if (what[0] >= '0' && what[0] <= '9') {
		const struct race_swap *swap =
			&race_swaps[strtoul(what, NULL, 10) % RACE_SWAP_COUNT];

		what = swap->name;
		letters.asked = swap->asked;
		attack = swap->attack;
	} else if (strcmp(what, "memory") == 0) {
		attack = attack_memory_files;
	}
	lay_out(&race);
	letters.context = open_context(arguments[1], arguments[2]);
	use_under(&race, &letters, attack);
	modseal_free(&letters.context);
	return tell(&race, &letters, what);
}
