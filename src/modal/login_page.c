/* login_page.c - see login_page.h.  Anybody on this machine can connect: few visitors at a time, a short head,
 * little time, one answer, and goodbye. */
#include "modal/login_page.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/memory.h"
#include "loop/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { VISITORS = 16, HEAD_BYTES = 16 * 1024, VISIT_TIME = 10000 };

struct visitor {
    struct login_page *page; /* NULL: the place is free */
    int fd;
    struct loop_watch *watch;
    struct loop_timer *timer;
    struct buffer head;   /* what was asked, as far as it came */
    struct buffer answer; /* what is not sent yet; empty: still reading, or */
    bool waits;           /* for the text to be told */
};

struct login_page {
    struct loop *loop;
    int fd;
    struct loop_watch *watch;
    uint16_t port;
    char *text; /* NULL: not known yet */
    struct visitor visitors[VISITORS];
};

static void leave(struct visitor *visitor)
{
    loop_watch_remove(visitor->watch);
    loop_timer_cancel(visitor->timer);
    close(visitor->fd);
    buffer_release(&visitor->head);
    buffer_release(&visitor->answer);
    visitor->page = NULL;
}

static void too_slow(void *data)
{
    struct visitor *visitor = data;

    visitor->timer = NULL;
    leave(visitor);
}

/* --- the answer --- */

static void prepare(struct visitor *visitor, const char *status, const char *text)
{
    buffer_append_format(
        &visitor->answer,
        "HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n"
        "Access-Control-Allow-Origin: *\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n%s",
        status, strlen(text), text);
}

/* The first line alone matters: "GET / HTTP/1.1", perhaps with a query. */
static void choose_answer(struct visitor *visitor)
{
    const char *head = visitor->head.data, *id = visitor->page->text;
    bool asks_id = strncmp(head, "GET /", 5) == 0 && (head[5] == ' ' || head[5] == '?');

    if (strncmp(head, "GET ", 4) != 0)
        prepare(visitor, "405 Method Not Allowed", "");
    else if (!asks_id)
        prepare(visitor, "404 Not Found", "");
    else if (id)
        prepare(visitor, "200 OK", id);
    visitor->waits = !visitor->answer.length;
    loop_watch_set(visitor->watch, visitor->waits ? 0 : LOOP_WRITE);
}

static void send_some(struct visitor *visitor)
{
    ssize_t count = send(visitor->fd, visitor->answer.data, visitor->answer.length, MSG_NOSIGNAL);

    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count > 0)
        buffer_remove(&visitor->answer, 0, (size_t)count);
    if (count < 0 || !visitor->answer.length)
        leave(visitor);
}

static void read_some(struct visitor *visitor)
{
    char piece[4096];
    ssize_t count = recv(visitor->fd, piece, sizeof piece, 0);

    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count <= 0 || !buffer_append(&visitor->head, piece, (size_t)count))
        leave(visitor);
    else if (memmem(visitor->head.data, visitor->head.length, "\r\n\r\n", 4))
        choose_answer(visitor);
}

static void serve(void *data, int events)
{
    struct visitor *visitor = data;

    (void)events;
    if (visitor->answer.length)
        send_some(visitor);
    else
        read_some(visitor);
}

/* --- the door --- */

static void welcome(struct login_page *page, int fd)
{
    for (size_t i = 0; i < VISITORS; i++) {
        struct visitor *visitor = &page->visitors[i];
        if (visitor->page)
            continue;
        *visitor = (struct visitor){ .page = page, .fd = fd, .answer = BUFFER_INIT };
        buffer_init(&visitor->head, HEAD_BYTES);
        visitor->watch = loop_watch_add(page->loop, fd, LOOP_READ, serve, visitor);
        visitor->timer = loop_timer_add(page->loop, VISIT_TIME, too_slow, visitor);
        return;
    }
    close(fd);
}

static void knock(void *data, int events)
{
    struct login_page *page = data;
    int fd = accept4(page->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    (void)events;
    if (fd >= 0)
        welcome(page, fd);
}

static int open_door(uint16_t *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, length) == 0 && listen(fd, VISITORS) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &length) == 0) {
        *port = ntohs(address.sin_port);
        return fd;
    }
    int number = errno;
    if (fd >= 0)
        close(fd);
    errno = number;
    return -1;
}

struct login_page *login_page_new(struct loop *loop, struct error *error)
{
    uint16_t port;
    int fd = open_door(&port);

    if (fd < 0) {
        error_set_errno(error, errno, "The page for the browser cannot be served on this machine");
        return NULL;
    }
    struct login_page *page = xcalloc(1, sizeof *page);
    page->loop = loop;
    page->fd = fd;
    page->port = port;
    page->watch = loop_watch_add(loop, fd, LOOP_READ, knock, page);
    return page;
}

void login_page_free(struct login_page *page)
{
    if (!page)
        return;
    for (size_t i = 0; i < VISITORS; i++)
        if (page->visitors[i].page)
            leave(&page->visitors[i]);
    loop_watch_remove(page->watch);
    close(page->fd);
    free(page->text);
    free(page);
}

uint16_t login_page_port(const struct login_page *page)
{
    return page->port;
}

void login_page_tell(struct login_page *page, const char *text)
{
    free(page->text);
    page->text = xstrdup(text);
    for (size_t i = 0; i < VISITORS; i++)
        if (page->visitors[i].page && page->visitors[i].waits)
            choose_answer(&page->visitors[i]);
}
