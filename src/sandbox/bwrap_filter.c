/* bwrap_filter.c - the system calls that nothing inside may make; the only door to libseccomp.
 *
 * No capability is left inside, so the kernel refuses most of this by itself.  The filter takes the kernel's
 * own faults out of reach: what makes namespaces and mounts, what runs code in the kernel, and families of
 * sockets that know no network namespace (vsock talks to the machine below).  Everything else is allowed. */
#include "base/error.h"
#include "base/memory.h"
#include "sandbox/bwrap.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const int denied[] = {
    /* mounts and roots */
    SCMP_SYS(chroot),
    SCMP_SYS(fsconfig),
    SCMP_SYS(fsmount),
    SCMP_SYS(fsopen),
    SCMP_SYS(fspick),
    SCMP_SYS(mount),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(move_mount),
    SCMP_SYS(open_tree),
    SCMP_SYS(pivot_root),
    SCMP_SYS(setns),
    SCMP_SYS(swapoff),
    SCMP_SYS(swapon),
    SCMP_SYS(umount),
    SCMP_SYS(umount2),
    /* code and keys in the kernel */
    SCMP_SYS(add_key),
    SCMP_SYS(bpf),
    SCMP_SYS(delete_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(init_module),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(kexec_load),
    SCMP_SYS(keyctl),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(request_key),
    SCMP_SYS(userfaultfd),
    /* the machine as a whole */
    SCMP_SYS(acct),
    SCMP_SYS(fanotify_init),
    SCMP_SYS(ioperm),
    SCMP_SYS(iopl),
    SCMP_SYS(lookup_dcookie),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(quotactl),
    SCMP_SYS(quotactl_fd),
    SCMP_SYS(reboot),
    SCMP_SYS(settimeofday),
    SCMP_SYS(syslog),
    SCMP_SYS(vhangup),
};

static const unsigned namespaces[] = {
    CLONE_NEWCGROUP, CLONE_NEWIPC,  CLONE_NEWNET, CLONE_NEWNS,
    CLONE_NEWPID,    CLONE_NEWUSER, CLONE_NEWUTS, 0x80, /* CLONE_NEWTIME */
};

/* Compared in their lower half, for that is all that the kernel looks at. */
static const struct {
    int call;
    unsigned argument;
    scmp_datum_t mask, value;
} denied_with[] = {
    { SCMP_SYS(mknod), 1, S_IFMT, S_IFCHR },    { SCMP_SYS(mknod), 1, S_IFMT, S_IFBLK },
    { SCMP_SYS(mknodat), 2, S_IFMT, S_IFCHR },  { SCMP_SYS(mknodat), 2, S_IFMT, S_IFBLK },
    { SCMP_SYS(ioctl), 1, 0xffffffff, 0x5412 }, /* TIOCSTI: types into a terminal */
    { SCMP_SYS(ioctl), 1, 0xffffffff, 0x541c }, /* TIOCLINUX: pastes into one */
};

static const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };
static const scmp_datum_t personalities = 0x8 | 0x20000 | 0x40000; /* 32 bits, old uname, fixed addresses */

static int deny(scmp_filter_ctx filter, int call, struct scmp_arg_cmp when)
{
    return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), call, 1, &when);
}

/* No second set of namespaces.  What clone3 is asked for cannot be seen from here; the C library falls back to
 * clone when there is none. */
static int deny_namespaces(scmp_filter_ctx filter)
{
    int failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
        scmp_datum_t flag = namespaces[i];
        failed |= deny(filter, SCMP_SYS(unshare), SCMP_A0_64(SCMP_CMP_MASKED_EQ, flag, flag));
        if (flag != 0x80) /* in clone this bit is part of the signal */
            failed |= deny(filter, SCMP_SYS(clone), SCMP_A0_64(SCMP_CMP_MASKED_EQ, flag, flag));
    }
    return failed;
}

/* All but LIST, which is sorted: the gaps between its members, and what is above. */
static int deny_families(scmp_filter_ctx filter)
{
    int failed = 0, next = 0;
    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        for (; next < families[i]; next++)
            failed |= deny(filter, SCMP_SYS(socket),
                           SCMP_A0_64(SCMP_CMP_MASKED_EQ, 0xffffffff, (scmp_datum_t)next));
        next++;
    }
    return failed | deny(filter, SCMP_SYS(socket), SCMP_A0_64(SCMP_CMP_GE, (scmp_datum_t)next));
}

/* Any bit but those above; with the uppermost bit set it is the question which one is in force. */
static int deny_personalities(scmp_filter_ctx filter)
{
    const scmp_datum_t question = 0x80000000;
    int failed = 0;
    for (scmp_datum_t bit = 1; bit < question; bit <<= 1) {
        if (!(bit & personalities))
            failed |=
                deny(filter, SCMP_SYS(personality), SCMP_A0_64(SCMP_CMP_MASKED_EQ, bit | question, bit));
    }
    return failed;
}

static int fill(scmp_filter_ctx filter)
{
    int failed = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
    for (size_t i = 0; i < ARRAY_SIZE(denied); i++)
        failed |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), denied[i], 0);
    for (size_t i = 0; i < ARRAY_SIZE(denied_with); i++)
        failed |= deny(filter, denied_with[i].call,
                       SCMP_CMP64(denied_with[i].argument, SCMP_CMP_MASKED_EQ, denied_with[i].mask,
                                  denied_with[i].value));
    return failed | deny_namespaces(filter) | deny_families(filter) | deny_personalities(filter);
}

int bwrap_filter(struct error *error)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int fd = filter ? memfd_create("filter", MFD_CLOEXEC) : -1;
    bool good =
        fd >= 0 && fill(filter) == 0 && seccomp_export_bpf(filter, fd) == 0 && lseek(fd, 0, SEEK_SET) == 0;
    if (filter)
        seccomp_release(filter);
    if (good)
        return fd;
    if (fd >= 0)
        close(fd);
    error_set(error, "the filter of system calls could not be made");
    return -1;
}
