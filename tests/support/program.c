/* program.c - fork, exec, poll. */
#include "tests/support/program.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void run(const char *const *arguments, int input, int output, int error)
{
    const char *build = getenv("SANDGATE_BUILD") ? getenv("SANDGATE_BUILD") : SANDGATE_BUILD_FOLDER;
    char *path = path_join(build, "sandgate");
    const char *argv[64] = { path };

    for (size_t i = 0; arguments[i] && i + 2 < ARRAY_SIZE(argv); i++)
        argv[i + 1] = arguments[i];
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(error, STDERR_FILENO);
    execv(path, (char *const *)argv);
    _exit(127);
}

/* A file that is gone already: a pipe would have to be written to while it is read. */
static int file_of(const char *input, size_t length)
{
    char name[] = "/tmp/sandgate-input-XXXXXX";
    int file = mkostemp(name, O_CLOEXEC);

    if (file < 0 || write(file, input, length) != (ssize_t)length || lseek(file, 0, SEEK_SET) != 0)
        bug("no file for the input");
    unlink(name);
    return file;
}

void program_start(struct program *program, const char *const *arguments, const char *input,
                   size_t input_length)
{
    int out[2], error[2];
    int in = input ? file_of(input, input_length) : open("/dev/null", O_RDONLY | O_CLOEXEC);

    *program = (struct program){ .code = -1 };
    buffer_init(&program->out_text, 0);
    buffer_init(&program->error_text, 0);
    if (in < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(error, O_CLOEXEC) < 0)
        bug("no pipe");
    program->process = fork();
    if (program->process == 0)
        run(arguments, in, out[1], error[1]);
    close(in);
    close(out[1]);
    close(error[1]);
    program->out = out[0];
    program->error = error[0];
}

static void take_lines(struct program *program)
{
    const char *newline;

    while ((newline = memchr(program->out_text.data + program->line_start, '\n',
                             program->out_text.length - program->line_start))) {
        const char *start = program->out_text.data + program->line_start;
        program->lines = array_reserve(program->lines, &program->line_capacity, program->line_count + 1,
                                       sizeof *program->lines);
        program->lines[program->line_count++] =
            (struct program_line){ xstrndup(start, (size_t)(newline - start)), clock_steady() };
        program->line_start = (size_t)(newline + 1 - program->out_text.data);
    }
}

static void read_end(int *end, struct buffer *text)
{
    char bytes[65536];
    ssize_t length = read(*end, bytes, sizeof bytes);

    if (length > 0) {
        buffer_append(text, bytes, (size_t)length);
    } else if (length == 0 || errno != EINTR) {
        close(*end);
        *end = -1;
    }
}

/* False when both are at their end. */
static bool read_some(struct program *program)
{
    struct pollfd ends[] = { { program->out, POLLIN, 0 }, { program->error, POLLIN, 0 } };

    if (program->out < 0 && program->error < 0)
        return false;
    if (poll(ends, 2, -1) < 0)
        return errno == EINTR;
    if (program->out >= 0 && ends[0].revents)
        read_end(&program->out, &program->out_text);
    if (program->error >= 0 && ends[1].revents)
        read_end(&program->error, &program->error_text);
    take_lines(program);
    return true;
}

bool program_wait_lines(struct program *program, size_t count)
{
    while (program->line_count < count && program->out >= 0)
        read_some(program);
    return program->line_count >= count;
}

void program_finish(struct program *program)
{
    int status = 0;

    while (read_some(program))
        ;
    waitpid(program->process, &status, 0);
    program->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    program->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    program->process = 0;
}

void program_release(struct program *program)
{
    if (program->process > 0) {
        kill(program->process, SIGKILL);
        program_finish(program);
    }
    for (size_t i = 0; i < program->line_count; i++)
        free(program->lines[i].text);
    free(program->lines);
    buffer_release(&program->out_text);
    buffer_release(&program->error_text);
}
