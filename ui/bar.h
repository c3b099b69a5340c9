/* bar.h - the last row: state, what is waited for, model, sandbox, mode, tokens; a message of the moment. */
#ifndef SANDGATE_UI_BAR_H
#define SANDGATE_UI_BAR_H

struct canvas;
struct session;

/* MESSAGE: a sentence that has the bar's left side for a while; NULL: none. */
void bar_draw(const struct canvas *canvas, const struct session *session, const char *message);

#endif
