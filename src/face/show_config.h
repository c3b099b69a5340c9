/* show_config.h - sandgate config: what every option is, where that came from, and what is wrong in the files. */
#ifndef SANDGATE_FACE_SHOW_CONFIG_H
#define SANDGATE_FACE_SHOW_CONFIG_H

/* ARGV[0] is "config".  Returns the exit code: 0 fine, 1 the output could not be written, 2 usage or
 * configuration. */
int face_config(int argc, char **argv);

#endif
