/* order.c - the message that starts a program, taken apart. */
#include "sandbox/jail/jail.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *next_string(char **at, const char *end)
{
    char *string = *at;
    if (string >= end)
        _exit(1);
    *at += strlen(string) + 1;
    return string;
}

static char **next_strings(char **at, const char *end, size_t count)
{
    char **strings = jail_allocate(NULL, (count + 1) * sizeof(*strings));
    for (size_t i = 0; i < count; i++)
        strings[i] = next_string(at, end);
    strings[count] = NULL;
    return strings;
}

struct order order_read(const struct message *message)
{
    struct order order = { 0 };
    uint32_t length = message->header.length;
    if (length < sizeof(order.head))
        _exit(1);
    memcpy(&order.head, message->payload, sizeof(order.head));
    if (order.head.arguments > length || order.head.variables > length)
        _exit(1);
    char *at = message->payload + sizeof(order.head), *end = message->payload + length;
    order.id = next_string(&at, end);
    order.folder = next_string(&at, end);
    order.arguments = next_strings(&at, end, order.head.arguments);
    order.variables = next_strings(&at, end, order.head.variables);
    return order;
}

void order_release(struct order *order)
{
    free(order->arguments);
    free(order->variables);
}
