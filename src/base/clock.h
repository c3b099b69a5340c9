/* clock.h - what time it is.  SANDGATE_TEST_TIME (milliseconds since 1970) freezes the wall clock for
 * screen tests; the steady clock always runs. */
#ifndef SANDGATE_BASE_CLOCK_H
#define SANDGATE_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_wall(void);   /* milliseconds since 1970, UTC */
int64_t clock_steady(void); /* milliseconds, never backwards; only differences mean anything */
int64_t clock_steady_micro(void);

enum { CLOCK_TEXT = 32 };
/* "2026-11-20T14:03:05.123Z" */
void clock_format(int64_t wall, char text[CLOCK_TEXT]);
/* "0.4s", "12s", "3m05s", "2h04m" */
void clock_format_span(int64_t milliseconds, char text[CLOCK_TEXT]);

#endif
