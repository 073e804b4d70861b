/* SPDX-License-Identifier: Apache-2.0 */
/* A token whose every answer a test decides: tests/data/token.c makes the module. */
#ifndef MODSEAL_TESTS_FAKE_TOKEN_H
#define MODSEAL_TESTS_FAKE_TOKEN_H

struct fake_token {
	/* answers */
	unsigned long flags; /* of the token */
	unsigned long info;  /* C_GetTokenInfo, once a session is open */
	unsigned long login;
	unsigned long context_login;
	unsigned long sign_init;
	unsigned long sign;
	unsigned long signature_size;
	unsigned long key_type;
	unsigned long objects;	/* how many fit whatever is searched for */
	unsigned long too_many; /* it says that it found so many more */
	unsigned long value_size;
	unsigned long
		grows; /* it says that values are so much longer, once they are read */
	int always;
	/* what was called, how many times */
	int logins;
	int context_logins;
	int sessions;
	int signs;
};

#endif
