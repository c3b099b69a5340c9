/* doctor_finding.c - what a check has found: its state, words, remedy, and lines more. */
#include "face/doctor.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdlib.h>

static void set(struct finding *finding, enum finding_state state, const char *remedy, const char *format,
                va_list arguments)
{
    if (finding->state == FINDING_FAILED && state == FINDING_WARNING) {
        char *line = xvasprintf(format, arguments);
        finding_detail(finding, "%s", line);
        free(line);
        return;
    }
    char *words = xvasprintf(format, arguments);
    free(finding->words);
    free(finding->remedy);
    finding->state = state;
    finding->words = words;
    finding->remedy = xstrdup_or_null(remedy);
}

void finding_ok(struct finding *finding, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    set(finding, FINDING_OK, NULL, format, arguments);
    va_end(arguments);
}

void finding_skip(struct finding *finding, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    set(finding, FINDING_SKIPPED, NULL, format, arguments);
    va_end(arguments);
}

void finding_warn(struct finding *finding, const char *remedy, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    set(finding, FINDING_WARNING, remedy, format, arguments);
    va_end(arguments);
}

void finding_fail(struct finding *finding, const char *remedy, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    set(finding, FINDING_FAILED, remedy, format, arguments);
    va_end(arguments);
}

void finding_detail(struct finding *finding, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    buffer_append_format_list(&finding->details, format, arguments);
    va_end(arguments);
    buffer_append_byte(&finding->details, '\n');
}
