# SPDX-License-Identifier: Apache-2.0
# Adds up what callgrind dumps of each path (its manual, "Callgrind Format Specification"):
# instructions in the program's own object (modseal is linked into it statically), calls out of
# it into libraries, and all instructions. Output: "PATH OURS CALLS ALL", a line each.

FNR == 1 { path = object = called = ""; inclusive = 0 }
/^desc: Trigger: Client Request: / {
	path = $NF
	order[++count] = path
	ours[path] = calls[path] = all[path] = 0
}
# "ob=(1) /usr/lib/x.so" the first time, "ob=(1)" from then on
/^c?ob=\([0-9]+\)/ {
	number = substr($1, index($1, "("))
	if (NF > 1)
		name[FILENAME number] = $2
	own = name[FILENAME number] ~ /\/paths$/ ? "ours" : "theirs"
	if (/^ob/)
		object = own
	else
		called = own
}
# Behind `calls` stands what the call cost with all that was called from there, which is
# counted where it was spent.
/^calls=/ {
	if (object == "ours" && called == "theirs")
		calls[path] += substr($1, 7)
	called = ""
	inclusive = 1
	next
}
/^[-+*0-9]/ {
	if (!inclusive) {
		all[path] += $2
		if (object == "ours")
			ours[path] += $2
	}
	inclusive = 0
}
/^totals: / && path != "" && $2 != all[path] {
	print "sum.awk: " path ": callgrind says " $2 ", the sum is " all[path] >"/dev/stderr"
	failed = 1
}
END {
	for (i = 1; i <= count; i++)
		print order[i], ours[order[i]], calls[order[i]], all[order[i]]
	exit failed
}
