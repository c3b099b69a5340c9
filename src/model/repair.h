/* repair.h - JSON that a model or its server got slightly wrong, put right where that is safe.
 *
 * Safe means: no reader could mean anything else by it, and nothing is made up.  A text that breaks off inside
 * a string is never completed: half a command is another command. */
#ifndef SANDGATE_MODEL_REPAIR_H
#define SANDGATE_MODEL_REPAIR_H

#include <stdbool.h>
#include <stddef.h>

struct buffer;
struct error;

enum { ARGUMENTS_MAX = 8 * 1024 * 1024 }; /* bytes of one call's arguments */

/* The arguments of a tool call as the text of one JSON object (caller frees); text that is one already comes
 * back as it is, without the blanks around it.  Repaired are:
 *
 *     nothing at all, or null                          {}
 *     an object packed in a JSON string                unpacked, once
 *     a Markdown fence around it                       taken off
 *     line ends and tabs bare inside strings           escaped
 *     a comma before a closing bracket                 dropped
 *     the same object twice, stray closing brackets    the first kept
 *     missing closing brackets at the end              added, only when COMPLETE: the answer ended by itself
 *
 * NULL: it cannot be used; ERROR is a sentence for the model. */
char *repair_arguments(const char *text, size_t length, bool complete, struct error *error);

/* A server's JSON message as json_parse takes it: NUL and lone surrogates written as escapes, and bytes that
 * are no UTF-8, become U+FFFD.  Appends to OUT; false: OUT is full. */
bool repair_message(const char *text, size_t length, struct buffer *out);

#endif
