/* SPDX-License-Identifier: Apache-2.0 */
/* The interface of the sample library. */
#ifndef FILTER_H
#define FILTER_H

int filter_halve(int value);

#endif
