/* fuzz_verdict.c - any bytes as a script, judged: the verdict is whole; what is allowed only reads; text that cannot
 * be read behind it is never allowed; what is denied stays so behind another command. */
#include "policy/policy.h"

#include "base/buffer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good)
        abort();
}

static struct policy_request request_for(const char *script, size_t length, enum policy_mode mode)
{
    return (struct policy_request){ .tool = "run_command",
                                    .interpreter = "bash",
                                    .script = script,
                                    .script_length = length,
                                    .cwd = "/workspace",
                                    .home = "/root",
                                    .workspace = "/workspace",
                                    .programs_of_image = FACT_YES,
                                    .git_is_plain = FACT_YES,
                                    .mode = mode };
}

static enum verdict judge(const char *script, size_t length, enum policy_mode mode)
{
    struct policy_request request = request_for(script, length, mode);
    struct policy_verdict verdict;
    policy_judge(&request, &verdict);
    check(verdict.reason && verdict.part && verdict.from <= verdict.to && verdict.to <= length);
    if (verdict.verdict == VERDICT_ALLOW && mode == POLICY_CAREFUL)
        check(!(verdict.effects & ~(unsigned)(EFFECT_READ | EFFECT_INPUT)) && !verdict.over_budget);
    enum verdict kind = verdict.verdict;
    policy_verdict_release(&verdict);
    return kind;
}

static void explain(const char *script, size_t length)
{
    struct policy_request request = request_for(script, length, POLICY_CAREFUL);
    struct buffer out = BUFFER_INIT;
    struct policy_span *spans;
    struct rule_set set = RULE_SET_INIT;
    policy_explain(&request, &out);
    buffer_release(&out);
    size_t count = policy_spans(script, length, &spans), before = 0;
    for (size_t i = 0; i < count; i++) {
        check(spans[i].from >= before && spans[i].from < spans[i].to && spans[i].to <= length);
        before = spans[i].to;
    }
    free(spans);
    policy_propose(&request, &set);
    rule_set_release(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *script = (const char *)data;
    struct buffer more = BUFFER_INIT;
    if (size > 4096)
        return 0;
    enum verdict verdict = judge(script, size, POLICY_CAREFUL);
    judge(script, size, POLICY_SANDBOXED);
    explain(script, size);
    buffer_append(&more, script, size);
    buffer_append_text(&more, "\x01");
    check(judge(more.data, more.length, POLICY_CAREFUL) != VERDICT_ALLOW);
    check(judge(more.data, more.length, POLICY_SANDBOXED) != VERDICT_ALLOW);
    buffer_clear(&more);
    buffer_append_text(&more, "true\n");
    buffer_append(&more, script, size);
    if (verdict == VERDICT_DENY)
        check(judge(more.data, more.length, POLICY_CAREFUL) == VERDICT_DENY);
    buffer_release(&more);
    return 0;
}
