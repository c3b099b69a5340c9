/* little_server.h - a server on 127.0.0.1 for the tests of what speaks HTTP: a thread that plays a scene on
 * each connection, one after the other.  It can play what real servers seldom do: break off, stay silent. */
#ifndef SANDGATE_TESTS_LITTLE_SERVER_H
#define SANDGATE_TESTS_LITTLE_SERVER_H

#include <stdbool.h>
#include <stddef.h>

struct buffer;
struct little_server;

/* PLAY runs on the server's thread, once a connection; the connection is closed when it returns. */
struct little_server *little_server_start(void (*play)(struct little_server *server, int connection));
/* Ends what is being played and frees. */
void little_server_stop(struct little_server *server);

int little_server_port(const struct little_server *server);
int little_server_connections(const struct little_server *server); /* accepted so far */

/* For PLAY: reads one request with its body; false at the end of the connection. */
bool little_server_read(int connection, struct buffer *request);
void little_server_send(int connection, const char *text);
bool little_server_send_bytes(int connection, const char *bytes, size_t length); /* false: peer is gone */
/* PLAY waits here until the test says go (each go is for one wait). */
void little_server_wait(struct little_server *server);
void little_server_go(struct little_server *server);
/* PLAY waits here until the peer closes. */
void little_server_wait_for_close(int connection);

#endif
