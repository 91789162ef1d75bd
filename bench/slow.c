// Preloaded into a server: a disk that takes SLOWER_US microseconds longer for each fdatasync.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int fdatasync(int file)
{
    int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    const char *said = getenv("SLOWER_US");
    long micros = said ? atol(said) : 0;
    struct timespec rest = {micros / 1000000, micros % 1000000 * 1000};
    int done = next(file);
    nanosleep(&rest, NULL);
    return done;
}
