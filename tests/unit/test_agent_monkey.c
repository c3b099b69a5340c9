/* A monkey at a session: prompts, decisions, stops, retries, own commands, cancels, modes and resumes in random
 * order, against a server whose answers are random too.  The bench holds every event against its table and every
 * request against what servers accept; here: each call ends in one result, no command runs without a start in the
 * log, and the log folded anew is the conversation that was lived through.
 *
 * SANDGATE_SOAK=1 makes it 100 sessions instead of 4; SANDGATE_SEED repeats a run. */
#include "tests/unit/session_bench.h"

enum { ANSWERS = 40, DOINGS = 120 };

struct monkey {
    struct bench bench;
    uint64_t seed;
    int prompts;
};

static int64_t number_of(const char *name, int64_t fallback)
{
    const char *text = getenv(name);

    return text && *text ? strtoll(text, NULL, 10) : fallback;
}

static unsigned below(struct monkey *monkey, unsigned limit)
{
    monkey->seed ^= monkey->seed << 13;
    monkey->seed ^= monkey->seed >> 7;
    monkey->seed ^= monkey->seed << 17;
    return (unsigned)(monkey->seed % limit);
}

/* --- a server's random answers --- */

static void add_call(struct monkey *monkey, struct buffer *out, int number)
{
    static const char *const calls[] = {
        "\"run_command\",\"arguments\":{\"command\":\"echo @ >>ran; echo out @\"}",
        "\"run_command\",\"arguments\":{\"command\":\"echo @ >>ran; exit 3\"}",
        "\"run_command\",\"arguments\":{\"command\":\"echo @ >>ran; sleep 0.03\"}",
        "\"run_command\",\"arguments\":{\"command\":\"ls\"}",
        "\"run_command\",\"arguments\":{\"command\":\"rm -rf /\"}",
        "\"run_command\",\"arguments\":{\"comand\":\"ls\"}",
        "\"run_python\",\"arguments\":{\"code\":\"print(1)\"}",
        "\"read_file\",\"arguments\":{\"path\":\"ran\"}",
        "\"list_directory\",\"arguments\":{}",
        "\"write_file\",\"arguments\":{\"path\":\"f\",\"content\":\"@ @\"}",
        "\"edit_file\",\"arguments\":{\"path\":\"f\",\"old\":\"@\",\"new\":\"x\"}",
        "\"edit_file\",\"arguments\":{\"path\":\"f\",\"old\":\"x\",\"new\":\"y\",\"all\":true}",
        "\"no_such_tool\",\"arguments\":{}",
    };
    const char *call = calls[below(monkey, ARRAY_SIZE(calls))];

    buffer_append_text(out, "{\"tool\":");
    for (; *call; call++)
        if (*call == '@')
            buffer_append_format(out, "%d", number);
        else
            buffer_append_byte(out, *call);
    buffer_append_byte(out, '}');
}

static void add_answer(struct monkey *monkey, struct buffer *out, int number)
{
    unsigned kind = below(monkey, 10), calls = below(monkey, 4);

    buffer_append_byte(out, '{');
    if (kind > 1 && below(monkey, 3) == 0)
        buffer_append_text(out, "\"reasoning\":\"Let me think.\",");
    if (kind == 0)
        buffer_append_text(out, "\"status\":500,\"body\":\"out of order\"");
    else if (kind == 1)
        buffer_append_text(out, "\"drop\":true");
    else if (kind == 2)
        buffer_append_format(out, "\"say\":\"Cut at %d\",\"finish\":\"length\"", number);
    else
        buffer_append_format(out, "\"say\":\"Answer %d of many\"", number);
    if (kind > 3 && calls > 0) {
        buffer_append_text(out, ",\"calls\":[");
        for (unsigned i = 0; i < calls; i++) {
            buffer_append_text(out, i ? "," : "");
            add_call(monkey, out, number * 10 + (int)i);
        }
        buffer_append_byte(out, ']');
    }
    if (kind > 2 && below(monkey, 5) == 0)
        buffer_append_format(out, ",\"break_after\":%u", 100 + below(monkey, 1500));
    buffer_append_format(out, "}%s", number + 1 < ANSWERS ? "," : "");
}

