/* modal_server.h - starts tests/standin/modal/server.mjs for a test and steers it by its control endpoint. */
#ifndef SANDGATE_TESTS_MODAL_SERVER_H
#define SANDGATE_TESTS_MODAL_SERVER_H

#include <stdbool.h>
#include <stdint.h>

struct modal_server;

/* Are node and the packages of tests/standin/modal there?  If not, skip: "npm ci --ignore-scripts" makes them. */
bool modal_server_available(void);
/* SETTINGS: NULL, or "name=value" words of settings.mjs, ended by NULL.  Ends the test when it cannot start. */
struct modal_server *modal_server_start(const char *const *settings);
void modal_server_stop(struct modal_server *server);

const char *modal_server_url(const struct modal_server *server);     /* http://127.0.0.1:PORT, plaintext */
const char *modal_server_tls_url(const struct modal_server *server); /* https://127.0.0.1:PORT */
/* Sets the environment so that this process talks to it, by TLS. */
void modal_server_use(const struct modal_server *server);
const char *modal_server_ca(const struct modal_server *server); /* the test authority's PEM file */
const char *modal_server_token_id(const struct modal_server *server);
const char *modal_server_token_secret(const struct modal_server *server);
/* Its folder; sandboxes/ID/root in it is a sandbox's root. */
const char *modal_server_folder(const struct modal_server *server);
/* One request to the control endpoint, METHOD "GET", "POST" or "DELETE"; BODY is JSON or NULL.  The answer's JSON
 * text, caller frees; ends the test when it is refused. */
char *modal_server_control(struct modal_server *server, const char *method, const char *path,
                           const char *body);
/* How often METHOD was called. */
int64_t modal_server_calls(struct modal_server *server, const char *method);

#endif
