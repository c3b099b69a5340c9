/* sandbox_attacker.c - the program that test_sandbox_escape puts into a sandbox: it tries to get out, or to
 * reach what is not its own, and prints a line for each attempt that worked.  Run in a good sandbox it prints
 * only its last line, which says how much it tried.  What it tries would do no harm if it worked: a test that
 * fails must not cost anybody a machine.
 *
 * Arguments: the port of a listener on the host's loopback, the name of an abstract socket of the host's. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void attempt(int *tried, bool worked, const char *what, const char *detail)
{
    ++*tried;
    if (worked)
        printf("%s %s (%s)\n", what, detail, strerror(errno));
    errno = 0;
}

/* A system call that must be refused, and refused as one that is not allowed. */
static void refused(int *tried, long result, const char *what)
{
    bool good = result < 0 && (errno == EPERM || errno == EACCES || errno == ENOSYS);
    attempt(tried, !good, what, "is not refused");
}

/* --- mounts --- */

static void try_mounts(int *tried)
{
    refused(tried, mount("none", "/tmp", "tmpfs", 0, NULL), "mount");
    refused(tried, mount(NULL, "/usr", NULL, MS_REMOUNT | MS_BIND, NULL), "remount of /usr");
    refused(tried, mount(NULL, "/", NULL, MS_REMOUNT, NULL), "remount of /");
    refused(tried, mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND, NULL), "remount of /proc/sys");
    refused(tried, mount("/workspace", "/tmp", NULL, MS_BIND, NULL), "bind mount");
    refused(tried, umount2("/usr", MNT_DETACH), "umount");
    refused(tried, umount2("/proc/sys", 0), "umount of /proc/sys");
    refused(tried, chroot("/tmp"), "chroot");
    refused(tried, syscall(SYS_pivot_root, "/", "/tmp"), "pivot_root");
    refused(tried, syscall(SYS_open_tree, AT_FDCWD, "/usr", 1U), "open_tree");
    refused(tried, syscall(SYS_move_mount, AT_FDCWD, "/usr", AT_FDCWD, "/tmp", 0U), "move_mount");
    refused(tried, syscall(SYS_fsopen, "tmpfs", 0U), "fsopen");
    refused(tried, syscall(SYS_mount_setattr, AT_FDCWD, "/usr", 0U, NULL, 0UL), "mount_setattr");
}

static void try_devices(int *tried)
{
    static const char *const folders[] = { "/workspace", "/tmp", "/dev/shm", "/run", "/root" };
    static const mode_t kinds[] = { S_IFCHR, S_IFBLK };
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) * 2; i++) {
        char path[64];
        snprintf(path, sizeof(path), "%s/device", folders[i / 2]);
        refused(tried, mknod(path, kinds[i % 2] | 0666, 0x103), "mknod");
        refused(tried, mknodat(AT_FDCWD, path, kinds[i % 2] | 0666, 0x700), "mknodat");
    }
}

/* --- namespaces --- */

static int child_of_clone(void *data)
{
    (void)data;
    _exit(0);
}

static void try_namespaces(int *tried)
{
    static const int flags[] = { CLONE_NEWUSER, CLONE_NEWNS,  CLONE_NEWPID,    CLONE_NEWNET,
                                 CLONE_NEWIPC,  CLONE_NEWUTS, CLONE_NEWCGROUP, 0x80 };
    static const char *const names[] = { "user", "mnt", "pid", "net", "ipc", "uts", "cgroup" };
    static char stack[65536];
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        refused(tried, unshare(flags[i]), "unshare");
        if (flags[i] != 0x80)
            refused(tried, clone(child_of_clone, stack + sizeof(stack), flags[i] | SIGCHLD, NULL), "clone");
    }
    uint64_t arguments[11] = { CLONE_NEWUSER };
    refused(tried, syscall(SYS_clone3, arguments, sizeof(arguments)), "clone3");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[64];
        snprintf(path, sizeof(path), "/proc/1/ns/%s", names[i]);
        int fd = open(path, O_RDONLY);
        attempt(tried, fd >= 0, path, "opened");
        refused(tried, setns(fd >= 0 ? fd : 0, 0), "setns");
    }
}

/* --- the kernel --- */

