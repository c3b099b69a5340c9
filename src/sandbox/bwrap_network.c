#include "base/error.h"
#include "sandbox/bwrap.h"
bool bwrap_network_possible(void)
{
    return false;
}
struct bwrap_network *bwrap_network_open(struct bwrap *bwrap, pid_t pid, struct error *error)
{
    (void)bwrap;
    (void)pid;
    error_set(error, "no network");
    return NULL;
}
void bwrap_network_close(struct bwrap_network *network)
{
    (void)network;
}
