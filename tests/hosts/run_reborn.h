/* SPDX-License-Identifier: Apache-2.0 */
/* What run_reborn and what holds its supervisor (tests/hostile/run_reborn_hold.c) agree
 * on: the calls that are held, by one of their arguments; files that tell when. */
#ifndef TESTS_RUN_REBORN_H
#define TESTS_RUN_REBORN_H

#define NUMBER 77	    /* a descriptor */
#define PLACE  0x47110000ul /* an address */
#define HELD   "held"	    /* the supervisor has taken the call, and waits */
#define GO     "go"	    /* it may go on */
#define DONE   "done"	    /* it is through with the call */
#define EVERY  10000	    /* microseconds: so often is looked for them */

#endif
