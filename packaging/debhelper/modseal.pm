# SPDX-License-Identifier: Apache-2.0
# dh $@ --with modseal: signs what is packaged, see dh_modseal. After dh_strip and whatever
# else changes programs and libraries, before their digests and sizes are taken.
use strict;
use warnings;
use Debian::Debhelper::Dh_Lib;

insert_before('dh_installdeb', 'dh_modseal');

1;
