/* SPDX-License-Identifier: Apache-2.0 */
/* verifier/image/image.c: what an approved handle owns, and when it lets go of it. */
#include "tests/unit/place.h"

#include <pthread.h>

#include "verifier/image/image.h"
#include "verifier/image/seal.h"
#include "verifier/verdict.h"

static unsigned released;

static void release(void *reference)
{
	released += *(unsigned *)reference;
}

static struct modseal_image *new_image(const char *soname, void *reference)
{
	struct modseal_error error;
	struct modseal_image *image = NULL;
	struct modseal_image source = {
		.references = 77, /* whatever is there does not count */
		.descriptor = open("/", O_RDONLY),
		.size = 5,
		.path = strdup("/lib/x.so"),
		.soname = soname ? strdup(soname) : NULL,
		.verdict = calloc(1, sizeof(struct modseal_verdict)),
		.context_reference = reference,
		.context_release = reference ? release : NULL,
	};

	cr_assert(zero(int, modseal_image_create(&source, &image, &error)));
	return image;
}

Test(image, owns_what_it_was_made_of)
{
	unsigned weight = 1;
	size_t before = count_descriptors();
	struct modseal_image *image = new_image("libx.so.1", &weight), *second;

	cr_assert(eq(str, (char *)modseal_image_soname(image), "libx.so.1"));
	cr_assert(eq(ptr, (void *)modseal_image_verdict(image), image->verdict));
	cr_assert(eq(int, modseal_image_descriptor(image), image->descriptor));
	cr_assert(eq(sz, count_descriptors(), before + 1));
	second = modseal_image_ref(image);
	cr_assert(eq(ptr, second, image));
	modseal_image_free(&second);
	cr_assert(eq(ptr, second, NULL));
	cr_assert(eq(uint, released, 0));
	cr_assert(eq(sz, count_descriptors(), before + 1));
	modseal_image_free(&image);
	cr_assert(eq(ptr, image, NULL));
	cr_assert(eq(uint, released, 1));
	cr_assert(eq(sz, count_descriptors(), before));
	modseal_image_free(&image);
	modseal_image_free(NULL);
}

Test(image, keeps_its_closure)
{
	unsigned one = 1, ten = 10, hundred = 100;
	struct modseal_image *deepest = new_image(NULL, &one);
	struct modseal_image *middle = new_image("libm.so", &ten);
	struct modseal_image *top = new_image("libt.so", &hundred);

	cr_assert(eq(ptr, (void *)modseal_image_soname(deepest), NULL));
	middle->closure = calloc(1, sizeof(*middle->closure));
	middle->closure[middle->closure_count++] = modseal_image_ref(deepest);
	top->closure = calloc(2, sizeof(*top->closure));
	top->closure[top->closure_count++] = deepest;
	top->closure[top->closure_count++] = modseal_image_ref(middle);
	top->needed = calloc(1, sizeof(*top->needed));
	top->needed[top->needed_count++] = strdup("libm.so");
	modseal_image_free(&top);
	cr_assert(eq(uint, released, 100));
	modseal_image_free(&middle);
	cr_assert(eq(uint, released, 111));
}

static void *hold_and_free(void *argument)
{
	for (int i = 0; i < 20000; i++) {
		struct modseal_image *image = modseal_image_ref(argument);

		modseal_image_free(&image);
	}
	return NULL;
}

Test(image, threads_count_references)
{
	unsigned weight = 1;
	struct modseal_image *image = new_image("libx.so", &weight);
	pthread_t threads[4];

	for (size_t i = 0; i < 4; i++)
		cr_assert(zero(int,
			       pthread_create(&threads[i], NULL, hold_and_free, image)));
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	cr_assert(eq(uint, released, 0));
	modseal_image_free(&image);
	cr_assert(eq(uint, released, 1));
}

/* A host that closes our descriptor by mistake must not have us map what comes next. */
Test(image, another_file_under_its_descriptor_is_noticed_R67)
{
	struct modseal_error error;
	struct modseal_image *image = NULL;
	struct modseal_image source = {.size = 5, .path = strdup("/lib/x.so")};
	bool exec_sealed;
	int other;

	cr_assert(zero(int,
		       modseal_memfd_new(&source.descriptor, &exec_sealed, "x", &error)));
	cr_assert(eq(int, (int)write(source.descriptor, "12345", 5), 5));
	cr_assert(zero(int, modseal_memfd_seal(source.descriptor, "x", &error)));
	cr_assert(zero(int, modseal_image_create(&source, &image, &error)));
	cr_assert(zero(int, modseal_image_require(image, &error)));
	cr_assert(zero(int, modseal_memfd_new(&other, &exec_sealed, "y", &error)));
	cr_assert(eq(int, (int)write(other, "54321", 5), 5));
	cr_assert(zero(int, modseal_memfd_seal(other, "y", &error)));
	cr_assert(eq(int, dup2(other, image->descriptor), image->descriptor));
	cr_assert(eq(int, modseal_image_require(image, &error), MODSEAL_E_NOT_SEALED));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_LOAD));
	close(other);
	modseal_image_free(&image);
}

/* What was sealed counts, not what lies under its number when it is approved; and a size
 * that is not its own is noticed as well. */
Test(image, another_file_since_it_was_sealed_is_noticed_R67)
{
	for (int wrong = 0; wrong < 4; wrong++) {
		struct modseal_error error;
		struct modseal_image *image = NULL;
		struct modseal_image source = {.path = strdup("/lib/x.so")};
		struct stat status;
		bool exec_sealed;

		cr_assert(zero(int, modseal_memfd_new(&source.descriptor, &exec_sealed,
						      "x", &error)));
		cr_assert(eq(int, (int)write(source.descriptor, "12345", 5), 5));
		cr_assert(zero(int, modseal_memfd_seal(source.descriptor, "x", &error)));
		cr_assert(zero(int, fstat(source.descriptor, &status)));
		source.inode = status.st_ino + (wrong == 1);
		source.device = status.st_dev + (wrong == 2);
		source.size = 5 + (wrong == 3);
		cr_assert(zero(int, modseal_image_create(&source, &image, &error)));
		cr_assert(eq(int, modseal_image_require(image, &error),
			     wrong ? MODSEAL_E_NOT_SEALED : 0),
			  "%d", wrong);
		modseal_image_free(&image);
	}
}
