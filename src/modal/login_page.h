/* login_page.h - the page on this machine that a login asks for: GET / answers the id of the flow, so that
 * Modal's page in the browser knows that both belong together. */
#ifndef SANDGATE_MODAL_LOGIN_PAGE_H
#define SANDGATE_MODAL_LOGIN_PAGE_H

#include <stdint.h>

struct error;
struct login_page;
struct loop;

/* Listens on 127.0.0.1 at a port that is free. */
struct login_page *login_page_new(struct loop *loop, struct error *error);
void login_page_free(struct login_page *page); /* NULL is fine */
uint16_t login_page_port(const struct login_page *page);
/* What GET / answers from now on; who asked before has waited for it. Copied. */
void login_page_tell(struct login_page *page, const char *text);

#endif
