/* SPDX-License-Identifier: Apache-2.0 */
/* The way of one file through the steps of a decision. */
#ifndef MODSEAL_VERIFY_H
#define MODSEAL_VERIFY_H

#include "verifier/context.h"
#include "verifier/elf/elf.h"
#include "verifier/image/bytes.h"
#include "verifier/image/image.h"
#include "verifier/image/verity.h"
#include "verifier/signature/container.h"
#include "verifier/verdict.h"

struct modseal_subject;
struct modseal_use;

/* What a library needs, judged and in order. See verifier/closure.h. */
struct modseal_closure {
	struct modseal_subject **members; /* dependencies first, without the root */
	size_t count;
};

/* One file under judgement: what each step found. */
struct modseal_subject {
	struct modseal_context *context;
	struct modseal_crew *crew; /* threads that help; NULL: none */
	const char *asked;	   /* the path or name it is asked under */
	/* of a name that was asked for: the version behind its suffix; NULL: none is
	 * added */
	const char *version;
	const int *given; /* a descriptor that must be of the same file; NULL: none */
	/* what another process wants to do with it (use.h); NULL: nothing */
	const struct modseal_use *use;
	bool put_off; /* ... and it may hold no more in memory now */
	bool script;  /* ... and it is a script, with nothing inside that could be read */
	bool is_root; /* it was asked for: closure and approval are for it */
	/* process.preload names this very file: it is in the process already, by the word
	 * of the policy, so hygiene (interposing, which valgrind does) is not asked of
	 * it. */
	bool is_preload;
	/* asked is its DT_NEEDED: the SONAME must equal it; NULL: nothing needs it */
	const struct modseal_subject *needed_by;
	bool found_by_rule; /* that one's rule says where it is looked for */
	bool in_place; /* it is mapped from its own file: no sealed copy protects it */
	bool outside;  /* ... by another process, which may be for another machine */
	bool to_load;  /* the bytes are for the dynamic linker, or the kernel */
	enum modseal_kind kind;

	char entry[MODSEAL_MAX_NAME_LENGTH + 1]; /* last component it was found under */
	struct modseal_located located;
	const struct modseal_authority *authority; /* whose rules decide */
	const struct modseal_rule *rule;
	/* audit mode: the place is not as the rule wants it */
	bool unprotected;
	bool audits;	   /* what the rule refuses is reported only (audit.h) */
	bool verity_known; /* fs-verity is enabled on the file, and believed */
	struct modseal_verity verity;
	enum modseal_hand_off hand_off; /* as it stands now, see step_bytes.h */
	struct modseal_bytes bytes;
	struct modseal_container container;
	struct modseal_span content;
	/* The digest of the content's first bytes, so many, as they were read. */
	struct modseal_running_digest *hashing;
	uint64_t hashed;
	uint8_t digest[MODSEAL_SHA256_SIZE]; /* of the content; spared: fs-verity's */
	bool digest_known;
	bool version_listed; /* a catalog says which security version it is: */
	uint64_t listed_version;
	/* fs-verity and the catalog know its bytes: they were not read. */
	bool spared;
	bool path_bound; /* what vouches for it does so for this very path */
	struct modseal_elf elf;
	struct modseal_verdict *verdict;
	struct modseal_closure closure; /* root only */
	/* to load: of the root; of what it needs, if that is loaded already */
	struct modseal_image *image;
};

/* All steps for a root, find to image for what it needs. On failure it is cleared. */
MODSEAL_MUST_CHECK int modseal_subject_judge(struct modseal_subject *subject,
					     struct modseal_error *error);
/* The same in two: the steps, in whatever thread, and what the world is told of their
 * result, in the one that asked. error must not be NULL where the verdict is wanted. */
MODSEAL_MUST_CHECK int modseal_subject_run(struct modseal_subject *subject,
					   struct modseal_error *error);
MODSEAL_MUST_CHECK int modseal_subject_conclude(struct modseal_subject *subject,
						int result, struct modseal_error *error);
/* A new subject for what a library needs; the caller frees. NULL: no memory. */
struct modseal_subject *modseal_subject_needed(const struct modseal_subject *needer,
					       const char *name);
/* The digest that is known of it: as that of a verdict. */
void modseal_subject_digest_text(const struct modseal_subject *s, char *buffer,
				 size_t size);
void modseal_subject_clear(struct modseal_subject *subject);

/* modseal_check and modseal_verify (version, given: modseal_verify_version,
 * modseal_verify_fd) by this very policy. */
MODSEAL_MUST_CHECK int modseal_context_check(struct modseal_context *context,
					     const char *asked, enum modseal_kind kind,
					     struct modseal_verdict **ret_verdict,
					     struct modseal_error *error);
MODSEAL_MUST_CHECK int modseal_context_verify(struct modseal_context *context,
					      const char *asked, const char *version,
					      const int *given, enum modseal_kind kind,
					      struct modseal_image **ret_image,
					      struct modseal_error *error);

/* The same for an object of this process, by its path, for the process gate. */
MODSEAL_MUST_CHECK int modseal_judge_object(struct modseal_context *context,
					    const char *path, enum modseal_kind kind,
					    struct modseal_gate_object *ret_object,
					    struct modseal_error *error);

#endif
