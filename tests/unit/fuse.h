/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file system of a user's own, spoken over /dev/fuse (linux/fuse.h, protocol 7): a
 * folder with "x.so" and "link", all said to belong to root, mode 0644, whatever size and
 * bytes.
 */
#ifndef MODSEAL_TEST_FUSE_H
#define MODSEAL_TEST_FUSE_H

#include <linux/fsverity.h>
#include <linux/fuse.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>

#include "tests/unit/place.h"

struct fuse_lies {
	uint64_t size;	    /* that x.so is said to have */
	uint64_t really;    /* bytes that are given for it */
	bool direct;	    /* reads are not cut to the size by the kernel's cache */
	const char *target; /* of the link */
	bool measures;	    /* answers FS_IOC_MEASURE_VERITY */
};

enum { FUSE_NODE_FOLDER = 1, FUSE_NODE_FILE, FUSE_NODE_LINK };

static inline void fuse_attributes(const struct fuse_lies *lies, uint64_t node,
				   struct fuse_attr *attributes)
{
	*attributes = (struct fuse_attr){.ino = node, .nlink = 1, .blksize = 4096};
	attributes->mode = node == FUSE_NODE_FOLDER ? S_IFDIR | 0755
			   : node == FUSE_NODE_FILE ? S_IFREG | 0644
						    : S_IFLNK | 0777;
	attributes->size = node == FUSE_NODE_FILE   ? lies->size
			   : node == FUSE_NODE_LINK ? strlen(lies->target)
						    : 0;
}

/* The answer to a request in *data; its size, or a negative errno. */
static inline int fuse_answer(const struct fuse_lies *lies,
			      const struct fuse_in_header *request, const void *body,
			      uint8_t *data)
{
	switch (request->opcode) {
	case FUSE_INIT: {
		const struct fuse_init_in *in = body;
		struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION,
					    .minor = 31,
					    .max_readahead = in->max_readahead,
					    .max_write = 65536};

		memcpy(data, &out, sizeof(out));
		return sizeof(out);
	}
	case FUSE_LOOKUP: {
		struct fuse_entry_out out = {
			.nodeid = strcmp(body, "x.so") == 0   ? FUSE_NODE_FILE
				  : strcmp(body, "link") == 0 ? FUSE_NODE_LINK
							      : 0};

		if (!out.nodeid)
			return -ENOENT;
		fuse_attributes(lies, out.nodeid, &out.attr);
		memcpy(data, &out, sizeof(out));
		return sizeof(out);
	}
	case FUSE_GETATTR: {
		struct fuse_attr_out out = {0};

		fuse_attributes(lies, request->nodeid, &out.attr);
		memcpy(data, &out, sizeof(out));
		return sizeof(out);
	}
	case FUSE_OPEN: {
		struct fuse_open_out out = {.open_flags =
						    lies->direct ? FOPEN_DIRECT_IO : 0};

		memcpy(data, &out, sizeof(out));
		return sizeof(out);
	}
	case FUSE_READ: {
		const struct fuse_read_in *in = body;
		uint64_t left = in->offset < lies->really ? lies->really - in->offset : 0;

		memset(data, 'x', in->size);
		return (int)(left < in->size ? left : in->size);
	}
	case FUSE_READLINK:
		memcpy(data, lies->target, strlen(lies->target));
		return (int)strlen(lies->target);
	case FUSE_STATFS: {
		struct fuse_statfs_out out = {.st = {.bsize = 4096, .namelen = 255}};

		memcpy(data, &out, sizeof(out));
		return sizeof(out);
	}
	case FUSE_IOCTL: {
		const struct fuse_ioctl_in *in = body;
		struct fuse_ioctl_out out = {.result = 0};
		struct fsverity_digest digest = {FS_VERITY_HASH_ALG_SHA256, 32};
		uint32_t size = in->out_size < 36 ? in->out_size : 36;

		if (!lies->measures || in->cmd != (uint32_t)FS_IOC_MEASURE_VERITY)
			return -ENOTTY;
		memcpy(data, &out, sizeof(out));
		memset(data + sizeof(out), 'v', 36);
		memcpy(data + sizeof(out), &digest, sizeof(digest));
		return (int)(sizeof(out) + size);
	}
	case FUSE_RELEASE:
	case FUSE_FLUSH:
		return 0;
	default:
		return -ENOSYS;
	}
}

static inline void fuse_serve(int device, const struct fuse_lies *lies)
{
	static uint8_t in[1 << 18], data[1 << 18];

	for (;;) {
		const struct fuse_in_header *request = (const void *)in;
		struct fuse_out_header header = {0};
		struct iovec parts[2] = {{&header, sizeof(header)}, {data, 0}};
		ssize_t length = read(device, in, sizeof(in));
		int size;

		if (length < 0 && (errno == EINTR || errno == ENOENT))
			continue;
		if (length < (ssize_t)sizeof(*request))
			_exit(0);
		if (request->opcode == FUSE_FORGET ||
		    request->opcode == FUSE_BATCH_FORGET)
			continue;
		size = fuse_answer(lies, request, in + sizeof(*request), data);
		header.unique = request->unique;
		header.error = size < 0 ? size : 0;
		parts[1].iov_len = size < 0 ? 0 : (size_t)size;
		header.len = (uint32_t)(sizeof(header) + parts[1].iov_len);
		if (writev(device, parts, 2) < 0 && errno != ENOENT)
			_exit(1);
	}
}

/* Mounts it; the caller has a mount namespace of its own. Ends with the server's process,
 * which is killed by fuse_end. Returns -1 where there is no FUSE. */
static inline pid_t fuse_begin(const char *path, const struct fuse_lies *lies)
{
	int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	const char *node = in_place("fuse");
	char options[128];
	pid_t child;

	/* containers often have the file system but not the device's name */
	if (device < 0 && mknod(node, S_IFCHR | 0600, makedev(10, 229)) == 0) {
		device = open(node, O_RDWR | O_CLOEXEC);
		unlink(node);
	}
	if (device < 0)
		return -1;
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=%d,group_id=0,allow_other", device,
		 PLACE_STRANGER);
	if (mount("modseal-test", path, "fuse", MS_NOSUID | MS_NODEV, options)) {
		close(device);
		return -1;
	}
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fuse_serve(device, lies);
	}
	close(device);
	return child;
}

static inline void fuse_end(const char *path, pid_t server)
{
	umount2(path, MNT_DETACH);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
}

#endif
