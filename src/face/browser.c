/* browser.c - see browser.h.  xdg-open of the system alone, by its full path, with what a desktop needs of the
 * environment and nothing else: what variables such as BROWSER name is not run. */
#include "face/browser.h"

#include "base/memory.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char program[] = "/usr/bin/xdg-open";

static const char *const kept[] = { "DISPLAY",
                                    "WAYLAND_DISPLAY",
                                    "XAUTHORITY",
                                    "XDG_RUNTIME_DIR",
                                    "DBUS_SESSION_BUS_ADDRESS",
                                    "XDG_CURRENT_DESKTOP",
                                    "XDG_SESSION_TYPE",
                                    "HOME",
                                    "LANG" };

static bool is_kept(const char *variable)
{
    for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
        size_t length = strlen(kept[i]);
        if (strncmp(variable, kept[i], length) == 0 && variable[length] == '=')
            return true;
    }
    return false;
}

static bool has_desktop(void)
{
    const char *display = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");

    return ((display && *display) || (wayland && *wayland)) && access(program, X_OK) == 0;
}

/* In a session of its own: the browser may live longer than we do. */
static bool spawn(char *const *argv, char *const *environment)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    pid_t pid;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    for (int fd = 0; fd < 3; fd++)
        posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", fd ? O_WRONLY : O_RDONLY, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    bool started = posix_spawn(&pid, program, &actions, &attributes, argv, environment) == 0;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return started;
}

bool browser_open(const char *url)
{
    const char *argv[] = { program, url, NULL };
    static const char path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
    const char *environment[ARRAY_SIZE(kept) + 2] = { path };
    size_t count = 1;

    if (!has_desktop())
        return false;
    for (char **variable = environ; *variable && count < ARRAY_SIZE(environment) - 1; variable++)
        if (is_kept(*variable))
            environment[count++] = *variable;
    return spawn((char *const *)argv, (char *const *)environment);
}
