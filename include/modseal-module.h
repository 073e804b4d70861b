/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The module note: what a plugin says about itself, inside the bytes that are signed.
 * Whoever verifies the plugin reads it without mapping the file; modseal_inspect reads it
 * of files that nobody vouched for. C11 and C++11, gcc and clang; nothing is linked.
 *
 * In one source file of a plugin, at file scope:
 *
 *	MODSEAL_MODULE("reverb", 7, "acme-plugin-3",
 *		       MODSEAL_METADATA("vendor", "Acme"),
 *		       MODSEAL_METADATA("licence", "Apache-2.0"));
 *
 * name:    what the plugin is: its file's name, or that without ".so" and what follows
 *          ("reverb" fits reverb.so and reverb.so.2). Under `identity: bound` it must
 *          fit the name the file is asked for; it is the identity of a plugin without
 *          SONAME, and does not replace a SONAME that is there. 1 to 255 bytes.
 * version: the security version, a constant from 0 to 9007199254740991 that only grows,
 *          and grows whenever an older build must not be used any more: a policy's
 *          `minimum-version` is compared with it. Not the version people speak of.
 * abi:     which interface of its host it was built for, in the host's words. 1 to 255
 *          bytes.
 * then:    up to 8 pairs. Keys are 1 to 64 of A-Z a-z 0-9 . _ -, the first a letter or
 *          digit, no key twice; values have up to 4095 bytes.
 *
 * All texts are string literals of UTF-8 without control characters. What can be checked
 * here is a compile error, the rest is refused as ELF_MALFORMED when the file is verified
 * (`modseal inspect` shows it before). A second MODSEAL_MODULE in the same plugin is a
 * link error ("multiple definition of modseal_module_note").
 *
 * The note is an ELF note (elf(5)) in the section .note.modseal: owner "modseal", type
 * MODSEAL_NOTE_TYPE, its three words in the byte order of the file, as in every ELF note.
 * What it holds is little-endian everywhere:
 *
 *	u16 format (1), u16 size of all this, u32 critical flags (none is known)
 *	then, until the end: u16 type, u16 length, so many bytes of value, and 1 to 4 zero
 *	bytes up to the next multiple of 4, so that each text is a C string where it lies
 *
 * The low 15 bits of the types rise (those of METADATA may repeat). The top bit says
 * critical: who does not know such a type must refuse the file; other unknown types are
 * passed over. Flags are always critical.
 */
#ifndef MODSEAL_MODULE_H
#define MODSEAL_MODULE_H

#define MODSEAL_NOTE_SECTION ".note.modseal"
#define MODSEAL_NOTE_OWNER   "modseal"
#define MODSEAL_NOTE_TYPE    0x4d53u
#define MODSEAL_NOTE_FORMAT  1u

/* Types. VERSION: u64. METADATA: key, a zero byte, value. All but METADATA are there
 * exactly once. */
#define MODSEAL_NOTE_CRITICAL 0x8000u
enum modseal_note_type {
	MODSEAL_NOTE_NAME = 0x8001,
	MODSEAL_NOTE_VERSION = 0x8002,
	MODSEAL_NOTE_ABI = 0x8003,
	MODSEAL_NOTE_METADATA = 0x0004,
};

/* One pair, as an argument of MODSEAL_MODULE. */
#define MODSEAL_METADATA(key, value) (key, value)

/* MODSEAL_MODULE(name, version, abi, pairs...): see above. */
#define MODSEAL_MODULE(...)                                                              \
	MODSEAL_NOTE_WITH_(MODSEAL_NOTE_PICK_(__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, 0,    \
					      takes_name_version_abi_and_8_pairs, ),     \
			   __VA_ARGS__, )

/* ---- how it is done: not for use outside of this header ---------------------------- */

