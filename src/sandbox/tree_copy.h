/* tree_copy.h - a folder of this machine copied with all that is in it, a little in each turn of the loop.
 *
 * For folders that a sandbox writes to, perhaps while they are copied: every step is taken from an open folder and
 * never over a link, so nothing outside FROM is read and nothing outside TO is written.  Links, modes, times and
 * holes are kept; content is shared where the file system can (reflink); what is no file, folder or link is left
 * out, and so is what went away meanwhile. */
#ifndef SANDGATE_SANDBOX_TREE_COPY_H
#define SANDGATE_SANDBOX_TREE_COPY_H

struct loop;
struct tree_copy;

/* TO is made.  DONE comes once, later; FAILED: the sentence, NULL: all is there.  The copy is freed after it. */
struct tree_copy *tree_copy_start(struct loop *loop, const char *from, const char *to,
                                  void (*done)(void *data, const char *failed), void *data);
void tree_copy_cancel(struct tree_copy *copy); /* what is there stays; NULL is fine; not after DONE */

#endif
