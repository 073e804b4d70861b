# SPDX-License-Identifier: Apache-2.0
# R62: descriptors put over ours during 100,000 loads.
ROUNDS=${ROUNDS:-100000}
. tests/hostile/descriptors.sh
