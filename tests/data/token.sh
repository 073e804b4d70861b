# SPDX-License-Identifier: Apache-2.0
# A PKCS#11 module for tests/unit/test_token.c.
# shellcheck shell=sh
"$CC" -w -shared -fPIC -I"$TOP" -I/usr/include/p11-kit-1 -o fake.so "$TOP/tests/data/token.c"
