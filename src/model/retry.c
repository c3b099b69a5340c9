/* retry.c - see retry.h. */
#include "model/retry.h"

#include "base/memory.h"
#include "model/refusal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    FIRST_PAUSE = 500, /* milliseconds */
    LONGEST_PAUSE = 16000,
    LONGEST_START_PAUSE = 5000,
    LONGEST_ASKED = 300000, /* a server that asks for more is not waited for */
};

static int64_t doubled(int times, int64_t longest)
{
    int64_t pause = FIRST_PAUSE;
    while (times-- > 0 && pause < longest)
        pause *= 2;
    return pause < longest ? pause : longest;
}

static bool is_starting(const struct refusal *refusal, bool worked)
{
    bool refused = !refusal->status && refusal->failure == HTTP_FAILED_CONNECT;
    return refusal->status == 503 || (refused && worked);
}

/* Failures of the moment: the same request may go through a little later. */
static bool may_pass(const struct refusal *refusal)
{
    switch (refusal->status) {
    case 0:
        return refusal->failure == HTTP_FAILED_RESOLVE || refusal->failure == HTTP_FAILED_CONNECT ||
               refusal->failure == HTTP_FAILED_BROKEN;
    case 408:
    case 409:
    case 429:
        return true;
    default:
        return refusal->status >= 500;
    }
}

static int64_t longer(int64_t pause, int64_t asked)
{
    return pause > asked ? pause : asked;
}

static int64_t wait_for_start(struct retry *retry, const struct retry_policy *policy,
                              const struct refusal *refusal, int64_t now)
{
    if (!retry->waits)
        retry->first_wait = now;
    int64_t left = retry->first_wait + policy->start_timeout - now;
    int64_t pause = longer(doubled(retry->waits, LONGEST_START_PAUSE), refusal->retry_after);
    if (left <= 0 || pause > LONGEST_ASKED)
        return -1;
    retry->waits++;
    return pause < left ? pause : left;
}

int64_t retry_wait(struct retry *retry, const struct retry_policy *policy, const struct refusal *refusal,
                   bool worked, int64_t now)
{
    if (!may_pass(refusal) || refusal_kind(refusal) != MODEL_FAILED_SERVER)
        return -1;
    if (policy->start_timeout > 0 && is_starting(refusal, worked))
        return wait_for_start(retry, policy, refusal, now);
    int64_t pause = refusal->retry_after >= 0 ? refusal->retry_after : doubled(retry->tries, LONGEST_PAUSE);
    if (pause > LONGEST_ASKED || retry->tries >= policy->max_retries)
        return -1;
    retry->tries++;
    return pause;
}

/* --- words --- */

static const char *name_of(const struct refusal *refusal)
{
    switch (refusal->status) {
    case 0:
        return refusal->failure == HTTP_FAILED_RESOLVE   ? "the server's name was not found"
               : refusal->failure == HTTP_FAILED_CONNECT ? "the server does not take connections"
                                                         : "the connection broke";
    case 429:
        return "the server is busy";
    case 503:
        return "the server is starting or overloaded";
    default:
        return "the server failed";
    }
}

char *retry_sentence(const struct retry *retry, const struct retry_policy *policy,
                     const struct refusal *refusal, int64_t wait)
{
    char status[16] = "", count[48] = "";
    if (refusal->status)
        snprintf(status, sizeof status, " (%d)", refusal->status);
    if (retry->tries)
        snprintf(count, sizeof count, " (%d of %d)", retry->tries, policy->max_retries);
    return xasprintf("%s%s, trying again in %" PRId64 ".%" PRId64 " s%s", name_of(refusal), status,
                     wait / 1000, wait % 1000 / 100, count);
}

/* --- Retry-After --- */

static int64_t parse_date(const char *value)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct tm time = { 0 };
    char month[4];
    if (sscanf(value, "%*3s, %d %3s %d %d:%d:%d GMT", &time.tm_mday, month, &time.tm_year, &time.tm_hour,
               &time.tm_min, &time.tm_sec) != 6)
        return -1;
    const char *found = strstr(months, month);
    if (!found || (found - months) % 3 || strlen(month) != 3 || time.tm_year < 1970 || time.tm_year > 9999)
        return -1;
    time.tm_mon = (int)(found - months) / 3;
    time.tm_year -= 1900;
    return (int64_t)timegm(&time) * 1000;
}

int64_t retry_after(const char *value, int64_t wall)
{
    if (!value)
        return -1;
    char *end;
    double seconds = strtod(value, &end);
    if (end != value)
        return *end == '\0' && seconds >= 0 && seconds < 1e9 ? (int64_t)(seconds * 1000) : -1;
    int64_t date = parse_date(value);
    if (date < 0)
        return -1;
    return date > wall ? date - wall : 0;
}
