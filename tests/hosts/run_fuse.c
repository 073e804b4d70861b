/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_fuse DIRECTORY CONTENT|- UID [FIRST]: a file system (FUSE) at DIRECTORY that has
 * one file, `file`, which it says UID owns and nobody else may write; with FIRST, that
 * one owns it when it is looked up, and UID as soon as somebody asks. Its content is that
 * of CONTENT; with -, whoever reads it waits for ever; with - and a size, behind the head
 * of an ELF file; with -lookup or -open, whoever looks it up or opens it. Prints
 * "mounted" and serves until it is ended. Needs root.
 */
#include <linux/fuse.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "run_hostile.h"

#define FILE_NODE 2

static int device;
static char *content;
static size_t content_size, filled_size;
static unsigned owner, first_owner;
static uint32_t mute; /* what is never answered */
static unsigned valid = 3600;
static uint32_t open_flags;

static void answer(const struct fuse_in_header *request, int error, const void *data,
		   size_t size)
{
	struct fuse_out_header head = {
		.len = (uint32_t)(sizeof(head) + (error ? 0 : size)),
		.error = -error,
		.unique = request->unique,
	};
	struct iovec parts[2] = {{&head, sizeof(head)}, {(void *)data, error ? 0 : size}};

	if (writev(device, parts, 2) < 0 && errno != ENOENT)
		unable("answer");
}

static struct fuse_attr attributes(uint64_t node)
{
	struct fuse_attr about = {
		.ino = node,
		.mode = node == FILE_NODE ? S_IFREG | 0755 : S_IFDIR | 0755,
		.nlink = 1,
		.uid = node == FILE_NODE ? owner : 0,
		.size = node == FILE_NODE ? content_size : 0,
		.blocks = content_size / 512,
		.blksize = PAGE,
	};

	return about;
}

static void look_up(const struct fuse_in_header *request, const char *name)
{
	struct fuse_entry_out entry = {
		.nodeid = FILE_NODE,
		.attr = attributes(FILE_NODE),
		.entry_valid = valid,
		.attr_valid = valid,
	};

	entry.attr.uid = first_owner;
	answer(request, strcmp(name, "file") ? ENOENT : 0, &entry, sizeof(entry));
}

static void read_file(const struct fuse_in_header *request,
		      const struct fuse_read_in *wanted)
{
	size_t start = wanted->offset < content_size ? wanted->offset : content_size;
	size_t size =
		content_size - start < wanted->size ? content_size - start : wanted->size;

	/* no answer at all: who waits can only be killed */
	if (content && start < filled_size)
		answer(request, 0, content + start, size);
}

static void serve(const struct fuse_in_header *request, const void *body)
{
	struct fuse_init_out start = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = 65536,
		.max_write = 65536,
	};
	struct fuse_attr_out about = {.attr_valid = valid,
				      .attr = attributes(request->nodeid)};
	struct fuse_open_out handle = {.fh = 1, .open_flags = open_flags};
	struct fuse_statfs_out system = {.st = {.bsize = PAGE, .namelen = 255}};

	if (request->opcode == mute)
		return;
	switch (request->opcode) {
	case FUSE_INIT:
		answer(request, 0, &start, sizeof(start));
		break;
	case FUSE_LOOKUP:
		look_up(request, body);
		break;
	case FUSE_GETATTR:
		answer(request, 0, &about, sizeof(about));
		break;
	case FUSE_STATFS:
		answer(request, 0, &system, sizeof(system));
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		answer(request, 0, &handle, sizeof(handle));
		break;
	case FUSE_READ:
		read_file(request, body);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
	case FUSE_FLUSH:
		answer(request, 0, NULL, 0);
		break;
	default:
		answer(request, ENOSYS, NULL, 0);
	}
}

static void read_content(const char *path)
{
	struct stat about;
	int fd;

	content_size = 65536;
	mute = strcmp(path, "-lookup") == 0 ? FUSE_LOOKUP
	       : strcmp(path, "-open") == 0 ? FUSE_OPEN
					    : 0;
	if (mute)
		return;
	if (path[0] == '-' && path[1]) {
		content_size = strtoul(path + 1, NULL, 10);
		filled_size = PAGE;
		/* else the second who opens it waits for what the first reads */
		open_flags = FOPEN_KEEP_CACHE;
		content = calloc(1, content_size);
		if (!content)
			unable("memory");
		memcpy(content, "\177ELF", 4);
	}
	if (path[0] == '-')
		return;
	fd = opened(path, O_RDONLY);
	if (fstat(fd, &about))
		unable("stat");
	content_size = filled_size = (size_t)about.st_size;
	content = malloc(content_size);
	if (!content || read(fd, content, content_size) != (ssize_t)content_size)
		unable("read");
	close(fd);
}

int main(int count, char **arguments)
{
	static _Alignas(8) char request[256 * 1024];
	char options[128];
	ssize_t got;

	if (count != 4 && count != 5)
		return 64;
	owner = first_owner = (unsigned)strtoul(arguments[3], NULL, 10);
	if (count == 5) {
		first_owner = (unsigned)strtoul(arguments[4], NULL, 10);
		valid = 0;
	}
	read_content(arguments[2]);
	device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (device < 0)
		unable("/dev/fuse");
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other", device);
	if (mount("run_fuse", arguments[1], "fuse", MS_NODEV, options))
		unable("mount");
	printf("mounted\n");
	fflush(stdout);
	while ((got = read(device, request, sizeof(request))) > 0 || errno == EINTR) {
		if (got > 0)
			serve((const void *)request,
			      request + sizeof(struct fuse_in_header));
	}
	return 0;
}
