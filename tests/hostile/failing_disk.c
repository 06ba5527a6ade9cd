/* A disk that fails: reads, writes and syncs of files whose path contains FAILING end with EIO while the file
   FAILING_WHILE is there. Preloaded before the C library. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int fails(int fd) {
    char link[64], path[4096];
    const char *part = getenv("FAILING"), *during = getenv("FAILING_WHILE");
    if (!part || !during || access(during, F_OK)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, part) != NULL;
}

#define FAILING(type, name, parameters, ...)                                        \
    type name parameters {                                                          \
        type (*real) parameters = (type (*) parameters) dlsym(RTLD_NEXT, #name);    \
        if (fails(fd)) { errno = EIO; return -1; }                                  \
        return real(__VA_ARGS__);                                                   \
    }

FAILING(ssize_t, write, (int fd, const void *data, size_t count), fd, data, count)
FAILING(ssize_t, pwrite, (int fd, const void *data, size_t count, off_t at), fd, data, count, at)
FAILING(ssize_t, pwrite64, (int fd, const void *data, size_t count, off64_t at), fd, data, count, at)
FAILING(int, fsync, (int fd), fd)
FAILING(int, fdatasync, (int fd), fd)
FAILING(ssize_t, pread, (int fd, void *data, size_t count, off_t at), fd, data, count, at)
FAILING(ssize_t, pread64, (int fd, void *data, size_t count, off64_t at), fd, data, count, at)
