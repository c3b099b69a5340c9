/* protocol.h - what the host's side of the embedded sandbox and its first process say to one another.
 *
 * A SOCK_SEQPACKET pair.  A message is a header and `length` bytes of payload.  From the host a message may
 * take several packets: the first begins with the header, the next ones carry only payload, and nothing comes
 * between them.  To the host every packet is one whole message, so that several processes of the jail can
 * send on the one socket.  Both ends run on the same machine: numbers are in its own byte order; payloads are
 * not aligned, so structs are copied out of them.
 *
 * The jail begins with JAIL_READY; JAIL_HELLO comes before any other message to it.
 *
 * Numbers in `id` are given by the host: of an exec, of a file request, of a watch.
 *
 * Output flows on credit: the jail sends at most JAIL_WINDOW bytes of one exec beyond what the host has
 * acknowledged with JAIL_CREDIT, then stops reading its pipes; a pause is a host that gives no credit.  Input
 * flows the same way, against JAIL_INPUT_TAKEN.
 *
 * The host trusts nothing that comes back: it checks every length, name and number. */
#ifndef SANDGATE_SANDBOX_JAIL_PROTOCOL_H
#define SANDGATE_SANDBOX_JAIL_PROTOCOL_H

#include <stdint.h>

enum {
    JAIL_VERSION = 1,
    JAIL_CHANNEL = 3,                /* the descriptor that the jail finds its end of the channel at */
    JAIL_PACKET = 32 * 1024,         /* bytes of one packet at most, its header counted */
    JAIL_MESSAGE = 80 * 1024 * 1024, /* payload bytes of one message to the jail at most */
    JAIL_WINDOW = 256 * 1024,        /* output bytes of one exec under way */
    JAIL_INPUT_WINDOW = 64 * 1024,   /* input bytes of one exec under way */
    JAIL_EXEC_ID = 128,              /* bytes of an exec's name, its NUL counted */
    JAIL_HASH = 32,
    JAIL_READ = 16 * 1024 * 1024, /* bytes of one read at most */
    JAIL_SURVIVORS = 20,          /* commands listed at the end of a call at most */
};

struct jail_header {
    uint32_t type;
    uint32_t length; /* bytes of payload of the whole message */
    uint64_t id;
};

enum { JAIL_PAYLOAD = JAIL_PACKET - sizeof(struct jail_header) };

enum jail_type {
    /* to the jail */
    JAIL_HELLO = 1, /* struct jail_hello */
    JAIL_EXEC,      /* struct jail_exec, then strings: exec id, cwd, arguments, variables */
    JAIL_INPUT,     /* bytes */
    JAIL_INPUT_END,
    JAIL_RESIZE, /* struct jail_size */
    JAIL_CREDIT, /* struct jail_count: so many bytes of output were taken */
    JAIL_KILL,   /* the exec and every descendant */
    JAIL_FILE,   /* struct jail_file, then path, other, content */
    JAIL_CANCEL, /* the file request is not wanted any more */
    JAIL_WATCH,  /* the path, no NUL */
    JAIL_UNWATCH,
    JAIL_REARM, /* the next change may be told */

    /* to the host */
    JAIL_READY = 64, /* struct jail_count: the version */
    JAIL_STARTED,
    JAIL_OUTPUT, /* bytes of standard output (or of the terminal) */
    JAIL_ERROR_OUTPUT,
    JAIL_INPUT_TAKEN, /* struct jail_count */
    JAIL_DONE,        /* struct jail_done, then the survivors as strings */
    JAIL_ENTRIES,     /* struct jail_entry, name, target; again and again */
    JAIL_BYTES,       /* the next bytes that a read found */
    JAIL_ANSWER,      /* struct jail_answer: the request is finished */
    JAIL_CHANGED,     /* of a watch; the next one only after JAIL_REARM */
};

struct jail_hello {
    uint64_t data;      /* bytes of private memory of one program, 0: no limit */
    uint64_t processes; /* 0: no limit */
    uint64_t file_size; /* bytes, 0: no limit */
    uint32_t cpus;      /* processors that programs may run on, 0: all */
    uint32_t version;
};

struct jail_count {
    uint64_t count;
};

struct jail_size {
    uint16_t columns, rows;
};

enum { JAIL_EXEC_PTY = 1, JAIL_EXEC_INPUT = 2 /* without: standard input is /dev/null */ };

struct jail_exec {
    uint32_t flags;
    uint16_t columns, rows;
    uint32_t arguments, variables; /* how many strings of each */
};

/* How an exec ended, and which step failed when it never began. */
enum jail_end { JAIL_EXITED, JAIL_SIGNALLED, JAIL_KILLED, JAIL_FAILED, JAIL_REPEATED };
enum jail_step { JAIL_STEP_NONE, JAIL_STEP_PROCESS, JAIL_STEP_TERMINAL, JAIL_STEP_FOLDER, JAIL_STEP_PROGRAM };

struct jail_done {
    uint32_t end;
    uint32_t step;      /* JAIL_FAILED */
    int32_t value;      /* exit code, signal or errno */
    uint32_t survivors; /* strings that follow */
};

enum jail_verb {
    JAIL_LIST,
    JAIL_STAT,
    JAIL_READ_FILE,
    JAIL_WRITE,
    JAIL_MAKE_FOLDER,
    JAIL_REMOVE,
    JAIL_RENAME,
    JAIL_PUT,
};

enum jail_kind { JAIL_IS_FILE, JAIL_IS_FOLDER, JAIL_IS_LINK, JAIL_IS_OTHER };

enum {
    JAIL_RECURSIVE = 1,  /* remove */
    JAIL_WHOLE_HASH = 2, /* read */
    JAIL_BASE = 4,       /* write: `other` is the hash that the file must have, "": it must not be there */
};

struct jail_file {
    uint32_t verb;
    uint32_t flags;
    uint32_t kind; /* put */
    uint32_t mode; /* put */
    uint64_t offset;
    uint64_t count;                     /* list: entries at most; read: bytes at most */
    uint32_t path_length, other_length; /* other: rename: the new path; put: the target; write: the base */
    uint64_t content_length;
};

struct jail_entry {
    uint32_t kind;
    uint32_t mode;
    int64_t size;
    int64_t modified; /* milliseconds since 1970 */
    uint16_t name_length, target_length;
    uint32_t target_is_folder;
};

struct jail_answer {
    int32_t error; /* errno, 0: fine */
    uint32_t has_hash;
    int64_t total; /* list: entries in the folder */
    int64_t size;  /* read, write: bytes of the whole file */
    uint8_t hash[JAIL_HASH];
};

#endif
