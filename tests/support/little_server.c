/* little_server.c - plain blocking sockets on a thread of their own. */
#include "tests/support/little_server.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct little_server {
    void (*play)(struct little_server *server, int connection);
    pthread_t thread;
    int port;
    int listener;
    pthread_mutex_t mutex; /* of the two below */
    int connection;        /* -1: none */
    bool stopping;
    atomic_int connections;
    sem_t gate;
};

static bool begin_connection(struct little_server *server, int connection)
{
    pthread_mutex_lock(&server->mutex);
    bool stopping = server->stopping;
    server->connection = stopping ? -1 : connection;
    pthread_mutex_unlock(&server->mutex);
    return !stopping;
}

static void end_connection(struct little_server *server, int connection)
{
    pthread_mutex_lock(&server->mutex);
    server->connection = -1;
    close(connection);
    pthread_mutex_unlock(&server->mutex);
}

static void *serve(void *data)
{
    struct little_server *server = data;
    int connection;
    while ((connection = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        server->connections++;
        if (begin_connection(server, connection))
            server->play(server, connection);
        end_connection(server, connection);
    }
    return NULL;
}

struct little_server *little_server_start(void (*play)(struct little_server *server, int connection))
{
    struct little_server *server = xcalloc(1, sizeof(*server));
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof(address);
    server->play = play;
    server->connection = -1;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server->listener, (struct sockaddr *)&address, length) < 0 || listen(server->listener, 64) < 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &length) < 0)
        bug("the little server found no port");
    server->port = ntohs(address.sin_port);
    pthread_mutex_init(&server->mutex, NULL);
    sem_init(&server->gate, 0, 0);
    pthread_create(&server->thread, NULL, serve, server);
    return server;
}

void little_server_stop(struct little_server *server)
{
    pthread_mutex_lock(&server->mutex);
    server->stopping = true;
    shutdown(server->listener, SHUT_RDWR);
    if (server->connection >= 0)
        shutdown(server->connection, SHUT_RDWR);
    pthread_mutex_unlock(&server->mutex);
    for (int i = 0; i < 64; i++)
        little_server_go(server);
    pthread_join(server->thread, NULL);
    close(server->listener);
    pthread_mutex_destroy(&server->mutex);
    sem_destroy(&server->gate);
    free(server);
}

int little_server_port(const struct little_server *server)
{
    return server->port;
}

int little_server_connections(const struct little_server *server)
{
    return server->connections;
}

static size_t length_of_body(const char *request)
{
    const char *header = strcasestr(request, "\r\ncontent-length:");
    return header == NULL ? 0 : strtoul(header + strlen("\r\ncontent-length:"), NULL, 10);
}

bool little_server_read(int connection, struct buffer *request)
{
    char bytes[16384];
    const char *end;
    buffer_clear(request);
    do {
        ssize_t count = recv(connection, bytes, sizeof(bytes), 0);
        if (count <= 0)
            return false;
        buffer_append(request, bytes, (size_t)count);
        end = strstr(request->data, "\r\n\r\n");
    } while (end == NULL ||
             request->length < (size_t)(end + 4 - request->data) + length_of_body(request->data));
    return true;
}

bool little_server_send_bytes(int connection, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t count = send(connection, bytes, length, MSG_NOSIGNAL);
        if (count < 0)
            return false;
        bytes += count;
        length -= (size_t)count;
    }
    return true;
}

void little_server_send(int connection, const char *text)
{
    little_server_send_bytes(connection, text, strlen(text));
}

void little_server_wait(struct little_server *server)
{
    while (sem_wait(&server->gate) < 0)
        ;
}

void little_server_go(struct little_server *server)
{
    sem_post(&server->gate);
}

void little_server_wait_for_close(int connection)
{
    char bytes[4096];
    while (recv(connection, bytes, sizeof(bytes), 0) > 0)
        ;
}