/* The number of pairs: what stands behind three arguments and them. */
#define MODSEAL_NOTE_PICK_(a, b, c, d, e, f, g, h, i, j, k, picked, ...) picked
#define MODSEAL_NOTE_WITH_(count, ...)					 MODSEAL_NOTE_WITH_2_(count, __VA_ARGS__)
#define MODSEAL_NOTE_WITH_2_(count, name, version, abi, ...)                             \
	MODSEAL_NOTE_DEFINE_("" name, version, "" abi,                                   \
			     MODSEAL_NOTE_MEMBERS_##count##_(__VA_ARGS__),               \
			     MODSEAL_NOTE_PAIRS_##count##_(__VA_ARGS__))

/* One member and one initializer for each pair; an empty argument ends the list. */
#define MODSEAL_NOTE_MEMBERS_0_(none)
#define MODSEAL_NOTE_MEMBERS_1_(p, ...)                                                  \
	MODSEAL_NOTE_MEMBER_(1, MODSEAL_NOTE_KEY_ p, MODSEAL_NOTE_VALUE_ p)              \
	MODSEAL_NOTE_MEMBERS_0_(__VA_ARGS__)
#define MODSEAL_NOTE_MEMBERS_2_(p, ...)                                                  \
	MODSEAL_NOTE_MEMBER_(2, MODSEAL_NOTE_KEY_ p, MODSEAL_NOTE_VALUE_ p)              \
	MODSEAL_NOTE_MEMBERS_1_(__VA_ARGS__)
#define MODSEAL_NOTE_MEMBERS_3_(p, ...)                                                  \
	MODSEAL_NOTE_MEMBER_(3, MODSEAL_NOTE_KEY_ p, MODSEAL_NOTE_VALUE_ p)              \
	MODSEAL_NOTE_MEMBERS_2_(__VA_ARGS__)
#define MODSEAL_NOTE_MEMBERS_4_(p, ...)                                                  \
	MODSEAL_NOTE_MEMBER_(4, MODSEAL_NOTE_KEY_ p, MODSEAL_NOTE_VALUE_ p)              \
	MODSEAL_NOTE_MEMBERS_3_(__VA_ARGS__)
#define MODSEAL_NOTE_MEMBERS_5_(p, ...)                                                  \
	MODSEAL_NOTE_MEMBER_(5, MODSEAL_NOTE_KEY_ p, MODSEAL_NOTE_VALUE_ p)              \
	MODSEAL_NOTE_MEMBERS_4_(__VA_ARGS__)
#define MODSEAL_NOTE_MEMBERS_6_(p, ...)                                                  \
	MODSEAL_NOTE_MEMBER_(6, MODSEAL_NOTE_KEY_ p, MODSEAL_NOTE_VALUE_ p)              \
	MODSEAL_NOTE_MEMBERS_5_(__VA_ARGS__)
#define MODSEAL_NOTE_MEMBERS_7_(p, ...)                                                  \
	MODSEAL_NOTE_MEMBER_(7, MODSEAL_NOTE_KEY_ p, MODSEAL_NOTE_VALUE_ p)              \
	MODSEAL_NOTE_MEMBERS_6_(__VA_ARGS__)
#define MODSEAL_NOTE_MEMBERS_8_(p, ...)                                                  \
	MODSEAL_NOTE_MEMBER_(8, MODSEAL_NOTE_KEY_ p, MODSEAL_NOTE_VALUE_ p)              \
	MODSEAL_NOTE_MEMBERS_7_(__VA_ARGS__)
#define MODSEAL_NOTE_PAIRS_0_(none)
#define MODSEAL_NOTE_PAIRS_1_(p, ...)                                                    \
	MODSEAL_NOTE_PAIR_(MODSEAL_NOTE_KEY_ p, MODSEAL_NOTE_VALUE_ p)                   \
	MODSEAL_NOTE_PAIRS_0_(__VA_ARGS__)
#define MODSEAL_NOTE_PAIRS_2_(p, ...)                                                    \
	MODSEAL_NOTE_PAIR_(MODSEAL_NOTE_KEY_ p, MODSEAL_NOTE_VALUE_ p)                   \
	MODSEAL_NOTE_PAIRS_1_(__VA_ARGS__)
#define MODSEAL_NOTE_PAIRS_3_(p, ...)                                                    \
	MODSEAL_NOTE_PAIR_(MODSEAL_NOTE_KEY_ p, MODSEAL_NOTE_VALUE_ p)                   \
	MODSEAL_NOTE_PAIRS_2_(__VA_ARGS__)
#define MODSEAL_NOTE_PAIRS_4_(p, ...)                                                    \
	MODSEAL_NOTE_PAIR_(MODSEAL_NOTE_KEY_ p, MODSEAL_NOTE_VALUE_ p)                   \
	MODSEAL_NOTE_PAIRS_3_(__VA_ARGS__)
#define MODSEAL_NOTE_PAIRS_5_(p, ...)                                                    \
	MODSEAL_NOTE_PAIR_(MODSEAL_NOTE_KEY_ p, MODSEAL_NOTE_VALUE_ p)                   \
	MODSEAL_NOTE_PAIRS_4_(__VA_ARGS__)
#define MODSEAL_NOTE_PAIRS_6_(p, ...)                                                    \
	MODSEAL_NOTE_PAIR_(MODSEAL_NOTE_KEY_ p, MODSEAL_NOTE_VALUE_ p)                   \
	MODSEAL_NOTE_PAIRS_5_(__VA_ARGS__)
#define MODSEAL_NOTE_PAIRS_7_(p, ...)                                                    \
	MODSEAL_NOTE_PAIR_(MODSEAL_NOTE_KEY_ p, MODSEAL_NOTE_VALUE_ p)                   \
	MODSEAL_NOTE_PAIRS_6_(__VA_ARGS__)
#define MODSEAL_NOTE_PAIRS_8_(p, ...)                                                    \
	MODSEAL_NOTE_PAIR_(MODSEAL_NOTE_KEY_ p, MODSEAL_NOTE_VALUE_ p)                   \
	MODSEAL_NOTE_PAIRS_7_(__VA_ARGS__)
#define MODSEAL_NOTE_KEY_(key, value)	"" key
#define MODSEAL_NOTE_VALUE_(key, value) "" value

/* Room for a text with its final zero byte: up to the next multiple of 4. */
#define MODSEAL_NOTE_ROOM_(length) (((length) + 3) / 4 * 4)
#define MODSEAL_NOTE_BYTE_(value, n)                                                     \
	((unsigned char)((unsigned long long)(value) >> 8 * (n)&0xff))
#define MODSEAL_NOTE_2_BYTES_(value)                                                     \
	MODSEAL_NOTE_BYTE_(value, 0), MODSEAL_NOTE_BYTE_(value, 1)
#define MODSEAL_NOTE_8_BYTES_(value)                                                     \
	MODSEAL_NOTE_2_BYTES_(value), MODSEAL_NOTE_BYTE_(value, 2),                      \
		MODSEAL_NOTE_BYTE_(value, 3), MODSEAL_NOTE_BYTE_(value, 4),              \
		MODSEAL_NOTE_BYTE_(value, 5), MODSEAL_NOTE_BYTE_(value, 6),              \
		MODSEAL_NOTE_BYTE_(value, 7)
#define MODSEAL_NOTE_HEAD_(type, length)                                                 \
	{                                                                                \
		MODSEAL_NOTE_2_BYTES_(type), MODSEAL_NOTE_2_BYTES_(length)               \
	}

#define MODSEAL_NOTE_MEMBER_(n, key, value)                                              \
	struct {                                                                         \
		unsigned char head[4];                                                   \
		char key_text[sizeof(key)];                                              \
		char value_text[MODSEAL_NOTE_ROOM_(sizeof(key) + sizeof(value)) -        \
				sizeof(key)];                                            \
	} pair_##n;                                                                      \
	MODSEAL_NOTE_ASSERT_(sizeof(key) > 1 && sizeof(key) <= 65,                       \
			     "a key of MODSEAL_METADATA has 1 to 64 bytes");             \
	MODSEAL_NOTE_ASSERT_(sizeof(value) <= 4096,                                      \
			     "a value of MODSEAL_METADATA has at most 4095 bytes");
#define MODSEAL_NOTE_PAIR_(key, value)                                                   \
	{MODSEAL_NOTE_HEAD_(MODSEAL_NOTE_METADATA, sizeof(key) + sizeof(value) - 1),     \
	 key, value},

#ifdef __cplusplus
#define MODSEAL_NOTE_ASSERT_(condition, text) static_assert(condition, text)
#define MODSEAL_NOTE_EXTERN_		      extern "C"
#else
#define MODSEAL_NOTE_ASSERT_(condition, text) _Static_assert(condition, text)
#define MODSEAL_NOTE_EXTERN_		      extern
#endif

/* Nothing refers to the note: the compiler and --gc-sections must keep it even so. */
#ifdef __has_attribute
#if __has_attribute(retain)
#define MODSEAL_NOTE_KEEP_ used, retain
#endif
#endif
#ifndef MODSEAL_NOTE_KEEP_
#define MODSEAL_NOTE_KEEP_ used
#endif

/* Only arrays of bytes behind the three words, so no compiler pads between them. */
#define MODSEAL_NOTE_DEFINE_(name, version, abi, members, pairs)                         \
	struct modseal_module_layout {                                                   \
		unsigned int owner_size, content_size, type;                             \
		char owner[sizeof(MODSEAL_NOTE_OWNER)];                                  \
		struct {                                                                 \
			unsigned char format[2], size[2], flags[4];                      \
			unsigned char name_head[4];                                      \
			char name_text[MODSEAL_NOTE_ROOM_(sizeof(name))];                \
			unsigned char version_head[4], version_bytes[12];                \
			unsigned char abi_head[4];                                       \
			char abi_text[MODSEAL_NOTE_ROOM_(sizeof(abi))];                  \
			members                                                          \
		} content;                                                               \
	};                                                                               \
	MODSEAL_NOTE_ASSERT_(sizeof(name) > 1 && sizeof(name) <= 256,                    \
			     "the name in MODSEAL_MODULE has 1 to 255 bytes");           \
	MODSEAL_NOTE_ASSERT_(sizeof(abi) > 1 && sizeof(abi) <= 256,                      \
			     "the abi in MODSEAL_MODULE has 1 to 255 bytes");            \
	MODSEAL_NOTE_ASSERT_((unsigned long long)(version) <= 9007199254740991ull,       \
			     "the version in MODSEAL_MODULE is from 0 to 2^53-1");       \
	MODSEAL_NOTE_EXTERN_ __attribute__((visibility("hidden")))                       \
	const struct modseal_module_layout modseal_module_note;                          \
	__attribute__((MODSEAL_NOTE_KEEP_, section(MODSEAL_NOTE_SECTION), aligned(4)))   \
	const struct modseal_module_layout modseal_module_note = {                       \
		sizeof(MODSEAL_NOTE_OWNER),                                              \
		sizeof(((struct modseal_module_layout *)0)->content),                    \
		MODSEAL_NOTE_TYPE,                                                       \
		MODSEAL_NOTE_OWNER,                                                      \
		{{MODSEAL_NOTE_2_BYTES_(MODSEAL_NOTE_FORMAT)},                           \
		 {MODSEAL_NOTE_2_BYTES_(                                                 \
			 sizeof(((struct modseal_module_layout *)0)->content))},         \
		 {0, 0, 0, 0},                                                           \
		 MODSEAL_NOTE_HEAD_(MODSEAL_NOTE_NAME, sizeof(name) - 1),                \
		 name,                                                                   \
		 MODSEAL_NOTE_HEAD_(MODSEAL_NOTE_VERSION, 8),                            \
		 {MODSEAL_NOTE_8_BYTES_(version)},                                       \
		 MODSEAL_NOTE_HEAD_(MODSEAL_NOTE_ABI, sizeof(abi) - 1),                  \
		 abi,                                                                    \
		 pairs}}

#endif
