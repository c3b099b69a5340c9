/* clock.c - what time it is, and how a time is written. */
#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int64_t clock_wall(void)
{
    const char *frozen = getenv("SANDGATE_TEST_TIME");
    if (frozen && *frozen)
        return strtoll(frozen, NULL, 10);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_steady_micro(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_steady(void)
{
    return clock_steady_micro() / 1000;
}

void clock_format(int64_t wall, char text[CLOCK_TEXT])
{
    int64_t rest = wall % 1000;
    if (rest < 0)
        rest += 1000;
    time_t seconds = (time_t)((wall - rest) / 1000);
    struct tm parts;
    char head[CLOCK_TEXT];
    if (!gmtime_r(&seconds, &parts) || !strftime(head, sizeof head, "%Y-%m-%dT%H:%M:%S", &parts))
        snprintf(head, sizeof head, "0000-00-00T00:00:00");
    snprintf(text, CLOCK_TEXT, "%.26s.%03dZ", head, (int)rest);
}

void clock_format_span(int64_t milliseconds, char text[CLOCK_TEXT])
{
    if (milliseconds < 0)
        milliseconds = 0;
    int64_t seconds = milliseconds / 1000;
    if (seconds < 10)
        snprintf(text, CLOCK_TEXT, "%" PRId64 ".%" PRId64 "s", seconds, milliseconds % 1000 / 100);
    else if (seconds < 60)
        snprintf(text, CLOCK_TEXT, "%" PRId64 "s", seconds);
    else if (seconds < 3600)
        snprintf(text, CLOCK_TEXT, "%" PRId64 "m%02" PRId64 "s", seconds / 60, seconds % 60);
    else
        snprintf(text, CLOCK_TEXT, "%" PRId64 "h%02" PRId64 "m", seconds / 3600, seconds / 60 % 60);
}
