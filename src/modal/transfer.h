/* transfer.h - blocks of data by plain HTTP, to and from the addresses that Modal hands out; repeated when
 * they break. */
#ifndef SANDGATE_MODAL_TRANSFER_H
#define SANDGATE_MODAL_TRANSFER_H

#include "modal/client.h"

struct buffer;

enum { TRANSFER_BLOCK = 8 << 20 }; /* bytes of a block of a volume */

/* ANSWER: what the server answered, borrowed; empty for a get. */
typedef void transfer_done(void *data, const struct modal_failure *failure, const struct buffer *answer);

/* Bytes come in order, each once, however often the connection breaks. WHAT goes into the sentence. */
struct modal_call *transfer_get(struct modal_client *client, const char *url, const char *what,
                                void (*bytes)(void *data, const char *bytes, size_t length),
                                transfer_done *done, void *data);
/* CONTENT is copied. */
struct modal_call *transfer_put(struct modal_client *client, const char *url, const char *what,
                                const void *content, size_t length, transfer_done *done, void *data);

#endif
