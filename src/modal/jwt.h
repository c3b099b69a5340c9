/* jwt.h - when a token of Modal's expires.
 *
 * The signature is the server's business: only the payload's exp is read (protocol: auth token). */
#ifndef SANDGATE_MODAL_JWT_H
#define SANDGATE_MODAL_JWT_H

#include <stdint.h>

/* Seconds since 1970; 0 when JWT does not say or cannot be read. */
int64_t modal_jwt_expiry(const char *jwt);

#endif
