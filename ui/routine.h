/* routine.h - a function on a stack of its own, run in turns with its caller.
 *
 * For foreign code that wants to block while it reads, inside a program that must not: its read function
 * yields, and whoever has something to read resumes it.  Nothing ever runs at the same time as the caller.
 *
 * Made with ucontext: a switch costs well under a microsecond.  AddressSanitizer does not like strange
 * stacks, so builds with sanitizers use a thread in strict hand-over instead; who is on this side of the
 * header cannot tell. */
#ifndef SANDGATE_UI_ROUTINE_H
#define SANDGATE_UI_ROUTINE_H

struct routine;

/* Makes it, does not run it yet. NULL when no stack could be had (errno says why). */
struct routine *routine_new(void (*body)(void *context), void *context);
/* Runs the body until it yields or returns. Not after it returned, not from the body. */
void routine_resume(struct routine *routine);
/* From the body only: back to routine_resume's caller, until the next resume. */
void routine_yield(struct routine *routine);
/* The body must have returned. NULL is fine. */
void routine_free(struct routine *routine);

#endif
