/* loop_post.c - work handed to the loop by other threads: a queue under a mutex, and an eventfd that is
 * readable exactly while the queue holds something. */
#include "base/memory.h"
#include "loop/loop_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct loop_post {
    struct loop_post *next;
    void (*run)(void *data);
    void *data;
};

void loop_posts_init(struct loop *loop)
{
    pthread_mutex_init(&loop->post_mutex, NULL);
    loop->post_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
    if (loop->post_fd < 0 || epoll_ctl(loop->epoll, EPOLL_CTL_ADD, loop->post_fd, &event) < 0)
        bug("an event loop could not be made: %s", strerror(errno));
}

void loop_post(struct loop *loop, void (*run)(void *data), void *data)
{
    struct loop_post *post = xmalloc(sizeof(*post));
    *post = (struct loop_post){ .run = run, .data = data };
    pthread_mutex_lock(&loop->post_mutex);
    if (loop->first_post != NULL) {
        loop->last_post->next = post;
    } else {
        loop->first_post = post;
        eventfd_write(loop->post_fd, 1);
    }
    loop->last_post = post;
    pthread_mutex_unlock(&loop->post_mutex);
}

static struct loop_post *take_all(struct loop *loop)
{
    pthread_mutex_lock(&loop->post_mutex);
    struct loop_post *first = loop->first_post;
    if (first != NULL) {
        eventfd_t count;
        eventfd_read(loop->post_fd, &count);
    }
    loop->first_post = loop->last_post = NULL;
    pthread_mutex_unlock(&loop->post_mutex);
    return first;
}

void loop_posts_run(struct loop *loop)
{
    for (struct loop_post *post = take_all(loop), *next; post != NULL; post = next) {
        next = post->next;
        post->run(post->data);
        free(post);
    }
}

void loop_posts_release(struct loop *loop)
{
    for (struct loop_post *post = take_all(loop), *next; post != NULL; post = next) {
        next = post->next;
        free(post);
    }
    close(loop->post_fd);
    pthread_mutex_destroy(&loop->post_mutex);
}
