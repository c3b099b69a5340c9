/* task_address.h - which addresses of a command router are dialled, and how. */
#ifndef SANDGATE_MODAL_TASK_ADDRESS_H
#define SANDGATE_MODAL_TASK_ADDRESS_H

struct modal_settings;

/* "scheme://host[:port]" to dial for the router's URL, caller frees; NULL when it must not be dialled.  Only
 * https, except on this machine: there http:// is taken, and https:// too is dialled in plaintext when the
 * control plane is (as the official SDK for JavaScript does, for whose test servers it is so). */
char *task_server(const struct modal_settings *settings, const char *url);
/* ADDRESS when it is an IPv4 address, else NULL. */
const char *task_worker_address(const char *address);

#endif
