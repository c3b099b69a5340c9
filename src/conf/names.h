/* names.h - names of HTTP headers and of variables of the sandbox. */
#ifndef SANDGATE_CONF_NAMES_H
#define SANDGATE_CONF_NAMES_H

#include <stdbool.h>

/* What is wrong with NAME, as the end of a sentence that begins with it; NULL: nothing.  VARIABLE: it is to be
 * a variable of the sandbox, else a header. */
const char *name_problem(const char *name, bool variable);

#endif
