# SPDX-License-Identifier: Apache-2.0
# Signs the programs, libraries and kernel modules of a recipe, when they have been stripped and
# before they are divided into packages. BitBake has never run this class: it is written from
# package.bbclass of Yocto 4.0 and 5.0. What modseal_sign does is run by tests/interop/fits_ci.sh.
#
#   inherit modseal                               in a recipe, or INHERIT += "modseal" for all
#   MODSEAL_KEY = "/secure/release.key"           in site.conf, never in a layer: a file, or pkcs11:...
#   MODSEAL_CERTIFICATE = "${LAYERDIR_acme}/files/release.pem"
#   MODSEAL_PASSPHRASE_FILE = "/secure/passphrase"
#   MODSEAL_SIGN = "no"                           for builds of developers, who have no key
#
# It needs a recipe modseal-native, with `make install PREFIX=${prefix} DESTDIR=${D}`.
# Shared state keeps what was signed. Another certificate signs anew, another place of the key does
# not. RSA and Ed25519 keys keep builds reproducible, ECDSA keys do not.
MODSEAL_KEY ?= ""
MODSEAL_CERTIFICATE ?= ""
MODSEAL_PASSPHRASE_FILE ?= ""
MODSEAL_SIGN ?= "yes"

MODSEAL_KEY[vardepvalue] = ""
MODSEAL_PASSPHRASE_FILE[vardepvalue] = ""
do_package[depends] += "modseal-native:do_populate_sysroot"
do_package[file-checksums] += "${@(d.getVar('MODSEAL_CERTIFICATE') + ':True') if d.getVar('MODSEAL_CERTIFICATE') else ''}"
PACKAGESPLITFUNCS:prepend = "modseal_sign "

modseal_sign() {
	MODSEAL="${STAGING_BINDIR_NATIVE}/modseal" MODSEAL_SIGN="${MODSEAL_SIGN}" \
	MODSEAL_KEY="${MODSEAL_KEY}" MODSEAL_CERTIFICATE="${MODSEAL_CERTIFICATE}" \
	MODSEAL_PASSPHRASE_FILE="${MODSEAL_PASSPHRASE_FILE}" \
		sh "${STAGING_DATADIR_NATIVE}/modseal/sign-built" --if-any --tree "${PKGD}" \
		--exclude '*/.debug/*' --exclude '*/.debug-static/*'
}
modseal_sign[vardepsexclude] = "MODSEAL_KEY MODSEAL_PASSPHRASE_FILE"