static void open_random_server(struct monkey *monkey)
{
    struct buffer answers = BUFFER_INIT;

    buffer_append_byte(&answers, '[');
    for (int i = 0; i < ANSWERS; i++)
        add_answer(monkey, &answers, i);
    buffer_append_byte(&answers, ']');
    bench_serve(&monkey->bench, answers.data);
    buffer_release(&answers);
    bench_open(&monkey->bench, NULL);
}

/* --- what the monkey does --- */

static void do_decide(struct monkey *monkey)
{
    static const char *const edits[] = { "{\"command\":\"echo edited\"}",
                                         "{\"path\":\"g\",\"content\":\"edited\"}", "{\"nonsense\":1}" };
    struct bench *bench = &monkey->bench;
    size_t count = session_ask_count(bench->session);

    if (count == 0)
        return;
    enum decision_kind kind = (enum decision_kind)below(monkey, DECISION_KINDS);
    if (kind == DECISION_STOP && below(monkey, 3) > 0)
        kind = DECISION_RUN;
    const char *words = below(monkey, 2) ? "not this way" : NULL;
    const char *edit = edits[below(monkey, ARRAY_SIZE(edits))];
    decide_at(bench, below(monkey, (unsigned)count), kind, words, edit, NULL);
}

static void do_own(struct monkey *monkey)
{
    static const char *const scripts[] = { "echo own", "sleep 0.05; echo own >>f", "sleep 1000", "false" };

    session_run_own(monkey->bench.session, scripts[below(monkey, ARRAY_SIZE(scripts))], false, NULL);
}

static void do_prompt(struct monkey *monkey)
{
    struct bench *bench = &monkey->bench;

    if (session_queue_count(bench->session) < 3) {
        char *text = xasprintf("Prompt %d", ++monkey->prompts);
        say(bench, text);
        free(text);
    } else {
        free(session_queue_take(bench->session, below(monkey, 3)));
    }
}

static void do_something(struct monkey *monkey)
{
    struct bench *bench = &monkey->bench;
    unsigned what = below(monkey, 100);

    if (what < 25)
        do_prompt(monkey);
    else if (what < 65)
        do_decide(monkey);
    else if (what < 70)
        session_stop(bench->session);
    else if (what < 76)
        session_retry(bench->session, NULL);
    else if (what < 82)
        session_continue(bench->session, NULL);
    else if (what < 88)
        do_own(monkey);
    else if (what < 92)
        session_cancel_call(bench->session,
                            (int64_t)below(monkey, 1 + (unsigned)conversation_call_count(
                                                           session_conversation(bench->session))));
    else if (what < 97)
        session_set_mode(bench->session, below(monkey, 2) ? POLICY_AUTO : POLICY_CAREFUL, NULL, NULL);
    else
        bench_resume(bench);
}

/* Lets what is under way come to its end. */
static void come_to_rest(struct monkey *monkey)
{
    struct bench *bench = &monkey->bench;

    session_set_mode(bench->session, POLICY_CAREFUL, NULL, NULL);
    session_stop(bench->session);
    while (!is_idle(bench)) {
        if (session_ask_count(bench->session) > 0)
            decide_at(bench, 0, DECISION_REJECT, NULL, NULL, NULL);
        else if (!session_is_busy(bench->session))
            loop_turn(bench->loop, -1);
        else
            session_stop(bench->session), loop_turn(bench->loop, 20);
    }
}

/* --- what must be true --- */

static int by_seq(const void *a, const void *b)
{
    const struct block *one = *(const struct block *const *)a, *other = *(const struct block *const *)b;

    return one->seq < other->seq ? -1 : one->seq > other->seq;
}

static void add_block_line(struct buffer *out, const struct block *block)
{
    buffer_append_format(out, "%d %d turn %d step %d%s%s%s \"%s\"", (int)block->seq, (int)block->kind,
                         (int)block->turn, (int)block->step, block->broken ? " broken" : "",
                         block->superseded ? " superseded" : "", block->for_model ? " for model" : "",
                         block->text.data);
    const struct call *call = block->call;
    if (call)
        buffer_append_format(out, " call %d %s %s %s %s %s %s%s %d \"%s\"", (int)call->number, call->tool,
                             call_state_name(call->state), call->arguments,
                             call->decision ? call->decision : "-", call->words ? call->words : "-",
                             call->written ? call->written : "-", call->edited ? " edited" : "",
                             (int)call->output_bytes, call->result ? call->result : "none");
    buffer_append_byte(out, '\n');
}

