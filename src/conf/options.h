/* options.h - looking things up in the option table (the table itself is conf_options of conf.h). */
#ifndef SANDGATE_CONF_OPTIONS_H
#define SANDGATE_CONF_OPTIONS_H

#include "conf/conf.h"

/* The place of OPTION in the table, 0 first. */
size_t option_index(const struct option *option);
/* The option with this "--flag"; NULL: none. */
const struct option *option_with_flag(const char *flag);
/* True when options lie below PATH ("model"). */
bool option_is_section(const char *path);
/* The path of an option or a section that a person may have meant; NULL: nothing is near. */
const char *option_nearest(const char *path, char *section, size_t section_size);
/* The word of a list "a b c" that TEXT may have meant, copied to WORD. */
bool option_nearest_choice(const char *choices, const char *text, char *word, size_t word_size);
/* The place of TEXT among CHOICES, -1: it is none of them. */
int option_choice(const char *choices, const char *text);
const char *option_type_name(enum option_type type);
const char *option_project_name(enum option_project project);

#endif
