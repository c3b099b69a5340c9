/* card_facts.h - what the approval card says besides the command: where it would run, who asks and since when, what it
 * would touch, what in it is not what it seems, and which files of the agent's it may load. */
#ifndef SANDGATE_UI_CARD_FACTS_H
#define SANDGATE_UI_CARD_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ask;
struct lines;
struct odd_list;
struct written_files;

/* Appends the characters that are odd, the worst first; PLACED: their offsets are of the script that is shown. */
void card_facts_odd(struct lines *lines, const struct odd_list *odd, bool placed);
/* Appends the files that the agent wrote and that the code of ASK may load. */
void card_facts_written(struct lines *lines, const struct ask *ask, const struct written_files *files);
/* Appends what ASK would write, reach, run and read as far as it is known. */
void card_facts_touched(struct lines *lines, const struct ask *ask);
/* Appends where it would run (SANDBOX: in words), who asks and since when, and LENGTH ("": it stands elsewhere).
 * NOW: clock_wall. */
void card_facts_place(struct lines *lines, const struct ask *ask, const char *sandbox, int64_t now,
                      const char *length);

enum { CARD_AGE = 32, CARD_LENGTH = 64 };
/* "just now", "for 2 min", "for 3 h 05 min", "for 2 days" */
void card_facts_age(int64_t milliseconds, char text[CARD_AGE]);
/* "64 bytes, 1 line" of the script or of the file's new content; "" when there is neither. */
void card_facts_length(const struct ask *ask, char text[CARD_LENGTH]);

#endif
