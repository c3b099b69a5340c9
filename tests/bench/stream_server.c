/* stream_server.c - one thread that accepts and answers; by hand, the bench's own thread writes instead. */
#include "stream_server.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum answer { ANSWER_SAY, ANSWER_FLOOD, ANSWER_PACE, ANSWER_BY_HAND };

enum { CHUNK = 32 * 1024 };

struct stream_server {
    int listener, port;
    pthread_t thread;
    enum answer answer;
    const char *say;
    size_t bytes;
    int count, rate;
    _Atomic size_t sent;
    _Atomic int open; /* the connection that is served by hand, -1: none */
    sem_t ended;      /* by hand: the answer is complete */
};

#define EVENT_HEAD                                                                                 \
    "data: {\"id\":\"chatcmpl-5f0c\",\"object\":\"chat.completion.chunk\",\"created\":1700000000," \
    "\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{"
#define EVENT_TAIL "},\"logprobs\":null,\"finish_reason\":null}]}\n\n"
#define EVENT_END(reason) "},\"logprobs\":null,\"finish_reason\":\"" reason "\"}]}\n\ndata: [DONE]\n\n"

/* Sent again and again. */
static const char paragraphs[] =
    "## How the parts hang together\n\n"
    "A paragraph with **bold words** and `code`, long enough to be wrapped on any screen that people use for "
    "such work; it says nothing that anybody would miss, and it goes on for a while.\n\n"
    "- one item of a list\n"
    "- another item, a little longer than the first one\n\n"
    "```c\nint main(void)\n{\n    return 0;\n}\n```\n\n";

/* --- bytes --- */

static bool send_all(int connection, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(connection, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        length -= (size_t)sent;
    }
    return true;
}

/* One HTTP chunk in one write. */
static bool send_chunk(int connection, const char *bytes, size_t length)
{
    struct buffer chunk = BUFFER_INIT;
    buffer_append_format(&chunk, "%zx\r\n", length);
    buffer_append(&chunk, bytes, length);
    buffer_append_text(&chunk, "\r\n");
    bool sent = send_all(connection, chunk.data, chunk.length);
    buffer_release(&chunk);
    return sent;
}

/* Appends TEXT as the inside of a JSON string. */
static void append_escaped(struct buffer *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n')
            buffer_append_text(out, "\\n");
        else if (text[i] == '"' || text[i] == '\\')
            buffer_append_format(out, "\\%c", text[i]);
        else
            buffer_append_byte(out, text[i]);
    }
}

static void append_event(struct buffer *out, const char *text, size_t length)
{
    buffer_append_text(out, EVENT_HEAD "\"content\":\"");
    append_escaped(out, text, length);
    buffer_append_text(out, "\"" EVENT_TAIL);
}

static void send_end(int connection)
{
    static const char end[] = EVENT_HEAD EVENT_END("stop");
    send_chunk(connection, end, sizeof end - 1);
    send_all(connection, "0\r\n\r\n", 5);
}

/* --- answers --- */

static void flood(struct stream_server *server, int connection)
{
    struct buffer events = BUFFER_INIT;
    size_t at = 0, paragraph = sizeof paragraphs - 1;

    while (at < server->bytes) {
        buffer_clear(&events);
        while (events.length < CHUNK && at < server->bytes) {
            char piece[FLOOD_PIECE];
            for (size_t i = 0; i < FLOOD_PIECE; i++)
                piece[i] = paragraphs[at++ % paragraph];
            append_event(&events, piece, FLOOD_PIECE);
        }
        if (!send_chunk(connection, events.data, events.length))
            break;
    }
    server->sent = at;
    buffer_release(&events);
    send_end(connection);
}

static const char *word_end(const char *word)
{
    word += strspn(word, " \n");
    return word + strcspn(word, " \n");
}

static void pace(struct stream_server *server, int connection)
{
    struct timespec due;
    const char *word = paragraphs;
    size_t sent = 0;

    clock_gettime(CLOCK_MONOTONIC, &due);
    for (int i = 0; i < server->count; i++) {
        struct buffer event = BUFFER_INIT;
        size_t length = (size_t)(word_end(word) - word);
        append_event(&event, word, length);
        bool fine = send_chunk(connection, event.data, event.length);
        buffer_release(&event);
        if (!fine)
            break;
        sent += length;
        word = word[length] && word[length + strspn(word + length, " \n")] ? word + length : paragraphs;
        due.tv_nsec += 1000000000 / server->rate;
        due.tv_sec += due.tv_nsec / 1000000000;
        due.tv_nsec %= 1000000000;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
    }
    server->sent = sent;
    send_end(connection);
}

static void say(struct stream_server *server, int connection)
{
    struct buffer event = BUFFER_INIT;
    append_event(&event, server->say, strlen(server->say));
    send_chunk(connection, event.data, event.length);
    buffer_release(&event);
    send_end(connection);
}

static void by_hand(struct stream_server *server, int connection)
{
    server->open = connection;
    sem_wait(&server->ended);
}

static void answer(struct stream_server *server, int connection)
{
    static void (*const answers[])(struct stream_server *, int) = {
        [ANSWER_SAY] = say, [ANSWER_FLOOD] = flood, [ANSWER_PACE] = pace, [ANSWER_BY_HAND] = by_hand
    };
    static const char head[] =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

    if (send_all(connection, head, sizeof head - 1))
        answers[server->answer](server, connection);
}