static void try_kernel(int *tried)
{
    char some[4096] = { 0 };
    refused(tried, syscall(SYS_keyctl, 0, -3, 0), "keyctl");
    refused(tried, syscall(SYS_add_key, "user", "x", "x", 1UL, -3), "add_key");
    refused(tried, syscall(SYS_request_key, "user", "x", NULL, -3), "request_key");
    refused(tried, syscall(SYS_bpf, 5, some, 120U), "bpf");
    refused(tried, syscall(SYS_perf_event_open, some, 0, -1, -1, 0UL), "perf_event_open");
    refused(tried, syscall(SYS_userfaultfd, 0), "userfaultfd");
    refused(tried, syscall(SYS_io_uring_setup, 1U, some), "io_uring_setup");
    refused(tried, syscall(SYS_init_module, some, 10UL, ""), "init_module");
    refused(tried, syscall(SYS_finit_module, 0, "", 0), "finit_module");
    refused(tried, syscall(SYS_kexec_load, 0UL, 0UL, NULL, 0xffffUL), "kexec_load");
    refused(tried, syscall(SYS_open_by_handle_at, AT_FDCWD, some, O_RDONLY), "open_by_handle_at");
    refused(tried, syscall(SYS_syslog, 3, some, 100), "syslog");
    refused(tried, syscall(SYS_swapon, "/workspace", 0), "swapon");
    refused(tried, syscall(SYS_personality, 0x400000UL), "personality");
    refused(tried, ioctl(0, TIOCSTI, "x"), "TIOCSTI");
    refused(tried, ioctl(0, 0x541cUL, "\003"), "TIOCLINUX");
    refused(tried, ioctl(0, 0xf00000000UL | TIOCSTI, "x"), "TIOCSTI with a taller number");
    static const int families[] = { 40 /* vsock */, AF_PACKET, 38 /* alg */, AF_KEY, AF_BLUETOOTH,
                                    AF_CAN,         44 /* xdp */ };
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
        refused(tried, socket(families[i], SOCK_RAW, 0), "socket of a strange family");
    refused(tried, socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), "raw socket");
}

/* --- the first process, and the one that watches over us --- */

static void try_file(int *tried, pid_t pid, const char *name)
{
    char path[64];
    char bytes[64];
    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_RDONLY);
    ssize_t length = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));
    attempt(tried, length > 0 || (fd >= 0 && strchr(name, '/')), path, "read");
    if (fd >= 0)
        close(fd);
    ssize_t link = readlink(path, bytes, sizeof(bytes));
    attempt(tried, link > 0, path, "is a link that tells where to");
    fd = open(path, O_WRONLY);
    attempt(tried, fd >= 0 && write(fd, "x", 1) == 1, path, "written");
    if (fd >= 0)
        close(fd);
}

static void try_process(int *tried, pid_t pid)
{
    static const char *const names[] = { "environ", "mem",  "maps", "auxv",  "stack",  "syscall",
                                         "cwd",     "root", "exe",  "cwd/.", "root/.", "fd/0",
                                         "fd/1",    "fd/2", "fd/3", "fd/4",  "fd/5",   "fd/6" };
    char bytes[64];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        try_file(tried, pid, names[i]);
    refused(tried, ptrace(PTRACE_ATTACH, pid, NULL, NULL), "ptrace");
    refused(tried, ptrace(PTRACE_SEIZE, pid, NULL, NULL), "ptrace");
    struct iovec ours = { bytes, sizeof(bytes) }, theirs = { (void *)(uintptr_t)0x400000, sizeof(bytes) };
    refused(tried, process_vm_readv(pid, &ours, 1, &theirs, 1, 0), "process_vm_readv");
    int handle = (int)syscall(SYS_pidfd_open, pid, 0);
    for (int fd = 0; fd < 16 && handle >= 0; fd++)
        attempt(tried, syscall(SYS_pidfd_getfd, handle, fd, 0) >= 0, "pidfd_getfd", "worked");
}

static void try_first_process(int *tried)
{
    for (int number = 1; number < 32; number++)
        kill(1, number);
    attempt(tried, kill(1, 0) < 0, "kill", "ended the first process");
    try_process(tried, 1);
    try_process(tried, getppid());
}

/* --- what we were given --- */

static void look_at_descriptors(int *tried)
{
    for (int fd = 0; fd < 1024; fd++) {
        char path[32], target[256];
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        ssize_t length = readlink(path, target, sizeof(target) - 1);
        if (length < 0)
            continue;
        target[length] = '\0';
        bool own = fd < 3 && (strncmp(target, "pipe:", 5) == 0 || strcmp(target, "/dev/null") == 0 ||
                              strncmp(target, "/dev/pts/", 9) == 0);
        attempt(tried, !own, path, target);
    }
}

static void look_at_environment(int *tried, char **environment)
{
    static const char *const names[] = { "PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/root", "LANG=C.UTF-8",
                                         "TERM=" };
    for (; *environment; environment++) {
        bool known = false;
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
            known = known || strncmp(*environment, names[i], strlen(names[i])) == 0;
        attempt(tried, !known, "a variable of the host:", *environment);
    }
}

static void look_at_status(int *tried)
{
    static const char *const wanted[] = { "CapInh:\t0000000000000000",
                                          "CapPrm:\t0000000000000000",
                                          "CapEff:\t0000000000000000",
                                          "CapBnd:\t0000000000000000",
                                          "CapAmb:\t0000000000000000",
                                          "NoNewPrivs:\t1",
                                          "Seccomp:\t2" };
    char text[8192];
    int fd = open("/proc/self/status", O_RDONLY);
    ssize_t length = read(fd, text, sizeof(text) - 1);
    text[length > 0 ? length : 0] = '\0';
    close(fd);
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        attempt(tried, !strstr(text, wanted[i]), "the status has not", wanted[i]);
}

/* --- files --- */

