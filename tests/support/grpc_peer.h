/* grpc_peer.h - starts grpc_peer.cjs, the gRPC server of the tests, and has this process trust its certificate. */
#ifndef SANDGATE_TESTS_GRPC_PEER_H
#define SANDGATE_TESTS_GRPC_PEER_H

#include <sys/types.h>

struct grpc_peer {
    pid_t process;
    int input;               /* it ends with this pipe */
    char *folder;            /* its certificate */
    char tls[64], plain[64]; /* "https://127.0.0.1:PORT" ... */
    char raw[64], proxy[64];
};

/* AGE in milliseconds: it ends connections that are older; 0: it does not.  NULL: Node or the official library
 * are not here, and *WHY says so. */
struct grpc_peer *grpc_peer_start(int age, const char **why);
void grpc_peer_stop(struct grpc_peer *peer); /* NULL is fine */

#endif
