/* stream_server.h - a model server inside the bench, so that each byte is sent at a known moment.
 *
 * It speaks to one program at a time, from a thread of its own.  What the next question is answered with is
 * set beforehand; the answers have the shape that real servers send: an event for each piece of text. */
#ifndef SANDGATE_BENCH_STREAM_SERVER_H
#define SANDGATE_BENCH_STREAM_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream_server;

enum { FLOOD_PIECE = 20 }; /* bytes of text in an event of a flood */

struct stream_server *stream_server_start(void);
void stream_server_stop(struct stream_server *server);
int stream_server_port(const struct stream_server *server);

/* The next answer: BYTES of Markdown as fast as they are taken. */
void stream_server_flood(struct stream_server *server, size_t bytes);
/* The next answer: COUNT words, RATE a second. */
void stream_server_pace(struct stream_server *server, int count, int rate);
/* The next answer: TEXT at once. */
void stream_server_say(struct stream_server *server, const char *text);
/* The next answer is sent by hand: the functions below, once stream_server_is_open. */
void stream_server_by_hand(struct stream_server *server);

/* How many bytes of text the last flood or pace has sent. */
size_t stream_server_sent(const struct stream_server *server);

bool stream_server_is_open(const struct stream_server *server);
/* An event with TEXT; CLOCK_MONOTONIC in microseconds just before it went. */
int64_t stream_server_piece(struct stream_server *server, const char *text);
/* Events with a call of run_command, all but its last bytes. */
void stream_server_call(struct stream_server *server, const char *command);
/* The call's last bytes (with LAST behind the command), or none when LAST is NULL, and the end of the answer.
 * The time as above. */
int64_t stream_server_end(struct stream_server *server, const char *last);

#endif
