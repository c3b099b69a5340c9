/* model_server.h - starts tests/standin/model_server.py for a test and steers it. */
#ifndef SANDGATE_TESTS_MODEL_SERVER_H
#define SANDGATE_TESTS_MODEL_SERVER_H

struct model_server;

/* SCENARIO: its JSON text.  LISTEN_WHEN: NULL, or the name for model_server_go before which connections are
 * refused.  Ends the test when python3 cannot be started. */
struct model_server *model_server_start(const char *scenario, const char *listen_when);
void model_server_stop(struct model_server *server);

int model_server_port(const struct model_server *server);
const char *model_server_url(const struct model_server *server); /* "http://127.0.0.1:PORT/v1" */
/* Lets what waits for NAME go on. */
void model_server_go(struct model_server *server, const char *name);
/* What it was asked so far: JSON lines. Caller frees. */
char *model_server_requests(struct model_server *server);

#endif
