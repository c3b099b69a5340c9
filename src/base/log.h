/* log.h - the debug log: for the people who build sandgate, never for the session's truth.
 *
 * Off unless SANDGATE_DEBUG names a file.  Secrets that were told to log_secret are replaced by "***"
 * wherever they would be written. */
#ifndef SANDGATE_BASE_LOG_H
#define SANDGATE_BASE_LOG_H

#include <stdbool.h>

void log_open(void); /* reads SANDGATE_DEBUG */
void log_close(void);
bool log_enabled(void);
void log_line(const char *area, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* VALUE is never written to the log from now on. */
void log_secret(const char *value);

#endif