/* --- questions --- */

/* Reads one request into TEXT; false at the end of the connection. */
static bool read_request(int connection, struct buffer *text)
{
    size_t wanted = SIZE_MAX;

    buffer_clear(text);
    while (text->length < wanted) {
        char piece[16 * 1024];
        ssize_t got = recv(connection, piece, sizeof piece, 0);
        if (got <= 0)
            return false;
        buffer_append(text, piece, (size_t)got);
        const char *end = strstr(text->data, "\r\n\r\n");
        const char *length = strcasestr(text->data, "\r\nContent-Length:");
        if (end)
            wanted = (size_t)(end + 4 - text->data) + (length ? strtoul(length + 17, NULL, 10) : 0);
    }
    return true;
}

static void serve(struct stream_server *server, int connection)
{
    static const char nothing[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}";
    struct buffer request = BUFFER_INIT;
    int yes = 1;

    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    while (read_request(connection, &request)) {
        if (strncmp(request.data, "POST", 4) == 0)
            answer(server, connection);
        else
            send_all(connection, nothing, sizeof nothing - 1);
    }
    buffer_release(&request);
    close(connection);
}

struct visit {
    struct stream_server *server;
    int connection;
};

static void *serve_visit(void *data)
{
    struct visit visit = *(struct visit *)data;
    free(data);
    serve(visit.server, visit.connection);
    return NULL;
}

/* A program may keep a connection open for later, hence a thread for each. */
static void *accept_all(void *data)
{
    struct stream_server *server = data;
    int connection;

    while ((connection = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        struct visit *visit = xcalloc(1, sizeof *visit);
        *visit = (struct visit){ server, connection };
        pthread_t thread;
        if (pthread_create(&thread, NULL, serve_visit, visit) != 0)
            bug("no thread");
        pthread_detach(thread);
    }
    return NULL;
}

struct stream_server *stream_server_start(void)
{
    struct stream_server *server = xcalloc(1, sizeof *server);
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t length = sizeof address;

    server->open = -1;
    server->say = "Fine.";
    sem_init(&server->ended, 0, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(server->listener, 16) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &length) != 0 ||
        pthread_create(&server->thread, NULL, accept_all, server) != 0)
        bug("no server");
    server->port = ntohs(address.sin_port);
    return server;
}

/* The programs it served have ended, and with them the threads of their connections. */
void stream_server_stop(struct stream_server *server)
{
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
    sem_destroy(&server->ended);
    free(server);
}

int stream_server_port(const struct stream_server *server)
{
    return server->port;
}

void stream_server_flood(struct stream_server *server, size_t bytes)
{
    server->answer = ANSWER_FLOOD;
    server->bytes = bytes;
}

void stream_server_pace(struct stream_server *server, int count, int rate)
{
    server->answer = ANSWER_PACE;
    server->count = count;
    server->rate = rate;
}

void stream_server_say(struct stream_server *server, const char *text)
{
    server->answer = ANSWER_SAY;
    server->say = text;
}

void stream_server_by_hand(struct stream_server *server)
{
    server->answer = ANSWER_BY_HAND;
}

size_t stream_server_sent(const struct stream_server *server)
{
    return server->sent;
}

/* --- by hand --- */

bool stream_server_is_open(const struct stream_server *server)
{
    return server->open >= 0;
}

int64_t stream_server_piece(struct stream_server *server, const char *text)
{
    struct buffer event = BUFFER_INIT;
    append_event(&event, text, strlen(text));
    int64_t now = clock_steady_micro();
    send_chunk(server->open, event.data, event.length);
    buffer_release(&event);
    return now;
}

void stream_server_call(struct stream_server *server, const char *command)
{
    struct buffer event = BUFFER_INIT, arguments = BUFFER_INIT;

    buffer_append_text(&event, EVENT_HEAD
                       "\"tool_calls\":[{\"index\":0,\"id\":\"call0\",\"type\":\"function\",\"function\":"
                       "{\"name\":\"run_command\",\"arguments\":\"\"}}]" EVENT_TAIL);
    buffer_append_text(&event, EVENT_HEAD "\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"");
    buffer_append_text(&arguments, "{\"command\":\"");
    append_escaped(&arguments, command, strlen(command));
    append_escaped(&event, arguments.data, arguments.length);
    buffer_append_text(&event, "\"}}]" EVENT_TAIL);
    send_chunk(server->open, event.data, event.length);
    buffer_release(&arguments);
    buffer_release(&event);
}

int64_t stream_server_end(struct stream_server *server, const char *last)
{
    struct buffer event = BUFFER_INIT;
    int connection = server->open;

    if (last)
        buffer_append_format(&event,
                             EVENT_HEAD "\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":"
                                        "\"%s\\\"}\"}}]" EVENT_TAIL EVENT_HEAD EVENT_END("tool_calls"),
                             last);
    else
        buffer_append_text(&event, EVENT_HEAD EVENT_END("stop"));
    server->open = -1;
    int64_t now = clock_steady_micro();
    send_chunk(connection, event.data, event.length);
    send_all(connection, "0\r\n\r\n", 5);
    sem_post(&server->ended);
    return now;
}
