/* program.h - runs the sandgate that was built, as a process of its own, and reads what it prints line by line. */
#ifndef SANDGATE_TESTS_PROGRAM_H
#define SANDGATE_TESTS_PROGRAM_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct program_line {
    char *text;   /* without the newline */
    int64_t time; /* clock_steady when it was read */
};

struct program {
    pid_t process;
    int out, error; /* -1: at their end */
    struct buffer out_text, error_text;
    struct program_line *lines; /* of standard output */
    size_t line_count, line_capacity;
    size_t line_start;
    int code; /* exit code, or -1 with the signal */
    int signal;
};

/* ARGUMENTS end with NULL; INPUT (may be NULL) is its standard input.  HOME and the like are inherited. */
void program_start(struct program *program, const char *const *arguments, const char *input,
                   size_t input_length);
/* Reads until COUNT lines are there or the output is at its end; false: at its end before. */
bool program_wait_lines(struct program *program, size_t count);
/* Reads to the end of both and reaps it. */
void program_finish(struct program *program);
void program_release(struct program *program);

#endif
