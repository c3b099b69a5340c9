/* browser.h - opens an address in the person's browser, if there is a desktop to do it. */
#ifndef SANDGATE_FACE_BROWSER_H
#define SANDGATE_FACE_BROWSER_H

#include <stdbool.h>

/* URL is an address of the web, checked.  False: there is no desktop, or it cannot be asked. */
bool browser_open(const char *url);

#endif
