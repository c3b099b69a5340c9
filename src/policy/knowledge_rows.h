/* knowledge_rows.h - the short forms in which the tables of knowledge are written. */
#ifndef SANDGATE_POLICY_KNOWLEDGE_ROWS_H
#define SANDGATE_POLICY_KNOWLEDGE_ROWS_H

#include "policy/knowledge.h"

#include "base/memory.h"

#define OPTIONS(...)                           \
    (const struct option_row[])                \
    {                                          \
        __VA_ARGS__,                           \
        {                                      \
            NULL, TAKES_NOTHING, MEANS_TEXT, 0 \
        }                                      \
    }

#define FLAGS(names)                        \
    {                                       \
        names, TAKES_NOTHING, MEANS_TEXT, 0 \
    } /* without effect, without value */
#define TEXT(names)                       \
    {                                     \
        names, TAKES_VALUE, MEANS_TEXT, 0 \
    } /* a text that only the program sees */
#define MAYBE(names)                      \
    {                                     \
        names, TAKES_MAYBE, MEANS_TEXT, 0 \
    } /* --name or --name=text */
#define READS(names)                      \
    {                                     \
        names, TAKES_VALUE, MEANS_READ, 0 \
    } /* a file */
#define NAMES(names)                       \
    {                                      \
        names, TAKES_VALUE, MEANS_NAMES, 0 \
    }
#define WRITES(names)                                 \
    {                                                 \
        names, TAKES_VALUE, MEANS_WRITE, EFFECT_WRITE \
    }
#define LOADS(names)                                \
    {                                               \
        names, TAKES_VALUE, MEANS_LOAD, EFFECT_LOAD \
    }
#define TARGET(names)                       \
    {                                       \
        names, TAKES_VALUE, MEANS_TARGET, 0 \
    }
#define FOLDER(names)                       \
    {                                       \
        names, TAKES_VALUE, MEANS_FOLDER, 0 \
    }
#define SHELL(names)                                \
    {                                               \
        names, TAKES_VALUE, MEANS_SHELL, EFFECT_RUN \
    }
#define CODE(names)                                 \
    {                                               \
        names, TAKES_VALUE, MEANS_CODE, EFFECT_CODE \
    }
#define HOST(names)                                    \
    {                                                  \
        names, TAKES_VALUE, MEANS_HOST, EFFECT_NETWORK \
    }
#define PATTERN(names)                       \
    {                                        \
        names, TAKES_VALUE, MEANS_PATTERN, 0 \
    }
#define TREE(names)                         \
    {                                       \
        names, TAKES_NOTHING, MEANS_TREE, 0 \
    }
#define ASIDE                                             \
    {                                                     \
        "--help --version", TAKES_NOTHING, MEANS_ASIDE, 0 \
    }
#define BRINGS(names, effects)                    \
    {                                             \
        names, TAKES_NOTHING, MEANS_TEXT, effects \
    }
#define BRINGS_WITH(names, effects)             \
    {                                           \
        names, TAKES_VALUE, MEANS_TEXT, effects \
    }

#endif
