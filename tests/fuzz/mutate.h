/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes bytes at random, always the same way: bits flipped, pieces cut, doubled, mixed,
 * numbers and words put in that a reader gives a meaning to.
 */
#ifndef MODSEAL_TESTS_FUZZ_MUTATE_H
#define MODSEAL_TESTS_FUZZ_MUTATE_H

#include <stdint.h>
#include <string.h>

#define FUZZ_MOST 32768u

struct fuzz_text {
	uint8_t bytes[FUZZ_MOST];
	size_t size;
};

/* Words of one reader; zero bytes between them. */
struct fuzz_words {
	const char *target;
	const char *words;
	size_t size;
};
#define WORDS(target, text)                                                              \
	{                                                                                \
		target, text, sizeof(text)                                               \
	}

static const struct fuzz_words fuzz_words[] = {
	WORDS("policy",
	      "\n\0: \0- \0[\0]\0{\0}\0'\0\"\0|\n\0>\n\0&a \0*a \0!a \0<<: \0---\n\0...\n"
	      "\0# \0\t\0%\0?\0~\0\\\0\0\r\0\x85\0\xff\0x-a: \0on\n\0**\0/\0..\0"
	      "0x1\0"
	      "\xe2\x80\xa8\0\xef\xbb\xbf\0rules:\n\0signers: {\0requires: [\0"
	      "9007199254740993"),
	WORDS("catalog", "\n\0 \0/a \0\\x20\0\\x5c\0\\x0a\0 version:1\0 sha256:\0 "
			 "!sha256:00\0 !x:00\0"
			 "9007199254740992\0"
			 "00\0-1\0/../\0//\0 fsverity-sha256:\0:\0a\0\0\x80\0\r"),
	WORDS("state",
	      "\n\0policy: a 1 \0catalog: a b 1\0supplement: a b 1 \0forgotten: a\n\0"
	      "recovered: a 1\n\0signer-key: a \0revocation-list: \0sha256: \0 \0"
	      "0\0"
	      "9007199254740992\0-1\0\0\x80\0\r\0time-floor: 1970-01-01T00:00:00Z\n"),
	/* of DER: tags, lengths, an end of contents */
	WORDS("signature",
	      "\x30\x80\0\x31\0\xa0\x80\0\xa1\x02\x05\0\x04\x81\0\x30\x82\x01\0\x02\x01\0"
	      "\x30\x84\xff\xff\xff\xff\0\x06\x01\0\x1f\x81\0\0\0\xff\xff\0\x80"),
	WORDS("elf", "\x01\0\x02\0\x7f\0\xff\xff\xff\xff\0\xff\0\x80\0\x10\0\x07\0\x40\0"
		     "\x6f\xff\xff\xff\0\xff\xff\xff\x7f\0\0\x04"),
};

static uint64_t fuzz_state = 0x6d6f647365616c;

/* xorshift64: the same numbers everywhere. */
static inline size_t fuzz_below(size_t limit)
{
	fuzz_state ^= fuzz_state << 13;
	fuzz_state ^= fuzz_state >> 7;
	fuzz_state ^= fuzz_state << 17;
	return limit ? (size_t)(fuzz_state % limit) : 0;
}

/* Replaces some bytes of the text by others. */
static inline void fuzz_splice(struct fuzz_text *text, size_t at, size_t gone,
			       const void *bytes, size_t size)
{
	if (gone > text->size - at)
		gone = text->size - at;
	if (text->size - gone + size > sizeof(text->bytes))
		return;
	memmove(text->bytes + at + size, text->bytes + at + gone, text->size - at - gone);
	memcpy(text->bytes + at, bytes, size);
	text->size = text->size - gone + size;
}

/* A word of the target; readers of DER share those of signatures. Two zero bytes on end
 * are the word of one. */
static inline const char *fuzz_word(const char *target, size_t *ret_size)
{
	const struct fuzz_words *words = &fuzz_words[3];
	size_t at;

	for (size_t i = 0; i < sizeof(fuzz_words) / sizeof(fuzz_words[0]); i++)
		if (strcmp(fuzz_words[i].target, target) == 0)
			words = &fuzz_words[i];
	at = fuzz_below(words->size);
	while (at > 0 && words->words[at - 1])
		at--;
	*ret_size = words->words[at] ? strlen(words->words + at) : 1;
	return words->words + at;
}

/* The line that a place lies in, or as many bytes, once more, at once or elsewhere. */
static inline void fuzz_double(struct fuzz_text *text, size_t at)
{
	size_t start = at, end = at;
	uint8_t piece[512];

	while (start > 0 && text->bytes[start - 1] != '\n' && at - start < 255)
		start--;
	while (end < text->size && end - at < 255 && text->bytes[end++] != '\n')
		;
	memcpy(piece, text->bytes + start, end - start);
	fuzz_splice(text, fuzz_below(2) ? end : fuzz_below(text->size + 1), 0, piece,
		    end - start);
}

static inline void fuzz_mutate(struct fuzz_text *text, const struct fuzz_text *other,
			       const char *target)
{
	size_t at = fuzz_below(text->size + 1), from, size;
	const char *word = fuzz_word(target, &size);

	switch (fuzz_below(6)) {
	case 0:
		if (at < text->size)
			text->bytes[at] ^= (uint8_t)(1u << fuzz_below(8));
		break;
	case 1: /* in place of as many, or of none to three */
		fuzz_splice(text, at, fuzz_below(2) ? size : fuzz_below(4), word, size);
		break;
	case 2:
		fuzz_splice(text, at, fuzz_below(200), "", 0);
		break;
	case 3: /* a piece of another */
		from = fuzz_below(other->size);
		size = other->size - from;
		fuzz_splice(text, at, fuzz_below(40), other->bytes + from,
			    fuzz_below(size > 300 ? 300 : size));
		break;
	case 4:
		fuzz_double(text, at);
		break;
	default:
		text->size = at;
		break;
	}
}

#endif