static bool may_be_written(const char *point)
{
    static const char *const points[] = { "/workspace", "/tmp",      "/run",        "/root",
                                          "/dev/shm",   "/dev/pts",  "/proc",       "/dev/null",
                                          "/dev/zero",  "/dev/full", "/dev/random", "/dev/urandom",
                                          "/dev/tty" };
    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
        if (strcmp(point, points[i]) == 0)
            return true;
    return false;
}

static void try_mounted(int *tried)
{
    char line[4096], point[2048], path[2100];
    FILE *mounts = fopen("/proc/self/mounts", "r");
    while (mounts && fgets(line, sizeof(line), mounts)) {
        struct statvfs info;
        if (sscanf(line, "%*s %2047s", point) != 1 || may_be_written(point))
            continue;
        attempt(tried, statvfs(point, &info) == 0 && !(info.f_flag & ST_RDONLY), point,
                "is mounted writable");
        attempt(tried, open(point, O_WRONLY) >= 0, point, "opened for writing");
        snprintf(path, sizeof(path), "%s/sandgate-new", point);
        int fd = open(path, O_WRONLY | O_CREAT, 0644);
        attempt(tried, fd >= 0, path, "could be made");
        if (fd >= 0)
            unlink(path);
    }
    if (mounts)
        fclose(mounts);
}

/* Every file below FOLDER that says that it may be written, but those of processes. */
static void try_tree(int *tried, const char *folder, int depth)
{
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        char path[4096];
        struct stat info;
        bool process = strcmp(folder, "/proc") == 0 && (entry->d_name[0] <= '9' || entry->d_name[0] == 's') &&
                       strncmp(entry->d_name, "sys", 3) != 0;
        if (entry->d_name[0] == '.' || process)
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (lstat(path, &info) < 0)
            continue;
        if (S_ISDIR(info.st_mode) && depth > 0)
            try_tree(tried, path, depth - 1);
        else if (S_ISREG(info.st_mode))
            attempt(tried, access(path, W_OK) == 0, path, "may be written");
    }
    if (entries)
        closedir(entries);
}

static bool rename_and_back(const char *path)
{
    char other[256];
    snprintf(other, sizeof(other), "%s-renamed", path);
    return rename(path, other) == 0 && rename(other, path) == 0;
}

static void try_files(int *tried)
{
    static const char *const unseen[] = { "/home",         "/etc/shadow", "/etc/ssl/private", "/sys/kernel",
                                          "/boot",         "/opt",        "/var/lib",         "/root/.ssh",
                                          "/root/.bashrc", "/.dockerenv" };
    static const char *const written[] = { "/proc/sys/kernel/core_pattern",
                                           "/proc/sysrq-trigger",
                                           "/etc/passwd",
                                           "/usr/bin/env",
                                           "/run/sandgate-jail",
                                           "/proc/sys/kernel/modprobe",
                                           "/etc/ld.so.cache",
                                           "/etc/hosts" };
    for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
        attempt(tried, access(unseen[i], F_OK) == 0, unseen[i], "is there");
    for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
        attempt(tried, open(written[i], O_WRONLY) >= 0, written[i], "opened for writing");
        struct stat info = { 0 };
        attempt(tried, stat(written[i], &info) == 0 && chmod(written[i], info.st_mode & 07777) == 0,
                written[i], "changed its mode");
        attempt(tried, rename_and_back(written[i]), written[i], "renamed");
    }
    try_mounted(tried);
    try_tree(tried, "/etc", 3);
    try_tree(tried, "/proc", 8);
    try_tree(tried, "/usr/bin", 0);
    try_tree(tried, "/usr/lib", 1);
}

/* --- the network --- */

static void try_address(int *tried, const char *what, uint32_t address, int port)
{
    struct sockaddr_in place = { .sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)port),
                                 .sin_addr.s_addr = htonl(address) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    attempt(tried, connect(fd, (struct sockaddr *)&place, sizeof(place)) == 0, what, "connected");
    close(fd);
}

static void try_network(int *tried, int port, const char *name)
{
    struct sockaddr_un place = { .sun_family = AF_UNIX };
    size_t length = strlen(name);
    memcpy(place.sun_path + 1, name, length);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
    attempt(tried, connect(fd, (struct sockaddr *)&place, size) == 0, "an abstract socket of the host",
            "connected");
    close(fd);
    try_address(tried, "the host's loopback", INADDR_LOOPBACK, port);
    try_address(tried, "the address of metadata", 0xa9fea9fe, 80);
    try_address(tried, "an address of the net", 0x08080808, 53);
}

int main(int count, char **arguments, char **environment)
{
    int tried = 0;
    if (count != 3)
        return 2;
    look_at_environment(&tried, environment);
    look_at_descriptors(&tried);
    look_at_status(&tried);
    try_mounts(&tried);
    try_devices(&tried);
    try_namespaces(&tried);
    try_kernel(&tried);
    try_first_process(&tried);
    try_files(&tried);
    try_network(&tried, atoi(arguments[1]), arguments[2]);
    printf("%s\n", tried > 500 ? "tried much" : "tried little");
    return 0;
}
