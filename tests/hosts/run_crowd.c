/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_crowd MODE WORD...: a program inside `modseal run` that wants more of the
 * supervisor than there is, while others want little. Says "worked", or what it was
 * refused.
 */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>

#include "run_hostile.h"

#define MOST 256

static bool maps_open(int fd)
{
	void *place = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	close(fd);
	return place != MAP_FAILED;
}

static bool maps(const char *path)
{
	return maps_open(opened(path, O_RDONLY | O_CLOEXEC));
}

static void *map_one(void *path)
{
	return maps(path) ? path : NULL;
}

/* FILE...: all at once, a thread each */
static void map_together(char **files)
{
	pthread_t threads[MOST];
	void *mapped_path;
	int count = 0, refused = 0;

	for (; files[count] && count < MOST; count++)
		if (pthread_create(&threads[count], NULL, map_one, files[count]))
			unable("thread");
	for (int i = 0; i < count; i++) {
		pthread_join(threads[i], &mapped_path);
		refused += mapped_path == NULL;
	}
	if (refused == 0)
		worked(NULL);
	printf("stopped %d of %d\n", refused, count);
	exit(1);
}

static void *map_and_say(void *path)
{
	puts(maps(path) ? "worked" : "stopped mmap");
	fflush(stdout);
	return NULL;
}

/* COUNT FILE: so many threads map FILE, and each says how that ended */
static void map_by_many(char **words)
{
	pthread_t thread;

	for (int i = atoi(words[0]); i > 0; i--)
		if (pthread_create(&thread, NULL, map_and_say, words[1]))
			unable("thread");
	pthread_exit(NULL);
}

/* FILE...: one after the other, and then it starts a program */
static void map_each(char **files)
{
	for (; *files; files++)
		if (!maps(*files))
			stopped("mmap");
	if (system("/usr/bin/true") != 0)
		stopped("program");
	worked(NULL);
}

/* FILE OTHER...: it has opened FILE, and maps it when another process has mapped all
 * others */
static void map_late(char **files)
{
	int fd = opened(*files, O_RDONLY | O_CLOEXEC), status;

	if (fork() == 0) {
		while (*++files)
			if (!maps(*files))
				_exit(1);
		_exit(0);
	}
	if (wait(&status) < 0 || status != 0)
		stopped("others");
	if (!maps_open(fd))
		stopped("mmap");
	worked(NULL);
}

static void *open_one(void *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return NULL;
}

static _Noreturn void open_by_many(int count, void *path)
{
	pthread_t thread;

	for (int i = 0; i < count; i++)
		if (pthread_create(&thread, NULL, open_one, path))
			unable("thread");
	for (;;)
		pause();
}

/* COUNT FILE: so many threads open it, which may take for ever */
static void hold(char **words)
{
	open_by_many(atoi(words[0]), words[1]);
}

static void *map_always(void *file)
{
	int fd = *(const int *)file;

	while (access("flood", F_OK) != 0)
		usleep(10000);
	for (;;) {
		void *place = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

		if (place != MAP_FAILED)
			munmap(place, PAGE);
	}
	return NULL;
}

/* COUNT FILE OTHER: the same, but its name is to be read from memory of FILE; a hundred
 * more threads map OTHER all the time, once there is a file "flood" */
static void hold_memory(char **words)
{
	int fd = opened(words[1], O_RDONLY), other = opened(words[2], O_RDONLY);
	void *place = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	pthread_t thread;

	if (place == MAP_FAILED)
		unable("mmap");
	for (int i = 0; i < 100; i++)
		if (pthread_create(&thread, NULL, map_always, &other))
			unable("thread");
	open_by_many(atoi(words[0]), place);
}

/* FILE: it stops as a terminal would stop it; FILE is made once another process, which
 * runs on, could start a program. */
static void stop(char **words)
{
	int fd;

	/* else the kernel lets nobody be stopped so whose starter is in no session */
	if (setpgid(0, 0))
		unable("group");
	if (fork() == 0) {
		sleep(1);
		if (system("/usr/bin/true") == 0) {
			fd = open(words[0], O_CREAT | O_WRONLY, 0600);
			close(fd);
		}
		kill(getppid(), SIGCONT);
		_exit(0);
	}
	raise(SIGTSTP);
	wait(NULL);
	worked(NULL);
}

/* COUNT DONE FILE: so many processes that want to map FILE are killed while they wait;
 * then DONE is made, and another one waits. */
static void abandon(char **words)
{
	const struct timespec pause = {.tv_nsec = 100000000};
	pid_t children[64];
	int left = atoi(words[0]);

	while (left > 0) {
		int batch = left < 64 ? left : 64;

		for (int i = 0; i < batch; i++) {
			children[i] = fork();
			if (children[i] < 0)
				unable("fork");
			if (children[i] == 0)
				_exit(maps(words[2]) ? 0 : 1);
		}
		/* for the calls to be taken: who is killed before is never known */
		nanosleep(&pause, NULL);
		for (int i = 0; i < batch; i++) {
			kill(children[i], SIGKILL);
			waitpid(children[i], NULL, 0);
		}
		left -= batch;
	}
	close(open(words[1], O_CREAT | O_WRONLY, 0600));
	if (!maps(words[2]))
		stopped("mmap");
	worked(NULL);
}

int main(int count, char **arguments)
{
	static const struct mode modes[] = {{"together", map_together},
					    {"each", map_each},
					    {"late", map_late},
					    {"hold", hold},
					    {"hold-memory", hold_memory},
					    {"stop", stop},
					    {"abandon", abandon},
					    {"many", map_by_many},
					    {NULL, NULL}};

	return count < 3 ? 64 : run_mode(modes, arguments);
}
