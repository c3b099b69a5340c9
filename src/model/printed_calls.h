/* printed_calls.h - tool calls that a model printed as text because its server did not recognise them.
 *
 *     <tool_call>{"name": "run_command", "arguments": {"command": "ls"}}</tool_call>
 *     [TOOL_CALLS][{"name": "run_command", "arguments": {"command": "ls"}}]
 *     [TOOL_CALLS]run_command[ARGS]{"command": "ls"}
 *
 * Taken for calls only at the start of a line, outside a code fence, when they can be read and every name is
 * one of the request's tools; else the text is told as it is.  Text that may still become a mark is held back,
 * nothing else is. */
#ifndef SANDGATE_MODEL_PRINTED_CALLS_H
#define SANDGATE_MODEL_PRINTED_CALLS_H

#include <stddef.h>

struct call_pieces;
struct model_tool;
struct printed_calls;
struct teller;

/* All is borrowed for its life. */
struct printed_calls *printed_calls_new(struct teller *teller, struct call_pieces *pieces,
                                        const struct model_tool *tools, size_t tool_count);
void printed_calls_free(struct printed_calls *printed);
/* Text of the answer, in any pieces. */
void printed_calls_text(struct printed_calls *printed, const char *bytes, size_t length);
/* The answer is over: what was held back is a call or text. */
void printed_calls_end(struct printed_calls *printed);
/* The answer broke off: what was held back is text. */
void printed_calls_break(struct printed_calls *printed);

#endif