/* All that came from events, in their order. */
static char *picture(const struct bench *bench)
{
    const struct conversation *conversation = session_conversation(bench->session);
    size_t count = conversation_count(conversation), kept = 0;
    const struct block **blocks = xcalloc(count + 1, sizeof *blocks);
    struct buffer out = BUFFER_INIT;

    for (size_t i = 0; i < count; i++)
        if (conversation_block(conversation, i)->seq > 0)
            blocks[kept++] = conversation_block(conversation, i);
    qsort(blocks, kept, sizeof *blocks, by_seq);
    for (size_t i = 0; i < kept; i++)
        add_block_line(&out, blocks[i]);
    for (size_t i = 0; i < session_queue_count(bench->session); i++)
        buffer_append_format(&out, "queued \"%s\"\n", session_queue_at(bench->session, i));
    free(blocks);
    return buffer_detach(&out);
}

static void check_calls(const struct bench *bench)
{
    const struct conversation *conversation = session_conversation(bench->session);

    for (size_t i = 0; i < conversation_count(conversation); i++) {
        const struct block *block = conversation_block(conversation, i);
        assert_false(block->open);
        if (!block->call)
            continue;
        assert_true(call_is_over(block->call));
        assert_true(block->seq == 0 || block->call->result);
    }
    struct messages messages = MESSAGES_INIT;
    conversation_messages(conversation, &messages);
    check_order(&messages);
    messages_release(&messages);
}

/* A number that a command wrote into the file "ran" stands behind a start; none more often than there are
 * starts of its call.  (Numbers are those of add_call; a call that is edited writes nothing.) */
static void check_ran(const struct bench *bench)
{
    const struct conversation *conversation = session_conversation(bench->session);
    char *ran = workspace_file(bench, "ran"), *end = ran;
    unsigned char times[ANSWERS * 10 + 10] = { 0 };

    while (*end) {
        long number = strtol(end, &end, 10);
        end += *end == '\n';
        assert_in_range(number, 0, sizeof times - 1);
        times[number]++;
    }
    for (size_t i = 1; i <= conversation_call_count(conversation); i++) {
        const struct call *call = conversation_call(conversation, (int64_t)i);
        const char *echo = call && call->exec_id[0] ? strstr(call->arguments, "echo ") : NULL;
        if (echo && strstr(call->arguments, ">>ran")) {
            long number = strtol(echo + 5, NULL, 10);
            times[number] -= times[number] > 0;
        }
    }
    for (size_t i = 0; i < sizeof times; i++)
        if (times[i])
            fail_msg("command %zu ran without a start, or twice; ran: %s\n%s", i, ran, picture(bench));
    free(ran);
}

static void play(uint64_t seed)
{
    struct monkey monkey = { .seed = seed };
    struct bench *bench = &monkey.bench;

    bench_make(bench);
    open_random_server(&monkey);
    for (int i = 0; i < DOINGS; i++) {
        do_something(&monkey);
        for (unsigned turns = below(&monkey, 10); turns > 0; turns--)
            loop_turn(bench->loop, (int)below(&monkey, 5));
    }
    come_to_rest(&monkey);
    check_calls(bench);
    check_ran(bench);
    char *before = picture(bench);
    bench_resume(bench);
    char *after = picture(bench);
    if (strcmp(before, after) != 0)
        fail_msg("seed %llu: lived through:\n%s\nfolded:\n%s", (unsigned long long)seed, before, after);
    free(before);
    free(after);
    bench_release(bench);
}

static void test_monkey(void **state)
{
    int64_t first = number_of("SANDGATE_SEED", 20261121);
    int sessions = number_of("SANDGATE_SOAK", 0) != 0 ? 100 : 4;

    (void)state;
    for (int i = 0; i < sessions; i++) {
        print_message("# seed %lld\n", (long long)first + i);
        play((uint64_t)first + (uint64_t)i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_monkey) };

    alarm(number_of("SANDGATE_SOAK", 0) != 0 ? 1800 : 600);
    return cmocka_run_group_tests_name("agent/monkey", tests, NULL, NULL);
}
