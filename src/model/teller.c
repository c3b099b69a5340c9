/* teller.c - see teller.h.  Listeners may leave out what they do not care for. */
#include "model/teller.h"

bool teller_is_stopped(const struct teller *teller)
{
    return *teller->stopped;
}

void teller_text(struct teller *teller, const char *bytes, size_t length)
{
    if (*teller->stopped || !length)
        return;
    teller->told = true;
    if (teller->events.text)
        teller->events.text(teller->data, bytes, length);
}

void teller_reasoning(struct teller *teller, const char *bytes, size_t length)
{
    if (*teller->stopped || !length)
        return;
    teller->told = true;
    if (teller->events.reasoning)
        teller->events.reasoning(teller->data, bytes, length);
}

void teller_call_begin(struct teller *teller, const char *id, const char *tool)
{
    if (*teller->stopped)
        return;
    teller->told = true;
    if (teller->events.call_begin)
        teller->events.call_begin(teller->data, id, tool);
}

void teller_call_arguments(struct teller *teller, const char *bytes, size_t length)
{
    if (!*teller->stopped && length && teller->events.call_arguments)
        teller->events.call_arguments(teller->data, bytes, length);
}

void teller_call_end(struct teller *teller, const char *arguments, const char *refused)
{
    if (!*teller->stopped && teller->events.call_end)
        teller->events.call_end(teller->data, arguments, refused);
}

void teller_usage(struct teller *teller, const struct model_usage *usage)
{
    if (!*teller->stopped && teller->events.usage)
        teller->events.usage(teller->data, usage);
}

void teller_waiting(struct teller *teller, const char *sentence)
{
    if (!*teller->stopped && teller->events.waiting)
        teller->events.waiting(teller->data, sentence);
}
